"""Evaluations and reports."""
from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Mapping, Optional, Union

import numpy as np

from ._arrays import handle_of
from ._library import call, config, text, watched
from ._progress import Progress, bar

Set = Union[str, os.PathLike, tuple]


def evaluate(synthetic: Set, test: Set, *, classes: Optional[int] = None, progress: Progress = None, **options: Any) -> dict:
    """How useful and how near to real images a synthetic set is: classifiers trained on it, tested on real images.

    synthetic, test: both (images, labels), as fit takes them, or both data SPECs (`dpdm help eval`). The answer is the object of
    `dpdm eval --json`: result["classifiers"]["cnn"]["accuracy_mean"], result["fid"], ... It is computed from the test images:
    outside any privacy guarantee where those are private. Options: those of `dpdm help eval`, with '_' for '-'."""
    pairs = [one for one in (synthetic, test) if isinstance(one, tuple)]
    handles: list = [None, None]
    if len(pairs) == 2:
        count = classes or 1 + max(int(np.max(np.asarray(labels), initial=0)) for _, labels in pairs)
        handles = [handle_of(images, labels, count) for images, labels in pairs]
    elif pairs:
        raise TypeError("give both sets as (images, labels), or both as a path or name")
    else:
        options = {**options, "synthetic": synthetic, "real_test": test}
    options.setdefault("ledger", os.environ.get("DPDM_LEDGER"))
    made = config("evaluate", {"classes": classes, **options})
    tell, end = bar(progress)
    try:
        return json.loads(watched(lambda watch: text("dpdm_evaluate", made, *handles, watch, None), tell))
    finally:
        end()


def report(run: Union[str, os.PathLike], out: Union[str, os.PathLike], *, evaluation: Optional[Mapping[str, Any]] = None,
           overwrite: bool = False) -> None:
    """Writes one HTML page about a run folder or model file: claim, samples, settings and, with `evaluation` (what evaluate
    gave), quality. The page needs nothing else and fetches nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = None
        if evaluation is not None:
            path = os.path.join(folder, "evaluation.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(evaluation, file)
        call("dpdm_report_html", os.fsencode(run), None if path is None else os.fsencode(path), os.fsencode(out), int(overwrite), 0)
