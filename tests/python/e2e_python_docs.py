#!/usr/bin/python3
"""Catches a recipe of docs/python.md that does not run, or that contradicts what it prints beside it. A block whose packages are
not installed is left out, and named."""
import ast
import contextlib
import importlib.util
import io
import os
import re
import tempfile

SOURCE = os.environ["DPDM_SOURCE"]


def missing(code):
    """Packages that a block imports and that are not here."""
    names = [alias.name.split(".")[0] for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import) for alias in node.names]
    return [name for name in names if importlib.util.find_spec(name) is None]


def main():
    with open(os.path.join(SOURCE, "docs", "python.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```python\n(.*?)^```$", file.read(), re.S | re.M)
    assert len(blocks) >= 7
    ran, printed, names = 0, [], {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, code in enumerate(blocks, 1):
            if missing(code):
                print(f"block {number} is left out: no {', '.join(missing(code))}")
                continue
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(code, f"docs/python.md, block {number}", "exec"), names)
            printed.append(out.getvalue())
            ran += 1
        assert ran >= 5
        assert "(200, 12, 12) uint8 [0 1 0 1]" in printed[0] and "differential privacy" in printed[0], printed[0]
        assert any("DPDM_ECANCELLED" in text for text in printed), printed
        os.chdir("/")


if __name__ == "__main__":
    main()
