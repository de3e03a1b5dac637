#!/usr/bin/python3
"""Inception-v3's features by dpdm against PyTorch in float64, with random weights: the architecture, the folding of batch
norms by tools/convert-inception.py, both ways to resize. Each image's relative error (L2) must stay below 1e-4. Catches a
wrong window, padding, branch, order of channels or pooling: each moves the features by percents.
"""
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import SOURCE, main, run  # noqa: E402
import torch_inception as reference  # noqa: E402

LIMIT = 1e-4
CONVERT = os.path.join(SOURCE, "tools", "convert-inception.py")


class Inception(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(2)
        cls.folder = tempfile.TemporaryDirectory()
        cls.net = reference.randomise(reference.Inception(), 1)
        cls.weights = cls.path("weights.safetensors")
        state = dict(cls.net.state_dict())
        state["fc.weight"] = torch.zeros(3, 2048)  # the classifier is left out
        state["AuxLogits.conv0.conv.weight"] = torch.zeros(128, 768, 1, 1)
        torch.save(state, cls.path("weights.pth"))
        subprocess.run([sys.executable, CONVERT, cls.path("weights.pth"), cls.weights], check=True)
        cls.net = cls.net.double()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    def features(self, images, *words):
        """Features by dpdm of images [N, H, W, C]."""
        grey = images[..., 0] if images.shape[-1] == 1 else images
        np.savez(self.path("images.npz"), images=grey, labels=np.zeros(len(images), np.int64))
        run("features", self.path("images.npz"), "--inception", self.weights, "--out", self.path("out.npz"), "--overwrite",
            *words, timeout=1200)
        return np.load(self.path("out.npz"))["features"]

    def compare(self, images, resize, *words):
        got = self.features(images, *words)
        with torch.no_grad():
            want = self.net(resize(torch.from_numpy(images))).numpy()
        self.assertEqual(got.shape, want.shape)
        spread = np.linalg.norm(want - want.mean(0), axis=1) / np.linalg.norm(want, axis=1)
        self.assertGreater(spread.min(), 1e-2)  # images that all look alike would prove little
        errors = np.linalg.norm(got - want, axis=1) / np.linalg.norm(want, axis=1)
        print("worst relative error", errors.max(), "images differ by", spread.min())
        self.assertLess(errors.max(), LIMIT)

    def test_grey_reference(self):
        images = np.random.default_rng(1).integers(0, 256, (2, 28, 28, 1)).astype(np.uint8)
        images[1] = np.arange(28)[:, None, None] * 9
        self.compare(images, reference.resize_reference)

    def test_colour_centred(self):
        images = np.random.default_rng(2).integers(0, 256, (2, 40, 31, 3)).astype(np.uint8)
        images[1, ..., 1] //= 8
        self.compare(images, reference.resize_centred, "--inception-resize", "centred")

    def test_company_and_threads_change_no_bit(self):
        images = np.random.default_rng(3).integers(0, 256, (9, 8, 8, 1)).astype(np.uint8)
        together, alone = self.features(images, "--threads", "2"), self.features(images[8:], "--threads", "1")
        np.testing.assert_array_equal(together[8], alone[0])

    def test_refusals(self):
        images = np.zeros((1, 8, 8, 2), np.uint8)
        np.savez(self.path("two.npz"), images=images, labels=np.zeros(1, np.int64))
        words = ["--out", self.path("none.npz")]
        run("features", self.path("two.npz"), "--inception", self.weights, *words, code=None)
        self.assertFalse(os.path.exists(self.path("none.npz")))
        np.savez(self.path("one.npz"), images=images[..., 0], labels=np.zeros(1, np.int64))
        with open(self.weights, "rb") as file:
            whole = file.read()
        for name, bad in {"cut": whole[:-5], "renamed": whole.replace(b"Mixed_7c.branch_pool", b"Mixed_7c.branch_poll", 1),
                          "nan": whole[:-4] + b"\0\0\xc0\x7f"}.items():
            with open(self.path(name), "wb") as file:
                file.write(bad)
            _, message = run("features", self.path("one.npz"), "--inception", self.path(name), *words, code=1)
            self.assertIn(name, message)
            self.assertFalse(os.path.exists(self.path("none.npz")))


if __name__ == "__main__":
    main()
