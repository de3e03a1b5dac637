"""What the tests of the program share: run it as a user would, and look at what comes out."""
import json
import os
import subprocess
import sys
import unittest

DPDM = os.environ.get("DPDM", "build/dpdm")
SOURCE = os.environ.get("DPDM_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
SHARED = os.environ.get("DPDM_SHARED", os.path.join(SOURCE, "..", "shared"))
SLOW = int(os.environ.get("DPDM_SLOW", "1"))  # times as long as usual, roughly: under sanitizers


def run(*words, code=0, stdin=None, env=None, cwd=None, timeout=120):
    """Runs the program, checks its exit code, returns (standard output, standard error)."""
    result = subprocess.run([DPDM, *map(str, words)], input=stdin, capture_output=True, text=True, cwd=cwd,
                            env=dict(os.environ, **(env or {})), timeout=timeout * SLOW)
    if code is not None and result.returncode != code:
        raise AssertionError(f"dpdm {' '.join(map(str, words))}: exit code {result.returncode}, not {code}\n"
                             f"{result.stdout}{result.stderr}")
    return result.stdout, result.stderr


def run_json(*words, code=0, **more):
    """Runs the program with --json; standard output must be one strict JSON object."""
    out, _ = run(*words, "--json", code=code, **more)

    def refuse(text):
        raise AssertionError(f"{text} is not JSON")

    value = json.loads(out, parse_constant=refuse)
    if not isinstance(value, dict):
        raise AssertionError(f"not an object: {out}")
    return value


def recipe(**settings):
    """A YAML recipe of a training of a second or two: forty images of 8 x 8 in two classes, batches of ten. settings: further
    options, or others in place of these."""
    tiny = {"height": 8, "width": 8, "channels": 1, "classes": 2, "records": 40, "width_base": 8, "multipliers": [1, 2], "blocks": 1,
            "attention": [], "batch": 10, "delta": "1e-3", "accountant": "rdp"}
    return "".join(f"{name}: {value}\n" for name, value in {**tiny, **settings}.items())


def main():
    unittest.main(argv=sys.argv[:1] + ["-v"])
