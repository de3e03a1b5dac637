#!/usr/bin/python3
"""dpdm classify train as a user meets it: plan, release, accuracy, refusals, interruption."""
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import DPDM, SLOW, main, run, run_json  # noqa: E402

FACTS = ["--height", "8", "--width", "8", "--channels", "1", "--classes", "2", "--records", "200"]
PRIVACY = ["--epsilon", "50", "--delta", "1e-3", "--batch", "50", "--accountant", "rdp", "--learning-rate", "0.01",
           "--classifier", "mlp"]


def write_images(path, count, seed):
    """Class 0 is bright on the left, class 1 on the right."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    images = rng.integers(0, 100, (count, 8, 8)).astype(np.uint8)
    for image, label in zip(images, labels):
        image[:, 4 * label:4 * label + 4] += 150
    np.savez(path, images=images, labels=labels.astype(np.int64))


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def read_header(path):
    with open(path, "rb") as file:
        return json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))


class Classify(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.train, self.test = self.path("train.npz"), self.path("test.npz")
        self.out = self.path("rival.safetensors")
        write_images(self.train, 200, 1)
        write_images(self.test, 100, 2)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def words(self, *more):
        return ["classify", "train", "--data", self.train, *FACTS, *PRIVACY, *more]

    def files(self):
        return sorted(os.listdir(self.folder.name))

    def test_dry_run_reads_and_writes_nothing(self):
        plan = run_json(*self.words("--steps", "20", "--dry-run", "--data", self.path("missing")))
        self.assertEqual(plan["steps"], 20)
        self.assertEqual(plan["parameters"], 64 * 100 + 100 + 200 + 2)
        self.assertAlmostEqual(plan["sampling_rate"], 0.25)
        self.assertLessEqual(plan["epsilon_upper"], 50)
        self.assertGreater(plan["noise_multiplier"], 0)
        self.assertEqual(self.files(), ["test.npz", "train.npz"])

    def test_release(self):
        result = run_json(*self.words("--steps", "40", "--real-test", self.test, "--out", self.out))
        self.assertGreater(result["accuracy"], 0.9)
        self.assertEqual(sum(map(sum, result["confusion"])), 100)
        self.assertEqual(len(result["class_accuracy"]), 2)
        self.assertIn("outside the privacy guarantee", result["accuracy_notice"])
        self.assertTrue(result["private"])
        header = read_header(self.out)
        statement = json.loads(header["__metadata__"]["dpdm.statement"])
        config = json.loads(header["__metadata__"]["dpdm.config"])
        self.assertTrue(statement["private"])
        self.assertEqual(statement["epsilon_upper"], result["epsilon_upper"])
        self.assertEqual(statement["events"][0]["steps"], 40)
        self.assertEqual(config["training"]["classifier"], "mlp")
        self.assertNotIn("accuracy", json.dumps(header))
        self.assertNotIn("train.npz", json.dumps(header))
        size = sum(int(np.prod(tensor["shape"])) for name, tensor in header.items() if name != "__metadata__")
        self.assertEqual(size, result["parameters"])
        before = read_bytes(self.out)
        _, err = run(*self.words("--steps", "1", "--out", self.out), code=1)
        self.assertIn("--overwrite", err)
        self.assertEqual(read_bytes(self.out), before)
        out, _ = run(*self.words("--steps", "1", "--out", self.out, "--overwrite", "--real-test", self.test))
        self.assertIn("outside the privacy guarantee", out)
        self.assertNotEqual(read_bytes(self.out), before)

    def test_seed_voids_the_claim_and_threads_change_no_byte(self):
        one, three = self.path("one"), self.path("three")
        _, err = run(*self.words("--steps", "3", "--seed", "7", "--threads", "1", "--out", one))
        self.assertIn("no privacy claim", err)
        run(*self.words("--steps", "3", "--seed", "7", "--threads", "3", "--out", three))
        self.assertEqual(read_bytes(one), read_bytes(three))
        self.assertFalse(json.loads(read_header(one)["__metadata__"]["dpdm.statement"])["private"])

    def test_predictions_are_those_of_the_evaluation(self):
        result = run_json(*self.words("--steps", "40", "--real-test", self.test, "--out", self.out))
        classes = self.path("classes.npz")
        said = run_json("classify", "predict", self.out, "--data", self.test, "--out", classes)
        self.assertEqual((said["count"], said["classes"]), (100, 2))
        with np.load(classes) as found, np.load(self.test) as test:
            labels, probabilities = found["labels"], found["probabilities"]
            self.assertEqual((labels.dtype, probabilities.dtype, probabilities.shape), (np.int64, np.float32, (100, 2)))
            np.testing.assert_array_equal(labels, probabilities.argmax(1))
            np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
            truth = test["labels"]
        self.assertAlmostEqual(result["accuracy"], (labels == truth).mean(), places=12)
        recalls = [(labels[truth == c] == c).mean() for c in (0, 1)]
        self.assertAlmostEqual(result["balanced_accuracy"], np.mean(recalls), places=12)
        self.assertEqual(result["base_rate"], 0.5)
        pairs = probabilities[truth == 1, 1][:, None] - probabilities[truth == 0, 1][None, :]
        self.assertAlmostEqual(result["auroc"], (pairs > 0).mean() + 0.5 * (pairs == 0).mean(), places=12)
        self.assertEqual(os.stat(classes).st_mode & 0o777, 0o600)
        self.assertIn("exists already", run("classify", "predict", self.out, "--data", self.test, "--out", classes, code=1)[1])
        self.assertIn("--out is missing", run("classify", "predict", self.out, "--data", self.test, code=2)[1])
        np.savez(self.path("wide.npz"), images=np.zeros((3, 8, 9), np.uint8), labels=np.zeros(3, np.int64))
        run("classify", "predict", self.out, "--data", self.path("wide.npz"), "--out", self.path("wide-out.npz"), code=1)
        self.assertFalse(os.path.exists(self.path("wide-out.npz")))
        np.savez(self.path("one.npz"), images=np.zeros((3, 8, 8), np.uint8), labels=np.zeros(3, np.int64))
        run("classify", "predict", self.out, "--data", self.path("one.npz"), "--out", self.path("one-out.npz"))

    def test_inspect_shows_a_classifier(self):
        run(*self.words("--steps", "2", "--out", self.out))
        seen = run_json("inspect", self.out)
        header = read_header(self.out)
        self.assertEqual(seen["kind"], "classifier trained with DP-SGD")
        self.assertEqual({one["name"]: one["shape"] for one in seen["tensors"]},
                         {name: one["shape"] for name, one in header.items() if name != "__metadata__"})
        self.assertEqual(seen["statement"], json.loads(header["__metadata__"]["dpdm.statement"]))
        self.assertEqual(seen["parameters"], sum(int(np.prod(one["shape"])) for one in seen["tensors"]))
        self.assertEqual(seen["bytes"], os.path.getsize(self.out))

    def test_refusals_leave_nothing(self):
        for code, more in [(2, []), (1, ["--records", "199", "--out", self.out]),
                           (1, ["--classes", "1", "--out", self.out]), (1, ["--width", "9", "--out", self.out]),
                           (2, ["--delta", "0", "--out", self.out]), (2, ["--clip", "0", "--out", self.out]),
                           (1, ["--real-test", self.path("missing"), "--out", self.out]),
                           (1, ["--out", self.path("no/folder/x")])]:
            out, err = run(*self.words("--steps", "2", *more), code=code)
            self.assertEqual(out, "")
            self.assertIn("dpdm classify train:", err)
        self.assertEqual(self.files(), ["test.npz", "train.npz"])

    def interrupt(self, *words):
        """Starts a training, stops it after at least one step and returns what it says."""
        screen, terminal = pty.openpty()  # where a line comes a few times a second
        child = subprocess.Popen([DPDM, *self.words(*words)], stdout=subprocess.PIPE, stderr=terminal, text=True,
                                 env=dict(os.environ, TERM="xterm"))
        os.close(terminal)
        err = ""
        while not re.search(r"\D[1-9]\d*/1000000\D", err):  # at least one step of 50 images is done
            err += os.read(screen, 1000).decode()
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60 * SLOW)
        while True:
            try:
                err += os.read(screen, 1000).decode()
            except OSError:  # the other end is closed
                break
        os.close(screen)
        self.assertEqual(child.returncode, 130)
        self.assertEqual(out, "")
        return err

    def reservation(self, ledger):
        return run_json("ledger", "show", ledger)["data_sets"][0]["reservations"][0]["state"]

    def test_an_interrupted_training_goes_on(self):
        whole, folder = self.path("whole"), self.out + ".run"
        words = ["--steps", "20000", "--noise-multiplier", "100", "--epsilon", "0", "--seed", "3"]
        run(*self.words(*words, "--out", whole))
        self.assertIn("--resume", self.interrupt(*words, "--out", self.out))
        self.assertEqual(self.files(), ["rival.safetensors.run", "test.npz", "train.npz", "whole"])
        self.assertEqual(os.stat(os.path.join(folder, "state")).st_mode & 0o777, 0o600)
        _, err = run(*self.words(*words, "--out", self.out), code=1)
        self.assertIn("unfinished run", err)
        run(*self.words(*words, "--out", self.out, "--resume"))
        self.assertEqual(read_bytes(self.out), read_bytes(whole))
        self.assertEqual(self.files(), ["rival.safetensors", "test.npz", "train.npz", "whole"])

    def test_the_ledger_of_an_interrupted_training(self):
        ledger = self.path("budget.ledger")
        run("ledger", "init", ledger, "--data-set", self.train, "--epsilon", "1000", "--delta", "1e-3", "--no-digest")
        words = ["--steps", "20000", "--noise-multiplier", "100", "--epsilon", "0", "--ledger", ledger, "--out", self.out]
        self.interrupt(*words)
        self.assertEqual(self.reservation(ledger), "running")
        run(*self.words(*words, "--resume"))
        self.assertEqual(self.reservation(ledger), "finished")

    def test_a_run_folder_that_is_named_stays(self):
        folder = self.path("run")
        result = run_json(*self.words("--steps", "5", "--run", folder, "--real-test", self.test))
        self.assertEqual(result["run"], folder)
        self.assertEqual(result["out"], os.path.join(folder, "release/model.safetensors"))
        self.assertEqual(sorted(os.listdir(folder)), ["config.json", "lock", "metrics.jsonl", "release"])
        with open(os.path.join(folder, "metrics.jsonl"), encoding="utf-8") as lines:
            self.assertEqual(json.loads(lines.readlines()[-1])["step"], 5)
        run(*self.words("--steps", "5", "--run", folder, "--out", self.out, "--resume"))
        self.assertEqual(read_bytes(self.out), read_bytes(result["out"]))
        _, err = run(*self.words("--steps", "6", "--run", folder), code=1)
        self.assertIn("a finished run", err)


main()
