"""Classifiers trained on private images with DP-SGD."""
from __future__ import annotations

import ctypes as c
import json
import os
from typing import Any, NamedTuple, Optional, Union

import numpy as np

from ._arrays import handle_of, pixels_of
from ._fit import ConfigFile, train
from ._library import Handle, call, shape_of, text
from ._progress import Progress


class Predictions(NamedTuple):
    """`labels` int64 [N], the likeliest class of each image; `probabilities` float32 [N, classes]."""

    labels: np.ndarray
    probabilities: np.ndarray


class Classifier:
    """A released classifier, which may be shared: using it costs no privacy. What it says of a private image is private.

    path: the file, or the run folder that holds it. threads: of predictions; 0: all cores."""

    def __init__(self, path: Union[str, os.PathLike], *, threads: int = 0):
        self.path = os.fspath(path)
        self._handle = Handle("dpdm_dp_classifier_free", "dpdm_dp_classifier_create", os.fsencode(path), int(threads))

    def predict(self, images: Any) -> Predictions:
        """The likeliest class of each image, and the probabilities of all. images: uint8 [N, H, W] or [N, H, W, C]."""
        pixels = pixels_of(images)
        count = len(pixels)
        labels = np.empty(count, np.int64)
        probabilities = np.empty((count, self.classes), np.float32)
        handle = handle_of(pixels, np.zeros(count, np.int64), self.classes)
        call("dpdm_dp_classifier_label", self._handle, handle, labels.ctypes.data_as(c.c_void_p),
             probabilities.ctypes.data_as(c.c_void_p))
        return Predictions(labels, probabilities)

    def evaluate(self, images: Any, labels: Any) -> dict:
        """How well it does on labelled images: "accuracy", "balanced_accuracy", "auroc", "class_accuracy", "confusion", ... Outside
        any privacy guarantee where the images are private."""
        handle = handle_of(images, labels, self.classes)
        return json.loads(text("dpdm_dp_classifier_test_json", self._handle, handle))

    @property
    def statement(self) -> dict:
        """The privacy statement. It is read, not proven: dpdm.statement(path) verifies."""
        return json.loads(text("dpdm_statement_load", os.fsencode(self.path)))

    @property
    def claim(self) -> str:
        """The statement for people, in a few lines."""
        return text("dpdm_statement_explain", text("dpdm_statement_load", os.fsencode(self.path)).encode())

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of its images."""
        return shape_of("dpdm_dp_classifier_shape", self._handle)[:3]

    @property
    def classes(self) -> int:
        """Number of classes; labels run from 0 to classes - 1."""
        return shape_of("dpdm_dp_classifier_shape", self._handle)[3]

    def __repr__(self) -> str:
        height, width, channels = self.shape
        return f"<dpdm.Classifier {self.path!r}: {height} x {width} x {channels}, {self.classes} classes>"


def fit_classifier(images: Any, labels: Any, *, epsilon: Optional[float] = None, delta: Optional[float] = None,
                   out: Union[str, os.PathLike] = "dpdm-classifier", config_file: ConfigFile = None,
                   classes: Optional[int] = None, records: Optional[int] = None, owners: Any = None, resume: bool = False,
                   progress: Progress = None, **options: Any) -> Classifier:
    """Trains a classifier on private images with DP-SGD and returns the release: the rival of synthetic images. Both trainings on
    one data set spend from one budget: their epsilons compose.

    Arguments as fit; further options are those of `dpdm help classify train`, with '_' for '-': classifier="cnn",
    augmentations=16, ... out: the run folder; out/release may be shared, nothing else."""
    result = train("classify", images, labels, {"epsilon": epsilon, "delta": delta, "out": out, "resume": resume, **options},
                   None, config_file, classes, records, owners, progress)
    return Classifier(result["model"])
