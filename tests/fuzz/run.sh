#!/bin/sh
# Fuzzes every parser with libFuzzer for FUZZ_SECONDS (default 60) each, as many at once as there are cores, from the seeds in
# corpus/. What is found grows in build-fuzz/corpus; an input that breaks a parser is left in build-fuzz/found: put it into
# corpus/ with the mending. Arguments: names of targets; none for all.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/build-fuzz
jobs=$(nproc)
export build seconds="${FUZZ_SECONDS:-60}"
[ -f "$build/CMakeCache.txt" ] || cmake --preset fuzz >/dev/null
[ $# -gt 0 ] || set -- $(cd tests/fuzz/corpus && ls)
# shellcheck disable=SC2046 # several targets
cmake --build "$build" -j "$jobs" --target $(printf 'libfuzzer_%s ' "$@") >/dev/null
mkdir -p "$build/found"
# shellcheck disable=SC2016 # expanded in each shell
printf '%s\n' "$@" | xargs -P "$jobs" -I{} sh -c '
    mkdir -p "$build/corpus/$1"
    result=0
    "$build/tests/fuzz/libfuzzer_$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="$build/found/$1-" "$build/corpus/$1" "tests/fuzz/corpus/$1" presets >"$build/found/$1.log" 2>&1 || result=1
    echo "$1: $(grep -E "number_of_executed_units|ERROR|broken:" "$build/found/$1.log" | tr "\n" " ")"
    [ $result = 0 ] || echo "$1 is broken: see $build/found" >&2
    exit $result' sh {}
