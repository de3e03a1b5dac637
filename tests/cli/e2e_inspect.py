#!/usr/bin/python3
"""`dpdm inspect` against the file itself, on a run, a model alone, and files that are none."""
import json
import os
import struct
import tempfile
import unittest

import numpy as np

from program import main, recipe, run, run_json

RECIPE = recipe(data="data.npz", steps=2, multiplicity=1, noise_multiplier=2)


class Inspect(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        os.chdir(cls.folder.name)
        np.savez("data.npz", images=np.zeros((40, 8, 8), np.uint8), labels=np.arange(40) % 2)
        with open("recipe.yaml", "w") as file:
            file.write(RECIPE)
        run("train", "--config", "recipe.yaml", "--out", "run")

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        cls.folder.cleanup()

    def header(self):
        with open("run/release/model.safetensors", "rb") as file:
            return json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))

    def test_it_says_what_the_file_holds(self):
        header = self.header()
        metadata = header.pop("__metadata__")
        for name in ("run", "run/release/model.safetensors"):
            seen = run_json("inspect", name)
            self.assertEqual(seen["kind"], "diffusion model")
            self.assertEqual(seen["config"], json.loads(metadata["dpdm.config"]))
            self.assertEqual(seen["statement"], json.loads(metadata["dpdm.statement"]))
            self.assertEqual({one["name"]: one["shape"] for one in seen["tensors"]},
                             {key: header[key]["shape"] for key in header if not key.startswith("prior.")})
            self.assertEqual(seen["parameters"], sum(int(np.prod(one["shape"])) for one in seen["tensors"]))

    def test_a_screen_for_people(self):
        text, _ = run("inspect", "run")
        lines = text.splitlines()
        self.assertLess(len(lines), 60)
        self.assertLess(max(map(len, lines)), 100)
        for word in ("diffusion model", "layers", "encoder.0.block.0", "config", "noise_multiplier", "differential privacy",
                     "one image with its label", "dpdm statement"):
            self.assertIn(word, text)
        blocks = [line.split() for line in lines if " tensors" in line and line.startswith("  ")]
        self.assertEqual(sum(int(words[1]) for words in blocks), run_json("inspect", "run")["parameters"])
        every, _ = run("inspect", "run", "--layers")
        for tensor in run_json("inspect", "run")["tensors"]:
            self.assertIn(tensor["name"], every)

    def test_what_is_no_model(self):
        with open("text", "w") as file:
            file.write("hello")
        for name in ("text", "none", ".", "data.npz"):
            self.assertIn("error", run_json("inspect", name, code=1))


main()
