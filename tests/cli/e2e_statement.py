#!/usr/bin/python3
"""Privacy statements as a user meets them: shown before any data are read, printed from every kind of release, computed
again, and refused where a figure was changed."""
import copy
import json
import os
import struct
import tempfile
import unittest

import numpy as np

from program import main, run, run_json

FACTS = ["--height", 8, "--width", 8, "--channels", 1, "--classes", 2, "--records", 40]
RECIPE = [*FACTS, "--width-base", 4, "--multipliers", "1", "--blocks", 1, "--attention", "", "--batch", 10, "--steps", 3,
          "--multiplicity", 1, "--delta", 1e-3, "--epsilon", 8, "--threads", 1, "--no-preview"]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)


def model_rewrite(source, target, change):
    """Copies a safetensors file with its texts changed."""
    raw = read(source)
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    texts = {key: json.loads(text) for key, text in header["__metadata__"].items()}
    change(texts)
    header["__metadata__"] = {key: json.dumps(value) for key, value in texts.items()}
    text = json.dumps(header).encode()
    write(target, struct.pack("<Q", len(text)) + text + raw[8 + length:])


class Statement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        data = cls.path("data.npz")
        rng = np.random.default_rng(0)
        np.savez(data, images=rng.integers(0, 256, (40, 8, 8)).astype(np.uint8), labels=np.arange(40) % 2)
        cls.data = ["--data", data]
        run("train", *cls.data, *RECIPE, "--out", cls.path("run"))
        run("train", *cls.data, *RECIPE, "--prior-means-noise", 40, "--seed", 1, "--out", cls.path("seeded"))
        cls.model = cls.path("run/release/model.safetensors")
        cls.json = cls.path("run/release/statement.json")

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    def refused(self, path, word):
        out, err = run("statement", path, code=1)
        self.assertNotIn("verified", out)
        self.assertIn(word, err)
        figures = run_json("statement", path, code=1)
        if "verified" in figures:
            self.assertFalse(figures["verified"])
            self.assertIn(word, figures["problem"])

    def test_every_kind_of_release(self):
        texts = {run("statement", where)[0] for where in
                 [self.model, self.json, self.path("run"), self.path("run/release")]}
        self.assertEqual(len(texts), 1)
        text = texts.pop()
        for part in ["one image with its label", "training steps, clipped to L2 norm 1: sampling", "verified", "Settings", "steps=3"]:
            self.assertIn(part, text)
        figures = run_json("statement", self.path("run"))
        self.assertTrue(figures["verified"] and figures["claims"])
        self.assertEqual(figures["statement"], json.loads(read(self.json)))
        again = run_json("account", "--events", self.events(figures["statement"]), "--delta", 1e-3)
        self.assertEqual(again["epsilon_upper"], figures["statement"]["epsilon_upper"])

    def events(self, statement):
        write(self.path("events.json"), json.dumps(statement["events"]))
        return self.path("events.json")

    def test_dry_run_shows_it_before_data_are_read(self):
        words = ["train", "--data", "no/such/data", *RECIPE, "--dry-run"]
        text, _ = run(*words)
        for part in ["Privacy statement", "one image with its label", "What it does not cover", "Settings"]:
            self.assertIn(part, text)
        planned, released = run_json(*words)["statement"], json.loads(read(self.json))
        self.assertEqual(planned, released)
        text, _ = run("classify", "train", "--data", "no/such/data", *FACTS, "--epsilon", 8, "--delta", 1e-3, "--batch", 10,
                      "--classifier", "logreg", "--dry-run")
        self.assertIn("Privacy statement", text)

    def test_a_classifier_has_one_too(self):
        out = self.path("rival.safetensors")
        words = ["classify", "train", *self.data, *FACTS, "--epsilon", 8, "--delta", 1e-3, "--batch", 10, "--steps", 5,
                 "--classifier", "logreg"]
        run(*words, "--out", out)
        figures = run_json("statement", out)
        self.assertTrue(figures["verified"] and figures["claims"])
        self.assertEqual(figures["statement"], run_json(*words, "--dry-run")["statement"])
        model_rewrite(out, out, lambda texts: texts["dpdm.statement"].update(epsilon_upper=0.5))
        self.refused(out, "epsilon_upper")

    def test_a_seeded_run_makes_no_claim(self):
        text, _ = run("statement", self.path("seeded"))
        self.assertIn("no privacy claim", text)
        self.assertIn("class means", text)
        figures = run_json("statement", self.path("seeded"))
        self.assertTrue(figures["verified"])
        self.assertFalse(figures["claims"] or figures["statement"]["private"])
        changed = json.loads(read(self.path("seeded/release/statement.json")))
        changed["private"] = True
        write(self.path("private.json"), json.dumps(changed))
        self.refused(self.path("private.json"), "does not hold")

    def test_each_field_that_is_changed_shows(self):
        statement = json.loads(read(self.json))
        for key, value in statement.items():
            if key in ("version", "event_names", "config"):
                continue
            changed = copy.deepcopy(statement)
            if isinstance(value, bool):
                changed[key] = not value
            elif isinstance(value, (int, float)):
                changed[key] = 0.9 * value + 0.3
            elif isinstance(value, str):
                changed[key] = value + " and more"
            else:
                changed[key] = type(value)()
            write(self.path("changed.json"), json.dumps(changed))
            with self.subTest(key):
                self.refused(self.path("changed.json"), "statement" if key == "format" else "")

    def test_each_event_that_is_changed_shows(self):
        statement = json.loads(read(self.json))
        for key, factor in [("sampling_rate", 0.5), ("noise_multiplier", 2), ("steps", 10)]:
            statement["events"][0][key] *= factor
            write(self.path("changed.json"), json.dumps(statement))
            self.refused(self.path("changed.json"), "does not hold")
            statement["events"][0][key] /= factor

    def test_config_and_statement_belong_together(self):
        model_rewrite(self.model, self.path("other.safetensors"),
                      lambda texts: texts["dpdm.config"]["training"].update(steps=4))
        self.refused(self.path("other.safetensors"), "another config")

        def both(texts):
            texts["dpdm.config"]["training"]["clip"] = 2
            texts["dpdm.statement"]["config"]["training"]["clip"] = 2

        model_rewrite(self.model, self.path("other.safetensors"), both)
        self.refused(self.path("other.safetensors"), "clip")

    def test_the_two_files_of_a_run_must_agree(self):
        release = self.path("twofold/release")
        os.makedirs(release)
        write(release + "/model.safetensors", read(self.model))
        statement = json.loads(read(self.json))
        statement["epsilon_upper"] *= 1.001
        write(release + "/statement.json", json.dumps(statement))
        self.refused(self.path("twofold"), "is not the statement in")

    def test_what_is_no_statement(self):
        write(self.path("text"), "hello")
        write(self.path("zero"), b"\0" * 100)
        write(self.path("empty"), "")
        write(self.path("deep.json"), "[" * 100000)
        write(self.path("escape.json"), json.dumps({"format": "dpdm-statement-3", "claim": "\x1b[2J"}))
        for name in ["text", "zero", "empty", "deep.json", "escape.json", "missing"]:
            out, err = run("statement", self.path(name), code=1)
            self.assertNotIn("\x1b", out + err)
            run("statement", self.path(name), "--json", code=1)
        model_rewrite(self.model, self.path("silent.safetensors"), lambda texts: texts.pop("dpdm.statement"))
        self.refused(self.path("silent.safetensors"), "nothing is claimed")
        os.makedirs(self.path("unfinished"), exist_ok=True)
        self.refused(self.path("unfinished"), "no finished run")
        run("statement", code=2)


if __name__ == "__main__":
    main()
