#!/usr/bin/python3
"""dpdm train with a ledger: reserved before the data are opened, refused over the budget, resumed without paying again."""
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import DPDM, main, recipe, run, run_json  # noqa: E402

RECIPE = recipe(steps=40, multiplicity=2, noise_multiplier=2, checkpoint_every=1, no_preview="true")


class Train(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.recipe = self.path("recipe.yaml")
        with open(self.recipe, "w") as file:
            file.write(RECIPE)
        self.data = self.write_data("data.npz", 1)
        self.ledger = self.path("ledger")
        self.cost = run_json("train", "--config", self.recipe, "--data", "x", "--dry-run")["epsilon_upper"]

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_data(self, name, seed):
        draws = np.random.default_rng(seed)
        path = self.path(name)
        np.savez(path, images=draws.integers(0, 256, (40, 8, 8), dtype=np.uint8), labels=np.arange(40) % 2)
        return path

    def init(self, times, *more):
        run("ledger", "init", self.ledger, "--data-set", "faces", "--epsilon", times * self.cost, "--delta", 1e-3,
            "--accountant", "rdp", *more, *([] if "--data" in more else ["--no-digest"]))

    def words(self, out, *more, data=None):
        return ["train", "--config", self.recipe, "--data", data or self.data, "--out", self.path(out), "--ledger",
                self.ledger, "--data-set", "faces", "--quiet", *more]

    def reservations(self):
        return run_json("ledger", "show", self.ledger)["data_sets"][0]["reservations"]

    def states(self):
        return [r["state"] for r in self.reservations()]

    def test_a_run_is_paid_for(self):
        self.init(1.1, "--data", self.data, "--classes", 2)
        run(*self.words("one"))
        paid, = self.reservations()
        self.assertEqual(paid["state"], "finished")
        self.assertAlmostEqual(paid["epsilon_after"], self.cost, delta=1e-9)
        with open(self.path("one/release/model.safetensors"), "rb") as file:
            self.assertEqual(paid["release"], hashlib.blake2b(file.read(), digest_size=32).hexdigest())
        # Finished is finished: nothing more is charged, and another run does not fit.
        run(*self.words("one", "--resume"))
        error = run_json(*self.words("two"), code=1)["error"]
        self.assertEqual(error["status"], "DPDM_EBUDGET")
        self.assertIn("noise multiplier of", error["message"])
        self.assertFalse(os.path.exists(self.path("two/state")))
        self.assertEqual(self.states(), ["finished"])
        self.assertTrue(run_json("ledger", "verify", self.ledger)["valid"])

    def test_over_the_budget_before_the_data_are_opened(self):
        self.init(0.5)
        error = run_json(*self.words("one", data="/nothing/there"), code=1)["error"]
        self.assertEqual(error["status"], "DPDM_EBUDGET")

    def test_what_fails_before_its_first_step_costs_nothing(self):
        self.init(1.1)
        run(*self.words("one", data="/nothing/there"), code=1)
        self.assertEqual(self.states(), ["cancelled"])
        run(*self.words("one"))
        self.assertEqual(self.states(), ["cancelled", "finished"])

    def test_other_data_under_the_name(self):
        self.init(1.1, "--data", self.data, "--classes", 2)
        other = self.write_data("other.npz", 2)
        self.assertIn("digest", run(*self.words("one", data=other), code=1)[1])
        self.assertEqual(self.states(), ["cancelled"])
        self.assertFalse(os.path.exists(self.path("one/state")))

    def test_killed_runs_are_resumed_without_paying_again(self):
        self.init(1.1)
        child = None
        for more in ([], ["--resume"]):
            child = subprocess.Popen([DPDM, *self.words("one", "--steps", "4000", "--noise-multiplier", "20", *more)])
            while not os.path.exists(self.path("one/state")) or "running" not in self.states():
                self.assertIsNone(child.poll())
                time.sleep(0.02)
            child.send_signal(signal.SIGKILL)
            child.wait()
        self.assertEqual(self.states(), ["running"])
        # It must be the run that was paid for.
        self.assertIn("other events", run(*self.words("one", "--resume", "--steps", "4001", "--noise-multiplier", "20"),
                                          code=1)[1])
        # A new key pays anew; what the old one took stays taken.
        self.assertIn("budget", run(*self.words("one", "--overwrite"), code=1)[1])
        self.assertTrue(os.path.exists(self.path("one/state")))
        self.assertEqual(self.states(), ["running"])

    def test_a_ledger_that_comes_later_is_told_everything(self):
        self.init(1.1)
        words = self.words("one")
        without = [w for w in words if w not in ("--ledger", self.ledger, "--data-set", "faces")]
        child = subprocess.Popen([DPDM, *without])
        while not os.path.exists(self.path("one/state")):
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        child.wait()
        if os.path.exists(self.path("one/state")):  # else it was quicker
            run(*words, "--resume")
            self.assertEqual(self.states(), ["finished"])

    def test_dry_runs_ask_only(self):
        self.init(1.1)
        plan = run_json(*self.words("one"), "--dry-run")
        self.assertTrue(plan["ledger"]["fits"])
        self.assertAlmostEqual(plan["ledger"]["epsilon_after"], self.cost, delta=1e-9)
        self.assertEqual(self.states(), [])
        plan = run_json(*self.words("one"), "--dry-run", "--steps", 100, code=1)
        self.assertFalse(plan["ledger"]["fits"])
        self.assertIn("with this run", run(*self.words("one"), "--dry-run")[0])

    def test_a_classifier_spends_from_the_same_budget(self):
        self.init(1.1)
        words = ["classify", "train", "--data", self.data, "--height", 8, "--width", 8, "--channels", 1, "--classes", 2,
                 "--records", 40, "--classifier", "logreg", "--batch", 10, "--steps", 40, "--delta", 1e-3,
                 "--noise-multiplier", 2, "--accountant", "rdp", "--ledger", self.ledger, "--data-set", "faces"]
        self.assertTrue(run_json(*words, "--dry-run")["ledger"]["fits"])
        self.assertIn("seed", run(*words, "--seed", 1, "--out", self.path("rival"), code=2)[1])
        run(*words, "--out", self.path("rival"))
        paid, = self.reservations()
        self.assertEqual(paid["state"], "finished")
        with open(self.path("rival"), "rb") as file:
            self.assertEqual(paid["release"], hashlib.blake2b(file.read(), digest_size=32).hexdigest())
        self.assertEqual(run_json(*self.words("one"), code=1)["error"]["status"], "DPDM_EBUDGET")

    def test_a_classifier_that_is_killed_has_spent(self):
        """No saved state, no resume: what it reserved counts, and the next training pays anew."""
        self.init(1.1)
        words = ["classify", "train", "--data", self.data, "--height", "8", "--width", "8", "--channels", "1", "--classes",
                 "2", "--records", "40", "--classifier", "logreg", "--batch", "10", "--steps", "100000000", "--delta",
                 "1e-3", "--noise-multiplier", "3000", "--accountant", "rdp", "--ledger", self.ledger, "--data-set",
                 "faces", "--out", self.path("rival")]
        process = subprocess.Popen([DPDM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while self.states() != ["running"]:
                self.assertIsNone(process.poll())
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
        self.assertEqual(self.states(), ["running"])
        self.assertFalse(os.path.exists(self.path("rival")))
        run("ledger", "verify", self.ledger)
        self.assertEqual(run_json(*self.words("one"), code=1)["error"]["status"], "DPDM_EBUDGET")

    def test_a_classifier_that_fails_before_its_first_step_costs_nothing(self):
        self.init(1.1)
        run("classify", "train", "--data", "/nothing/there", "--height", 8, "--width", 8, "--channels", 1, "--classes", 2,
            "--records", 40, "--classifier", "logreg", "--batch", 10, "--steps", 40, "--delta", 1e-3,
            "--noise-multiplier", 2, "--ledger", self.ledger, "--data-set", "faces", "--out", self.path("rival"), code=1)
        self.assertEqual(self.states(), ["cancelled"])

    def test_a_run_may_use_the_whole_budget_of_a_filter(self):
        """One run is planned whole, so the accountant's bound holds; with a second one the filter's sum does."""
        cost = run_json("train", "--config", self.recipe, "--data", "x", "--accountant", "pld", "--dry-run")["epsilon_upper"]
        run("ledger", "init", self.ledger, "--data-set", "faces", "--epsilon", cost * 1.001, "--delta", 1e-3, "--data", self.data,
            "--classes", 2)
        run(*self.words("one"))
        self.assertEqual(self.states(), ["finished"])
        self.assertAlmostEqual(self.reservations()[0]["epsilon_after"], cost, delta=1e-9)
        self.assertTrue(run_json("ledger", "verify", self.ledger)["valid"])
        error = run_json(*self.words("two", "--noise-multiplier", 1000), code=1)["error"]
        self.assertEqual(error["status"], "DPDM_EBUDGET")

    def test_one_data_set_under_another_name(self):
        self.init(10, "--data", self.data, "--classes", 2)
        run("ledger", "init", self.ledger, "--data-set", "alias", "--epsilon", 100, "--delta", 1e-3, "--no-digest")
        self.assertIn("another name", run(*self.words("one", "--data-set", "alias"), code=1)[1])
        alias = run_json("ledger", "show", self.ledger)["data_sets"][1]
        self.assertEqual([r["state"] for r in alias["reservations"]], ["cancelled"])

    def test_no_ledger_pays_for_a_seed(self):
        self.init(1.1)
        self.assertIn("seed", run(*self.words("one"), "--seed", 1, code=2)[1])
        self.assertEqual(self.states(), [])

    def test_the_ledger_of_the_environment(self):
        run("ledger", "init", self.ledger, "--data-set", self.data, "--epsilon", 100, "--delta", 1e-3, "--no-digest")
        run("train", "--config", self.recipe, "--data", self.data, "--out", self.path("one"), "--quiet",
            env={"DPDM_LEDGER": self.ledger})
        self.assertEqual(self.states(), ["finished"])


if __name__ == "__main__":
    main()
