#!/bin/sh
# Measures a training step beside PyTorch + Opacus, and sampling and evaluation beside PyTorch, on this machine and prints the ratios.
# usage: bench/run.sh [BUILD]   BUILD: the build folder (default build)
# PyTorch and Opacus are installed from PyPI in BUILD/bench-venv (several GB), or set BENCH_PYTHON to a Python that has them.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$source/build}
threads=$(nproc)
python=${BENCH_PYTHON:-$build/bench-venv/bin/python}
log=$build/bench.log

if ! "$python" -c 'import torch, opacus' 2>/dev/null; then
  echo "installing PyTorch and Opacus in $build/bench-venv"
  python3 -m venv "$build/bench-venv"
  python=$build/bench-venv/bin/python
  "$python" -m pip install -q torch opacus numpy
fi

: >"$log"
{
  "$build/bench/bench_convolutions"
  "$build/bench/bench_kernels"
  for t in 1 "$threads"; do "$build/bench/bench_step" --threads "$t" --images "$((2 * t))"; done
  "$build/bench/bench_step" --profile --chunk 8
} | tee -a "$log"

# ms a draw of dpdm at its best chunk size with all cores, and of the same with the other vectorised sets
ours() {
  "$build/bench/bench_step" --threads "$threads" --images "$((2 * threads))" --chunk 8 --kernels "$1" | tee -a "$log" |
    sed -n 's/.*: *\([0-9.]*\) ms a draw.*MB$/\1/p'
}
field() { printf '%s' "$1" | tr -d ' \t\n' | sed -n "s/.*\"$2\":\"*\([^,\"}]*\).*/\1/p"; }
peer() { "$python" "$source/bench/peer_opacus.py" "$@" --threads "$threads" | tee -a "$log"; }

best=$("$build/bench/bench_step" --threads "$threads" --images "$((2 * threads))" --chunk 8 | tee -a "$log")
base=$(printf '%s\n' "$best" | sed -n 's/.*: *\([0-9.]*\) ms a draw.*/\1/p')
set=$(printf '%s\n' "$best" | sed -n 's/^\([a-z0-9]*\) .*ms a draw.*/\1/p')
memory=$(printf '%s\n' "$best" | sed -n 's/^peak memory.*: \([0-9]*\) MB/\1/p')
row() { awk -v n="$1" -v t="$2" -v m="$3" -v b="$base" 'BEGIN { printf "| %-52s | %8.2f | %6s | %6.2f |\n", n, t, m, t / b }'; }

printf '\nDPDM network of 28x28x1 (1,753,345 parameters), K 32, %s threads, fp32\n' "$threads"
printf '| %-52s | ms/draw  | MB     | ratio  |\n' way
row "dpdm ($set)" "$base" "$memory"
for name in $("$build/dpdm" version --json 2>/dev/null | sed -n 's/.*"kernels": *\[\([^]]*\)\].*/\1/p' | tr -d '",'); do
  [ "$name" = "$set" ] || [ "$name" = plain ] || row "dpdm ($name)" "$(ours "$name")" ""
done
one=$(peer one --images 2)
row "PyTorch $(field "$one" torch), one image at a time, private" "$(field "$one" ms_per_draw)" "$(field "$one" peak_mb)"
last=$(peer one --images 2 --channels-last)
row "PyTorch, the same in channels-last layout" "$(field "$last" ms_per_draw)" "$(field "$last" peak_mb)"
plain=$(peer plain)
row "PyTorch, a batch of 8 images, no privacy" "$(field "$plain" ms_per_draw)" "$(field "$plain" peak_mb)"
opacus=$(peer opacus)
row "PyTorch + Opacus, 8 images at once" "$(field "$opacus" ms_per_draw)" "$(field "$opacus" peak_mb)"

# Seconds of so many epochs of the evaluation's CNN on 9,000 images, and all around them.
set_of_images=$build/bench-images.npz
"$build/dpdm" data make silhouettes,strokes --count 10000 --out "$set_of_images" --overwrite --quiet >/dev/null
epochs() {
  began=$(date +%s%N)
  "$build/dpdm" eval --synthetic "$set_of_images" --real-test "$set_of_images" --classifier cnn --protocol honest --epochs "$1" --threads "$threads" --quiet >>"$log"
  awk -v a="$began" -v b="$(date +%s%N)" 'BEGIN { print (b - a) / 1e9 }'
}
apart() { "$python" "$source/bench/peer_network.py" "$1" --threads "$threads" | tee -a "$log"; }
compare() { awk -v n="$1" -v a="$2" -v t="$3" 'BEGIN { printf "| %-44s | %8.3f | %8.3f | %6.2f |\n", n, a, t, t / a }'; }

figures=$("$build/dpdm" bench --preset dpdm-mnist-eps10 --threads "$threads" --json --quiet | tee -a "$log")
evaluation=$(apart evaluation)
one=$(epochs 1) four=$(epochs 4)
classifier=$(apart classifier)
printf '\n| %-44s | dpdm     | PyTorch  | ratio  |\n' "$threads threads"
compare "an evaluation in sampling, ms an image" "$(field "$figures" sampling_ms_per_evaluation)" "$(field "$evaluation" ms_per_evaluation)"
compare "the CNN, an epoch of 9,000 images, s" "$(awk -v a="$one" -v b="$four" 'BEGIN { print (b - a) / 3 }')" "$(field "$classifier" seconds_per_epoch)"
echo "log: $log"
