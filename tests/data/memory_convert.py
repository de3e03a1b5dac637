#!/usr/bin/python3
"""Catches a `data convert` to .npz whose memory grows with the pictures: with a cache on a disk, 96 MB of pixels that do not pack are
written by a process that may take 64 MB for its data."""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import DPDM, run  # noqa: E402

SIDE, COUNT, LIMIT = 1024, 32, 64 << 20


def convert(root, out, limit):
    """Exit code and messages; limit: of all memory that is the process's own (files that are mapped are not)."""
    result = subprocess.run([DPDM, "data", "convert", root / "noise", "--cache", root, "--decoders", "1", "--out", root / out],
                            capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))
    return result.returncode, result.stderr


with tempfile.TemporaryDirectory(dir=os.environ["DPDM_BUILD"]) as place:
    folder = pathlib.Path(place)
    noise = np.random.default_rng(1).integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8)
    np.savez(folder / "one.npz", images=noise, labels=np.zeros(1, np.int64))
    run("data", "convert", folder / "one.npz", "--format", "png", "--out", folder / "one")
    picture = next((folder / "one").glob("*/*.png")).read_bytes()
    (folder / "noise" / "a").mkdir(parents=True)
    for number in range(COUNT):
        (folder / "noise" / "a" / f"{number}.png").write_bytes(picture)
    code, text = convert(folder, "all.npz", LIMIT)
    if "tmpfs" in text:
        print("the build lies in memory: nothing to be seen here")
        sys.exit(77)
    assert code == 0, text
    with np.load(folder / "all.npz") as found:
        assert found["images"].shape == (COUNT, SIDE, SIDE, 3) and (found["images"] == noise).all()
    # The limit is one that is kept: without a cache the pixels are the process's own.
    code = subprocess.run([DPDM, "data", "convert", folder / "noise", "--decoders", "1", "--out", folder / "no.npz"], capture_output=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))).returncode
    assert code == 1, code
    assert not (folder / "no.npz").exists()
