#!/usr/bin/python3
"""dpdm tune-sampler as a user meets it: a table, JSON, a command that works, real images marked, refusals."""
import os
import sys
import tempfile
import unittest

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "diffusion")]
from program import main, run, run_json  # noqa: E402
from support import make_model, network  # noqa: E402

QUICK = ["--evaluations", "8", "--count", "40", "--epochs", "1", "--classifier", "logreg"]


class TuneSampler(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.model = os.path.join(self.folder, "m.safetensors")
        make_model(self.model)

    def test_figures_and_choice(self):
        result = run_json("tune-sampler", self.model, *QUICK)
        candidates = result["candidates"]
        self.assertGreaterEqual(len(candidates), 8)
        agreements = [c["agreement"] for c in candidates]
        self.assertEqual(agreements, sorted(agreements, reverse=True))
        self.assertEqual(result["best"], candidates[0])
        self.assertFalse(result["choice_touches_private_data"])
        for c in candidates:
            self.assertLessEqual(c["evaluations_per_image"], 8)
            self.assertNotIn("real_accuracy", c)
            self.assertIsNone(c["moments"])  # this model has no prior
        self.assertEqual(run_json("tune-sampler", self.model, *QUICK, "--threads", "1"), result)

    def test_what_is_printed_can_be_run(self):
        out, _ = run("tune-sampler", self.model, *QUICK)
        (command,) = [line for line in out.splitlines() if line.startswith("  dpdm sample ")]
        path = os.path.join(self.folder, "s.npz")
        words = command.split()[1:]
        words[words.index("N")] = "4"
        words[words.index("PATH")] = path
        run(*words)
        self.assertEqual(len(np.load(path)["labels"]), 4)
        self.assertNotIn("REAL", out)

    def test_real_images_are_marked(self):
        path = os.path.join(self.folder, "real.npz")
        rng = np.random.default_rng(1)
        np.savez(path, images=rng.integers(0, 255, (20, 8, 8)).astype(np.uint8), labels=np.arange(20) % 2)
        out, _ = run("tune-sampler", self.model, *QUICK, "--real-test", path)
        self.assertIn("TOUCHES REAL IMAGES", out)
        result = run_json("tune-sampler", self.model, *QUICK, "--real-test", path)
        self.assertTrue(result["real_accuracy_touches_private_data"])
        self.assertFalse(result["choice_touches_private_data"])
        self.assertTrue(all(0 <= c["real_accuracy"] <= 1 for c in result["candidates"]))

    def test_refusals(self):
        run("tune-sampler", os.path.join(self.folder, "missing"), code=1)
        run("tune-sampler", code=2)
        run("tune-sampler", self.model, "--evaluations", "7", code=2)
        one = os.path.join(self.folder, "one.safetensors")
        make_model(one, network(8, 8, 1, 1, 8, [1], 1, [], 1))
        _, message = run("tune-sampler", one, *QUICK, code=2)
        self.assertIn("one class", message)
        path = os.path.join(self.folder, "real.npz")
        np.savez(path, images=np.zeros((4, 9, 9), np.uint8), labels=np.arange(4) % 2)
        _, message = run("tune-sampler", self.model, *QUICK, "--real-test", path, code=2)
        self.assertIn("9x9", message)


if __name__ == "__main__":
    main()
