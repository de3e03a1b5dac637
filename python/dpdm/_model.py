"""Released models."""
from __future__ import annotations

import ctypes as c
import json
import os
from typing import Any, Optional, Union

from ._arrays import Images, images_of
from ._library import LIB, Handle, call, config, shape_of, text, watched
from ._progress import Progress, bar


class Model:
    """A released model, which may be shared: sampling from it costs no privacy."""

    def __init__(self, path: Union[str, os.PathLike]):
        self.path = os.fspath(path)
        self._handle = Handle("dpdm_model_free", "dpdm_model_create", os.fsencode(path))

    def sample(self, count: int, *, label: Union[None, int, str] = None, seed: Optional[int] = None,
               sampler: str = "ddim-stochastic", steps: Optional[int] = None, progress: Progress = None,
               **options: Any) -> Images:
        """Draws `count` images as (images uint8 [N, H, W] or [N, H, W, C], labels int64 [N]).

        label: the class of all, by number or by name (class_names); without it image i is of class i mod classes. seed: the same seed gives the same images; without
        it they differ each time. sampler, steps and further options: those of `dpdm help sample`, with '_' for '-'."""
        if isinstance(label, str):
            if label not in self.class_names:
                known = ", ".join(self.class_names) or "the model knows its classes by number alone"
                raise ValueError(f"there is no class {label!r}: {known}")
            label = self.class_names.index(label)
        settings = config("sample", {"label": label, "seed": seed, "sampler": sampler, "steps": steps, **options})
        tell, end = bar(progress)
        try:
            made = watched(lambda watch: Handle("dpdm_images_destroy", "dpdm_model_draw", self._handle, settings,
                                                c.c_uint64(count), watch, None), tell)
        finally:
            end()
        return images_of(made)

    @property
    def statement(self) -> Optional[dict]:
        """The privacy statement: what is promised, to whom, under which assumptions. None: the file has none. It is read, not
        proven: dpdm.statement(path) verifies."""
        stored = LIB.dpdm_model_statement(self._handle)
        return json.loads(stored) if stored else None

    @property
    def claim(self) -> str:
        """The statement for people, in a few lines."""
        stored = LIB.dpdm_model_statement(self._handle)
        return text("dpdm_statement_explain", stored) if stored else "no privacy statement"

    @property
    def config(self) -> dict:
        """The public config: the network and how it was trained."""
        return json.loads(LIB.dpdm_model_config(self._handle))

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return int(LIB.dpdm_model_parameters(self._handle))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of its images."""
        return shape_of("dpdm_model_shape", self._handle)[:3]

    @property
    def classes(self) -> int:
        """Number of classes; labels run from 0 to classes - 1."""
        return shape_of("dpdm_model_shape", self._handle)[3]

    @property
    def class_names(self) -> list[str]:
        """The names of its classes in the order of their labels; empty where they are known by number alone."""
        stated = self.config.get("training", {}).get("class_names") or ""
        return stated.split(",") if stated else []

    def __repr__(self) -> str:
        height, width, channels = self.shape
        return f"<dpdm.Model {self.path!r}: {height} x {width} x {channels}, {self.classes} classes, {self.parameters} weights>"


def load(path: Union[str, os.PathLike]) -> Model:
    """A model file (RUN/release/model.safetensors) or the run folder that holds it."""
    return Model(path)


def sample(model: Union[Model, str, os.PathLike], count: int, **options: Any) -> Images:
    """Draws `count` images from a model or its path: as Model.sample."""
    return (model if isinstance(model, Model) else load(model)).sample(count, **options)


def statement(path: Union[str, os.PathLike]) -> dict:
    """The privacy statement of a release, computed again and compared: dpdm.Error where it does not hold. path: a model file,
    a statement.json or a run folder."""
    stored = text("dpdm_statement_load", os.fsencode(path))
    call("dpdm_statement_check", stored.encode(), None)
    return json.loads(stored)
