#!/usr/bin/python3
"""Catches folders of pictures that are changed in silence, whose rule is missing in the release, or that become other pixels than
Pillow makes of them (where Pillow is installed)."""
import json
import os
import pathlib
import struct
import sys
import tempfile
import unittest
import zlib

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import SOURCE, main, run, run_json  # noqa: E402

try:
    from PIL import Image, ImageOps
except ImportError:
    Image = None

SEEDS = pathlib.Path(SOURCE) / "tests" / "fuzz" / "corpus" / "picture"
RULE = ["--resize", "8", "--crop", "centre", "--grey", "--orientation", "exif"]


def folder(root, copies=3):
    """Two classes of grey, coloured, turned and progressive JPEG files and a PNG, of several sizes."""
    for label, names in {"a": ["grey", "colour-turned"], "b": ["progressive", "png", "big-endian"]}.items():
        (root / label).mkdir(parents=True)
        for i in range(copies):
            for name in names:
                (root / label / f"{name}{i}.{'png' if name == 'png' else 'jpg'}").write_bytes((SEEDS / name).read_bytes())
    return root


def grey_png(path, values, bits):
    """A grey PNG of 8 or 16 bits a value."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(values).astype(">u2" if bits == 16 else "u1"))
    head = struct.pack(">IIBBBBB", len(values[0]), len(values), bits, 0, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Pictures(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.place.name)
        self.data = folder(self.root / "photos")
        self.addCleanup(self.place.cleanup)

    def test_each_refusal_names_the_rule_that_helps(self):
        steps = [([], "rule orientation"), (["--orientation", "exif"], "rule resize"), (["--resize", "8"], "rule crop"),
                 (["--crop", "centre", "--grey"], None)]
        words = []
        for more, need in steps:
            words += more
            _, text = run("data", "info", self.data, *words, code=1 if need else 0)
            if need:
                self.assertIn(need, text)
        found = run_json("data", "info", self.data, *words)
        self.assertEqual((found["count"], found["height"], found["width"], found["channels"]), (15, 8, 8, 1))

    def test_a_cache_is_asked_for_and_goes(self):
        plain, cached = self.root / "plain.npz", self.root / "cached.npz"
        run("data", "convert", self.data, *RULE, "--out", plain)
        cache = pathlib.Path(SOURCE) if os.access(SOURCE, os.W_OK) else self.root
        with tempfile.TemporaryDirectory(dir=cache) as place:
            _, text = run("data", "convert", self.data, *RULE, "--cache", place, "--out", cached, code=None)
            if "tmpfs" in text:
                self.skipTest("no folder on a disk to write to")
            self.assertEqual(os.listdir(place), [])
            run("data", "info", self.data, *RULE, "--cache", place, "--cache-keep")
            kept = [os.path.join(place, name) for name in os.listdir(place)]
            self.assertEqual([os.stat(name).st_mode & 0o777 for name in kept], [0o600])
        self.assertEqual(plain.read_bytes(), cached.read_bytes())
        run("data", "info", self.data, *RULE, "--cache-keep", code=2)

    def test_every_verb_that_reads_real_images_takes_the_rule(self):
        sets = {"data", "real-test", "real-train", "members", "neighbours", "public-set"}
        for verb in run_json("help")["verbs"]:
            names = {option["name"] for option in verb["options"]}
            if names & sets or "DATA" in verb["arguments"]:
                self.assertLessEqual({"resize", "resize-filter", "crop", "grey", "colour", "orientation", "images-key", "cache"}, names,
                                     verb["name"])

    def test_models_are_judged_with_pictures_as_they_lie(self):
        out, samples = self.root / "run", self.root / "samples.npz"
        run("train", "--data", self.data, "--out", out, "--height", 8, "--width", 8, "--channels", 1, "--classes", 2, "--records", 15,
            "--batch", 5, "--steps", 2, "--multiplicity", 1, "--width-base", 4, "--multipliers", "1", "--blocks", 1, "--attention", "",
            "--epsilon", 10, "--delta", 1e-5, "--seed", 1, "--class-names", "a,b", *RULE)
        model = out / "release" / "model.safetensors"
        run("sample", model, "--count", 8, "--out", samples, "--seed", 1)
        # The model knows the rule of its images; another one may be given.
        page = self.root / "page.html"
        run("report", out, "--neighbours", self.data, "--out", page)
        self.assertTrue("Nearest real images" in page.read_text())
        run("report", out, "--neighbours", self.data, "--out", page, "--overwrite", "--resize", "8", "--crop", "pad", "--grey",
            "--orientation", "ignore")
        _, text = run("report", out, "--neighbours", self.data, "--out", page, "--overwrite", "--resize", "16", code=2)
        self.assertIn("agree", text)
        tuned = run_json("tune-sampler", model, "--real-test", self.data, "--evaluations", 8, "--count", 8, "--epochs", 1)
        self.assertTrue(all("real_accuracy" in one for one in tuned["candidates"]))
        # A set of samples knows none.
        more = folder(self.root / "more", 4)
        audit = ["audit", "membership", "--synthetic", samples, "--members", more, "--non-members", more]
        _, text = run(*audit, code=1)
        self.assertIn("rule orientation", text)
        self.assertIn("auc", run_json(*audit, *RULE))
        evaluate = ["eval", "--synthetic", samples, "--real-test", self.data, "--classifier", "logreg", "--epochs", 1]
        run(*evaluate, code=1)
        run(*evaluate, *RULE)

    def test_fewer_bits_in_16_are_told_from_the_files(self):
        random = np.random.default_rng(3)
        for bits in range(1, 17):
            data, top = self.root / f"bits{bits}", (1 << bits) - 1
            for i in range(4):
                values = random.integers(0, top, (6, 6))
                values[i, i] = top
                grey_png(data / "ab"[i % 2] / f"{i}.png", values, 16)
            grey_png(data / "a" / "8-bit.png", random.integers(0, 256, (6, 6)), 8)
            found = run_json("data", "info", data)
            self.assertEqual((found["values"]["files_of_16_bits"], found["values"]["highest_of_16_bits"]), (4, top))
            warned = [text for text in found["warnings"] if "16 bits a value" in text]
            self.assertEqual(len(warned), bits < 16, found)
            if bits < 16:
                self.assertIn(f"4 of 5 files have 16 bits a value and use {bits} of them (up to {top} of 65535)", warned[0])
                self.assertIn(f"multiply the values by {1 << (16 - bits)}", warned[0])
        text, _ = run("data", "info", self.root / "bits12")
        self.assertIn("files with 16 bits a value: 4, with values up to 4095 of 65535", text)
        self.assertIsNone(run_json("data", "info", self.data, *RULE)["values"]["highest_of_16_bits"])

    def test_decoded_pictures_remember_the_bits_of_their_files(self):
        for i in range(3):
            grey_png(self.root / "wide" / "a" / f"{i}.png", np.full((6, 6), 1000 + i), 16)
        cache = pathlib.Path(SOURCE) if os.access(SOURCE, os.W_OK) else self.root
        with tempfile.TemporaryDirectory(dir=cache) as place:
            _, text = run("data", "info", self.root / "wide", "--cache", place, code=None)
            if "tmpfs" in text:
                self.skipTest("no folder on a disk to write to")
            for _ in range(2):
                values = run_json("data", "info", self.root / "wide", "--cache", place, "--cache-keep")["values"]
                self.assertEqual((values["files_of_16_bits"], values["highest_of_16_bits"]), (3, 1002))
                self.assertEqual(len(os.listdir(place)), 1)
            (kept,) = pathlib.Path(place).iterdir()
            content = bytearray(kept.read_bytes())
            at = content.index(struct.pack("=QQ", 3, 1002))
            content[at + 8] ^= 1  # 1003
            kept.write_bytes(content)
            _, text = run("data", "info", self.root / "wide", "--cache", place, "--cache-keep", code=1)
            self.assertIn("damaged", text)

    def test_the_rule_stands_in_config_and_statement(self):
        out = self.root / "run"
        words = ["train", "--data", self.data, "--out", out, "--height", 8, "--width", 8, "--channels", 1, "--classes", 2,
                 "--records", 15, "--batch", 5, "--steps", 2, "--multiplicity", 1, "--width-base", 4, "--multipliers", "1",
                 "--blocks", 1, "--attention", "", "--epsilon", 10, "--delta", 1e-5, "--seed", 1]
        _, text = run(*words, *RULE[:4], "--orientation", "exif", code=1)
        self.assertIn("rule grey", text)
        run(*words, *RULE, "--overwrite")
        config = json.loads((out / "config.json").read_text())["training"]
        self.assertEqual([config[key] for key in ("resize", "resize_filter", "crop", "grey", "colour", "orientation")],
                         ["8", "bicubic", "centre", True, False, "exif"])
        text, _ = run("statement", out)
        self.assertIn("by one rule for all, orientation exif, grey, resize 8 by", " ".join(text.split()))
        # Another rule is other data: a run is not resumed by it.
        run(*words, *RULE[:3], "pad", *RULE[4:], "--resume", code=1)
        _, text = run(*words, *RULE, "--resize", "16", "--overwrite", code=2)
        self.assertIn("agree", text)

    @unittest.skipUnless(Image, "Pillow is not installed")
    def test_pixels_are_those_of_pillow(self):
        files = sorted((self.data / "a").iterdir()) + sorted((self.data / "b").iterdir())
        for crop in ("none", "pad"):
            for name in ("bicubic", "lanczos", "bilinear", "box"):
                for sides in ((9, 7), (5, 5), (20, 31)):
                    out = self.root / "out.npz"
                    run("data", "convert", self.data, "--resize", "%dx%d" % sides, "--resize-filter", name, "--crop", crop,
                        "--colour", "--orientation", "exif", "--out", out, "--overwrite")
                    images = np.load(out)["images"]
                    for file, image in zip(files, images):
                        want = self.pillow(file, sides, crop, getattr(Image, name.upper()))
                        np.testing.assert_array_equal(image, want, f"{file.name} {crop} {name} {sides}")

    @staticmethod
    def pillow(file, sides, crop, method):
        picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        width, height = picture.size
        to = list(sides)
        if crop == "pad" and width * sides[0] > height * sides[1]:
            to[0] = max(1, (height * sides[1] + width // 2) // width)
        elif crop == "pad":
            to[1] = max(1, (width * sides[0] + height // 2) // height)
        picture = picture.resize((to[1], height), method).resize((to[1], to[0]), method)
        out = np.zeros((*sides, 3), np.uint8)
        y, x = (sides[0] - to[0]) // 2, (sides[1] - to[1]) // 2
        out[y:y + to[0], x:x + to[1]] = np.asarray(picture)
        return out


if __name__ == "__main__":
    main()
