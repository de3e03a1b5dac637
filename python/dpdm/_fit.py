"""Trainings."""
from __future__ import annotations

import json
import os
import warnings
from typing import Any, Optional, Union

from ._arrays import handle_of, pixels_of, whole_of
from ._library import LIB, config, text, watched
from ._model import Model
from ._progress import Progress, bar


ConfigFile = Union[None, str, os.PathLike]


def presets() -> list[str]:
    """The names of the recipes that come with dpdm."""
    names: list[str] = []
    while (name := LIB.dpdm_preset_name(len(names))) is not None:
        names.append(name.decode())
    return names


def plan(*, preset: Optional[str] = None, config_file: ConfigFile = None, **options: Any) -> dict:
    """What a training would be, without any data: steps, noise multiplier, bounds on epsilon, memory and time. Options as fit,
    with the public facts (height, width, channels, classes, records) among them."""
    return json.loads(text("dpdm_train_plan_json", config("train", options, preset, config_file)))


def _facts(images: Any, labels: Any, classes: Optional[int], records: Optional[int], options: dict) -> dict:
    """Public facts: as stated, or - with a warning - as the arrays have them."""
    pixels = pixels_of(images)
    count, height, width, channels = pixels.shape
    taken = []
    if classes is None:
        classes = int(whole_of(labels, count, "labels", "int64").max(initial=0)) + 1
        taken.append(f"the number of classes ({classes}; state classes=)")
    if records is None and "sampling_rate" not in options:
        records = count
        taken.append(f"the number of images ({count}; state records=, or sampling_rate= to keep it private)")
    if taken:
        warnings.warn("taken from the arrays, and public from now on: " + " and ".join(taken), stacklevel=4)
    return {"height": height, "width": width, "channels": channels, "classes": classes, "records": records or 0}


def train(job: str, images: Any, labels: Any, options: dict, preset: Optional[str], config_file: ConfigFile,
          classes: Optional[int], records: Optional[int], owners: Any, progress: Progress) -> dict:
    """Trains by a config of that job: {"out", "model", "statement"}."""
    facts = _facts(images, labels, classes, records, options)
    if "seed" not in options:
        options.setdefault("ledger", os.environ.get("DPDM_LEDGER"))
    made = config(job, {**facts, **options}, preset, config_file)
    data = handle_of(images, labels, facts["classes"], owners)
    tell, end = bar(progress)
    try:
        return json.loads(watched(lambda watch: text("dpdm_train_start", made, data, watch, None), tell))
    finally:
        end()


def fit(images: Any, labels: Any, *, epsilon: Optional[float] = None, delta: Optional[float] = None,
        out: Union[str, os.PathLike] = "dpdm-run", preset: Optional[str] = None,
        config_file: ConfigFile = None, classes: Optional[int] = None, records: Optional[int] = None,
        owners: Any = None, resume: bool = False, progress: Progress = None, **options: Any) -> Model:
    """Trains a diffusion model on private images with differential privacy and returns the release.

    images: uint8 [N, H, W] or [N, H, W, C], labels: whole numbers [N] in [0, classes); arrays or anything with __array__.
    epsilon, delta: the privacy target. classes, records: the number of classes and of images as public facts; where they are
    left out they are taken from the arrays with a warning. sampling_rate= in place of records= keeps the number private.
    owners: whole numbers [N], equal ones for images of one person; owner_cap=M then protects people. preset, config_file: a
    recipe by name, a YAML file. ledger: the ledger whose budget pays (default: $DPDM_LEDGER, if set), data_set: the name of the
    images there. Further options: those of `dpdm help train`, with '_' for '-'.
    out: the run folder; out/release may be shared, nothing else. Ctrl-C saves the run and raises KeyboardInterrupt; the same
    call with resume=True goes on to the same result. progress: None for a bar in terminals and notebooks, True, False, or
    a function (what, unit, done, total, note) whose true answer stops.
    Raises dpdm.Error: DPDM_EUSAGE, DPDM_ERANGE for options; DPDM_EEXIST where out holds a run; DPDM_EBUDGET for a ledger."""
    result = train("train", images, labels, {"epsilon": epsilon, "delta": delta, "out": out, "resume": resume, **options},
                   preset, config_file, classes, records, owners, progress)
    return Model(result["model"])
