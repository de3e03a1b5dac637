#!/usr/bin/python3
"""dpdm eval as a user meets it: protocols, classes with intervals, warnings, the ceiling and the DP-SGD rival."""
import json
import os
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import main, run, run_json  # noqa: E402

RIVAL = ["--rival-epsilon", "50", "--rival-delta", "1e-3", "--rival-records", "200", "--rival-batch", "50", "--rival-epochs",
         "10", "--rival-learning-rate", "0.01"]


def write_images(path, counts, seed, swap=0):
    """Class c has a bright quarter c; a share `swap` of class 0 looks like class 1."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    rng.shuffle(labels)
    images = rng.integers(0, 100, (len(labels), 8, 8)).astype(np.uint8)
    for image, label in zip(images, labels):
        look = 1 if label == 0 and rng.random() < swap else label
        top, left = 4 * (look // 2), 4 * (look % 2)
        image[top:top + 4, left:left + 4] += 150
    np.savez(path, images=images, labels=labels.astype(np.int64))


class Eval(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.synthetic, self.test, self.train = map(self.path, ("synthetic.npz", "test.npz", "train.npz"))
        write_images(self.synthetic, [150, 150], 1)
        write_images(self.test, [150, 150], 2)
        write_images(self.train, [100, 100], 3)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def words(self, *more):
        kind = [] if "--classifier" in more else ["--classifier", "logreg"]
        return ["eval", "--synthetic", self.synthetic, "--real-test", self.test, *kind, "--epochs", "5",
                "--batch", "32", "--learning-rate", "0.01", *more]

    def test_standard(self):
        result = run_json(*self.words())
        self.assertEqual((result["protocol"], result["protocol_leaks"]), ("standard", False))
        self.assertGreater(result["classifiers"]["logreg"]["accuracy_mean"], 0.85)
        training = result["protocol_training"]
        self.assertEqual((training["epochs"], training["batch"], training["views"]["mirror"]), (5, 32, False))
        self.assertTrue(all(training["views"][name] > 0 for name in ("shift", "turn", "erase", "mixup", "smoothing")))
        self.assertTrue(run_json(*self.words("--mirror"))["protocol_training"]["views"]["mirror"])
        _, message = run(*self.words("--classifier", "mlp", "--classifier", "cnn"), code=2)
        self.assertIn("--classifier is given twice", message)
        _, message = run(*self.words("--mirror", "--protocol", "honest"), code=2)
        self.assertIn("--mirror needs --protocol standard", message)

    def test_honest(self):
        result = run_json(*self.words("--seeds", "2", "--classifier", "all", "--epochs", "6", "--protocol", "honest"))
        self.assertEqual((result["protocol"], result["protocol_leaks"]), ("honest", False))
        self.assertEqual(result["protocol_training"]["views"]["mixup"], 0)
        self.assertEqual(set(result["classifiers"]), {"logreg", "mlp", "cnn", "resnet"})
        self.assertEqual(result["chosen"]["chosen_on"], "held-out synthetic images")
        self.assertIn(result["chosen"]["classifier"], result["classifiers"])
        self.assertIn("outside the privacy guarantee", result["accuracy_notice"])
        self.assertEqual(result["warnings"], [])
        one = result["classifiers"]["logreg"]
        self.assertEqual(len(one["accuracies"]), 2)
        self.assertEqual(one["accuracy_best"], max(one["accuracies"]))
        self.assertAlmostEqual(one["accuracy_mean"], sum(one["accuracies"]) / 2)
        self.assertGreater(one["accuracy_mean"], 0.9)
        self.assertEqual(one["class_images"], [150, 150])
        for share, (low, high), row in zip(one["class_accuracy"], one["class_interval"], one["confusion"]):
            self.assertTrue(low <= share <= high and high - low < 0.2)
            self.assertEqual(sum(row), 150)
        self.assertNotIn("classifiers_real", result)
        self.assertNotIn("classifiers_dp", result)

    def test_paper_is_labelled_as_leaking(self):
        honest, paper = (run_json(*self.words("--protocol", name)) for name in ("honest", "paper"))
        self.assertTrue(paper["protocol_leaks"])
        self.assertIn("leaks", paper["protocol_notice"])
        one = paper["classifiers"]["logreg"]
        self.assertEqual(one["choice_accuracy"], one["accuracy_mean"])  # what is reported is what was chosen by
        self.assertNotIn("protocol_notice", honest)
        out, _ = run(*self.words("--protocol", "paper", "--classifier", "all", "--epochs", "1"))
        self.assertIn("leaks: the epoch and the classifier were chosen on real test images", out)
        self.assertIn("chosen on real test images (leaks)", out)
        out, _ = run(*self.words())
        self.assertNotIn("leaks", out)

    def test_warnings(self):
        write_images(self.test, [150, 500, 20], 4, swap=0.5)
        write_images(self.synthetic, [150, 150, 150], 5)
        result = run_json(*self.words())
        kinds = {(one["kind"], one["class"]) for one in result["warnings"]}
        self.assertEqual(kinds, {("few_images", 2), ("far_behind", 0)})
        behind = next(one for one in result["warnings"] if one["kind"] == "far_behind")
        self.assertEqual((behind["classifier"], behind["trained_on"]), ("logreg", "synthetic images"))
        self.assertLess(behind["accuracy"], behind["accuracy_of_the_rest"] - 0.1)
        out, _ = run(*self.words())
        self.assertIn("warning: class 2 has only 20 test images", out)
        self.assertIn("warning: class 0 is far behind", out)

    def test_groups(self):
        groups = self.path("groups.txt")
        with np.load(self.test) as test:
            images, labels = test["images"].copy(), test["labels"]
        images[200:] = images[200:, :, ::-1]  # in the last group left and right are exchanged
        np.savez(self.test, images=images, labels=labels)
        with open(groups, "w", encoding="utf-8-sig", newline="\r\n") as file:  # as some editors write it
            file.write("north\n" * 180 + "far \x1b[2J\n" * 20 + "south\n" * 100)
        result = run_json(*self.words("--groups", groups, "--real-train", self.train, *RIVAL))
        for where in ("classifiers", "classifiers_real", "classifiers_dp"):
            found = result[where]["logreg"]["groups"]
            self.assertEqual({name: one["images"] for name, one in found.items()},
                             {"north": 180, "far ?[2J": 20, "south": 100})
            self.assertTrue(found["north"]["accuracy"] > 0.9 and found["south"]["accuracy"] < 0.1)
            self.assertTrue(found["north"]["interval"][0] < found["north"]["accuracy"] <= found["north"]["interval"][1])
        said = {(one["kind"], one.get("group")) for one in result["warnings"] if "group" in one}
        self.assertEqual(said, {("few_images", "far ?[2J"), ("far_behind", "south")})
        out, _ = run(*self.words("--groups", groups))
        self.assertIn("warning: group 'far ?[2J' has only 20 test images", out)
        self.assertIn("warning: group 'south' is far behind", out)
        for text, word in [("a\n" * 299, "299 lines"), ("a\n" * 301, "more lines"), ("a\n" * 10 + "\n" * 290, "groups.txt:11"),
                           ("\0" * 300, "not a text file")]:
            with open(groups, "w") as file:
                file.write(text)
            self.assertIn(word, run(*self.words("--groups", groups), code=1)[1])
        self.assertIn("none.txt", run(*self.words("--groups", self.path("none.txt")), code=1)[1])

    def test_rival(self):
        kept = self.path("rivals")
        result = run_json(*self.words("--real-train", self.train, *RIVAL, "--rival-trainings", "2", "--rival-out", kept))
        rival = result["classifiers_dp"]["logreg"]
        self.assertEqual(len(rival["accuracies"]), 2)
        self.assertGreater(rival["accuracy_mean"], 0.9)
        self.assertTrue(rival["private"] and 45 < rival["epsilon_upper"] <= 50 and rival["delta"] == 1e-3)
        self.assertEqual(result["rival"]["trained"], 2)
        self.assertTrue(rival["epsilon_upper"] < result["rival"]["epsilon_together"] < 110)
        self.assertIn("composes", result["rival"]["notice"])
        self.assertGreater(result["classifiers_real"]["logreg"]["accuracy_mean"], 0.9)
        self.assertEqual(sorted(os.listdir(kept)), ["logreg-2.safetensors", "logreg.safetensors"])
        # What was released is tested again without spending anything.
        names = ",".join(os.path.join(kept, name) for name in ("logreg.safetensors", "logreg-2.safetensors"))
        again = run_json(*self.words("--rival-releases", names))
        self.assertEqual(again["classifiers_dp"]["logreg"], rival)
        self.assertEqual(again["rival"]["trained"], 0)
        self.assertNotIn("epsilon_together", again["rival"])
        out, _ = run(*self.words("--real-train", self.train, "--no-ceiling", *RIVAL))
        self.assertIn("real images, DP-SGD", out)
        self.assertIn("1 classifier trained with DP-SGD here, on top of the release: that spends epsilon", out)
        self.assertNotIn("no privacy", out)

    def test_rival_of_a_model(self):
        with open(self.path("recipe.yaml"), "w") as file:
            file.write("height: 8\nwidth: 8\nchannels: 1\nclasses: 2\nrecords: 200\nwidth_base: 8\nmultipliers: [1]\nblocks: 1\n"
                       "attention: none\nbatch: 20\nsteps: 2\nmultiplicity: 1\nepsilon: 40\ndelta: 1e-3\naccountant: rdp\n")
        run("train", "--config", self.path("recipe.yaml"), "--data", self.train, "--out", self.path("run"), "--no-preview")
        model = self.path("run/release/model.safetensors")
        with open(self.path("run/release/statement.json")) as file:
            claimed = json.load(file)["epsilon_upper"]
        result = run_json(*self.words("--real-train", self.train, "--rival-model", model, *RIVAL[6:]))
        rival = result["classifiers_dp"]["logreg"]
        self.assertTrue(0.98 * claimed < rival["epsilon_upper"] <= claimed)
        self.assertEqual(rival["delta"], 1e-3)
        self.assertGreater(result["rival"]["epsilon_with_release"], result["rival"]["epsilon_together"])

    def test_ledger_pays_for_the_rival(self):
        ledger, kept = self.path("budget"), self.path("rivals")
        run("ledger", "init", ledger, "--data-set", "toys", "--epsilon", "60", "--delta", "1e-3", "--no-digest")
        paid = ["--real-train", self.train, "--no-ceiling", *RIVAL, "--ledger", ledger, "--data-set", "toys"]
        _, err = run(*self.words(*paid), code=2)
        self.assertIn("--rival-out", err)
        run(*self.words(*paid, "--rival-out", kept))
        shown = run("ledger", "show", ledger)[0]
        self.assertIn("finished", shown)
        _, err = run(*self.words(*paid, "--rival-out", self.path("more")), code=1)
        self.assertIn("budget", err)
        self.assertEqual(os.listdir(self.path("more")), [])

    def test_refusals(self):
        for code, word, more in [
                (2, "--real-train", RIVAL),
                (2, "--rival-records", ["--real-train", self.train, *RIVAL[:4]]),
                (2, "delta", ["--real-train", self.train, *RIVAL[:2], *RIVAL[4:]]),
                (1, "records was stated as 199", ["--real-train", self.train, *RIVAL, "--rival-records", "199"]),
                (1, "none.safetensors", ["--rival-releases", self.path("none.safetensors")]),
                (1, "train.npz", ["--rival-releases", self.train]),
                (1, "safetensors", ["--real-train", self.train, "--rival-model", self.train]),
                (2, "protocol", ["--protocol", "sly"]),
                (1, "test.npz", ["--real-test", self.path("no/test.npz")])]:
            _, err = run(*self.words(*more), code=code)
            self.assertIn(word, err)

    def test_classes_are_a_public_fact(self):
        write_images(self.test, [100, 100, 100], 6)
        _, err = run(*self.words("--real-train", self.train, *RIVAL), code=2)
        self.assertIn("--classes", err)
        result = run_json(*self.words("--real-train", self.train, "--classes", "3", "--no-ceiling", *RIVAL))
        self.assertEqual(len(result["classifiers_dp"]["logreg"]["confusion"]), 3)


main()
