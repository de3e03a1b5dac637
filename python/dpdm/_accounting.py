"""Proven bounds of Poisson-subsampled Gaussian mechanisms."""
from __future__ import annotations

import ctypes as c
import json
import math

from ._library import text


def epsilon(*, sampling_rate: float, noise_multiplier: float, steps: int, delta: float, accountant: str = "pld") -> float:
    """A proven upper bound on epsilon at delta of `steps` steps, add/remove neighbours; math.inf where there is no finite one.

    sampling_rate: probability with which each record is in a batch. noise_multiplier: standard deviation of the noise over the
    clipping norm. accountant: "pld" or "rdp". dpdm.Error outside what is proven."""
    bound = json.loads(text("dpdm_epsilon_json", c.c_double(sampling_rate), c.c_double(noise_multiplier), c.c_uint64(steps),
                            c.c_double(delta), accountant.encode()))
    upper = bound["epsilon_upper"]
    return math.inf if upper is None else float(upper)


def calibrate(*, epsilon: float, delta: float, sampling_rate: float, steps: int, accountant: str = "pld") -> float:
    """The smallest noise multiplier, to 0.1 %, whose bound does not exceed epsilon at delta."""
    found = json.loads(text("dpdm_calibrate_json", c.c_double(epsilon), c.c_double(delta), c.c_double(sampling_rate),
                            c.c_uint64(steps), accountant.encode()))
    return float(found["noise_multiplier"])
