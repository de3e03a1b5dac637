#!/usr/bin/env python3
"""A run by several processes is that of one: the same model for 1 to 4 ranks, also when one is killed and the run goes on with another number of ranks; ranks that
disagree end with a reason; other ranks write nothing."""
import os
import random
import re
import struct
import sys
import tempfile
import zipfile

import mpi

DPDM = os.environ["DPDM"]


def npy(dtype, shape, data):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (dtype, shape)
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head.encode() + data


def images(path, count=60, changed=None):
    r = random.Random(1)
    pixels = bytearray(r.randrange(256) for _ in range(count * 64))
    if changed is not None:
        pixels[changed] ^= 1
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("images.npy", npy("|u1", "(%d, 8, 8)" % count, bytes(pixels)))
        z.writestr("labels.npy", npy("<i8", "(%d,)" % count, b"".join(struct.pack("<q", i % 2) for i in range(count))))


RECIPE = """height: 8
width: 8
channels: 1
classes: 2
records: 60
epsilon: 10
delta: 1e-3
batch: 20
steps: %d
multiplicity: 2
width_base: 8
multipliers: 1,2
blocks: 1
attention: 4
prior_means_noise: 4
seed: 7
no_preview: true
threads: 1
"""


def read(*parts):
    with open(os.path.join(*parts), "rb") as f:
        return f.read()


def train(out, ranks, launcher, *words, recipe="recipe.yaml", data="a.npz", **environment):
    words = [DPDM, "train", "--config", recipe, "--data", data, "--out", out, *words]
    if ranks:
        words += ["--ranks", "mpi"]
    return mpi.run(words, ranks, launcher, **environment)


def same_model(launcher, name, sizes):
    if not os.path.exists("alone"):
        alone = train("alone", None, None)
        assert alone.returncode == 0, alone.stderr
    for ranks in sizes:
        out = "%s%d" % (name, ranks)
        result = train(out, ranks, launcher)
        assert result.returncode == 0, (ranks, result.stdout, result.stderr)
        assert read(out, "release", "model.safetensors") == read("alone", "release", "model.safetensors"), ranks
        assert result.stdout.count("model.safetensors") == 1, result.stdout
        assert sorted(os.listdir(out)) == sorted(os.listdir("alone")), (os.listdir(out), os.listdir("alone"))


def same_classifier(launcher, name, sizes):
    """A DP-SGD classifier too has the bytes of one process, for any number of ranks, and only rank 0 writes."""
    for ranks in (None,) + sizes:
        out = "classifier-%s%s.safetensors" % (name, ranks or "")
        words = [DPDM, "classify", "train", "--data", "a.npz", "--height", "8", "--width", "8", "--channels", "1", "--classes", "2", "--records", "60",
                 "--classifier", "mlp", "--epsilon", "10", "--delta", "1e-3", "--batch", "20", "--steps", "6", "--seed", "7", "--threads", "1", "--out", out]
        result = mpi.run(words + (["--ranks", "mpi"] if ranks else []), ranks, launcher)
        assert result.returncode == 0, (ranks, result.stdout, result.stderr)
        assert read(out) == read("classifier-%s.safetensors" % name), ranks
        assert [f for f in os.listdir() if f.startswith(out)] == [out], os.listdir()


def killed(launcher, name):
    """The last rank is killed in the middle: the job ends, and one process, then three, go on to the same model."""
    if not os.path.exists("whole"):
        whole = train("whole", None, None, recipe="long.yaml")
        assert whole.returncode == 0, whole.stderr
    cut = "cut-" + name
    script = ('if [ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}" != 1 ]; then exec "$@"; fi; "$@" & '
              "while [ ! -e %s/state ]; do sleep 0.1; done; kill -9 $!; wait $!" % cut)
    words = ["sh", "-c", script, "sh", DPDM, "train", "--config", "long.yaml", "--data", "a.npz", "--out", cut, "--ranks", "mpi", "--checkpoint-every", "5"]
    result = mpi.run(words, 2, launcher)
    assert result.returncode != 0 and os.path.exists(cut + "/state"), (result.returncode, result.stderr)
    for ranks in (3,):
        result = train(cut, ranks, launcher, "--resume", recipe="long.yaml")
        assert result.returncode == 0, result.stderr
    assert read(cut, "release", "model.safetensors") == read("whole", "release", "model.safetensors")


def disagreeing(launcher):
    script = 'if [ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}" = 1 ]; then exec "$@" %s; else exec "$@"; fi'
    for extra, told in (("--data b.npz", "rank 1 has other data than rank 0"), ("--learning-rate 0.5", "rank 1 has other config than rank 0"),
                        ("--kernels plain", "rank 1 has other kernel set than rank 0")):
        words = ["sh", "-c", script % extra, "sh", DPDM, "train", "--config", "recipe.yaml", "--data", "a.npz", "--out", "odd", "--ranks", "mpi"]
        result = mpi.run(words, 2, launcher)
        assert result.returncode != 0 and told in result.stderr, (extra, result.stderr)
        assert not os.path.exists("odd/release"), extra


os.chdir(tempfile.mkdtemp())
images("a.npz")
images("b.npz", changed=5)
for name, steps in (("recipe.yaml", 6), ("long.yaml", 1000)):
    with open(name, "w") as f:
        f.write(RECIPE % steps)
lone = train("lone", 0, None, "--ranks", "mpi")
assert lone.returncode == 2 and "start it with 'mpirun" in lone.stderr, lone.stderr
for number, (name, launcher) in enumerate(mpi.LAUNCHERS):
    same_model(launcher, name, (1, 2, 3, 4) if number == 0 else (3,))
    same_classifier(launcher, name, (3,))
    disagreeing(launcher)
    if number == 0:  # MPICH waits without sleeping: a thousand steps of more ranks than cores take it minutes
        killed(launcher, name)
sys.exit(0 if mpi.LAUNCHERS else mpi.SKIPPED)
