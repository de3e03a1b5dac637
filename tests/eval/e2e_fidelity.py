#!/usr/bin/python3
"""The fidelity figures of dpdm eval against NumPy, their marks, and the private release of accuracies."""
import math
import os
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import main, run, run_json  # noqa: E402

SIDE = 8


def write_images(path, count, seed, shift=0, wrong=0):
    """Class c has a bright half c; a share `wrong` of the labels is random."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    images = rng.integers(0, 100, (count, SIDE, SIDE))
    for image, label in zip(images, labels):
        image[4 * label:4 * label + 4] += 120
    labels = np.where(rng.random(count) < wrong, rng.integers(0, 2, count), labels)
    np.savez(path, images=np.clip(images + shift, 0, 255).astype(np.uint8), labels=labels)
    return np.load(path)["images"].reshape(count, -1) / 127.5 - 1


def frechet(x, y):
    """With the eigenvalues of the product of the covariances, as others do."""
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(a @ b).real, 0)).sum()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(a) + np.trace(b) - 2 * roots


def kid(x, y):
    """Of all rows at once; sets of one size."""
    n, d = x.shape
    within = [((z @ z.T / d + 1) ** 3).sum() - ((z * z).sum(1) / d + 1).__pow__(3).sum() for z in (x, y)]
    return sum(within) / (n * (n - 1)) - 2 * ((x @ y.T / d + 1) ** 3).mean()


def distances(x, y):
    return np.sqrt(((x[:, None] - y[None]) ** 2).sum(2))


def prdc(real, synthetic, k):
    def radii(z):
        return np.sort(distances(z, z), 1)[:, k]  # column 0 is the row itself

    across = distances(real, synthetic)
    in_real, in_synthetic = across <= radii(real)[:, None], across <= radii(synthetic)[None]
    return {"precision": in_real.any(0).mean(), "recall": in_synthetic.any(1).mean(),
            "density": in_real.sum(0).mean() / k, "coverage": in_real.any(1).mean()}


class Fidelity(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.synthetic, self.test, self.train = map(self.path, ("synthetic.npz", "test.npz", "train.npz"))
        self.y = write_images(self.synthetic, 220, 1, shift=20)
        self.x = write_images(self.test, 220, 2)
        write_images(self.train, 200, 3)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def words(self, *more):
        kind = [] if "--classifier" in more else ["--classifier", "logreg"]
        return ["eval", "--synthetic", self.synthetic, "--real-test", self.test, *kind, "--epochs", "3",
                "--batch", "32", "--learning-rate", "0.01", *more]

    def check_marks(self, fidelity):
        for name in ("fid", "kid", "precision", "recall", "density", "coverage"):
            self.assertTrue(math.isfinite(fidelity[name]["value"]))
            self.assertIs(fidelity[name]["touches_private_data"], True)
            self.assertEqual(fidelity[name]["epsilon_cost"], "outside the guarantee")

    def check_numbers(self, result, k):
        fidelity = result["fidelity"]
        self.check_marks(fidelity)
        self.assertEqual(result["fid"], fidelity["fid"]["value"])
        self.assertAlmostEqual(result["fid"] / frechet(self.x, self.y), 1, delta=1e-5)
        self.assertAlmostEqual(fidelity["kid"]["value"] / kid(self.x, self.y), 1, delta=1e-5)
        for name, want in prdc(self.x, self.y, k).items():
            self.assertAlmostEqual(fidelity[name]["value"], want, delta=1e-9, msg=name)

    def test_numbers(self):
        pixels = ["--features", "pixels", "--kid-draws", "2", "--nearest", "3"]
        result = run_json(*self.words(*pixels))
        self.check_numbers(result, 3)
        self.assertEqual(result["fidelity"]["features"], {"name": "pixels", "dimension": SIDE * SIDE, "epsilon_cost": 0,
                                                          "touches_private_data": False})
        self.assertLess(result["fidelity"]["kid"]["std"], 1e-12)  # every draw is the whole set
        self.assertEqual(run_json(*self.words(*pixels, "--threads", "1"))["fidelity"], result["fidelity"])
        self.assertIn("pixels features: FID", run(*self.words(*pixels))[0])

    def test_fewer_images_than_features(self):
        self.y, self.x = write_images(self.synthetic, 40, 4, shift=30), write_images(self.test, 40, 5)
        self.check_numbers(run_json(*self.words("--features", "pixels")), 5)
        write_images(self.synthetic, 4, 6)
        fidelity = run_json(*self.words("--features", "pixels"))["fidelity"]
        self.assertIn("too few", fidelity["neighbours_notice"])
        self.assertNotIn("precision", fidelity)

    def test_fewer_neighbour_images(self):
        fidelity = run_json(*self.words("--features", "pixels", "--neighbour-images", "100"))["fidelity"]
        self.check_marks(fidelity)

    def test_feature_net(self):
        result = run_json(*self.words("--real-train", self.train))
        fidelity = result["fidelity"]
        self.check_marks(fidelity)
        self.assertEqual(fidelity["features"], {"name": "cnn", "dimension": 128, "trained_on": "real-train",
                                                "touches_private_data": True, "epsilon_cost": "outside the guarantee"})
        self.assertGreater(result["fid"], 0)
        alone = run_json(*self.words("--real-train", self.train, "--no-ceiling", "--features", "cnn"))
        self.assertEqual(alone["fid"], result["fid"])
        self.assertNotIn("classifiers_real", alone)

    def test_nothing_to_compare_by(self):
        result = run_json(*self.words())
        self.assertIsNone(result["fid"])
        self.assertNotIn("fidelity", result)
        self.assertNotIn("released", result)
        for wrong in (["--features", "cnn"], ["--features", "inception"]):
            run(*self.words(*wrong), code=2)

    def test_release(self):
        write_images(self.test, 220, 2, wrong=0.6)
        result = run_json(*self.words("--classifier", "all", "--seeds", "2", "--classes", "2", "--release-epsilon", "2",
                                      "--release-delta", "1e-4"))
        released = result["released"]
        self.assertEqual(set(released["classifiers"]), {"logreg", "mlp", "cnn", "resnet"})
        self.assertEqual(released["spent_on"], "real-test")
        event = released["event"]
        self.assertEqual((event["sampling_rate"], event["steps"]), (1, 1))
        again = run_json("account", "--sampling-rate", 1, "--noise-multiplier", repr(event["noise_multiplier"]), "--steps",
                         1, "--delta", "1e-4")
        self.assertAlmostEqual(released["epsilon_cost"], again["epsilon_upper"], delta=1e-9)
        self.assertTrue(1.99 < released["epsilon_cost"] <= 2)
        for name, one in released["classifiers"].items():
            exact = result["classifiers"][name]["accuracy_mean"]
            self.assertLess(abs(one["accuracy"] - exact), 6 * one["noise_std"] + 1e-6)
            self.assertGreater(one["noise_std"], 1e-3)
        other = run_json(*self.words("--classes", "2", "--release-epsilon", "2", "--release-delta", "1e-4"))["released"]["classifiers"]
        same = run_json(*self.words("--classes", "2", "--release-epsilon", "2", "--release-delta", "1e-4"))["released"]["classifiers"]
        self.assertNotEqual(other["logreg"]["accuracy"], same["logreg"]["accuracy"])  # fresh noise

    def release(self, *more, code=0, **how):
        return run_json(*self.words("--classes", "2", "--release-epsilon", "5", "--release-delta", "1e-5", "--release-data-set",
                                    "exam", *more), code=code, **how)

    def test_a_ledger_pays_for_a_release(self):
        ledger = self.path("ledger")
        init = ["ledger", "init", ledger, "--delta", "1e-5", "--accountant", "pld"]
        run(*init, "--data-set", "exam", "--epsilon", "0.5", "--data", self.test, "--classes", "2")

        def reservations(name="exam"):
            sets = {s["name"]: s for s in run_json("ledger", "show", ledger)["data_sets"]}
            return sets[name]["reservations"]

        for how in ({"more": ["--ledger", ledger]}, {"env": {"DPDM_LEDGER": ledger}}):
            error = self.release(*how.get("more", []), env=how.get("env"), code=1)["error"]
            self.assertEqual(error["status"], "DPDM_EBUDGET")
        self.assertEqual(reservations(), [])
        self.assertNotIn("released", run_json(*self.words("--ledger", ledger)))  # nothing to pay for
        # A set that the ledger does not know, and the wrong images under a right name.
        error = self.release("--ledger", ledger, "--release-data-set", "other", code=1)["error"]
        self.assertEqual(error["status"], "DPDM_ENOENT")
        run(*init, "--data-set", "wide", "--epsilon", "8", "--data", self.train, "--classes", "2")
        error = self.release("--ledger", ledger, "--release-data-set", "wide", code=1)["error"]
        self.assertIn("digest", error["message"])
        self.assertEqual([r["state"] for r in reservations("wide")], ["cancelled"])
        # What is paid for is released, once.
        write_images(self.test, 220, 5)
        run(*init, "--data-set", "fits", "--epsilon", "5.5", "--data", self.test, "--classes", "2")
        fits = ["--ledger", ledger, "--release-data-set", "fits"]
        released = self.release(*fits)["released"]
        paid, = reservations("fits")
        self.assertEqual(paid["state"], "finished")
        self.assertAlmostEqual(paid["epsilon_after"], released["epsilon_cost"], delta=1e-9)
        self.assertEqual(paid["events"][0]["noise_multiplier"], released["event"]["noise_multiplier"])
        self.assertEqual(self.release(*fits, code=1)["error"]["status"], "DPDM_EBUDGET")
        self.assertEqual(len(reservations("fits")), 1)

    def test_a_release_that_fails_before_it_gives_back(self):
        ledger = self.path("ledger")
        run("ledger", "init", ledger, "--data-set", "exam", "--epsilon", "8", "--delta", "1e-5", "--data", self.test, "--classes", "2")
        self.release("--ledger", ledger, "--features", "inception", "--inception", "/nothing/there", code=1)
        states = [r["state"] for r in run_json("ledger", "show", ledger)["data_sets"][0]["reservations"]]
        self.assertEqual(states, ["cancelled"])

    def test_release_needs_classifiers_that_do_not_depend_on_the_test_images(self):
        _, message = run(*self.words("--classes", "2", "--release-epsilon", "1", "--protocol", "paper"), code=2)
        self.assertIn("--protocol standard or honest", message)
        _, message = run(*self.words("--release-epsilon", "1"), code=2)
        self.assertIn("--classes", message)


if __name__ == "__main__":
    main()
