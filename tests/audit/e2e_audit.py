#!/usr/bin/python3
"""dpdm audit as a user meets it: bounds beside claims, exit codes, and what it says about itself."""
import os
import sys
import unittest

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


if __name__ == "__main__":
    main()
