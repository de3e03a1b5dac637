#!/bin/sh
# Fuzzes every parser with libFuzzer for FUZZ_SECONDS (default 60) each, from the seeds in corpus/. What is found grows in
# build-fuzz/corpus; an input that breaks a parser is left in build-fuzz/found: put it into corpus/ with the mending.
# Arguments: names of targets; none for all.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$source/build-fuzz
seconds=${FUZZ_SECONDS:-60}
cd "$source"
CC=clang cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDPDM_FUZZ=ON \
    -DDPDM_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
[ $# -gt 0 ] || set -- $(cd tests/fuzz/corpus && ls)
for name; do
    cmake --build "$build" -j "$(nproc)" --target "libfuzzer_$name"
done
mkdir -p "$build/found"
failed=
for name; do
    mkdir -p "$build/corpus/$name"
    echo "== $name"
    "$build/tests/fuzz/libfuzzer_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="$build/found/$name-" "$build/corpus/$name" "tests/fuzz/corpus/$name" presets \
        >"$build/found/$name.log" 2>&1 || failed="$failed $name"
    grep -E "number_of_executed_units|new_units_added|ERROR|broken:" "$build/found/$name.log" || true
done
[ -z "$failed" ] || { echo "broken:$failed (see $build/found)"; exit 1; }
