#!/bin/sh
# Proves the contracts of this folder with Frama-C (WP, RTE) and Coq: make verify. Prints each goal's verdict and fails if
# one is not proven. docs/privacy/verified.md keeps the output and says what it means.
set -eu
cd "$(dirname "$0")/../.."
for tool in frama-c why3 z3 cvc4 coqc; do
    command -v $tool > /dev/null || { echo "$tool is missing: sh tools/install-packages.sh verify" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export WHY3CONFIG="$work/why3.conf"
why3 config detect > "$work/why3.log" 2>&1

# prove FILE DEFINES OPTION NAMES: every goal of the functions' contracts and of their run-time errors (OPTION: -wp-fct), or of
# lemmas (-wp-prop).
prove() {
    echo "$1: $4"
    frama-c -cpp-extra-args="-Itests/verify/stubs -Iinclude -Isrc $2" -wp -wp-rte -wp-model Typed+cast+real \
        -wp-prover z3,cvc4 -wp-timeout 30 -wp-par 2 "$3" "$4" "tests/verify/$1" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    grep -E '\[(Failed|Timeout|Stepout|Unknown)\]|Unknown' "$work/log" || :
    # Proved goals: N / N
    grep 'Proved goals' "$work/log" | tee "$work/proved"
    awk '{ exit !($(NF - 2) > 0 && $(NF - 2) == $NF) }' "$work/proved" || { echo "not proven" >&2; exit 1; }
}

prove poisson.c -D__FC_MATH -wp-prop bits_or
prove poisson.c -D__FC_MATH -wp-fct dpdm_rate_from,dpdm_poisson_select
prove ledger.c "" -wp-fct dpdm_ledger_spend_check
echo "Rounding.v:"
cp tests/verify/Rounding.v "$work/"
(cd "$work" && coqc Rounding.v)
if grep -nE 'Admitted|admit|Axiom' tests/verify/Rounding.v; then
    echo "not proven" >&2
    exit 1
fi
sed -n 's/^ *\(Theorem\|Lemma\) \([a-z_]*\).*/  \2: proven/p' tests/verify/Rounding.v
