#!/usr/bin/python3
"""The program as a user meets it: help, manual, completion, exit codes, JSON, suggestions."""
import os
import pty
import shutil
import subprocess
import tempfile
import unittest

from program import DPDM, main, run, run_json


def verbs():
    return [verb["name"] for verb in run_json("help")["verbs"]]


class Help(unittest.TestCase):
    def test_no_verb_is_a_usage_error(self):
        out, err = run(code=2)
        self.assertEqual(out, "")
        self.assertIn("usage: dpdm VERB", err)

    def test_every_verb_is_listed_and_explained(self):
        listing, err = run("help")
        self.assertEqual(err, "")
        for verb in run_json("help")["verbs"]:
            name = verb["name"]
            self.assertIn(f"  {name} ", listing)
            text, _ = run("help", *name.split())
            self.assertEqual(text, run(*name.split(), "--help")[0])
            self.assertEqual(text, run(*name.split(), "-h")[0])
            self.assertTrue(text.startswith(f"usage: dpdm {name}"))
            for option in verb["options"]:
                self.assertIn(f"--{option['name']}", text)
                self.assertTrue(option["help"], f"{name} --{option['name']} has no help")
            for line in text.split("\nExamples\n")[0].splitlines():
                self.assertLessEqual(len(line), 100, line)

    def test_help_in_its_other_spellings(self):
        self.assertEqual(run("--help")[0], run("help")[0])
        self.assertEqual(run("-h")[0], run("help")[0])
        self.assertEqual(run("--version")[0], run("version")[0])

    def test_examples_name_known_options(self):
        for verb in run_json("help")["verbs"]:
            known = {"--" + option["name"] for option in verb["options"]}
            text = run("help", *verb["name"].split())[0].partition("\nExamples\n")[2]
            for line in text.splitlines():
                words = line.split()
                if words[:1] == ["dpdm"] and words[1:1 + len(verb["name"].split())] == verb["name"].split():
                    for word in words:
                        if word.startswith("--"):
                            self.assertIn(word.split("=")[0], known, line)

    def test_options_of_a_verb_have_one_meaning(self):
        for verb in run_json("help")["verbs"]:
            names = [option["name"] for option in verb["options"]]
            self.assertEqual(len(names), len(set(names)), verb["name"])


