#!/usr/bin/env python3
"""Compares ratios of this build on this machine with bench/baseline.json: make bench-check.

usage: check.py [--program DPDM] [--seconds S] [--measured FILE | --record]

Times differ between machines; ratios differ less: what share of the core's own roof training and sampling reach, what share of
a step privacy costs. Each recipe is measured with one thread, by `dpdm bench --json`, three times, in turn with the others; the
median counts. A ratio may fall to (or, where less is better, rise to) baseline x tolerance. Exit code: 1 if one is worse, 2 if
there is nothing to compare. --measured: takes the figures from a file. --record: writes what was measured as the new baseline."""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, "baseline.json")
RECIPES = {"fmnist-cpu": ["--preset", "fmnist-cpu"], "dpdm-fmnist-eps10": ["--preset", "dpdm-fmnist-eps10"]}
ROUNDS = 3


def measure(program, seconds):
    rounds = {name: [] for name in RECIPES}
    for _ in range(ROUNDS):
        for name, words in RECIPES.items():
            command = [program, "bench", *words, "--threads", "1", "--seconds", str(seconds), "--json", "--quiet"]
            rounds[name].append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return {name: {key: statistics.median(r[key] for r in runs) if key != "kernels" else runs[0][key] for key in runs[0]
                   if key == "kernels" or isinstance(runs[0][key], (int, float))} for name, runs in rounds.items()}


def compare(baseline, measured):
    worse = 0
    for name, row in baseline["recipes"].items():
        for key, value in row["ratios"].items():
            tolerance, now = baseline["tolerances"][key], measured[name][key]
            bad = now < value * tolerance if tolerance < 1 else now > value * tolerance
            worse += bad
            print("%-20s %-22s %7.3f, baseline %7.3f, limit %7.3f  %s" % (name, key, now, value, value * tolerance, "WORSE" if bad else "ok"))
    return worse


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(HERE, "..", "build", "dpdm"))
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--measured")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    with open(BASELINE) as file:
        baseline = json.load(file)
    if options.measured:
        with open(options.measured) as file:
            measured = json.load(file)
    else:
        measured = measure(options.program, options.seconds)
    if options.record:
        baseline["kernels"] = next(iter(measured.values()))["kernels"]
        baseline["recipes"] = {name: {"ratios": {key: float("%.3g" % row[key]) for key in baseline["tolerances"]}} for name, row in measured.items()}
        with open(BASELINE, "w") as file:
            file.write(json.dumps(baseline, indent=2) + "\n")
        return 0
    if set(measured) != set(baseline["recipes"]) or any(row["kernels"] != baseline["kernels"] for row in measured.values()):
        print("check.py: the baseline is that of kernel set %s and of %s; measured: %s" % (
            baseline["kernels"], ", ".join(baseline["recipes"]), ", ".join("%s (%s)" % (n, r["kernels"]) for n, r in measured.items())), file=sys.stderr)
        return 2
    return 1 if compare(baseline, measured) else 0


sys.exit(main())
