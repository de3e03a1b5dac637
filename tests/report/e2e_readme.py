#!/usr/bin/python3
"""What README.md says can be done: its commands exist, a recipe takes no longer than it says, its links lead somewhere, the C of docs/c.md is the
example that is built here - and the example works."""
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

SOURCE = os.environ["DPDM_SOURCE"]
README, MANUAL_OF_C = (open(os.path.join(SOURCE, name), encoding="utf-8").read() for name in ("README.md", "docs/c.md"))


def blocks(language, text=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)


def dpdm(*arguments):
    return subprocess.run([os.environ["DPDM"], *arguments], capture_output=True, text=True, check=True).stdout


def commands():
    verbs = {verb["name"]: {option["name"] for option in verb["options"]} for verb in json.loads(dpdm("help", "--json"))["verbs"]}
    lines = [line.split("#")[0].split() for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) >= 6
    for words in lines:
        assert words[0] == "dpdm", words
        name = " ".join(words[1:3]) if " ".join(words[1:3]) in verbs else words[1]
        for word in words:
            if word.startswith("--") and word != "--json":
                assert word[2:] in verbs[name], (name, word)
    for name in set(re.findall(r"`dpdm ([a-z]+)", README)) - {verb.split()[0] for verb in verbs}:
        raise AssertionError(f"README names an unknown verb: {name}")
    targets = set(re.findall(r"^([a-z-]+):", open(os.path.join(SOURCE, "Makefile")).read(), re.M))
    named = set(re.findall(r"`make ([a-z-]+)", README))
    assert named <= targets, named - targets


def links():
    for link in re.findall(r"\]\(([^)]+)\)", README) + re.findall(r"`((?:src|docs|include|cli|examples|presets)/[^`]*)`", README):
        assert "://" in link or os.path.exists(os.path.join(SOURCE, link)), link


def recipe():
    answers = "scans/ 28 28 1 2 normal,pneumonia 4708 0 10".split() + [""]
    result = subprocess.run([os.environ["DPDM"], "init", "study", "--json"], input="\n".join(answers) + "\n", capture_output=True, text=True,
                            check=True)
    plan = json.loads(result.stdout)
    assert 9 < plan["epsilon_upper"] <= 10
    # "about two minutes on two cores": by the work in it, not by the clock of a machine that is busy.
    draws = plan["steps"] * plan["batch"] * plan["multiplicity"]
    assert "Some thousand images take about two minutes" in README and draws < 200000 and plan["flops_per_draw"] < 1e8, plan


def example(program):
    (code,) = blocks("c", MANUAL_OF_C)
    assert code == open(os.path.join(SOURCE, "examples", "library.c")).read()
    images = (np.arange(4708 * 784) * 37 % 251).astype(np.uint8).reshape(4708, 28, 28)
    np.savez("data.npz", images=images, labels=np.arange(4708) % 2)
    result = subprocess.run([program, "data.npz", "2", "run", "out.npz"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "-differential privacy" in result.stdout
    assert np.load("out.npz")["images"].shape == (100, 28, 28)
    result = subprocess.run([program, "none.npz", "2", "other", "out.npz"], capture_output=True, text=True)
    assert result.returncode == 1 and "none.npz" in result.stderr


with tempfile.TemporaryDirectory() as temporary:
    program = os.path.abspath(sys.argv[1])
    os.chdir(temporary)
    commands()
    links()
    recipe()
    example(program)
