#!/bin/sh
# Runs the tests that need Python packages beyond Debian's, with packages from PyPI in virtual environments of BUILD (default: build), which
# are kept for the next time: converters by pydicom and pyarrow, statements by dp_accounting, the recipes of docs/python.md with Hugging
# Face's datasets, mypy over the package, and the accountant for Opacus, on Debian's PyTorch. Usage: tools/test-pypi.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
sh tools/install-packages.sh build test python
build=$(cd "${1:-build}" && pwd)
source=$PWD
[ -x "$build/pypi/bin/python" ] || /usr/bin/python3 -m venv "$build/pypi"
"$build/pypi/bin/pip" install --quiet --disable-pip-version-check numpy pillow pydicom pyarrow datasets dp-accounting mypy
# Opacus 1.3.0 is the last that takes Debian's PyTorch 1.13; its other dependencies are named, or pip would bring another PyTorch.
[ -x "$build/pypi-torch/bin/python" ] || /usr/bin/python3 -m venv --system-site-packages "$build/pypi-torch"
"$build/pypi-torch/bin/pip" install --quiet --disable-pip-version-check --no-deps opacus==1.3.0 opt_einsum==3.3.0 scipy==1.10.1

export DPDM="$build/dpdm" DPDM_SOURCE="$source" DPDM_BUILD="$build" DPDM_LIBRARY="$build/libdpdm.so" PYTHONPATH="$source/python" \
  PYTHONDONTWRITEBYTECODE=1
run() { # PYTHON SCRIPT: nothing may be skipped here
    echo "== $2"
    "$1" "$2" > "$build/pypi.log" 2>&1 || { cat "$build/pypi.log"; exit 1; }
    ! grep -n 'skipped\|is not installed' "$build/pypi.log"
}
for test in ${PYPI_TESTS:-data/e2e_converters data/e2e_pictures cli/e2e_check_statement python/e2e_python_docs}; do
    run "$build/pypi/bin/python" "tests/$test.py"
done
run "$build/pypi-torch/bin/python" tests/python/e2e_opacus.py
run "$build/pypi-torch/bin/python" examples/opacus_accountant.py
cat "$build/pypi.log"
"$build/pypi/bin/mypy" --no-error-summary python/dpdm
echo "tests with packages of PyPI: passed"
