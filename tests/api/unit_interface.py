#!/usr/bin/python3
"""Catches a break of the binary interface that nobody decided on: functions shown by libdpdm.so and structs of the installed
headers against src/api/interface.txt. Arguments: the shared library, the program struct_sizes."""
import glob
import os
import re
import subprocess
import sys

SOURCE = os.environ["DPDM_SOURCE"]


def lines_of(kind):
    with open(os.path.join(SOURCE, "src", "api", "interface.txt")) as file:
        return {line.strip() for line in file if line.startswith(kind + " ")}


# Structs that cannot grow and so need no size: a status with its sentence, 256 bits, a number.
CLOSED = {"dpdm_error", "dpdm_key", "dpdm_rate"}


def declared_structs():
    """Names of complete structs in the installed headers; those that may grow begin with their size."""
    names = set()
    for path in glob.glob(os.path.join(SOURCE, "include", "dpdm", "*.h")):
        with open(path) as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        for members, name in re.findall(r"typedef struct\s*\w*\s*\{(.*?)\}\s*(dpdm_\w+);", text, re.S):
            assert name in CLOSED or members.split(";")[0].split() == ["size_t", "size"], f"{name} may not grow"
            names.add(name)
    return names


def main():
    library, sizes = sys.argv[1:]
    shown = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    shown = {"function " + line.split()[-1] for line in shown.splitlines()}
    structs = set(subprocess.run([sizes], capture_output=True, text=True, check=True).stdout.splitlines())
    recorded = lines_of("struct")
    assert shown == lines_of("function"), sorted(shown ^ lines_of("function"))
    assert structs == recorded, sorted(structs ^ recorded)
    assert {line.split()[1] for line in recorded} == declared_structs(), "a struct is not recorded"
    name = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    assert re.search(r"SONAME.*\[libdpdm\.so\.\d+\.\d+\]", name), name


if __name__ == "__main__":
    main()
