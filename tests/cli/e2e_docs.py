#!/usr/bin/env python3
"""Runs the commands of the documentation as they stand there: every block marked sh of the tutorial and of the how-to pages, in order, page by page, on made-up
scans of the shape the pages speak of. A block runs unless the line before it says why not: <!-- not run: REASON -->. Only numbers that cost time are made smaller."""
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

DPDM, SOURCE = os.environ["DPDM"], os.environ["DPDM_SOURCE"]
QUICKER = [(r"dpdm train --preset small-set", "dpdm train --preset small-set --steps 2 --learning-rate-warmup 1"), (r"--count 10000", "--count 40"), (r"--runs 2000", "--runs 200"),
           (r"--sampler ddim-stochastic", "--sampler ddim-stochastic --steps 4"), (r"dpdm eval ", "dpdm eval --epochs 1 --seeds 1 ")]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def scan(path, seed, bright):
    r = random.Random(seed)
    rows = b"".join(b"\0" + bytes(min(255, r.randrange(100) + bright + 4 * y) for _ in range(28)) for y in range(28))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def scans(folder):
    for split, normal, pneumonia in (("train", 1214, 3494), ("test", 234, 390)):
        for name, count, bright in (("normal", normal, 0), ("pneumonia", pneumonia, 40)):
            where = os.path.join(folder, "scans", split, name)
            os.makedirs(where)
            for i in range(count):
                scan(os.path.join(where, "%05d.png" % i), "%s %s %d" % (split, name, i), bright)


def photos(folder):
    """JPEG files of several sizes and directions, of the seeds of the fuzz target."""
    seeds = os.path.join(SOURCE, "tests", "fuzz", "corpus", "picture")
    for label, names in (("cat", ("grey", "colour-turned")), ("dog", ("progressive", "big-endian"))):
        where = os.path.join(folder, "photos", label)
        os.makedirs(where)
        for name in names:
            shutil.copy(os.path.join(seeds, name), os.path.join(where, name + ".jpg"))


def blocks(page):
    """(kind, text, line) of each fenced block that is to be used."""
    lines = open(page, encoding="utf-8").read().split("\n")
    i = 0
    while i < len(lines):
        if re.fullmatch(r"```\w+", lines[i]):
            end = lines.index("```", i + 1)
            skipped = i > 0 and re.fullmatch(r"<!-- not run: .+ -->", lines[i - 1])
            if not skipped:
                yield lines[i][3:], "\n".join(lines[i + 1:end]) + "\n", i + 1
            i = end
        elif lines[i].startswith("<!-- not run") and not (i + 1 < len(lines) and lines[i + 1].startswith("```")):
            sys.exit("%s:%d: this mark stands before no block" % (page, i + 1))
        i += 1


def quicker(text):
    for pattern, instead in QUICKER:
        text = re.sub(pattern, instead, text, flags=re.M)
    return text


def run_page(page, images):
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("scans", "photos"):
            os.symlink(os.path.join(images, name), os.path.join(folder, name))
        for kind, text, line in blocks(page):
            if kind == "yaml":
                with open(os.path.join(folder, "recipe.yaml"), "w", encoding="utf-8") as f:
                    f.write(quicker(text))
            if kind != "sh":
                continue
            result = subprocess.run(["bash", "-euo", "pipefail", "-c", quicker(text)], cwd=folder, capture_output=True, text=True,
                                    env=dict(os.environ, PATH=os.path.dirname(DPDM) + ":" + os.environ["PATH"]), timeout=600 * int(os.environ.get("DPDM_SLOW", "1")))
            if result.returncode:
                sys.exit("%s:%d: exit %d\n%s%s%s" % (page, line, result.returncode, quicker(text), result.stdout[-2000:], result.stderr[-2000:]))
            count += 1
    return count


docs = os.path.join(SOURCE, "docs")
pages = [os.path.join(docs, "tutorial.md")] + sorted(os.path.join(docs, "howto", n) for n in os.listdir(os.path.join(docs, "howto")))
with tempfile.TemporaryDirectory() as images:
    scans(images)
    photos(images)
    for page in pages:
        ran = run_page(page, images)
        print("%s: %d blocks run" % (os.path.relpath(page, docs), ran))
