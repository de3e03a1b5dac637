#!/usr/bin/python3
"""Catches `dpdm data` verbs whose files other programs read differently: numpy decides what an .npz holds."""
import gzip
import os
import pathlib
import struct
import sys
import tempfile
import unittest
import zlib

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import main, run, run_json  # noqa: E402


def png(path):
    """The pixels of an 8-bit PNG without interlace, by the format's description."""
    data = pathlib.Path(path).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, idat = 8, b""
    while at < len(data):
        (size,), kind = struct.unpack(">I", data[at:at + 4]), data[at + 4:at + 8]
        body = data[at + 8:at + 8 + size]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT":
            idat += body
        at += 12 + size
    assert depth == 8 and interlace == 0
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    raw = np.frombuffer(zlib.decompress(idat), np.uint8).reshape(height, 1 + width * channels).astype(int)
    out = np.zeros((height, width * channels), int)
    for y in range(height):
        for x in range(width * channels):
            left = out[y, x - channels] if x >= channels else 0
            up = out[y - 1, x] if y else 0
            corner = out[y - 1, x - channels] if y and x >= channels else 0
            near = min((abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner))[2]
            out[y, x] = (raw[y, 1 + x] + [0, left, up, (left + up) // 2, near][raw[y, 0]]) % 256
    return out.astype(np.uint8).reshape(height, width, channels)


class Data(unittest.TestCase):
    def setUp(self):
        self.kept = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.kept.name)
        random = np.random.default_rng(7)
        self.grey = random.integers(0, 256, (12, 5, 4), np.uint8)
        self.colour = random.integers(0, 256, (9, 3, 6, 3), np.uint8)
        self.labels = np.arange(12) // 4

    def tearDown(self):
        self.kept.cleanup()

    def save(self, name, **arrays):
        np.savez(self.folder / name, **arrays)
        return self.folder / name

    def test_numpy_arrays_of_any_integer_label_type(self):
        for kind in "i1 u1 i2 u2 i4 u4 i8 u8 >i2 >i4 >u8 bool".split():
            labels = (self.labels % 2).astype(kind)
            for shaped in (labels, labels[:, None]):
                for images in (self.grey, self.grey[..., None]):
                    path = self.save("a.npz", images=images, labels=shaped)
                    out = self.folder / "b.npz"
                    run("data", "convert", path, "--out", out, "--overwrite", "--classes", 2)
                    with np.load(out) as back:
                        self.assertTrue(np.array_equal(back["images"], self.grey))
                        self.assertTrue(np.array_equal(back["labels"], self.labels % 2))
                        self.assertEqual((back["images"].dtype, back["labels"].dtype), (np.uint8, np.int64))

    def test_compressed_and_medmnist_keys(self):
        path = self.folder / "m.npz"
        np.savez_compressed(path, train_images=self.grey[:8], train_labels=self.labels[:8, None], test_images=self.grey[8:],
                            test_labels=self.labels[8:, None], val_images=self.grey[:1], val_labels=self.labels[:1, None])
        for split, count in (("train", 8), ("test", 4), ("val", 1)):
            self.assertEqual(run_json("data", "info", path, "--split", split)["count"], count)

    def test_info_counts_classes(self):
        info = run_json("data", "info", self.save("a.npz", images=self.grey, labels=self.labels))
        self.assertEqual((info["count"], info["height"], info["width"], info["channels"], info["classes"]), (12, 5, 4, 1, 3))
        self.assertEqual(info["per_class"], [4, 4, 4])
        self.assertIn("private", info["note"])

    def test_keys_of_other_names_and_npy_pairs(self):
        with tempfile.TemporaryDirectory() as place:
            images = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
            labels = np.array([1, 0])
            np.savez(f"{place}/x.npz", scans=images, findings=labels)
            run("data", "info", f"{place}/x.npz", code=1)
            run("data", "info", f"{place}/x.npz", "--images-key", "scans", code=2)
            _, text = run("data", "info", f"{place}/x.npz", "--images-key", "scans", "--labels-key", "y", code=1)
            self.assertIn("no key 'y'; there are: ", text)
            keys = ["--images-key", "scans", "--labels-key", "findings"]
            self.assertEqual(run_json("data", "info", f"{place}/x.npz", *keys)["per_class"], [1, 1])
            for one, two, owners in (("images", "labels", "owners"), ("Train_Images", "Train_Labels", None), ("x_test", "y_test", "owners_test")):
                np.save(f"{place}/{one}.npy", images)
                _, text = run("data", "info", f"{place}/{one}.npy", code=1)
                self.assertIn(f"{two}.npy", text)
                np.save(f"{place}/{two}.npy", labels[:, None])
                if owners:
                    np.save(f"{place}/{owners}.npy", np.array([5, 5]))
                run("data", "convert", f"{place}/{one}.npy", "--out", f"{place}/{one}.npz", "--overwrite")
                back = np.load(f"{place}/{one}.npz")
                np.testing.assert_array_equal(back["images"], images)
                np.testing.assert_array_equal(back["labels"], labels)
                self.assertEqual("owners" in back, owners is not None)
            np.save(f"{place}/scans.npy", images)
            self.assertIn("labels.npy", run("data", "info", f"{place}/scans.npy", code=1)[1])

    def test_refusals(self):
        cases = {
            "fortran order": dict(images=np.asfortranarray(self.grey), labels=self.labels),
            "float32 images": dict(images=self.grey.astype(np.float32), labels=self.labels),
            "float labels": dict(images=self.grey, labels=self.labels.astype(float)),
            "objects": dict(images=np.array([None] * 12), labels=self.labels),
            "too few labels": dict(images=self.grey, labels=self.labels[:11]),
            "one-hot labels": dict(images=self.grey, labels=np.eye(12, dtype=int)),
            "negative label": dict(images=self.grey, labels=self.labels - 1),
            "no images": dict(images=self.grey[:0], labels=self.labels[:0]),
            "channels first": dict(images=np.zeros((12, 3, 8, 8), np.uint8), labels=self.labels),
            "no labels": dict(images=self.grey),
            "other keys": dict(x=self.grey, y=self.labels),
        }
        for name, arrays in cases.items():
            with self.subTest(name):
                path = self.save("bad.npz", **arrays)
                out = self.folder / "out.npz"
                _, words = run("data", "convert", path, "--out", out, code=1)
                self.assertIn("bad.npz", words)
                self.assertFalse(out.exists())
        path = self.save("a.npz", images=self.grey, labels=self.labels)
        for fact, value in (("height", 4), ("width", 5), ("channels", 3), ("classes", 2)):
            _, words = run("data", "convert", path, "--out", self.folder / "o.npz", f"--{fact}", value, code=1)
            self.assertIn("a.npz", words)
        run("data", "convert", path, code=2)
        run("data", "info", code=2)
        _, words = run("data", "info", self.folder / "nothing", code=1)
        self.assertIn("nothing", words)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.npz", "bad.npz"])

    def test_png_folders(self):
        for images in (self.grey, self.colour):
            count = len(images)
            path = self.save("a.npz", images=images, labels=self.labels[:count])
            out = self.folder / "png"
            run("data", "convert", path, "--format", "png", "--out", out, "--overwrite")
            files = sorted(out.glob("*/*.png"))
            self.assertEqual([f.parent.name for f in files], [str(c) for c in self.labels[:count]])
            for file, image in zip(files, images):
                self.assertTrue(np.array_equal(png(file), image.reshape(*image.shape[:2], -1)))
            run("data", "convert", out, "--out", self.folder / "b.npz", "--overwrite")
            with np.load(self.folder / "b.npz") as back:
                self.assertTrue(np.array_equal(back["images"], images))

    def test_idx(self):
        path = self.save("a.npz", images=self.grey, labels=self.labels)
        out = self.folder / "idx"
        run("data", "convert", path, "--format", "idx", "--out", out)
        images = (out / "train-images-idx3-ubyte").read_bytes()
        self.assertEqual(images, struct.pack(">4I", 0x803, *self.grey.shape) + self.grey.tobytes())
        labels = (out / "train-labels-idx1-ubyte").read_bytes()
        self.assertEqual(labels, struct.pack(">2I", 0x801, 12) + self.labels.astype(np.uint8).tobytes())
        for file in list(out.iterdir()):
            file.with_suffix(".gz").write_bytes(gzip.compress(file.read_bytes()))
            file.unlink()
        info = run_json("data", "info", out)
        self.assertEqual((info["count"], info["classes"]), (12, 3))

    def test_parts(self):
        path = self.save("a.npz", images=self.grey, labels=self.labels)
        made = run_json("data", "convert", path, "--out", self.folder / "b.npz", "--first", 3, "--count", 5)
        self.assertEqual(made["count"], 5)
        with np.load(self.folder / "b.npz") as back:
            self.assertTrue(np.array_equal(back["images"], self.grey[3:8]))
        run("data", "convert", path, "--out", self.folder / "c.npz", "--first", 12, code=1)
        self.assertFalse((self.folder / "c.npz").exists())

    def test_same_data_gives_same_bytes(self):
        path = self.save("a.npz", images=self.grey, labels=self.labels)
        for name in ("b.npz", "c.npz"):
            run("data", "convert", path, "--out", self.folder / name)
        self.assertEqual((self.folder / "b.npz").read_bytes(), (self.folder / "c.npz").read_bytes())

    def folders(self, name, classes, bright):
        """Class folders through an .npz of the program itself: images of class c are bright in row c."""
        images = np.random.default_rng(len(name)).integers(0, 60, (60 * len(classes), 8, 8), np.uint8)
        labels = np.arange(len(images)) % len(classes)
        for image, label in zip(images, labels):
            image[bright[label]] = 250
        path = self.save(f"{name}.npz", images=images, labels=labels, class_names=np.array(classes))
        run("data", "convert", path, "--format", "png", "--out", self.folder / name)
        return self.folder / name

    def test_classes_go_by_name(self):
        made = self.folders("made", ["normal", "Oedema", "pneumonia"], [1, 3, 5])
        info = run_json("data", "info", made)
        self.assertEqual(info["class_names"], ["Oedema", "normal", "pneumonia"])
        run("data", "convert", made, "--out", self.folder / "back.npz")
        with np.load(self.folder / "back.npz") as back:
            self.assertEqual(list(back["class_names"]), ["Oedema", "normal", "pneumonia"])
        # Fewer classes and another order: the same rows are bright, so a classifier by name is right everywhere.
        same = self.folders("same", ["pneumonia", "normal"], [5, 1])
        quick = ("--classifier", "logreg", "--protocol", "honest", "--epochs", 30, "--learning-rate", 0.01)
        result = run_json("eval", "--synthetic", made, "--real-test", same, *quick)
        score = result["classifiers"]["logreg"]
        self.assertEqual(score["class_names"], ["Oedema", "normal", "pneumonia"])
        self.assertEqual(score["class_images"], [0, 60, 60])
        self.assertGreater(score["accuracy_mean"], 0.9)
        other = self.folders("other", ["normal", "oedema", "Pneumonia"], [1, 3, 5])
        _, words = run("eval", "--synthetic", made, "--real-test", other, *quick, code=1)
        for name in ("Oedema, normal, pneumonia", "Pneumonia, normal, oedema", "by name"):
            self.assertIn(name, words)
        run("train", "--data", made, "--class-names", "normal,Oedema,pneumonia", "--height", 8, "--width", 8, "--channels", 1, "--classes", 3,
            "--sampling-rate", 0.1, "--batch", 18, "--steps", 2, "--multiplicity", 1, "--epsilon", 8, "--delta", 1e-3, "--width-base", 4,
            "--multipliers", "1", "--blocks", 1, "--attention", "", "--threads", 1, "--no-preview", "--out", self.folder / "run")
        model = self.folder / "run/release/model.safetensors"
        for label, number in (("Oedema", 1), ("pneumonia", 2), ("0", 0), ("number:1", 1)):
            run("sample", model, "--count", 3, "--steps", 2, "--label", label, "--out", self.folder / "one.npz", "--overwrite")
            with np.load(self.folder / "one.npz") as drawn:
                self.assertEqual(list(drawn["labels"]), [number] * 3)
        for label in ("oedema", "3", ""):
            _, words = run("sample", model, "--count", 3, "--label", label, "--out", self.folder / "two.npz", code=2)
            self.assertIn("normal, Oedema, pneumonia", words)
        numbers = self.save("numbers.npz", images=self.grey, labels=self.labels)
        _, words = run("eval", "--synthetic", numbers, "--real-test", made, *quick, code=1)
        self.assertIn("class-names", words)
        # Numbers get names when a set is converted; folders have theirs.
        names = [f"c{label}" for label in range(int(max(self.labels)) + 1)]
        run("data", "convert", numbers, "--format", "png", "--class-names", ",".join(names), "--out", self.folder / "named")
        self.assertEqual(run_json("data", "info", self.folder / "named")["class_names"], names)
        run("data", "convert", made, "--class-names", "a,b,c", "--out", self.folder / "no.npz", code=1)

    def test_fetch(self):
        _, words = run("data", "fetch", "imagenet", code=1)
        self.assertIn("pneumoniamnist", words)
        (self.folder / "mnist").mkdir()
        self.assertEqual(run_json("data", "fetch", "mnist", "--data-dir", self.folder)["path"], str(self.folder / "mnist"))

    def test_make(self):
        made, grid = self.folder / "made.npz", self.folder / "made.png"
        result = run_json("data", "make", "strokes,leaves", "--count", "90", "--classes", "3", "--height", "16", "--width", "20",
                          "--channels", "3", "--out", str(made), "--grid", str(grid))
        self.assertEqual((result["kinds"], result["count"]), (["strokes", "leaves"], 90))
        with np.load(made) as held:
            self.assertEqual((held["images"].shape, held["images"].dtype), ((90, 16, 20, 3), np.uint8))
            self.assertEqual(held["labels"].tolist(), [i % 3 for i in range(90)])
        self.assertEqual(png(grid).shape[1], 3 * 20 * 2)
        again = self.folder / "again.npz"
        run("data", "make", "strokes,leaves", "--count", "90", "--classes", "3", "--height", "16", "--width", "20", "--channels",
            "3", "--out", str(again), "--threads", "1")
        self.assertEqual(again.read_bytes(), made.read_bytes())
        _, message = run("data", "make", "stroke", "--out", str(self.folder / "x.npz"), code=2)
        self.assertIn("did you mean 'strokes'?", message)
        self.assertFalse((self.folder / "x.npz").exists())
        _, message = run("data", "make", "strokes", "--channels", "2", "--out", str(self.folder / "x.npz"), code=2)
        self.assertIn("2 channels", message)


if __name__ == "__main__":
    main()
