"""Proven bounds of Poisson-subsampled Gaussian mechanisms."""
from __future__ import annotations

import ctypes as c
import json
import math
from typing import Any

from ._library import text


def _plain(event: Any) -> Any:
    """An event of dp_accounting (an attrs class) as what its fields say; anything else as it is."""
    fields = getattr(type(event), "__attrs_attrs__", None)
    if fields is not None:
        return {"class_name": type(event).__name__, **{field.name: _plain(getattr(event, field.name)) for field in fields}}
    if isinstance(event, dict):
        return {key: _plain(value) for key, value in event.items()}
    return [_plain(one) for one in event] if isinstance(event, (list, tuple)) else event


def epsilon(*, sampling_rate: float | None = None, noise_multiplier: float | None = None, steps: int | None = None, delta: float,
            events: Any = None, accountant: str = "pld") -> float:
    """A proven upper bound on epsilon at delta of `steps` steps, add/remove neighbours; math.inf where there is no finite one.

    sampling_rate: probability with which each record is in a batch. noise_multiplier: standard deviation of the noise over the
    clipping norm. accountant: "pld" or "rdp".

    events, in place of these three: all that was spent on one data set. A list of {"sampling_rate", "noise_multiplier", "steps"},
    such as model.statement["events"]; or an event of Google's dp_accounting, as an object or as a dict with its class_name.
    dpdm.Error outside what is proven, and for events that cannot be bounded."""
    if events is not None and sampling_rate is None and noise_multiplier is None and steps is None:
        found = text("dpdm_epsilon_of_events_json", json.dumps(_plain(events)).encode(), c.c_uint64(1), c.c_double(delta), accountant.encode())
    elif events is None and sampling_rate is not None and noise_multiplier is not None and steps is not None:
        found = text("dpdm_epsilon_json", c.c_double(sampling_rate), c.c_double(noise_multiplier), c.c_uint64(steps), c.c_double(delta),
                     accountant.encode())
    else:
        raise TypeError("give sampling_rate, noise_multiplier and steps, or events alone")
    upper = json.loads(found)["epsilon_upper"]
    return math.inf if upper is None else float(upper)


def calibrate(*, epsilon: float, delta: float, sampling_rate: float, steps: int, accountant: str = "pld") -> float:
    """The smallest noise multiplier, to 0.1 %, whose bound does not exceed epsilon at delta."""
    found = json.loads(text("dpdm_calibrate_json", c.c_double(epsilon), c.c_double(delta), c.c_double(sampling_rate),
                            c.c_uint64(steps), accountant.encode()))
    return float(found["noise_multiplier"])
