#!/usr/bin/python3
"""One way to test a status: DPDM_OK is zero, so that `if (status)` reads "if it failed" and `if (!status)` "if it went well".

DPDM_OK is a value that is returned or assigned. Fails with every line of C that compares something with it (proof annotations of
tests/verify are comments and may). A comparison with the name of a failure, `status == DPDM_ENOENT`, is another question."""
import glob
import os
import re
import sys

SOURCE = os.environ.get("DPDM_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

COMMENT = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.S)
COMPARED = re.compile(r"[=!]=\s*DPDM_OK\b|\bDPDM_OK\s*[=!]=")


def main():
    found, read = [], 0
    for where in ("src", "cli", "include", "bench", "examples", "tests"):
        for path in sorted(glob.glob(os.path.join(SOURCE, where, "**", "*.[ch]"), recursive=True)):
            name = os.path.relpath(path, SOURCE)
            read += 1
            with open(path) as file:
                code = COMMENT.sub(lambda c: "\n" * c.group().count("\n"), file.read())
            for hit in COMPARED.finditer(code):
                found.append(f"{name}:{code.count(chr(10), 0, hit.start()) + 1}: a status is tested by its truth, not against DPDM_OK")
    print("\n".join(found) if found else f"{read} files of C test a status by its truth")
    assert read > 200
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
