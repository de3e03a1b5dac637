#!/usr/bin/python3
"""`dpdm train` as a user meets it: the plan, refusals, Ctrl-C and resume, a full disk, a folder one cannot write."""
import errno
import hashlib
import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import recipe  # noqa: E402

DPDM = os.environ["DPDM"]

RECIPE = recipe(data="data.npz", steps=40, multiplicity=2, epsilon=8, checkpoint_every=1)


def run(*args, code=0, **more):
    done = subprocess.run([DPDM, *map(str, args)], capture_output=True, text=True, **more)
    assert done.returncode == code, (args, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def digest(folder):
    with open(f"{folder}/release/model.safetensors", "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def plan():
    keys = {"parameters", "sampling_rate", "steps", "noise_multiplier", "epsilon_upper", "delta", "accountant",
            "memory_bytes", "estimated_seconds"}
    text, _ = run("train", "--config", "recipe.yaml", "--data", "nothing/there", "--dry-run", "--json")
    figures = json.loads(text)
    assert keys <= set(figures), figures
    assert figures["steps"] == 40 and figures["delta"] == 1e-3 and figures["accountant"] == "rdp"
    assert 0.25 - 1e-9 < figures["sampling_rate"] <= 0.25
    assert 7.5 < figures["epsilon_upper"] <= 8 and figures["estimated_seconds"] > 0
    assert not os.path.exists("dpdm-run")
    account = json.loads(run("account", "--sampling-rate", figures["sampling_rate"], "--noise-multiplier",
                             figures["noise_multiplier"], "--steps", 40, "--delta", 1e-3, "--accountant", "rdp",
                             "--json")[0])
    assert abs(account["epsilon_upper"] - figures["epsilon_upper"]) < 1e-9
    text, _ = run("train", "--preset", "dpdm-mnist-eps10", "--accountant", "rdp", "--multiplicity", 1,
                  "--dry-run", "--json")
    assert json.loads(text)["parameters"] == 1753345
    text, _ = run("train", "--config", "recipe.yaml", "--dry-run")
    assert "epsilon <=" in text and "memory" in text


def refusals():
    for args, words in (
            (["--preset", "dpdm-mnist-eps11"], "did you mean"),
            (["--config", "recipe.yaml", "--noise-multiplier", "-1"], "noise-multiplier"),
            (["--config", "recipe.yaml", "--sampling-rate", "1.5"], "sampling-rate"),
            (["--config", "recipe.yaml", "--lerning-rate", "1"], "learning-rate"),
            (["--config", "recipe.yaml", "--clip", "nan"], "clip"),
            (["--data", "data.npz"], "height")):
        _, notes = run("train", *args, code=2)
        assert words in notes, notes
    with open("bad.yaml", "w") as f:
        f.write(RECIPE + "clipp: 1\n")
    _, notes = run("train", "--config", "bad.yaml", code=2)
    assert "bad.yaml:18" in notes and "clip" in notes, notes
    _, notes = run("train", "--config", "recipe.yaml", "--records", 39, "--out", "none", code=1)
    assert "records" in notes and not os.path.exists("none/config.json")
    assert "40" not in notes.splitlines()[-1]  # the true number is private
    _, notes = run("train", "--config", "recipe.yaml", "--data", "missing.npz", "--out", "none", code=1)
    assert "missing.npz" in notes


def whole_run():
    text, notes = run("train", "--config", "recipe.yaml", "--out", "run", "--preview-every", 20, "--seed", 3)
    assert text.strip() == "run/release/model.safetensors"
    assert "no privacy claim" in notes and "epsilon <=" in notes
    assert sorted(os.listdir("run/release")) == ["model.safetensors", "statement.json"]
    assert sorted(os.listdir("run/preview")) == ["step-00000020.png", "step-00000040.png"]
    # Nothing else is kept: no state, no log of losses, batch sizes or times (e2e_metrics.py reads the one there is).
    assert sorted(os.listdir("run")) == ["config.json", "lock", "metrics.jsonl", "preview", "release"]
    _, notes = run("train", "--config", "recipe.yaml", "--out", "run", "--seed", 3, code=1)
    assert "--overwrite" in notes and "--resume" in notes
    text, _ = run("train", "--config", "recipe.yaml", "--out", "private", "--json", "--quiet")
    result = json.loads(text)
    assert result["private"] and result["epsilon_upper"] <= 8 and os.path.exists(result["model"])
    run("sample", result["model"], "--count", 4, "--steps", 4, "--out", "samples.npz")
    assert np.load("samples.npz")["images"].shape == (4, 8, 8)


def neighbours():
    """Two data sets that differ in all images and in their number: what is printed, and what lies in the run folder beside
    weights and pictures, is the same; the number of images is not stated here."""
    recipe = RECIPE.replace("records: 40\n", "sampling_rate: 0.25\n").replace("steps: 40", "steps: 6")
    open("private.yaml", "w").write(recipe)
    random = np.random.default_rng(2)
    seen = []
    for count, most in ((40, 256), (29, 20)):
        np.savez("these.npz", images=random.integers(0, most, (count, 8, 8), dtype=np.uint8), labels=np.arange(count) % 2)
        for more in ([], ["--json"]):
            text, notes = run("train", "--config", "private.yaml", "--data", "these.npz", "--out", "shown", "--overwrite",
                              "--seed", 3, *more)
            files = sorted(os.path.join(folder, name) for folder, _, names in os.walk("shown") for name in names)
            public = [open(name).read() for name in files if name.endswith(".json")]
            notes = [line for line in notes.splitlines() if not re.match("train .* left", line)]  # they come by the clock
            seen.append((text, notes, files, public))
    assert seen[0] == seen[2] and seen[1] == seen[3], seen
    assert len(seen[0][3]) == 2 and len(seen[0][1]) == 3, seen[0]


def no_images():
    """Where the number of images is private, none is a number like any other: the run is that of a full set, but for noise."""
    with open("private.yaml", "w") as file:
        file.write(RECIPE.replace("records: 40", "sampling_rate: 0.25").replace("steps: 40", "steps: 3\nprior_means_noise: 4"))
    images = np.zeros((0, 8, 8), np.uint8)
    np.savez("none.npz", images=images, labels=np.zeros(0, np.int64))
    os.makedirs("none-png/0"), os.makedirs("none-png/1"), os.mkdir("none-idx")
    with open("none-idx/train-images-idx3-ubyte", "wb") as file:
        file.write(bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (0, 8, 8)))
    with open("none-idx/train-labels-idx1-ubyte", "wb") as file:
        file.write(bytes([0, 0, 8, 1]) + bytes(4))
    runs = {}
    for data in ("data.npz", "none.npz", "none-png", "none-idx"):
        run("train", "--config", "private.yaml", "--data", data, "--out", f"of-{data}", "--seed", 7, "--quiet")
        with open(f"of-{data}/release/statement.json") as file:
            runs[data] = file.read(), digest(f"of-{data}")
    assert len({statement for statement, _ in runs.values()}) == 1
    assert len({model for _, model in runs.values()}) == 2 and runs["none-png"] == runs["none.npz"] == runs["none-idx"]
    run("classify", "train", "--data", "none.npz", "--height", 8, "--width", 8, "--channels", 1, "--classes", 2, "--sampling-rate", 0.25,
        "--batch", 10, "--steps", 3, "--noise-multiplier", 2, "--delta", 1e-3, "--seed", 1, "--out", "none.safetensors", "--quiet")
    # A public number is checked; and where something would be read off the images, there have to be some.
    _, told = run("train", "--config", "recipe.yaml", "--data", "none.npz", "--out", "x", code=1)
    assert "records" in told, told
    for data in ("none.npz", "none-png", "none-idx"):
        assert "no images" in run("data", "info", data, code=1)[1]


def deltas():
    """From 1 / records on it is warned of, from 0.1 on refused unless it is meant."""
    words = ["train", "--config", "recipe.yaml", "--dry-run", "--json"]
    assert json.loads(run(*words, "--delta", 0.02)[0])["warnings"] == []
    figures = json.loads(run(*words, "--delta", 0.03)[0])
    assert "1 / 40" in figures["warnings"][0] and figures["warnings"] == figures["statement"]["warnings"]
    assert figures["epsilon_replace_one"] > 2 * figures["epsilon_upper"]
    assert figures["epsilon_replace_one"] == figures["statement"]["replace_one"]["epsilon_upper"]
    assert "accept-delta" in run(*words, "--delta", 0.1, code=2)[0]
    assert json.loads(run(*words, "--delta", 0.1, "--accept-delta")[0])["statement"]["delta"] == 0.1
    _, told = run("train", "--config", "recipe.yaml", "--steps", 1, "--delta", 0.03, "--out", "warned", "--quiet")
    assert "WARNING" in told and "1 / 40" in told, told
    assert "WARNING" in run("statement", "warned")[0]
    words = ["classify", "train", "--data", "data.npz", "--height", 8, "--width", 8, "--channels", 1, "--classes", 2, "--records", 40,
             "--batch", 10, "--steps", 1, "--noise-multiplier", 2, "--dry-run"]
    assert "WARNING" in run(*words, "--delta", 0.03)[0]
    run(*words, "--delta", 0.2, code=2)
    run(*words, "--delta", 0.2, "--accept-delta")


def contradictions():
    """A command line goes over a file, but nothing says two things at once."""
    words = ["train", "--config", "recipe.yaml", "--dry-run", "--json"]
    assert json.loads(run(*words, "--epochs", 3)[0])["steps"] == 12  # instead of the file's steps
    figures = json.loads(run(*words, "--sampling-rate", 0.5)[0])  # instead of the file's batch
    assert figures["batch"] == 20 and figures["steps"] == 40
    for wrong, word in ((["--steps", 3, "--epochs", 2], "how long to train"),
                        (["--sampling-rate", 0.5, "--batch", 10], "expects 20 images"), (["--attention", 5], "heights are 8, 4"),
                        (["--learning-rate", 0], "learning-rate"), (["--label-drop", 1], "label-drop"),
                        (["--data-set", "faces"], "no ledger is given")):
        assert word in run(*words, *wrong, code=2)[0], wrong


def stopped_and_resumed():
    arguments = ["train", "--config", "recipe.yaml", "--out", "stopped", "--seed", "3", "--preview-every", "20"]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        more = ["--resume"] if os.path.exists("stopped/state") else []
        child = subprocess.Popen([DPDM, *arguments, *more], stderr=subprocess.PIPE, text=True)
        assert "--seed" in child.stderr.readline()  # from here on signals are caught
        while not os.path.exists("stopped/state") and child.poll() is None:
            time.sleep(0.001)
        time.sleep(0.02)
        child.send_signal(number)
        _, notes = child.communicate()
        if child.returncode == 0:  # it was faster than the signal
            break
        assert child.returncode == (-number if number == signal.SIGKILL else 128 + number), (child.returncode, notes)
        assert number == signal.SIGKILL or "--resume" in notes, notes
        assert stat.S_IMODE(os.stat("stopped/state").st_mode) == 0o600
    run(*arguments, "--resume")
    assert digest("stopped") == digest("run")
    run(*arguments, "--resume")  # nothing left to do
    assert digest("stopped") == digest("run")


def full_disk():
    """A limit on the size of files stands for a full disk: the run fails with a message, nothing is half-written."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
    _, notes = run("train", "--config", "recipe.yaml", "--out", "full", code=1, preexec_fn=limit)
    assert "full/state" in notes and os.strerror(errno.EFBIG) in notes, notes
    assert not os.path.exists("full"), os.listdir("full")


def read_only_folder():
    os.mkdir("sealed", 0o500)
    if os.access("sealed", os.W_OK):  # the superuser may write anywhere: a file in the way will do
        os.rmdir("sealed")
        open("sealed", "w").close()
    _, notes = run("train", "--config", "recipe.yaml", "--out", "sealed/run", code=1)
    assert "sealed" in notes, notes


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    random = np.random.default_rng(1)
    np.savez("data.npz", images=random.integers(0, 256, (40, 8, 8), dtype=np.uint8), labels=np.arange(40) % 2)
    with open("recipe.yaml", "w") as f:
        f.write(RECIPE)
    for test in (plan, refusals, whole_run, neighbours, no_images, deltas, contradictions, stopped_and_resumed, full_disk, read_only_folder):
        test()
        print("ok", test.__name__)
