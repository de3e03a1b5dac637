"""Tests of the library on this machine, and attacks on what it promises."""
from __future__ import annotations

import json
import os
from typing import Any, Optional, Union

import numpy as np

from ._arrays import handle_of
from ._fit import ConfigFile
from ._library import config, text, watched
from ._model import Model
from ._progress import Progress, bar


def _run(name: str, progress: Progress, *arguments: Any) -> dict:
    tell, end = bar(progress)
    try:
        return json.loads(watched(lambda watch: text(name, *arguments, watch, None), tell))
    finally:
        end()


def selfcheck(*, kernels: Optional[str] = None, threads: Optional[int] = None, seed: Optional[int] = None,
              progress: Progress = None) -> dict:
    """Replays training steps of the real code and compares them bit for bit, with every kernel set of this machine, with one
    thread and with all. result["passed"] is True, or do not train on private data here: result["runs"] says which check failed.
    A few seconds."""
    return _run("dpdm_selfcheck_json", progress, config("selfcheck", {"kernels": kernels, "threads": threads, "seed": seed}))


def audit_mechanism(*, progress: Progress = None, **options: Any) -> dict:
    """Attacks the private step on made-up data and bounds its epsilon from below. One of epsilon= (to which the noise is
    calibrated) and noise_multiplier=; further options are those of `dpdm help audit mechanism`, with '_' for '-': sampling_rate,
    steps, delta, runs, confidence. result["exceeded"]: the bound result["epsilon_lower"] refutes result["epsilon_claimed"]."""
    return _run("dpdm_audit_mechanism_json", progress, config("audit-mechanism", options))


def audit_training(images: Any, labels: Any, *, classes: int, records: int, preset: Optional[str] = None,
                   config_file: ConfigFile = None, progress: Progress = None, **options: Any) -> dict:
    """Trains once, as fit does, with canaries among the records, and bounds epsilon from below by guessing which were in; nothing
    is kept. Options as fit, and canaries=, confidence=, null=. The result is computed from the images and covered by no guarantee:
    public images of the same shape audit the same code."""
    handle = handle_of(images, labels, classes)
    shape = np.asarray(images).shape
    facts = {"height": shape[1], "width": shape[2], "channels": shape[3] if len(shape) == 4 else 1, "classes": classes,
             "records": records}
    return _run("dpdm_audit_training_json", progress, config("audit-training", {**facts, **options}, preset, config_file), handle)


def audit_membership(synthetic: Any, members: Any, non_members: Any, *, progress: Progress = None, **options: Any) -> dict:
    """Tries to tell members, which a model was trained on, from non-members by synthetic images alone. Each set: images, uint8
    [N, H, W] or [N, H, W, C], or (images, labels), of which the labels are not used. Options: claim=, delta=, confidence=,
    threads=, seed=. What it finds is a leak; what it does not find proves nothing. Covered by no guarantee."""
    sets = [one[0] if isinstance(one, tuple) else one for one in (synthetic, members, non_members)]
    handles = [handle_of(images, np.zeros(len(images), np.int64), 1) for images in sets]
    return _run("dpdm_audit_membership_json", progress, config("audit-membership", options), *handles)


def tune_sampler(model: Union[Model, str, os.PathLike], *, real: Optional[tuple] = None, progress: Progress = None,
                 **options: Any) -> dict:
    """Compares samplers of equal cost on a model by figures that touch no private image: result["best"] and
    result["candidates"], each with the options Model.sample takes ("sampler", "steps", "churn", "churn_min", "churn_max",
    "guidance"). real: (images, labels) to test on as well; a choice by them is outside the guarantee if they are private.
    Options: those of `dpdm help tune-sampler`, with '_' for '-'."""
    chosen = model if isinstance(model, Model) else Model(model)
    handle = None if real is None else handle_of(real[0], real[1], chosen.classes)
    return _run("dpdm_tune_sampler_json", progress, chosen._handle, config("tune-sampler", options), handle)
