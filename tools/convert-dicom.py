#!/usr/bin/env python3
"""Writes the images of DICOM files as PNG files for dpdm, and who owns which.

    tools/convert-dicom.py SCANS OUT --window file|full|CENTRE,WIDTH [--frames all] [--no-owners]

SCANS holds one sub-folder a class, with DICOM files in it or below it; OUT gets the same folders with PNG files of 8 bits, and
owners.csv, in which a number stands for each PatientID. OUT is made for you alone (mode 0700) and must not exist. Needs pydicom (3 or
later; pip install pydicom) and numpy; compressed files also need a decoder that pydicom knows (pip install pylibjpeg[all]).

--window says how stored values become 0 to 255, and has no default, because it decides what the model sees:
  CENTRE,WIDTH  one window for all, in the units of the modality (Hounsfield units for CT): a public rule, the best choice
  file          the window of each file (the first one): a rule for each image by itself
  full          all of the stored bits, 12 as well as 16: nothing is cut off, and contrast may be low
Rescale slope and intercept come first. MONOCHROME1 (white is low) is inverted. Pixel padding becomes black. Colour images (RGB, YBR) stay
coloured, and have no window. What is none of this is refused with its name: nothing is left out in silence."""
import argparse
import csv
import os
import pathlib
import shutil
import struct
import sys
import zlib

import numpy as np
import pydicom
from pydicom.pixels import apply_modality_lut


def refuse(path, why):
    sys.exit(f"{path}: {why}")


def png(pixels):
    """8-bit PNG of [H, W] or [H, W, 3]."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width = pixels.shape[:2]
    rows = np.hstack([np.zeros((height, 1), np.uint8), np.ascontiguousarray(pixels, np.uint8).reshape(height, -1)])
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + chunk(b"IEND", b""))


def first(value):
    return float(value[0] if isinstance(value, (list, pydicom.multival.MultiValue)) else value)


def file_window(path, scan):
    """(centre, width, exact) of the file's own window."""
    if "WindowCenter" not in scan or "WindowWidth" not in scan:
        refuse(path, "has no window: give --window CENTRE,WIDTH, or --window full")
    function = scan.get("VOILUTFunction", "LINEAR")
    if function not in ("LINEAR", "LINEAR_EXACT"):
        refuse(path, f"has a window of the kind {function}, which is not read: give --window CENTRE,WIDTH")
    return first(scan.WindowCenter), first(scan.WindowWidth), function == "LINEAR_EXACT"


def through_window(values, centre, width, exact):
    """PS3.3, C.11.2.1.2 (LINEAR) and C.11.2.1.3.2 (LINEAR_EXACT), onto 0 to 255."""
    if not exact:
        centre, width = centre - 0.5, width - 1
    if width <= 0:
        return np.where(values > centre, 255.0, 0.0)
    return ((values - centre) / width + 0.5) * 255


def grey(path, scan, stored, window):
    """[..., H, W] in 0 to 255."""
    bits, low = int(scan.BitsStored), -(1 << int(scan.BitsStored) - 1) if scan.PixelRepresentation else 0
    if window == "full":
        values = (stored.astype(np.float64) - low) * (255 / ((1 << bits) - 1))
    else:
        values = apply_modality_lut(stored, scan).astype(np.float64)
        values = through_window(values, *(file_window(path, scan) if window == "file" else (*window, False)))
    values = np.clip(values, 0, 255)
    if scan.PhotometricInterpretation == "MONOCHROME1":
        values = 255 - values
    if "PixelPaddingValue" in scan:
        edge = int(scan.PixelPaddingValue)
        other = int(scan.get("PixelPaddingRangeLimit", edge))
        values[(stored >= min(edge, other)) & (stored <= max(edge, other))] = 0
    return np.floor(values + 0.5).astype(np.uint8)


def images(path, window, frames):
    """The images of a file, [frames, H, W] or [frames, H, W, 3], and the patient."""
    try:
        scan = pydicom.dcmread(path)
        stored = scan.pixel_array
    except Exception as error:  # pydicom has many kinds of them
        refuse(path, f"cannot be read as a DICOM image: {error}")
    kind = scan.get("PhotometricInterpretation", "")
    if kind not in ("MONOCHROME1", "MONOCHROME2", "RGB") and not kind.startswith("YBR_"):
        refuse(path, f"has the colours {kind or 'of nobody knows what'}, which are not read")
    count = int(scan.get("NumberOfFrames", 1) or 1)
    if count > 1 and not frames:
        refuse(path, f"has {count} frames: give --frames all to make an image of each")
    stored = stored if count > 1 else stored[None]
    if kind.startswith("MONO"):
        return grey(path, scan, stored, window), str(scan.get("PatientID", "") or "")
    if int(scan.BitsStored) != 8:
        refuse(path, f"has colours of {scan.BitsStored} bits, and 8 are read")
    return stored.astype(np.uint8), str(scan.get("PatientID", "") or "")  # pydicom has turned YBR into RGB


def window_of(text):
    if text in ("file", "full"):
        return text
    try:
        centre, width = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("give file, full, or two numbers such as 40,400") from None
    if not width >= 1:
        raise argparse.ArgumentTypeError("the width of a window is 1 or more")
    return centre, width


def write(call, files):
    """Writes all of OUT; returns how many images and people."""
    owners, patients = [], {}
    for path in files:
        place = path.relative_to(call.scans)
        if len(place.parts) < 2:
            refuse(path, "lies beside the class folders: move it into one")
        pixels, patient = images(path, call.window, call.frames)
        if not patient and not call.no_owners:
            refuse(path, "names no patient, so whose image it is stays unknown: --no-owners if each image is of another person")
        number = patients.setdefault(patient, len(patients) + 1)
        for i, image in enumerate(pixels):
            name = place.with_name(place.name + (f".{i:04d}" if len(pixels) > 1 else "") + ".png")
            (call.out / name).parent.mkdir(parents=True, exist_ok=True)
            with open(call.out / name, "xb") as out:
                out.write(png(image))
            owners.append((name.as_posix(), number))
    if not call.no_owners:
        with open(call.out / "owners.csv", "x", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("file", "owner"), *owners])
    return len(owners), len(patients)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scans", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--window", type=window_of, required=True)
    parser.add_argument("--frames", choices=["all"])
    parser.add_argument("--no-owners", action="store_true", help="write no owners.csv: each image is of another person")
    call = parser.parse_args()
    files = sorted(path for path in call.scans.rglob("*") if path.is_file() and path.name != "DICOMDIR" and path.name[0] != ".")
    if not files:
        refuse(call.scans, "holds no files")
    os.umask(0o077)
    call.out.mkdir()
    try:
        count, people = write(call, files)
    except BaseException:  # nothing half done stays: these are private images
        shutil.rmtree(call.out)
        raise
    print(f"{call.out}: {count} images" + ("" if call.no_owners else f" of {people} people"))


if __name__ == "__main__":
    main()
