"""Arrays in and out."""
from __future__ import annotations

import ctypes as c
from typing import Any, NamedTuple, Optional

import numpy as np

from ._library import LIB, Handle, shape_of


class Images(NamedTuple):
    """Labelled images: `images` uint8 [N, H, W], or [N, H, W, C] for more than one channel; `labels` int64 [N]."""

    images: np.ndarray
    labels: np.ndarray


def pixels_of(images: Any) -> np.ndarray:
    """[N, H, W, C] uint8 of anything with __array__; grey images may lack the last axis."""
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise TypeError(f"images must be uint8 (0 to 255), not {array.dtype}: scale by a fixed rule, such as "
                        "(255 * x).astype('uint8') for values in [0, 1], never by statistics of the data")
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim != 4 or array.shape[3] not in (1, 2, 3, 4):
        raise ValueError(f"images must have the shape [N, H, W] or [N, H, W, C], not {array.shape}; for [N, C, H, W] use "
                         "images.transpose(0, 2, 3, 1)")
    return np.ascontiguousarray(array)


def whole_of(values: Any, count: int, what: str, dtype: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise ValueError(f"{what} must be {count} whole numbers, one an image, not {array.dtype} of shape {array.shape}")
    return np.ascontiguousarray(array, dtype=dtype)


def handle_of(images: Any, labels: Any, classes: int, owners: Optional[Any] = None) -> Handle:
    pixels = pixels_of(images)
    count, height, width, channels = pixels.shape
    numbers = whole_of(labels, count, "labels", np.int64)
    people = None if owners is None else whole_of(owners, count, "owners", np.uint64)
    pointer = lambda array: None if array is None else array.ctypes.data_as(c.c_void_p)
    return Handle("dpdm_images_destroy", "dpdm_images_create", pointer(pixels), pointer(numbers), pointer(people),
                  c.c_uint64(count), height, width, channels, int(classes))


def images_of(handle: Handle) -> Images:
    height, width, channels, _ = shape_of("dpdm_images_shape", handle)
    count = LIB.dpdm_images_count(handle)
    if not count:
        empty = (0, height, width) if channels == 1 else (0, height, width, channels)
        return Images(np.empty(empty, np.uint8), np.empty(0, np.int64))
    pixels = np.ctypeslib.as_array(LIB.dpdm_images_pixels(handle), (count, height, width, channels)).copy()
    labels = np.ctypeslib.as_array(LIB.dpdm_images_labels(handle), (count,)).astype(np.int64)
    return Images(pixels[..., 0] if channels == 1 else pixels, labels)
