#!/usr/bin/python3
"""Catches a release whose epsilon Google's dp_accounting does not confirm, and a tools/check-statement.py that confirms what is false:
releases of the built program, for images and for people. Skipped where dp_accounting is not installed; tools/test-pypi.sh and
`make bench-accounting` install it."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from program import SOURCE, main, run

if importlib.util.find_spec("dp_accounting") is None:
    print("dp_accounting is not installed")
    sys.exit(77)

TINY = ["--height", 4, "--width", 4, "--channels", 1, "--classes", 2, "--records", 64, "--batch", 16, "--steps", 30, "--multiplicity", 1,
        "--width-base", 4, "--multipliers", "1", "--blocks", 1, "--attention", "", "--delta", 1e-3]


def check(statement, code=0):
    result = subprocess.run([sys.executable, os.path.join(SOURCE, "tools", "check-statement.py"), statement], capture_output=True, text=True)
    if result.returncode != code:
        raise AssertionError(f"{result.returncode}, not {code}\n{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


class CheckStatement(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.root = pathlib.Path(self.place.name)
        self.data = self.root / "data.npz"
        np.savez(self.data, images=np.zeros((64, 4, 4), np.uint8), labels=np.arange(64) % 2, owners=np.arange(64) // 2)

    def release(self, *words):
        run("train", "--data", self.data, "--out", self.root / "run", *TINY, *words)
        return self.root / "run" / "release" / "statement.json"

    def figures(self, text):
        """The claim and dp_accounting's estimate."""
        return [float(line.split("<= ")[1].split()[0]) for line in text.splitlines() if "epsilon <= " in line]

    def test_images_with_a_prior(self):
        statement = self.release("--unit", "image", "--epsilon", 4, "--prior-means-noise", 5)
        self.assertEqual(len(json.loads(statement.read_text())["events"]), 2)
        claimed, found = self.figures(check(statement))
        self.assertLess(abs(found / claimed - 1), 0.01)

    def test_people(self):
        claimed, found = self.figures(check(self.release("--owner-cap", 2, "--epsilon", 8)))
        self.assertLess(abs(found / claimed - 1), 0.01)

    def test_what_is_false_is_not_confirmed(self):
        path = self.release("--unit", "image", "--epsilon", 4)
        good = json.loads(path.read_text())
        for change in ({"epsilon_upper": good["epsilon_upper"] * 0.97}, {"delta": good["delta"] / 10},
                       {"events": [dict(good["events"][0], steps=40)]}, {"owner_cap": 2}):
            path.write_text(json.dumps({**good, **change}))
            self.assertIn("does not hold", check(path, code=1))

    def test_its_events_are_read_as_objects(self):
        os.environ.setdefault("DPDM_LIBRARY", os.path.join(os.environ["DPDM_BUILD"], "libdpdm.so"))
        sys.path.insert(0, os.path.join(SOURCE, "python"))
        import dp_accounting
        import dpdm
        step = dp_accounting.PoissonSampledDpEvent(0.1, dp_accounting.GaussianDpEvent(2.0))
        spent = dp_accounting.ComposedDpEvent([dp_accounting.SelfComposedDpEvent(step, 30), dp_accounting.NoOpDpEvent()])
        self.assertEqual(dpdm.epsilon(events=spent, delta=1e-5),
                         dpdm.epsilon(sampling_rate=0.1, noise_multiplier=2.0, steps=30, delta=1e-5))
        with self.assertRaisesRegex(dpdm.Error, "LaplaceDpEvent"):
            dpdm.epsilon(events=dp_accounting.LaplaceDpEvent(1.0), delta=1e-5)

    def test_seeded_runs_claim_nothing(self):
        self.assertIn("no privacy claim", check(self.release("--unit", "image", "--epsilon", 4, "--seed", 1), code=1))


if __name__ == "__main__":
    main()
