#!/usr/bin/python3
"""`dpdm sample` and `dpdm denoise` as a user meets them: formats, seeds, refusals, nothing half-written."""
import json
import os
import signal
import struct
import subprocess
import tempfile
import time

import numpy as np

from support import TINY, dpdm, make_model, network, read_safetensors


def formats():
    make_model("m", statement={"claim": "(1, 1e-5)-differential\u001b privacy"})
    metadata, _ = read_safetensors("m")
    assert json.loads(metadata["dpdm.config"])["network"] == TINY
    _, notes = dpdm("sample", "m", "--count", 7, "--steps", 3, "--seed", 5, "--out", "a.npz")
    assert "(1, 1e-5)-differential? privacy" in notes, notes
    a = np.load("a.npz")
    assert a["images"].dtype == np.uint8 and a["images"].shape == (7, 8, 8)
    assert a["labels"].dtype == np.int64 and list(a["labels"]) == [0, 1, 2, 0, 1, 2, 0]
    dpdm("sample", "m", "--count", 7, "--steps", 3, "--seed", 5, "--out", "folder", "--grid", "grid.png")
    assert sorted(os.listdir("folder")) == ["0", "1", "2"]
    assert open("grid.png", "rb").read(8) == b"\x89PNG\r\n\x1a\n"
    dpdm("sample", "m", "--count", 7, "--steps", 3, "--seed", 5, "--out", "b.set/", "--format", "idx")
    (images,) = [f for f in os.listdir("b.set") if "images" in f]
    data = open(os.path.join("b.set", images), "rb").read()
    assert struct.unpack(">IIII", data[:16]) == (0x803, 7, 8, 8)
    assert data[16:] == a["images"].tobytes()
    make_model("colour", network(8, 8, 3, 2, 8, [1], 1, [], 1), "v")
    dpdm("sample", "colour", "--count", 2, "--steps", 2, "--label", 1, "--out", "c.npz")
    c = np.load("c.npz")
    assert c["images"].shape == (2, 8, 8, 3) and list(c["labels"]) == [1, 1]
    # A class mix, by number and by name: exactly so many of each, in turn as long as they last; image 0 is what it is without it.
    dpdm("sample", "m", "--counts", "0:1,2:4", "--steps", 3, "--seed", 5, "--out", "mix.npz")
    mix = np.load("mix.npz")
    assert list(mix["labels"]) == [0, 2, 2, 2, 2], mix["labels"]
    assert (mix["images"][0] == a["images"][0]).all()
    make_model("named", class_names="normal,2,odd")
    dpdm("sample", "named", "--counts", "odd:2,normal:1,number:1:3", "--steps", 2, "--out", "n.npz")
    assert sorted(np.load("n.npz")["labels"]) == [0, 1, 1, 1, 2, 2]


def seeds():
    base = ["sample", "m", "--count", 20, "--steps", 3, "--sampler", "heun", "--churn", 2, "--guidance", 0.5]
    images = []
    for i, extra in enumerate((["--seed", 1], ["--seed", 1, "--threads", 1], ["--seed", 2])):
        dpdm(*base, *extra, "--out", f"s{i}.npz")
        images.append(open(f"s{i}.npz", "rb").read())
    assert images[0] == images[1] and images[0] != images[2]
    # Without a seed one is taken and told, and gives the same images again.
    told = json.loads(dpdm(*base, "--out", "t0.npz", "--json", "--quiet")[0])
    assert told["count"] == 20 and told["format"] == "npz" and told["sampler"] == "heun"
    assert told["evaluations_per_image"] == 10
    dpdm(*base, "--seed", told["seed"], "--out", "t1.npz")
    assert open("t0.npz", "rb").read() == open("t1.npz", "rb").read()
    other = json.loads(dpdm(*base, "--out", "t2.npz", "--json", "--quiet")[0])
    assert other["seed"] != told["seed"]


