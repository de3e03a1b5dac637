#!/usr/bin/python3
"""Catches a notebook that does not run from top to bottom: docs/python.ipynb, executed by Jupyter (left out where that is not
installed)."""
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ["DPDM_SOURCE"]
if any(importlib.util.find_spec(name) is None for name in ("nbconvert", "ipykernel")):
    print("no nbconvert or no ipykernel")
    sys.exit(77)
with tempfile.TemporaryDirectory() as folder:
    # It runs where it lies: a copy, so that nothing is written beside the sources.
    shutil.copy(os.path.join(SOURCE, "docs", "python.ipynb"), os.path.join(folder, "notebook.ipynb"))
    # $PYTHONPATH may be relative to where the test was started.
    env = dict(os.environ, PYTHONPATH=os.path.abspath(os.environ.get("PYTHONPATH", "")), HOME=folder)
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", folder,
                    "notebook.ipynb", "--output", "python.ipynb"], check=True, env=env, cwd=folder, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "python.ipynb"), encoding="utf-8") as file:
        cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
    outputs = ["".join("".join(one.get("text", one.get("data", {}).get("text/plain", ""))) for one in cell["outputs"]) for cell in cells]
    assert "differential privacy" in outputs[2] and "(200, 12, 12)" in outputs[3] and outputs[-1] == "True", outputs
    # Accuracy of a classifier trained on what was drawn: the example is one that works.
    assert float(outputs[4].split()[-1]) > 0.8, outputs[4]
