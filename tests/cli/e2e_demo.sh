#!/bin/sh
# e2e_demo.sh - the demo from end to end, on few steps and images: catches a step that no longer fits the one before, and
# files that the closing words promise and that are not there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
demo() {
  sh "$DPDM_SOURCE/examples/demo.sh" "$DPDM" "$folder/out" 100 --steps 2 --learning-rate-warmup 1 --batch 32 \
    --width-base 8 --init "" --no-preview --prior-covariance-noise 0 --prior-class-noise 0
}
demo > "$folder/log" 2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cat "$folder/log"
for file in grid.png synthetic.npz run/release/model.safetensors report.html eval.json; do
  [ -s "$folder/out/$file" ] || { echo "$file is missing"; exit 1; }
done
grep -q 'trained on the synthetic set only: [0-9]*\.[0-9] %' "$folder/log"
[ ! -e "$folder/out/run/state" ]
before=$(cksum < "$folder/out/run/release/model.safetensors")
demo > "$folder/log" 2> "$folder/errors" # a second call keeps the model
[ "$before" = "$(cksum < "$folder/out/run/release/model.safetensors")" ]
