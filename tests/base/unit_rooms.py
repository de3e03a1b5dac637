#!/usr/bin/python3
"""The rooms of the source depend on each other in one direction, and the files of a room on each other without circles.

A room is a folder of src; the program is the room "cli". What a file includes, and what a public header declares, must lie in
its own room or in one that it may know (ROOMS, as CONTRIBUTING.md and docs say it). Fails with every line that does not."""
import collections
import glob
import os
import re
import sys

SOURCE = os.environ.get("DPDM_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

# Each room with those that it may know beside itself.
ROOMS = {"base": ""}
ROOMS["rng"] = "base"
ROOMS["privacy"] = "base rng"
ROOMS["ledger"] = "base rng privacy"
ROOMS["nn"] = "base rng"
ROOMS["data"] = "base rng"
ROOMS["ranks"] = "base"
ROOMS["diffusion"] = "base rng nn data"
ROOMS["train"] = "base rng privacy ledger nn data ranks diffusion"
ROOMS["eval"] = ROOMS["train"] + " train"
ROOMS["audit"] = ROOMS["eval"] + " eval"
ROOMS["report"] = ROOMS["audit"] + " audit"
ROOMS["api"] = ROOMS["report"] + " report"
ROOMS["cli"] = ROOMS["api"] + " api"
# Public headers that no file of a room defines anything of.
HOMELESS = {"dpdm/dpdm.h": "api"}

INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"', re.M)
DEFINED = re.compile(r"^(?!static\b|typedef\b|extern\b)[a-z][\w \t*]*?[ *]([a-z]\w+)\((?=[^;]*?\)\s*(?:__attribute__[^{;]*)?\{)", re.M)
DECLARED = re.compile(r"\b(dpdm_\w+)\(")
COMMENT = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.S)


def read(path):
    with open(os.path.join(SOURCE, path)) as file:
        return file.read()


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" else parts[0]


def files(pattern):
    found = (glob.glob(os.path.join(SOURCE, where, "**", pattern), recursive=True) for where in ("src", "cli"))
    return sorted(os.path.relpath(path, SOURCE) for paths in found for path in paths)


def code_of(path):
    """Without comments and texts, but for the names of includes."""
    return COMMENT.sub("", read(path))


def main():
    sources = files("*.c")
    code = {path: code_of(path) for path in sources}
    defined = {path: set(DEFINED.findall(code[path])) for path in sources}
    home = {name: path for path in sources for name in defined[path]}
    faults = []

    # Where a header lies says its room, but for the folder of those that rooms share.
    headers = {}
    for path in files("*.h") + ["include/dpdm/" + os.path.basename(p) for p in glob.glob(os.path.join(SOURCE, "include/dpdm/*.h"))]:
        name = path.split("/", 1)[1]
        if not name.startswith("dpdm/"):
            headers[name] = room_of(path)
            continue
        rooms = collections.Counter(room_of(home[f]) for f in DECLARED.findall(code_of(path)) if f in home)
        if name in HOMELESS:
            headers[name] = HOMELESS[name]
        elif len(rooms) == 1:
            headers[name] = next(iter(rooms))
        elif rooms:
            faults.append(f"{path}: declares functions of several rooms: {', '.join(sorted(rooms))}")

    edges = 0
    for path in sources + files("*.h"):
        room = room_of(path)
        if room == "dpdm":  # a shared header may include those of its room's
            room = headers.get(path.split("/", 1)[1])
            if not room:
                continue
        if room not in ROOMS:
            faults.append(f"{path}: the room '{room}' is not in the table of tests/base/unit_rooms.py")
            continue
        for name in INCLUDE.findall(read(path)):
            other = headers.get(name)
            if other and other != room:
                edges += 1
                if other not in ROOMS[room].split():
                    faults.append(f"{path}: the room '{room}' may not know '{other}', but it includes {name}")

    # Files that use each other: a circle is a piece that is cut in the wrong place.
    uses = {path: {home[name] for name in set(re.findall(r"\b[a-z]\w+\b", code[path])) if name in home} - {path} for path in sources}
    within = {path: {o for o in uses[path] if room_of(o) == room_of(path)} for path in sources}
    found = [" ".join(circle) for circle in circles(within)]
    faults += [f"a circle of files that use each other: {circle}" for circle in found]

    print("\n".join(faults) if faults else f"{len(sources)} files, {edges} includes across rooms, all downwards")
    assert edges > 100
    return bool(faults)


def circles(graph):
    """Strongly connected components of more than one file (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in sorted(graph[v]):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            component = stack[stack.index(v):]
            del stack[stack.index(v):]
            if len(component) > 1:
                found.append(sorted(component))

    sys.setrecursionlimit(10000)
    for v in sorted(graph):
        if v not in index:
            visit(v)
    return found


if __name__ == "__main__":
    sys.exit(main())
