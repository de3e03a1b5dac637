#!/usr/bin/python3
"""Catches library code that writes or reads a fraction by the process's locale: only src/base/print.c may."""
import glob
import os
import re
import sys

SOURCE = os.environ.get("DPDM_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
PRINTS = re.compile(r"\b(s?n?printf|fprintf|f?s?scanf)\s*\(")
ALWAYS = re.compile(r"\b(vs?n?printf|vfprintf|strto(?:d|f|ld)|atof|vf?s?scanf)\s*\(")
FRACTION = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]*)?(?:l|L)?[aAeEfFgG]")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def call_text(text, start):
    """The argument list that opens before `start`, strings and all."""
    depth, at = 1, start
    while depth and at < len(text):
        string = STRING.match(text, at)
        if string:
            at = string.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[start:at]


def faults_of(text):
    text = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), text)
    for call in ALWAYS.finditer(text):
        yield text.count("\n", 0, call.start()) + 1, call.group(1)
    for call in PRINTS.finditer(text):
        strings = "".join(STRING.findall(call_text(text, call.end()))).replace("%%", "")
        if FRACTION.search(strings):
            yield text.count("\n", 0, call.start()) + 1, call.group(1)


def main():
    assert list(faults_of('snprintf(a, 3, "%d", x);\n f(b,\n "%-*.3lf");')) == []
    assert list(faults_of('/* sprintf */\nsnprintf(a, sizeof(a),\n  x ? "(" : "%5.2f", y);')) == [(2, "snprintf")]
    assert list(faults_of('x = strtod(a, NULL);')) == [(1, "strtod")]
    found = 0
    for path in sorted(glob.glob(os.path.join(SOURCE, "src", "**", "*.[ch]"), recursive=True)):
        name = os.path.relpath(path, SOURCE)
        if name == os.path.join("src", "base", "print.c"):
            continue
        with open(path) as file:
            for line, call in faults_of(file.read()):
                print(f"{name}:{line}: {call} follows the locale: use dpdm_print_text, dpdm_print_file or dpdm_print_read (base/print.h)")
                found = 1
    return found


if __name__ == "__main__":
    sys.exit(main())
