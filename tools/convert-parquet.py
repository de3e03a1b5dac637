#!/usr/bin/env python3
"""Writes the images of a Hugging Face data set in Parquet files as a folder of pictures for dpdm.

    tools/convert-parquet.py FILE.parquet... OUT [--image image] [--label label] [--owner COLUMN]

The pictures are copied as they are stored (PNG or JPEG), one sub-folder a class, named by the class names in the file where it has them,
else by the label. With --owner, owners.csv says who owns which, a number for each value of that column. OUT is made for you alone (mode
0700) and must not exist. Needs pyarrow (pip install pyarrow). Rows are read a few at a time. What is no picture, has no label or no owner
is refused with its row: nothing is left out in silence."""
import argparse
import csv
import json
import os
import pathlib
import shutil
import sys

import pyarrow
import pyarrow.parquet

KINDS = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}


def refuse(path, why):
    sys.exit(f"{path}: {why}")


def features(schema):
    """What the library datasets says of the columns, if anything."""
    try:
        return json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}


def class_names(path, schema, column):
    about = features(schema).get(column)
    names = about.get("names") if isinstance(about, dict) and about.get("_type") == "ClassLabel" else None
    if isinstance(names, dict):  # older files: {"0": "cat", ...}
        names = [names[str(i)] for i in range(len(names))]
    for name in names or []:
        if not name or "/" in name or name[0] == "." or "\0" in name or len(name.encode()) > 200:
            refuse(path, f"has a class called {name!r}, which cannot be the name of a folder")
    return names


def column_of(path, schema, name):
    if name not in schema.names:
        refuse(path, f"has no column {name!r}; it has {', '.join(schema.names)}")
    return schema.field(name).type


def picture(place, cell):
    content = cell.get("bytes") if isinstance(cell, dict) else cell
    if not isinstance(content, bytes):
        refuse(place, "holds no picture, or only the name of one that lies elsewhere: load the data set, and write it with pictures inside")
    for start, end in KINDS.items():
        if content.startswith(start):
            return content, end
    refuse(place, "is neither PNG nor JPEG: convert it first")


def folder_of(place, label, names):
    if label is None:
        refuse(place, "has no label")
    if names is None or isinstance(label, str):
        text = str(label)
        if not text or "/" in text or text[0] == "." or "\0" in text:
            refuse(place, f"has the label {text!r}, which cannot be the name of a folder")
        return text
    if not 0 <= label < len(names):
        refuse(place, f"has the label {label}, and there are {len(names)} classes")
    return names[label]


def write(call, columns, readers, names):
    """Writes all of OUT; returns how many pictures and people."""
    for name in names or []:
        (call.out / name).mkdir()  # a class without pictures is a class all the same
    owners, people, count = [], {}, 0
    for path, reader in zip(call.files, readers):
        row = 0
        for batch in reader.iter_batches(batch_size=64, columns=columns):
            for cell in batch.to_pylist():
                place = f"{path}, row {row}"
                content, end = picture(place, cell[call.image])
                name = f"{folder_of(place, cell[call.label], names)}/{count:08d}{end}"
                (call.out / name).parent.mkdir(exist_ok=True)
                with open(call.out / name, "xb") as out:
                    out.write(content)
                if call.owner:
                    if cell[call.owner] is None or cell[call.owner] == "":
                        refuse(place, f"has no {call.owner}")
                    owners.append((name, people.setdefault(cell[call.owner], len(people) + 1)))
                row += 1
                count += 1
    if call.owner:
        with open(call.out / "owners.csv", "x", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("file", "owner"), *owners])
    return count, len(people)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--image", default="image", help="column of the pictures")
    parser.add_argument("--label", default="label", help="column of the labels")
    parser.add_argument("--owner", help="column of who owns a picture")
    call = parser.parse_args()
    columns = [call.image, call.label] + ([call.owner] if call.owner else [])
    readers = [pyarrow.parquet.ParquetFile(path) for path in call.files]
    names = class_names(call.files[0], readers[0].schema_arrow, call.label)
    for path, reader in zip(call.files, readers):
        for column in columns:
            column_of(path, reader.schema_arrow, column)
        if class_names(path, reader.schema_arrow, call.label) != names:
            refuse(path, f"names other classes than {call.files[0]}")
    os.umask(0o077)
    call.out.mkdir()
    try:
        count, people = write(call, columns, readers, names)
    except BaseException:  # nothing half done stays: these are private images
        shutil.rmtree(call.out)
        raise
    print(f"{call.out}: {count} images" + (f" of {people} people" if call.owner else ""))


if __name__ == "__main__":
    main()
