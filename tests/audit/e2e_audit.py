#!/usr/bin/python3
"""dpdm audit as a user meets it: bounds beside claims, exit codes, and what it says about itself."""
import os
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import main, run, run_json  # noqa: E402


class Mechanism(unittest.TestCase):
    FEW = ["audit", "mechanism", "--delta", "0.01", "--runs", "3000", "--seed", "1"]

    def test_bound_stands_beside_the_claim(self):
        audit = run_json(*self.FEW, "--epsilon", 2)
        self.assertAlmostEqual(audit["epsilon_claimed"], 2, delta=0.01)
        self.assertGreater(audit["ratio"], 0.8)
        self.assertLess(audit["epsilon_lower"], audit["epsilon_claimed"])
        self.assertFalse(audit["exceeded"])
        self.assertEqual(audit["trials"], 128 * 3000)
        text = run(*self.FEW, "--epsilon", 2)[0]
        self.assertLessEqual(float(text.split("epsilon >= ")[1].split()[0]), audit["epsilon_lower"])
        self.assertIn("95 % confidence", text)

    def test_null_is_about_nothing(self):
        self.assertLess(run_json(*self.FEW, "--epsilon", 2, "--null")["epsilon_lower"], 0.05)

    def test_half_the_noise_that_is_claimed_is_refuted(self):
        claim = run_json("account", "--sampling-rate", 1, "--noise-multiplier", 2, "--steps", 1, "--delta", 0.01)
        words = [*self.FEW, "--noise-multiplier", 1, "--claim", claim["epsilon_upper"]]
        audit = run_json(*words, code=1)
        self.assertTrue(audit["exceeded"])
        out, messages = run(*words, code=1)
        self.assertIn("refutes the claim", messages)
        self.assertIn("bound", out)

    def test_usage(self):
        for words in ([], ["--epsilon", 1, "--noise-multiplier", 1], ["--epsilon", 0], ["--epsilon", 1, "--delta", 0],
                      ["--epsilon", 1, "--runs", 0], ["--epsilon", 1, "--confidence", 1]):
            _, messages = run("audit", "mechanism", *words, code=None)
            self.assertNotIn("bound", _)
            self.assertTrue(messages.startswith("dpdm audit mechanism: "), messages)
        run("audit", "mechanism", code=2)
        run("audit", "mechanism", "--epsilon", 1, "--runs", 0, code=2)


class Training(unittest.TestCase):
    RECIPE = ["--height", 8, "--width", 8, "--channels", 1, "--classes", 2, "--records", 40, "--batch", 10, "--steps", 6,
              "--width-base", 8, "--multipliers", "1,2", "--blocks", 1, "--attention", 4, "--multiplicity", 1,
              "--epsilon", 3, "--delta", 1e-5, "--seed", 1, "--threads", 2]

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.data = os.path.join(self.folder.name, "data.npz")
        rng = np.random.default_rng(1)
        np.savez(self.data, images=rng.integers(0, 256, (40, 8, 8)).astype(np.uint8),
                 labels=(np.arange(40) % 2).astype(np.int64))

    def audit(self, *words, code=0):
        return run_json("audit", "training", "--data", self.data, *self.RECIPE, *words, code=code,
                        cwd=self.folder.name)

    def test_bound_stands_beside_the_claim_and_nothing_is_written(self):
        audit = self.audit()
        self.assertAlmostEqual(audit["epsilon_claimed"], 3, delta=0.02)
        self.assertLessEqual(audit["epsilon_lower"], audit["epsilon_claimed"])
        self.assertGreater(audit["epsilon_expected"], 0.3)
        self.assertEqual(audit["canaries"], 1000)
        self.assertIn("outside any privacy guarantee", audit["note"])
        self.assertEqual(os.listdir(self.folder.name), ["data.npz"])

    def test_null(self):
        audit = self.audit("--null")
        self.assertEqual(audit["inserted"], 0)
        self.assertLess(audit["epsilon_lower"], 0.3)

    def test_people_are_told_what_it_is(self):
        out, messages = run("audit", "training", "--data", self.data, *self.RECIPE, cwd=self.folder.name)
        self.assertIn("outside any privacy guarantee", messages)
        for word in ("claim", "reach", "settled beforehand"):
            self.assertIn(word, out)

    def test_refusals(self):
        self.assertIn("error", self.audit("--canaries", 1000000, code=2))
        self.assertIn("error", self.audit("--delta", 0.01, code=2))
        self.assertIn("error", self.audit("--records", 41, code=1))


class Membership(unittest.TestCase):
    """400 candidates by fair coins; samples that copy members, and samples that know nothing of them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        rng = np.random.default_rng(3)
        images = rng.integers(0, 256, (800, 8, 8)).astype(np.uint8)
        coin = rng.integers(0, 2, 400).astype(bool)
        members = images[:400][coin]
        cls.sets = {"in": members, "out": images[:400][~coin], "fresh": images[400:], "copies": members[::2],
                    "few": images[:30]}
        for name, content in cls.sets.items():
            np.savez(cls.path(name), images=content, labels=np.zeros(len(content), np.int64))

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name + ".npz")

    def words(self, synthetic, non_members="out"):
        return ["audit", "membership", "--synthetic", self.path(synthetic), "--members", self.path("in"),
                "--non-members", self.path(non_members)]

    def test_copies_are_found_and_refute_a_claim(self):
        audit = run_json(*self.words("copies"))
        self.assertGreater(audit["epsilon_lower"], 1.5)
        self.assertGreater(audit["auc"]["lower"], 0.5)
        self.assertGreater(audit["operating_points"][1]["true_positive_rate"]["lower"], 0.3)
        self.assertEqual(audit["members"] + audit["non_members"], 200)
        run_json(*self.words("copies"), "--claim", 1, code=1)
        run_json(*self.words("copies"), "--claim", 8)

    def test_independent_samples_show_nothing(self):
        audit = run_json(*self.words("fresh"))
        self.assertLess(audit["epsilon_lower"], 0.3)
        self.assertLess(audit["auc"]["lower"], 0.5)

    def test_it_is_never_sold_as_privacy(self):
        out, messages = run(*self.words("fresh"))
        self.assertIn("proves nothing", out.replace("\n          ", " "))
        self.assertIn("outside any privacy guarantee", messages)
        self.assertNotIn("distance", out)
        notes = " ".join(run_json(*self.words("fresh"))["notes"])
        for word in ("no evidence of privacy", "fair coin", "outside any privacy guarantee"):
            self.assertIn(word, notes)

    def test_sets_that_no_coins_made_have_no_bound(self):
        audit = run_json(*self.words("copies", "few"))
        self.assertIsNone(audit["epsilon_lower"])
        self.assertIn("fair coins", " ".join(audit["notes"]))

    def test_refusals(self):
        run("audit", "membership", code=2)
        run(*self.words("fresh"), "--delta", 0.5, code=2)
        run(*self.words("nowhere"), code=1)


if __name__ == "__main__":
    main()