def refusals():
    before = sorted(os.listdir("."))
    run = ["sample", "m", "--steps", 2]

    def refused(code, word, *arguments):
        _, message = dpdm(*arguments, code=code)
        assert word in message, (arguments, message)
        assert sorted(os.listdir(".")) == before, arguments

    refused(2, "MODEL", "sample", "--count", 1, "--out", "x.npz")
    refused(2, "--count", *run, "--out", "x.npz")
    refused(2, "--out", *run, "--count", 1)
    refused(2, "label 3", *run, "--count", 1, "--label", 3, "--out", "x.npz")
    for counts, word in (("0:1,3:2", "--counts"), ("0:1,0:2", "twice"), ("0", "CLASS:N"), ("0:x", "CLASS:N"), ("0:0", "asks for 0"),
                         ("cat:3", "cat"), ("0:99999999999", "CLASS:N"), (":3", "--counts")):
        refused(2, word, *run, "--counts", counts, "--out", "x.npz")
    refused(2, "leave out", *run, "--counts", "0:1", "--count", 1, "--out", "x.npz")
    refused(2, "steps", "sample", "m", "--steps", 1, "--count", 1, "--out", "x.npz")
    refused(2, "format", *run, "--count", 1, "--out", "x.zip")
    refused(2, "churn", *run, "--count", 1, "--churn", 1, "--out", "x.npz")
    refused(2, "guidance", *run, "--count", 1, "--guidance", "nan", "--out", "x.npz")
    refused(2, "t_min", *run, "--count", 1, "--t-min", 9, "--t-max", 9, "--out", "x.npz")
    refused(1, "overwrite", *run, "--count", 1, "--out", "a.npz")
    refused(1, "overwrite", *run, "--count", 1, "--out", "x.npz", "--grid", "grid.png")
    refused(1, "folder 'none' is missing", *run, "--count", 1, "--out", "none/x.npz")
    refused(1, "none.safetensors", "sample", "none.safetensors", "--count", 1, "--out", "x.npz")
    refused(1, "not a safetensors", "sample", "a.npz", "--count", 1, "--out", "x.npz")
    refused(1, "folder", "sample", "folder", "--count", 1, "--out", "x.npz")
    dpdm(*run, "--count", 1, "--out", "a.npz", "--overwrite")


def denoise_refusals():
    x, sigma, labels = np.zeros((2, 1, 8, 8), np.float32), np.ones(2, np.float32), np.array([0, 3])
    cases = [
        (2, "sigma of image 1", dict(x=x, sigma=np.array([1, 0], np.float32), labels=labels)),
        (2, "sigma of image 0", dict(x=x, sigma=np.array([np.nan, 1], np.float32), labels=labels)),
        (2, "label of image 1", dict(x=x, sigma=sigma, labels=np.array([0, 4]))),
        (2, "label of image 0", dict(x=x, sigma=sigma, labels=np.array([1 << 40, 0]))),
        (1, "(2, 8, 8, 1)", dict(x=x.reshape(2, 8, 8, 1), sigma=sigma, labels=labels)),
        (1, "x", dict(x=x.astype(np.int64), sigma=sigma, labels=labels)),
        (1, "sigma", dict(x=x, sigma=np.ones(3, np.float32), labels=labels)),
        (1, "labels", dict(x=x, sigma=sigma, labels=np.zeros((2, 1), np.int64))),
        (1, "labels", dict(x=x, sigma=sigma, labels=np.zeros(2, np.float32))),
        (1, "sigma", dict(x=x, labels=labels)),
    ]
    for code, word, arrays in cases:
        np.savez("bad.npz", **arrays)
        _, message = dpdm("denoise", "m", "--in", "bad.npz", "--out", "bad-out.npz", code=code)
        assert word in message, (word, message)
        assert not os.path.exists("bad-out.npz")
    dpdm("denoise", "m", "--in", "bad.npz", code=2)
    np.savez("good.npz", x=x, sigma=sigma, labels=labels)
    assert json.loads(dpdm("denoise", "m", "--in", "good.npz", "--out", "good-out.npz", "--json")[0])["count"] == 2
    dpdm("denoise", "m", "--in", "good.npz", "--out", "good-out.npz", code=1)


def interruption():
    """Ctrl-C leaves nothing, whenever it comes."""
    before = sorted(os.listdir("."))
    for wait in (0.0, 0.5):
        process = subprocess.Popen([os.environ["DPDM"], "sample", "m", "--count", "1000000", "--steps", "1000", "--out",
                                    "stopped.npz"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60 * int(os.environ.get("DPDM_SLOW", "1")))
        assert process.returncode != 0
        assert sorted(os.listdir(".")) == before


with tempfile.TemporaryDirectory() as temporary:
    os.chdir(temporary)
    formats()
    seeds()
    refusals()
    denoise_refusals()
    interruption()
