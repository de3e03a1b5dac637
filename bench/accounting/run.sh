#!/bin/sh
# Compares `dpdm account` with dp-accounting and prv-accountant on random compositions and prints a table.
# usage: bench/accounting/run.sh [BUILD] [CASES] [SEED]   (defaults: build 500 1)
# Both are installed from PyPI in BUILD/bench-accounting-venv, or set BENCH_PYTHON to a Python that has them. Every case is
# one line of BUILD/bench-accounting.jsonl; a run that was stopped continues there.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$source/build}
cases=${2:-500}
seed=${3:-1}
python=${BENCH_PYTHON:-$build/bench-accounting-venv/bin/python}

if ! "$python" -c 'import dp_accounting, prv_accountant' 2>/dev/null; then
  echo "installing dp-accounting and prv-accountant in $build/bench-accounting-venv"
  python3 -m venv "$build/bench-accounting-venv"
  python=$build/bench-accounting-venv/bin/python
  "$python" -m pip install -q dp-accounting==0.6.0 prv-accountant==0.2.0
fi
"$python" "$source/bench/accounting/compare.py" --dpdm "$build/dpdm" --cases "$cases" --seed "$seed" \
  --out "$build/bench-accounting.jsonl"
# The demo's release (make demo), or, where there is none, that of a short training made here: by dp_accounting alone.
statement=$source/demo-out/run/release/statement.json
if [ ! -e "$statement" ]; then
  "$build/dpdm" train --preset fmnist-cpu --data fashion-mnist --steps 2 --learning-rate-warmup 0 --quiet --overwrite \
    --out "$build/bench-accounting-run"
  statement=$build/bench-accounting-run/release/statement.json
fi
"$python" "$source/tools/check-statement.py" "$statement"
