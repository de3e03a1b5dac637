"""The calls of dpdm.h by ctypes. The interpreter's lock is free while they run."""
from __future__ import annotations

import ctypes as c
import os
import pathlib
from typing import Any, Callable, Mapping, Optional

WATCH = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_char_p, c.c_uint64, c.c_uint64, c.c_char_p)


class Error(Exception):
    """A call of dpdm failed. str(error) says what, where and the way out; error.status is the status's name, such as
    "DPDM_EBUDGET" (include/dpdm/status.h lists them)."""

    def __init__(self, status: str, message: str):
        super().__init__(message)
        self.status = status


class _Error(c.Structure):
    _fields_ = [("status", c.c_int), ("message", c.c_char * 1000)]


def _load() -> c.CDLL:
    """The library beside this file, or the one that $DPDM_LIBRARY names."""
    path = os.environ.get("DPDM_LIBRARY") or str(pathlib.Path(__file__).with_name("libdpdm.so"))
    lib = c.CDLL(path)
    for name in ("dpdm_version", "dpdm_status_name", "dpdm_preset_name", "dpdm_config_name", "dpdm_config_help",
                 "dpdm_model_statement", "dpdm_model_config"):
        getattr(lib, name).restype = c.c_char_p
    lib.dpdm_images_count.restype = lib.dpdm_model_parameters.restype = c.c_uint64
    lib.dpdm_images_pixels.restype = c.POINTER(c.c_uint8)
    lib.dpdm_images_labels.restype = c.POINTER(c.c_int32)
    return lib


LIB = _load()


def version() -> str:
    """The version of the library."""
    return LIB.dpdm_version().decode()


def call(name: str, *arguments: Any) -> None:
    error = _Error()
    if getattr(LIB, name)(*arguments, c.byref(error)):
        raise Error(LIB.dpdm_status_name(error.status).decode(), error.message.decode(errors="replace"))


def text(name: str, *arguments: Any) -> str:
    """The text that a call hands over."""
    made = c.c_char_p()
    call(name, *arguments, c.byref(made))
    try:
        return (made.value or b"").decode()
    finally:
        LIB.dpdm_text_free(made)


class Handle:
    """A handle of the library, freed with this object."""

    def __init__(self, free: str, name: str, *arguments: Any):
        self._free = getattr(LIB, free)
        self.pointer = c.c_void_p()
        call(name, *arguments, c.byref(self.pointer))
        self._as_parameter_ = self.pointer

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            self._free(self.pointer)
            self.pointer = c.c_void_p()


def shape_of(function: str, handle: Handle) -> tuple:
    """Height, width, channels and classes, by the call of that name."""
    facts = [c.c_int() for _ in range(4)]
    getattr(LIB, function)(handle, *[c.byref(one) for one in facts])
    return tuple(one.value for one in facts)


def value_text(value: Any) -> str:
    """A Python value as the text of an option: True -> "true", (1, 2) -> "1,2", 1e-5 -> "1e-05"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(value_text(one) for one in value)
    if isinstance(value, float):
        return repr(float(value))
    return str(os.fspath(value) if isinstance(value, os.PathLike) else value)


def config(job: str, options: Mapping[str, Any], preset: Optional[str] = None, path: Any = None) -> Handle:
    """Options by name: a preset, then a YAML file, then keywords; None leaves an option alone."""
    made = Handle("dpdm_config_destroy", "dpdm_config_create", job.encode())
    if preset is not None:
        call("dpdm_config_preset", made, preset.encode())
    if path is not None:
        call("dpdm_config_read", made, os.fsencode(path))
    for name, value in options.items():
        if value is not None:
            call("dpdm_config_set", made, name.encode(), value_text(value).encode())
    return made


def watched(function: Callable[..., Any], progress: Optional[Callable[..., Any]]) -> Any:
    """function(callback), which is a call that takes a watch. progress(what, unit, done, total, note) may answer True to stop.
    What it raises, Ctrl-C included, stops the call, which saves what can go on, and is raised again."""
    raised: list[BaseException] = []

    def tell(_context: Any, what: bytes, unit: bytes, done: int, total: int, note: Optional[bytes]) -> int:
        try:
            if raised:
                return 1
            return int(bool(progress and progress(what.decode(), unit.decode(), done, total, (note or b"").decode())))
        except BaseException as error:  # KeyboardInterrupt too: it must not end in a callback
            raised.append(error)
            return 1

    try:
        result = function(WATCH(tell))
    except Error:
        if raised:
            raise raised[0] from None
        raise
    if raised:  # too late to stop anything
        raise raised[0]
    return result
