#!/usr/bin/python3
"""The logs of `dpdm train`: what they hold, what they must not hold, and that another reader understands them."""
import json
import math
import os
import stat
import struct
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import recipe  # noqa: E402

RECIPE = recipe(data="data.npz", steps=12, multiplicity=2, epsilon=8, clip=0.5, learning_rate="1e-3", learning_rate_final=0.1,
                checkpoint_every=3, no_preview="true")
PUBLIC = ["step", "epsilon_upper", "learning_rate", "released_gradient_norm", "noise_norm_expected", "signal_norm_estimate",
          "weight_norm", "average_distance"]
PRIVATE = ["step", "batch_size", "loss", "gradient_norm_median", "gradient_norm_90_percent", "clipped_share",
           "gradients_not_finite", "seconds", "notice"]


def dpdm(*arguments, code=0):
    done = subprocess.run([os.environ["DPDM"], *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def lines_of(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def crc32c(data):
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ 0x82F63B78 * (n & 1)
        table.append(n)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def unmask(masked):
    rotated = (masked - 0xA282EAD8) & 0xFFFFFFFF
    return (rotated >> 17 | rotated << 15) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (size,), (check,) = struct.unpack_from("<Q", data, at), struct.unpack_from("<I", data, at + 8)
        assert crc32c(data[at:at + 8]) == unmask(check)
        content = data[at + 12:at + 12 + size]
        (check,) = struct.unpack_from("<I", data, at + 12 + size)
        assert len(content) == size and crc32c(content) == unmask(check)
        yield content
        at += size + 16


def fields(message):
    """A protobuf message as {number: value}; no field of ours repeats."""
    at, found = 0, {}

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        size = {0: 0, 1: 8, 2: -1, 5: 4}[key & 7]
        if size == 0:
            value = varint()
        else:
            size = varint() if size < 0 else size
            value = message[at:at + size]
            at += size
            assert len(value) == size
        assert key >> 3 not in found
        found[key >> 3] = value
    return found


def events_of(path):
    """{(step, tag): value} of an event file."""
    with open(path, "rb") as file:
        first, *rest = [fields(record) for record in records(file.read())]
    assert first == {1: bytes(8), 3: b"brain.Event:2"}, first
    found = {}
    for event in rest:
        assert set(event) == {1, 2, 5}
        scalar = fields(fields(event[5])[1])
        assert struct.unpack("<d", event[1])[0] == event[2]  # no time of the clock
        found[event[2], scalar[1].decode()] = struct.unpack("<f", scalar[2])[0]
    return found


def agree(folder, keys):
    lines = lines_of(folder + "/metrics.jsonl")
    told = {(line["step"], key): value for line in lines for key, value in line.items()
            if key not in ("step", "notice") and value is not None}
    events = events_of(folder + "/tensorboard/events.out.tfevents.0.dpdm")
    assert set(told) == set(events)
    assert all(struct.pack("<f", told[key]) == struct.pack("<f", events[key]) for key in told)
    assert all(list(line) == keys for line in lines), lines[0]
    return lines


def public():
    dpdm("train", "--config", "recipe.yaml", "--out", "run")
    lines = lines_of("run/metrics.jsonl")
    assert [line["step"] for line in lines] == list(range(1, 13))
    assert all(list(line) == PUBLIC for line in lines)  # nothing else: no loss, batch size or time
    assert not os.path.exists("run/tensorboard") and not os.path.exists("run/private")
    epsilons = [line["epsilon_upper"] for line in lines]
    with open("run/release/statement.json") as file:
        claimed = json.load(file)
    assert epsilons == sorted(epsilons) and 0 < epsilons[0] < epsilons[-1]
    assert math.isclose(epsilons[-1], claimed["epsilon_upper"], rel_tol=1e-12)
    rates = [line["learning_rate"] for line in lines]
    assert rates[0] == 1e-3 and rates == sorted(rates, reverse=True) and rates[-1] < 2e-4
    plan = json.loads(dpdm("train", "--config", "recipe.yaml", "--dry-run", "--json")[0])
    noise = plan["noise_multiplier"] * 0.5 / 10 * math.sqrt(plan["parameters"])
    for line in lines:
        assert math.isclose(line["noise_norm_expected"], noise, rel_tol=1e-9)
        # Thousands of coordinates of nearly pure noise: the norm is within a few per cent of what noise alone gives.
        assert 0.9 < line["released_gradient_norm"] / noise < 1.2
        square = max(0, line["released_gradient_norm"] ** 2 - noise ** 2)
        assert math.isclose(line["signal_norm_estimate"], math.sqrt(square), rel_tol=1e-6, abs_tol=1e-9)
        assert line["weight_norm"] > 0 and line["average_distance"] >= 0
    with open("run/config.json") as file:
        assert "metrics" not in file.read()


def resumed():
    """Bit for bit the same logs, wherever the run was stopped."""
    words = ["train", "--config", "recipe.yaml", "--seed", 5, "--tensorboard"]
    dpdm(*words, "--out", "whole")
    whole = agree("whole", PUBLIC)
    dpdm(*words, "--out", "cut")
    # A run killed after step 9 with a state of step 6 looks like this.
    child = subprocess.Popen([os.environ["DPDM"], *map(str, words), "--out", "killed", "--steps", "12"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None and (not os.path.exists("killed/metrics.jsonl") or len(lines_quick("killed")) < 4):
        pass
    child.kill()
    child.wait()
    if os.path.exists("killed/state"):
        dpdm(*words, "--out", "killed", "--resume")
    for name in ("metrics.jsonl", "tensorboard/events.out.tfevents.0.dpdm"):
        with open("whole/" + name, "rb") as one, open("killed/" + name, "rb") as other, open("cut/" + name, "rb") as again:
            content = one.read()
            assert content == again.read() and content == other.read(), name
    assert len(whole) == 12
    # What was there is replaced with the run.
    dpdm(*words, "--out", "cut", "--overwrite", "--steps", 3, "--no-tensorboard")
    assert len(lines_of("cut/metrics.jsonl")) == 3 and not os.path.exists("cut/tensorboard")
    dpdm(*words, "--out", "seldom", "--metrics-every", 5)
    assert [line["step"] for line in lines_of("seldom/metrics.jsonl")] == [5, 10, 12]


def lines_quick(folder):
    with open(folder + "/metrics.jsonl") as file:
        return file.read().splitlines()


def private():
    _, notes = dpdm("train", "--config", "recipe.yaml", "--out", "watched", "--private-metrics", "--tensorboard", "--seed", 5)
    assert "watched/private" in notes and "not for release" in notes, notes
    lines = agree("watched/private", PRIVATE)
    assert all("not for release" in line["notice"] for line in lines)
    assert len(lines) == 12 and len({line["batch_size"] for line in lines}) > 1
    for line in lines:
        assert line["batch_size"] == 0 or (line["loss"] > 0 and 0 <= line["clipped_share"] <= 1)
        assert line["batch_size"] == 0 or 0 < line["gradient_norm_median"] <= line["gradient_norm_90_percent"]
        assert line["gradients_not_finite"] == 0 and line["seconds"] > 0
    assert stat.S_IMODE(os.stat("watched/private").st_mode) == 0o700
    assert stat.S_IMODE(os.stat("watched/private/metrics.jsonl").st_mode) == 0o600
    assert all(list(line) == PUBLIC for line in lines_of("watched/metrics.jsonl"))
    assert sorted(os.listdir("watched/release")) == ["model.safetensors", "statement.json"]
    # Watching changes no bit of the result.
    for name in ("release/model.safetensors", "metrics.jsonl"):
        with open("watched/" + name, "rb") as one, open("whole/" + name, "rb") as other:
            assert one.read() == other.read(), name
    dpdm("train", "--config", "recipe.yaml", "--out", "watched", "--overwrite", "--steps", 2)
    assert os.listdir("watched/private") == []


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    np.savez("data.npz", images=np.random.default_rng(1).integers(0, 256, (40, 8, 8), dtype=np.uint8),
             labels=np.arange(40) % 2)
    with open("recipe.yaml", "w") as recipe:
        recipe.write(RECIPE)
    for test in (public, resumed, private):
        test()
        print("ok", test.__name__)
    os.chdir("/")
