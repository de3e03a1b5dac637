#!/usr/bin/python3
"""What `make install` leaves: a program that runs, and a library against which others build, in C and by CMake."""
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from program import SOURCE, main

BUILD = os.environ.get("DPDM_BUILD", "build")
PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dpdm/dpdm.h>
#include <dpdm/gaussian.h>
#include <dpdm/poisson.h>
int main(void)
{
    const dpdm_grid grid = {sizeof grid, 1, DPDM_GRID_BITS};
    dpdm_error error;
    char *json;
    if (dpdm_grid_check(&grid, &error) || dpdm_epsilon_json(1, 5, 1, 1e-5, "rdp", &json, &error))
        return 1;
    const double epsilon = atof(strstr(json, "\"epsilon_upper\":") + 16);
    printf("%s %d\n", dpdm_version(), epsilon > 0.5 && epsilon < 2);
    dpdm_text_free(json);
    return 0;
}
"""
CMAKE = """
cmake_minimum_required(VERSION 3.22)
project(user C)
find_package(dpdm 0.2 REQUIRED)
add_executable(shared user.c)
target_link_libraries(shared dpdm::dpdm)
add_executable(static user.c)
target_link_libraries(static dpdm::static)
"""
def read(*parts):
    with open(os.path.join(*parts)) as file:
        return file.read()


def call(*words, **more):
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if result.returncode:
        raise AssertionError(f"{' '.join(words)}:\n{result.stdout}")
    return result.stdout


sanitized = "DPDM_SANITIZE:STRING=\n" not in read(BUILD, "CMakeCache.txt")


@unittest.skipIf(sanitized, "a build with sanitizers is not for installing")
class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="dpdm-install-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = os.path.join(cls.folder, "a prefix")  # with a blank
        # The manifest belongs to the last `make install` of the person who runs this test.
        manifest = os.path.join(BUILD, "install_manifest.txt")
        before = read(manifest) if os.path.exists(manifest) else None
        call("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.manifest = read(manifest).split("\n")
        if before is None:
            os.unlink(manifest)
        else:
            with open(manifest, "w") as file:
                file.write(before)
        (cls.lib,) = {os.path.dirname(path) for path in cls.manifest if path.endswith("libdpdm.a")}
        with open(os.path.join(cls.folder, "user.c"), "w") as file:
            file.write(PROGRAM)

    def check_runs(self, program, **env):
        out = call(program, env=dict(os.environ, **env))
        self.assertRegex(out, r"^\d+\.\d+\.\d+ 1\n$")

    def test_everything_is_there(self):
        names = {os.path.relpath(path, self.prefix) for path in self.manifest if path}
        for name in ("bin/dpdm", "share/man/man1/dpdm.1", "share/bash-completion/completions/dpdm",
                     "share/zsh/site-functions/_dpdm", "share/dpdm/presets/fmnist-cpu.yaml", "share/doc/dpdm/LICENSE",
                     "include/dpdm/status.h"):
            self.assertIn(name, names)
        headers = set(os.listdir(os.path.join(SOURCE, "include", "dpdm")))
        self.assertEqual({os.path.basename(name) for name in names if name.startswith("include/")}, headers)

    def test_program_runs_with_presets_and_man_page(self):
        program = os.path.join(self.prefix, "bin", "dpdm")
        self.assertIn("fmnist-cpu", call(program, "presets", cwd="/"))
        self.assertEqual(read(self.prefix, "share/man/man1/dpdm.1"), call(program, "help", "--man"))

    def test_no_path_of_the_build_is_left_in_the_text_files(self):
        for path in self.manifest:
            if path.endswith((".cmake", ".pc", ".1", ".h", ".yaml")):
                text = read(path)
                self.assertNotIn(os.path.abspath(BUILD), text, path)
                self.assertNotIn(os.path.realpath(SOURCE) + "/", text, path)

    @unittest.skipUnless(shutil.which("pkg-config"), "no pkg-config")
    def test_pkg_config(self):
        env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(self.lib, "pkgconfig"))
        user, program = os.path.join(self.folder, "user.c"), os.path.join(self.folder, "user")
        flags = shlex.split(call("pkg-config", "--cflags", "--libs", "dpdm", env=env))
        call("cc", "-std=c17", "-Wall", "-Werror", "-o", program, user, *flags)
        self.check_runs(program, LD_LIBRARY_PATH=self.lib)
        flags = call("pkg-config", "--static", "--libs-only-l", "dpdm", env=env).split()
        flags = [flag for flag in flags if flag != "-ldpdm"]
        call("cc", "-std=c17", "-I", os.path.join(self.prefix, "include"), "-o", program, user,
             os.path.join(self.lib, "libdpdm.a"), *flags)
        self.check_runs(program)

    def test_cmake_package(self):
        with open(os.path.join(self.folder, "CMakeLists.txt"), "w") as file:
            file.write(CMAKE)
        build = os.path.join(self.folder, "build")
        call("cmake", "-S", self.folder, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        call("cmake", "--build", build)
        self.check_runs(os.path.join(build, "shared"))
        self.check_runs(os.path.join(build, "static"))

    def test_headers_stand_alone(self):
        include = os.path.join(self.prefix, "include")
        compilers = [["cc", "-std=c17", "-x", "c"]]
        if shutil.which("g++"):
            compilers.append(["g++", "-std=c++17", "-x", "c++"])
        for header in sorted(os.listdir(os.path.join(include, "dpdm"))):
            for compiler in compilers:
                call(*compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I", include, "-include",
                     f"dpdm/{header}", "/dev/null")

    @unittest.skipUnless(shutil.which("nm"), "no nm")
    def test_the_shared_library_shows_what_the_headers_declare_and_no_more(self):
        declared = set()
        for header in os.listdir(os.path.join(self.prefix, "include", "dpdm")):
            text = re.sub(r"/\*.*?\*/", "", read(self.prefix, "include", "dpdm", header), flags=re.S)
            declared |= set(re.findall(r"DPDM_API[^;(]*?\b(dpdm_\w+)\s*\(", text))
        out = call("nm", "-D", "--defined-only", os.path.join(self.lib, "libdpdm.so"))
        shown = {line.split()[-1] for line in out.splitlines()}
        self.assertGreater(len(declared), 30)
        self.assertEqual(shown - declared, set(), "not declared in a public header")
        self.assertEqual(declared - shown, set(), "declared but not defined")


if __name__ == "__main__":
    main()
