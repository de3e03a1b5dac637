#!/usr/bin/python3
"""Writes C sources with each wrapped statement on one line, for mutations.sh: rows then fit however clang-format breaks lines.

usage: logical_lines.py SOURCE TARGET FILE...     SOURCE/FILE is written to TARGET/FILE

A line goes on where a parenthesis is open at its end, after an operator, after a comma in braces that it opened, and before
one of ? and :. Comments, directives and
braces are left as they are; a join, and any number of blanks within a line, is one space, or none behind an opening
parenthesis. The code stays the same."""
import os
import re
import sys

AFTER = ("=", "?", "&&", "||", "+", "-", "*", "/", "|", "<<")
BLANKS = re.compile(r"(?<=\S) {2,}(?=\S)")
TOKEN = re.compile(r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<line>\n[ \t]*)"""
                   r"""|[()\[\]]|[^()\[\]\n"'/]+|/""", re.S)


def logical(source):
    out, depth, code, directive = [], 0, "", False  # code: of the line so far, without comments
    comment_last = False
    for token in TOKEN.finditer(source):
        piece = token.group()
        if not token.group("line"):
            comment_last = token.group("comment") is not None
            if not comment_last:
                directive = directive or (not code.strip() and piece.lstrip().startswith("#"))
                code += piece
                depth += 0 if directive else (piece in ("(", "[")) - (piece in (")", "]"))
            out.append(piece if token.group("text") or comment_last or not code.strip() else BLANKS.sub(" ", piece))
            continue
        following = source[token.end():token.end() + 1]
        line = code.rstrip()
        if directive:
            directive = line.endswith("\\")
        elif not comment_last and following not in ("#", "\n", "") and (
                depth > 0 or line.endswith(AFTER) or (following in ("?", ":") and line)
                or (line.endswith(",") and line.count("{") > line.count("}"))):
            out.append("" if line.endswith(("(", "[")) else " ")
            continue
        out.append(piece)
        code = code if directive else ""
        comment_last = False
    return "".join(out)


if __name__ == "__main__":
    for name in sys.argv[3:]:
        with open(os.path.join(sys.argv[1], name)) as file:
            text = logical(file.read())
        target = os.path.join(sys.argv[2], name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w") as file:
            file.write(text)
