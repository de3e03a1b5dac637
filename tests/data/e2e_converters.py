#!/usr/bin/python3
"""Catches DICOM values that become other grey than the standard says, and pictures, classes or owners that get lost on the way from DICOM
or Parquet: files made by pydicom and pyarrow themselves. Skipped where these are not installed."""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import SOURCE, main, run, run_json  # noqa: E402

try:
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
except ImportError:
    pydicom = None
try:
    import pyarrow
    import pyarrow.parquet
except ImportError:
    pyarrow = None

SEEDS = pathlib.Path(SOURCE) / "tests" / "fuzz" / "corpus" / "picture"


def tool(name, *words, code=0):
    result = subprocess.run([sys.executable, os.path.join(SOURCE, "tools", name), *map(str, words)], capture_output=True, text=True)
    if result.returncode != code:
        raise AssertionError(f"{name} {words}: {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


def pixels(folder):
    """The images of a folder as dpdm reads them, and the rest of what it holds."""
    out = str(folder) + ".npz"
    run("data", "convert", folder, "--out", out, "--overwrite")
    return np.load(out)


@unittest.skipUnless(pydicom, "pydicom is not installed")
class Dicom(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.place.name)
        self.addCleanup(self.place.cleanup)

    def write(self, name, values, bits=12, signed=False, kind="MONOCHROME2", patient="P1", **more):
        path = self.root / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
        meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
        meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        scan = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        values = np.asarray(values)
        scan.SOPClassUID, scan.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        colour = kind == "RGB"
        frames = values.ndim - (3 if colour else 2)
        scan.Rows, scan.Columns = values.shape[frames:frames + 2]
        if frames:
            scan.NumberOfFrames = values.shape[0]
        scan.SamplesPerPixel = 3 if colour else 1
        if colour:
            scan.PlanarConfiguration = 0
        scan.PhotometricInterpretation = kind
        scan.BitsAllocated = 8 if bits <= 8 else 16
        scan.BitsStored, scan.HighBit, scan.PixelRepresentation = bits, bits - 1, int(signed)
        scan.PatientID = patient
        for key, value in more.items():
            setattr(scan, key, value)
        scan.PixelData = values.astype(np.uint8 if bits <= 8 else np.int16 if signed else np.uint16).tobytes()
        scan.save_as(path, enforce_file_format=True)
        return path

    def convert(self, *words, code=0):
        out = self.root / "out"
        text = tool("convert-dicom.py", self.root / "scans", out, *words, code=code)
        return text if code else pixels(out)["images"]

    def test_all_bits(self):
        ramp = np.arange(0, 4096, 64).reshape(8, 8)
        self.write("a/12.dcm", ramp)
        self.write("a/16.dcm", ramp * 16, bits=16)
        self.write("a/signed.dcm", ramp - 2048, signed=True)
        self.write("a/white-is-low.dcm", 4095 - ramp, kind="MONOCHROME1")
        for image in self.convert("--window", "full"):
            self.assertLessEqual(np.abs(image.astype(int) - np.floor(ramp * 255 / 4095 + 0.5)).max(), 1)
            self.assertGreater(image.max(), 250)

    def test_window_as_the_standard_says(self):
        stored = np.array([[0, 1023, 1024, 1063], [1064, 1100, 1263, 2000]])
        self.write("a/ct.dcm", stored, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=["40", "300"], WindowWidth=["400", "900"])
        want = []
        for x in stored.ravel() - 1024:  # PS3.3, C.11.2.1.2.1, word by word
            low, high = 40 - 0.5 - 399 / 2, 40 - 0.5 + 399 / 2
            want.append(0 if x <= low else 255 if x > high else ((x - 39.5) / 399 + 0.5) * 255)
        want = np.floor(np.array(want) + 0.5).reshape(stored.shape)
        np.testing.assert_array_equal(self.convert("--window", "file")[0], want)
        os.rename(self.root / "out", self.root / "first")
        np.testing.assert_array_equal(self.convert("--window", "40,400")[0], want)

    def test_padding_is_black(self):
        self.write("a/1.dcm", [[4000, 10], [4000, 2000]], kind="MONOCHROME1", PixelPaddingValue=4000)
        self.assertEqual(self.convert("--window", "full")[0][:, 0].tolist(), [0, 0])

    def test_owners_frames_and_colours(self):
        self.write("a/p/1.dcm", np.full((3, 4, 4), 2000), patient="Alice")
        self.write("a/p/2.dcm", np.full((4, 4), 1000), patient="Bob")
        self.write("b/3.dcm", np.full((4, 4), 3000), patient="Alice")
        self.assertIn("3 frames", self.convert("--window", "full", code=1))
        self.assertFalse((self.root / "out").exists())
        self.assertEqual(len(self.convert("--window", "full", "--frames", "all")), 5)
        rows = list(csv.DictReader((self.root / "out" / "owners.csv").read_text().splitlines()))
        self.assertEqual([row["owner"] for row in rows], ["1", "1", "1", "2", "1"])
        self.assertNotIn("Alice", (self.root / "out" / "owners.csv").read_text())
        self.assertEqual(run_json("data", "info", self.root / "out")["owners"], 2)
        self.assertEqual(os.stat(self.root / "out").st_mode & 0o777, 0o700)

    def test_colours(self):
        values = np.arange(48).reshape(4, 4, 3)
        self.write("a/1.dcm", values, bits=8, kind="RGB")
        np.testing.assert_array_equal(self.convert("--window", "full")[0], values)

    def test_refusals(self):
        self.write("a/1.dcm", np.zeros((4, 4)), patient="")
        self.assertIn("names no patient", self.convert("--window", "full", code=1))
        self.assertIn("has no window", self.convert("--window", "file", "--no-owners", code=1))
        (self.root / "scans" / "a" / "notes.txt").write_text("hello")
        self.assertIn("notes.txt", self.convert("--window", "full", "--no-owners", code=1))
        self.convert("--window", "wide", code=2)


@unittest.skipUnless(pyarrow, "pyarrow is not installed")
class Parquet(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.place.name)
        self.addCleanup(self.place.cleanup)

    def write(self, name, rows, names=None, label=None):
        label = label or pyarrow.int64()
        schema = pyarrow.schema([("image", pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])),
                                 ("label", label), ("patient", pyarrow.string())])
        if names:
            about = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}}}
            schema = schema.with_metadata({b"huggingface": json.dumps(about).encode()})
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), self.root / name, row_group_size=2)
        return self.root / name

    @staticmethod
    def row(seed, label, patient="x"):
        return {"image": {"bytes": (SEEDS / seed).read_bytes(), "path": None}, "label": label, "patient": patient}

    def test_pictures_classes_and_owners(self):
        one = self.write("1.parquet", [self.row("grey", 2, "x"), self.row("big-endian", 0, "y"), self.row("grey", 2, "x")],
                         ["cat", "dog", "owl"])
        two = self.write("2.parquet", [self.row("colour-turned", 0, "z")], ["cat", "dog", "owl"])
        out = self.root / "out"
        tool("convert-parquet.py", one, two, out, "--owner", "patient")
        files = sorted(str(path.relative_to(out)) for path in out.rglob("*.jpg"))
        self.assertEqual(files, ["cat/00000001.jpg", "cat/00000003.jpg", "owl/00000000.jpg", "owl/00000002.jpg"])
        self.assertEqual((out / files[1]).read_bytes(), (SEEDS / "colour-turned").read_bytes())
        info = run_json("data", "info", out, "--resize", 8, "--crop", "pad", "--colour", "--orientation", "exif")
        self.assertEqual((info["class_names"], info["per_class"], info["owners"]), (["cat", "dog", "owl"], [2, 0, 2], 3))
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o700)

    def test_labels_as_text(self):
        one = self.write("1.parquet", [self.row("grey", "left"), self.row("png", "right")], label=pyarrow.string())
        tool("convert-parquet.py", one, self.root / "out")
        self.assertEqual(sorted(os.listdir(self.root / "out")), ["left", "right"])

    def test_refusals(self):
        bad = dict(self.row("grey", 0), image={"bytes": None, "path": "http://example.org/1.png"})
        for rows, word in (([bad], "lies elsewhere"), ([self.row("grey", 7)], "label 7"), ([self.row("grey", None)], "no label"),
                           ([dict(self.row("grey", 0), image={"bytes": b"GIF89a", "path": None})], "neither PNG nor JPEG")):
            one = self.write("1.parquet", rows, ["cat", "dog"])
            text = tool("convert-parquet.py", one, self.root / word, code=1)
            self.assertIn(word, text)
            self.assertIn("row 0", text)
            self.assertFalse((self.root / word).exists())
        self.assertIn("image, label, patient", tool("convert-parquet.py", one, self.root / "o", "--label", "class", code=1))


if __name__ == "__main__":
    main()