class Usage(unittest.TestCase):
    def test_unknown_verb(self):
        out, err = run("verson", code=2)
        self.assertEqual(out, "")
        self.assertIn("did you mean 'version'?", err)
        self.assertIn("unknown verb 'qqqqqqq'", run("qqqqqqq", code=2)[1])
        self.assertIn("verb comes first", run("--zzzzzzzz", code=2)[1])

    def test_unknown_option(self):
        for name in verbs():
            out, err = run(*name.split(), "--quite", code=2)
            self.assertEqual(out, "")
            self.assertIn("did you mean --quiet?", err)
            self.assertIn(f"Try 'dpdm help {name}'", err)

    def test_unexpected_and_missing_arguments(self):
        self.assertIn("unexpected argument 'x'", run("version", "x", code=2)[1])
        self.assertIn("missing", run("completion", code=2)[1])
        self.assertIn("unknown verb", run("help", "nothing", code=2)[1])

    def test_failures_with_json_are_one_object_too(self):
        for words in (["verson"], ["completion", "fish"], *([*name.split(), "--nonsense"] for name in verbs())):
            error = run_json(*words, code=2)["error"]
            self.assertEqual(error["status"], "DPDM_EUSAGE")
            self.assertTrue(error["message"])

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([DPDM, "help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write to standard output", result.stderr)

    def test_messages_have_no_colour_off_a_terminal(self):
        self.assertNotIn("\033", run("verson", code=2)[1])

    def test_messages_have_colour_on_a_terminal_unless_refused(self):
        def on_terminal(**env):
            try:
                ours, theirs = pty.openpty()
            except OSError:
                self.skipTest("no terminals to be had here")
            subprocess.run([DPDM, "verson"], stderr=theirs, env={**os.environ, "TERM": "xterm", **env})
            os.close(theirs)
            text = os.read(ours, 10000).decode()
            os.close(ours)
            return text
        self.assertIn("\033[1;31m", on_terminal(NO_COLOR=""))
        self.assertNotIn("\033", on_terminal(NO_COLOR="1"))
        self.assertNotIn("\033", on_terminal(NO_COLOR="", TERM="dumb"))


class Version(unittest.TestCase):
    def test_json(self):
        version = run_json("version")
        self.assertRegex(version["version"], r"^\d+\.\d+\.\d+$")
        self.assertIn("plain", version["kernels"])
        self.assertIsInstance(version["cpu_features"], list)
        for library in ("libsodium", "sqlite", "libyaml", "cjson", "libspng", "libjpeg-turbo", "libzip", "zlib"):
            self.assertRegex(version["libraries"][library], r"^\d+\.")
        self.assertIn(version["version"], run("version")[0])


class Manual(unittest.TestCase):
    def test_it_renders_without_a_warning(self):
        page, _ = run("help", "--man")
        with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
            file.write(page)
            file.flush()
            if shutil.which("man"):
                command = ["man", "--warnings=all", "-l", file.name]
            elif shutil.which("groff"):
                command = ["groff", "-man", "-Tutf8", "-ww", file.name]
            else:
                self.skipTest("neither man nor groff")
            result = subprocess.run(command, capture_output=True, text=True,
                                    env=dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8", MANPAGER="cat"))
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, "")
        for name in verbs():
            self.assertIn(f"dpdm {name}", result.stdout)

    def test_no_line_of_text_is_taken_for_a_command(self):
        known = {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".I", ".br", ".nf", ".fi", ".RS", ".RE"}
        for line in run("help", "--man")[0].splitlines():
            if line.startswith((".", "'")):
                self.assertIn(line.split()[0], known)


class Completion(unittest.TestCase):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        script, _ = run("completion", "bash")
        program = script + '\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dpdm; printf "%s\\n" "${COMPREPLY[@]}"\n'
        result = subprocess.run(["bash", "-c", program, "bash", *words], capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_verbs(self):
        self.assertEqual(self.complete("dpdm", "versi"), ["version"])
        offered = self.complete("dpdm", "")
        for name in verbs():
            self.assertEqual(offered.count(name.split()[0]), 1, name)

    def test_options(self):
        self.assertEqual(self.complete("dpdm", "help", "--m"), ["--man"])
        for verb in run_json("help")["verbs"]:
            words = verb["name"].split()
            offered = self.complete("dpdm", *words, "--")
            for option in verb["options"]:
                self.assertIn("--" + option["name"], offered)
                if "choices" in option:
                    values = self.complete("dpdm", *words, "--" + option["name"], "")
                    self.assertEqual(values, option["choices"])

    def test_presets(self):
        names = [preset["name"] for preset in run_json("presets")["presets"]]
        self.assertEqual(self.complete("dpdm", "train", "--preset", ""), names)

    def test_families(self):
        for name in verbs():
            if " " in name:
                family, second = name.split()
                self.assertIn(second, self.complete("dpdm", family, ""))
                self.assertIn("is followed by one of", run(family, code=2)[1])
                self.assertIn(f"  {name} ", run("help", family)[0])

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_script_is_valid(self):
        script, _ = run("completion", "zsh")
        subprocess.run(["zsh", "-n"], input=script, text=True, check=True)

    def test_zsh_script_names_every_option(self):
        script, _ = run("completion", "zsh")
        for verb in run_json("help")["verbs"]:
            for option in verb["options"]:
                self.assertIn(f"'--{option['name']}[", script)
        self.assertEqual(run_json("completion", "zsh")["script"], script)


if __name__ == "__main__":
    main()
