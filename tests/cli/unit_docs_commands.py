#!/usr/bin/python3
"""Catches commands of the documentation that name a verb, an option or a make target that is not there: in blocks and
within sentences, on every page. e2e_docs runs those of the tutorial and the how-to pages; the others take hours, or show one line of many."""
import glob
import os
import re
import shlex

from program import SOURCE, run_json

VERBS = {verb["name"]: {option["name"] for option in verb["options"]} for verb in run_json("help")["verbs"]}
FAMILIES = {name.split()[0] for name in VERBS}
with open(os.path.join(SOURCE, "Makefile"), encoding="utf-8") as makefile:
    TARGETS = set(re.findall(r"^([a-z-]+):", makefile.read(), re.M))


def commands(text):
    """The simple commands of a shell text, as lists of words."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:  # a text that goes on in the next line
            continue
        command = []
        for word in words + [";"]:
            if word[:1] in "|&;()":
                yield command
                command = []
            else:
                command.append(word)


def check(words, where):
    while words and (re.match(r"\w+=", words[0]) or words[0] in ("mpirun", "time", "$")):  # what stands before a program
        words = words[1:]
    if words[:1] == ["make"]:
        for target in [word for word in words[1:] if re.fullmatch(r"[a-z][a-z-]*", word)]:
            assert target in TARGETS, f"{where}: no make target '{target}'"
    if not words or os.path.basename(words[0]) != "dpdm" or len(words) < 2:
        return 0
    name = " ".join(words[1:3]) if " ".join(words[1:3]) in VERBS else words[1]
    if name.startswith("-"):
        return 1
    assert name in VERBS or (name in FAMILIES and len(words) == 2), f"{where}: dpdm {' '.join(words[1:3])} is no verb"
    for word in words[2:] if name in VERBS else []:
        option = re.match(r"--([a-z][a-z0-9-]*)", word)
        if option:
            stem = option.group(1)
            assert stem in VERBS[name] or stem.removeprefix("no-") in VERBS[name], f"{where}: dpdm {name} has no option --{stem}"
    return 1


seen = 0
for page in sorted(glob.glob(os.path.join(SOURCE, "docs", "**", "*.md"), recursive=True)) + [os.path.join(SOURCE, name) for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]:
    with open(page, encoding="utf-8") as file:
        text = file.read()
    blocks = [block for _, block in re.findall(r"^( *)```(?:sh|console|bash)?\n(.*?)^\1```$", text, re.S | re.M)]
    for block in blocks + re.findall(r"`(dpdm [^`]+)`", text):
        for words in commands(block):
            seen += check(words, os.path.relpath(page, SOURCE))
print(seen, "commands")
assert seen > 150, seen
