#!/usr/bin/env python3
"""Prepares the documentation for mkdocs: site.py DPDM FOLDER copies docs/ to FOLDER/docs, adds pages on verbs and options (from the program's own table)
and on the C library (from the headers)."""
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def cell(text):
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def verbs(dpdm):
    table = json.loads(subprocess.run([dpdm, "help", "--json"], check=True, capture_output=True, text=True).stdout)
    out = ["# Verbs and options", "", "Printed by the program itself: `dpdm help --json`. A YAML config has the same names, with `_` for `-`.", ""]
    for verb in table["verbs"]:
        out += ["## dpdm " + verb["name"], "", cell(verb["summary"]) + ".", ""]
        if verb.get("arguments"):
            out += ["`dpdm %s %s`" % (verb["name"], verb["arguments"]), ""]
        if verb["options"]:
            out += ["| option | what it does | default |", "|---|---|---|"]
            out += ["| `--%s` | %s (%s) | %s |" % (o["name"], cell(o["help"]), cell(o["type"]), "`%s`" % cell(o["default"]) if o["default"] else "")
                    for o in verb["options"]]
            out.append("")
    return "\n".join(out)


def header(path):
    """A header as a page: its opening comment as prose, the rest as code."""
    text = open(path, encoding="utf-8").read()
    opening = re.match(r"/\*(.*?)\*/", text, re.S)
    prose = re.sub(r"^ \* ?", "", opening.group(1).strip(), flags=re.M)
    name, _, rest = prose.partition(" - ")
    body = text[opening.end():]
    body = re.sub(r"#ifn?def (DPDM_\w+_H|__cplusplus)\n(#define DPDM_\w+_H\n|extern \"C\" \{\n#endif\n|\}\n#endif\n)", "", body).strip()
    body = re.sub(r"\n#endif$", "", body)
    return "## dpdm/%s\n\n```text\n%s\n```\n\n```c\n%s\n```\n" % (name.strip(), rest, body.strip())


def library():
    folder = os.path.join(ROOT, "include/dpdm")
    names = sorted(n for n in os.listdir(folder) if n.endswith(".h"))
    return "# The C library\n\nThe public headers, whole. `pkg-config --cflags --libs dpdm` gives what a compiler needs.\n\n" + "\n".join(
        header(os.path.join(folder, n)) for n in names)


def main():
    dpdm, work = sys.argv[1:]
    docs = os.path.join(work, "docs")
    shutil.rmtree(docs, ignore_errors=True)
    shutil.copytree(os.path.join(ROOT, "docs"), docs)
    os.makedirs(os.path.join(docs, "reference"))
    for name, text in (("verbs", verbs(dpdm)), ("c", library())):
        with open(os.path.join(docs, "reference", name + ".md"), "w", encoding="utf-8") as f:
            f.write(text)


main()
