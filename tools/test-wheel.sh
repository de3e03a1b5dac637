#!/bin/sh
# Builds the wheel, installs it in a clean virtual environment and runs the tests of the Python package with it. Needs the group
# "python" of packages.txt (installed first) and pip's index. Usage: tools/test-wheel.sh [FOLDER] (kept; else a temporary one)
set -eu
cd "$(dirname "$0")/.."
sh tools/install-packages.sh build python
make all >/dev/null # the program, which the tests compare with
folder=${1:-$(mktemp -d)}
[ $# -gt 0 ] || trap 'rm -rf "$folder"' EXIT
/usr/bin/python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check . nbconvert ipykernel
source=$PWD
unset DPDM_LIBRARY PYTHONPATH
export DPDM="$source/build/dpdm" DPDM_SOURCE="$source"
cd "$folder"
"$folder/venv/bin/python" -c 'import dpdm; print("dpdm", dpdm.__version__, "from", dpdm.__file__)'
for test in e2e_python e2e_python_docs e2e_notebook; do
    "$folder/venv/bin/python" "$source/tests/python/$test.py"
done
echo "wheel: passed"
