#!/bin/sh
# The main job on real images, start to end: train under (10, 1e-5)-differential privacy, sample, evaluate, report.
# Usage: examples/demo.sh [PROGRAM [FOLDER [COUNT [TRAIN-OPTION...]]]]. An interrupted training goes on where it stopped.
set -eu
dpdm=${1:-build/dpdm}
out=${2:-demo-out}
count=${3:-60000}
if [ $# -gt 3 ]; then shift 3; else shift $#; fi
run=$out/run
model=$run/release/model.safetensors

started=$(date +%s)
mkdir -p "$out"
if [ ! -e "$model" ]; then
  [ ! -e "$run/state" ] || set -- "$@" --resume
  "$dpdm" train --preset fmnist-cpu --out "$run" "$@"
fi
"$dpdm" sample "$model" --count "$count" --sampler ddim-stochastic --steps 40 --out "$out/synthetic.npz" \
  --grid "$out/grid.png" --overwrite
"$dpdm" eval --synthetic "$out/synthetic.npz" --real-test fashion-mnist --protocol standard --classifier cnn \
  --json > "$out/eval.json"
"$dpdm" report "$run" --grid "$out/grid.png" --eval "$out/eval.json" \
  --title "Fashion-MNIST under differential privacy" \
  --class-names "T-shirt,trousers,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot" \
  --out "$out/report.html" --overwrite

accuracy=$(sed -n 's/.*"accuracy_mean":[[:space:]]*0*\.\([0-9][0-9]\)\([0-9]\).*/\1.\2 %/p' "$out/eval.json" | head -n 1)
minutes=$((($(date +%s) - started + 59) / 60))
cat <<END

Done in $minutes minutes.
  picture of samples   $out/grid.png (one column a class)
  synthetic set        $out/synthetic.npz ($count labelled images, may be shared)
  model                $model
  report               $out/report.html
  accuracy on the 10,000 real test images of a small CNN trained on the synthetic set only: $accuracy
END
