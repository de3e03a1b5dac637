#!/usr/bin/python3
"""People with several images as a user meets them: owners in files, data info and convert, what is refused, dry run, ledger,
statement and report."""
import csv
import os
import tempfile
import unittest

import numpy as np

from program import main, run, run_json

FACTS = ["--height", 8, "--width", 8, "--channels", 1, "--classes", 2, "--records", 40]
RECIPE = [*FACTS, "--width-base", 4, "--multipliers", "1", "--blocks", 1, "--attention", "", "--batch", 10, "--steps", 3,
          "--multiplicity", 1, "--delta", 1e-3, "--epsilon", 8, "--threads", 1, "--no-preview"]
RIVAL = [*FACTS, "--batch", 10, "--steps", 3, "--delta", 1e-3, "--epsilon", 8, "--threads", 1, "--classifier", "logreg"]


class Owner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        rng = np.random.default_rng(0)
        cls.arrays = {"images": rng.integers(0, 256, (40, 8, 8)).astype(np.uint8), "labels": np.arange(40) % 2,
                      "owners": np.arange(40) % 8 * 10}
        cls.data = cls.path("owned.npz")
        np.savez(cls.data, **cls.arrays)
        cls.plain = cls.path("plain.npz")
        np.savez(cls.plain, images=cls.arrays["images"], labels=cls.arrays["labels"])

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    def test_info_and_convert(self):
        figures = run_json("data", "info", self.data)
        self.assertEqual((figures["owners"], figures["owner_images_most"]), (8, 5))
        self.assertIsNone(run_json("data", "info", self.plain)["owners"])
        text, _ = run("data", "info", self.data)
        self.assertIn("private facts", text)
        run("data", "convert", self.data, "--format", "png", "--out", self.path("png"))
        with open(self.path("png/owners.csv"), newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[0], ["file", "owner"])
        self.assertEqual(sorted(rows[1:])[0], ["0/000000.png", "0"])
        run("data", "convert", self.path("png"), "--out", self.path("back.npz"))
        back = np.load(self.path("back.npz"))
        order = [*range(0, 40, 2), *range(1, 40, 2)]
        self.assertTrue(np.array_equal(back["owners"], self.arrays["owners"][order]))
        self.assertEqual(back["owners"].dtype, np.uint64)
        run("data", "convert", self.data, "--first", 3, "--count", 4, "--out", self.path("part.npz"))
        self.assertTrue(np.array_equal(np.load(self.path("part.npz"))["owners"], self.arrays["owners"][3:7]))
        _, err = run("data", "convert", self.data, "--format", "idx", "--out", self.path("idx"), code=2)
        self.assertIn("owns", err)

    def test_owners_of_every_integer_kind(self):
        for kind in (np.int64, np.uint64, np.uint8, np.int16):
            owners = self.arrays["owners"].astype(kind)
            np.savez(self.path("kind.npz"), **dict(self.arrays, owners=owners))
            self.assertEqual(run_json("data", "info", self.path("kind.npz"))["owners"], 8)
        for owners, word in [(np.arange(39), "shape"), (self.with_first(-1), "nobody")]:
            np.savez(self.path("kind.npz"), **dict(self.arrays, owners=owners))
            _, err = run("data", "info", self.path("kind.npz"), code=1)
            self.assertIn(word, err)
        split = {"train_images": self.arrays["images"], "train_labels": self.arrays["labels"]}
        np.savez(self.path("split.npz"), **split, owners=self.arrays["owners"])
        _, err = run("data", "info", self.path("split.npz"), code=1)
        self.assertIn("train_owners", err)
        np.savez(self.path("split.npz"), **split, train_owners=self.arrays["owners"])
        self.assertEqual(run_json("data", "info", self.path("split.npz"))["owners"], 8)

    def with_first(self, value, kind=None):
        owners = self.arrays["owners"].astype(kind or type(value))
        owners[0] = value
        return owners

    def test_owners_as_texts_and_floats(self):
        """What a person takes for one owner is one or is refused, as in owners.csv."""
        whole = self.arrays["owners"]
        plain = run_json("data", "info", self.data)
        for owners in (whole.astype(str), whole.astype("S4"), whole.astype(float), whole.astype("f4"), whole.astype(">f8"),
                       np.array(["case " + str(o) for o in whole])[:, None]):
            np.savez(self.path("kind.npz"), **dict(self.arrays, owners=owners))
            found = run_json("data", "info", self.path("kind.npz"))
            self.assertEqual((found["owners"], found["owner_images_most"]), (8, plain["owner_images_most"]))
        for owners, word in [(self.with_first(0.5), "no whole number"), (self.with_first(float("nan")), "nobody"),
                             (self.with_first(float("inf")), "last digit"), (self.with_first(2.0**53), "last digit"),
                             (self.with_first(2.0**24, "f4"), "last digit"), (whole.astype("f2"), "f2"),
                             (self.with_first("010", "U4"), "looks like '010'"), (self.with_first("0 ", "U4"), "kind.npz[owners]"),
                             (self.with_first("nan", "U4"), "nobody"), (self.with_first("", "U4"), "image 0")]:
            np.savez(self.path("kind.npz"), **dict(self.arrays, owners=owners))
            _, err = run("data", "info", self.path("kind.npz"), code=1)
            self.assertIn(word, err)

    def test_owners_under_another_key(self):
        arrays = {("patient_id" if key == "owners" else key): value for key, value in self.arrays.items()}
        np.savez(self.path("key.npz"), **arrays)
        _, err = run("data", "info", self.path("key.npz"), code=1)
        self.assertIn("owners-key", err)
        named = ["--owners-key", "patient_id"]
        self.assertEqual(run_json("data", "info", self.path("key.npz"), *named)["owners"], 8)
        _, err = run("data", "info", self.path("key.npz"), "--owners-key", "patient", code=2)
        self.assertIn("patient_id", err)
        run("data", "convert", self.path("key.npz"), *named, "--out", self.path("named.npz"))
        self.assertTrue(np.array_equal(np.load(self.path("named.npz"))["owners"], self.arrays["owners"]))
        run("train", *RECIPE, "--data", self.path("key.npz"), *named, "--out", self.path("keyed"), code=2)  # whom to protect?
        run("train", *RECIPE, "--data", self.path("key.npz"), *named, "--owner-cap", 2, "--out", self.path("keyed"))
        run("ledger", "init", self.path("kl"), "--data", self.path("key.npz"), *named, "--data-set", "k", "--epsilon", 20, "--delta", 1e-3,
            "--group", 2)
        run("train", *RECIPE, "--data", self.path("key.npz"), *named, "--owner-cap", 2, "--ledger", self.path("kl"), "--data-set", "k",
            "--out", self.path("paid"))

    def test_folders_of_people(self):
        run("data", "convert", self.data, "--format", "png", "--out", self.path("flat"))
        people = {}
        with open(self.path("flat/owners.csv"), newline="") as file:
            for name, owner in list(csv.reader(file))[1:]:
                label, image = name.split("/")
                os.makedirs(self.path("people/%s/p%s" % (label, owner)), exist_ok=True)
                os.rename(self.path("flat/" + name), self.path("people/%s/p%s/%s" % (label, owner, image)))
                people[owner] = people.get(owner, 0) + 1
        words = ["--data", self.path("people"), "--out", self.path("folders")]
        _, err = run("train", *RECIPE, *words, code=2)
        self.assertIn("owners folder", err)
        found = run_json("data", "info", self.path("people"), "--owners", "folder")
        self.assertEqual((found["owners"], found["owner_images_most"]), (len(people), max(people.values())))
        _, err = run("train", *RECIPE, *words, "--owners", "folder", code=2)
        self.assertIn("owner-cap", err)
        with open(self.path("folders.yaml"), "w") as file:
            file.write("owners: folder\nowner_cap: 2\n")
        run("train", "--config", self.path("folders.yaml"), *RECIPE, *words)
        run("data", "convert", self.path("people"), "--owners", "folder", "--out", self.path("people.npz"))
        owners = np.load(self.path("people.npz"))["owners"]
        self.assertEqual(sorted(np.unique(owners, return_counts=True)[1]), sorted(people.values()))

    def test_training_wants_to_know_whom_to_protect(self):
        for words in (["train", *RECIPE], ["classify", "train", *RIVAL]):
            out = ["--out", self.path("refused" + words[0])]
            _, err = run(*words, "--data", self.data, *out, code=2)
            self.assertIn("owner-cap", err)
            self.assertIn("unit image", err)
            run(*words, "--data", self.data, "--owner-cap", 2, "--owner-cap-asserted", *out, code=2)
            _, err = run(*words, "--data", self.plain, "--owner-cap", 2, *out, code=1)
            self.assertIn("owner-cap-asserted", err)
            run(*words, "--data", self.data, "--owner-cap", 2, "--unit", "image", *out, code=2)

    def test_dry_run_gives_the_noise_for_the_person(self):
        image = run_json("train", "--data", "nowhere", *RECIPE, "--dry-run")
        person = run_json("train", "--data", "nowhere", *RECIPE, "--owner-cap", 4, "--dry-run")
        self.assertGreater(person["noise_multiplier"], 2 * image["noise_multiplier"])
        self.assertLessEqual(person["epsilon_upper"], 8)
        self.assertEqual(person["unit"], "one person with at most 4 images")
        self.assertEqual(person["statement"]["unit"], person["unit"])
        text, _ = run("train", "--data", "nowhere", *RECIPE, "--owner-cap", 4, "--dry-run")
        self.assertIn("one person with at most 4 images", text)
        rival = run_json("classify", "train", "--data", "nowhere", *RIVAL, "--owner-cap", 4, "--dry-run")
        self.assertEqual(rival["unit"], person["unit"])

    def test_account_and_calibrate_take_groups(self):
        words = ["--sampling-rate", 0.01, "--steps", 1000, "--delta", 1e-5, "--group", 4]
        found = run_json("calibrate", *words, "--epsilon", 3)
        self.assertEqual(found["group"], 4)
        again = run_json("account", *words, "--noise-multiplier", found["noise_multiplier"])
        self.assertEqual(again["epsilon_upper"], found["epsilon_upper"])
        self.assertGreater(found["epsilon_upper"], 2.97)
        self.assertLessEqual(found["epsilon_upper"], 3)
        self.assertIn("up to 4 records", " ".join(run("account", *words, "--noise-multiplier", 2)[0].split()))
        run("calibrate", *words[:2], *words[4:], "--epsilon", 3, "--noise-multiplier", 2, code=2)

    def test_release_ledger_and_report_say_person(self):
        ledger, out = self.path("l"), self.path("run")
        run("ledger", "init", ledger, "--data-set", "faces", "--epsilon", 20, "--delta", 1e-3, "--group", 3, "--no-digest")
        run("ledger", "init", ledger, "--data-set", "images", "--epsilon", 20, "--delta", 1e-3, "--no-digest")
        words = ["train", "--data", self.data, *RECIPE, "--owner-cap", 3, "--out", out, "--ledger", ledger]
        _, err = run(*words, "--data-set", "images", code=1)
        self.assertIn("protects one image", err)
        run(*words, "--data-set", "faces")
        shown = {s["name"]: s for s in run_json("ledger", "show", ledger)["data_sets"]}
        self.assertEqual(shown["faces"]["unit"], "one person with at most 3 images")
        statement = run_json("statement", out)
        self.assertTrue(statement["verified"])
        self.assertEqual(statement["statement"]["owner_cap"], 3)
        self.assertAlmostEqual(shown["faces"]["spent"], statement["statement"]["epsilon_upper"], places=9)
        self.assertEqual(shown["images"]["spent"], 0)
        run("classify", "train", "--data", self.data, *RIVAL, "--owner-cap", 3, "--out", self.path("rival"), "--ledger",
            ledger, "--data-set", "faces")
        self.assertIn("one person with at most 3 images", run("statement", self.path("rival"))[0])
        run("report", out, "--out", self.path("report.html"))
        with open(self.path("report.html")) as file:
            page = file.read()
        self.assertIn("one person with at most 3 images", page)
        self.assertIn("This confirms the claim", page)
        self.assertIn("about one person", page)

    def test_image_and_asserted(self):
        out = self.path("images")
        run("train", "--data", self.data, *RECIPE, "--unit", "image", "--out", out)
        self.assertEqual(run_json("statement", out)["statement"]["unit"], "one image with its label")
        out = self.path("asserted")
        run("train", "--data", self.plain, *RECIPE, "--owner-cap", 2, "--owner-cap-asserted", "--out", out)
        text, _ = run("statement", out)
        self.assertIn("was not checked", " ".join(text.split()))


if __name__ == "__main__":
    main()
