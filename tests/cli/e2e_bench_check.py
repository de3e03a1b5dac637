#!/usr/bin/env python3
"""bench/check.py passes what is as good as the baseline, and names each ratio that is worse than its tolerance allows."""
import copy
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECK = os.path.join(SOURCE, "bench", "check.py")

with open(os.path.join(SOURCE, "bench", "baseline.json")) as file:
    baseline = json.load(file)


def check(measured):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(measured, file)
        file.flush()
        return subprocess.run([sys.executable, CHECK, "--measured", file.name], capture_output=True, text=True)


same = {name: dict(row["ratios"], kernels=baseline["kernels"]) for name, row in baseline["recipes"].items()}
assert check(same).returncode == 0, check(same).stderr
for name, row in baseline["recipes"].items():
    for key, value in row["ratios"].items():
        tolerance = baseline["tolerances"][key]
        for factor, code in ((tolerance, 0), (tolerance ** 1.01, 1), (1 / tolerance, 0)):
            measured = copy.deepcopy(same)
            measured[name][key] = value * factor * (1 + 1e-9 if tolerance < 1 else 1 - 1e-9) if code == 0 else value * factor
            result = check(measured)
            assert result.returncode == code, (name, key, factor, result.stdout, result.stderr)
            assert code == 0 or (name in result.stdout and key in result.stdout), result.stdout
other = copy.deepcopy(same)
for row in other.values():
    row["kernels"] = "another"
assert check(other).returncode == 2, "another kernel set has another baseline"
missing = copy.deepcopy(same)
del missing[next(iter(missing))]
assert check(missing).returncode == 2
