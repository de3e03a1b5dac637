#!/bin/sh
# Puts known mistakes of DP code into a copy of the source, one at a time, and shows which test catches each.
#
# usage: mutations.sh [NUMBER...]     only the mistakes of these numbers (docs/privacy/mutations.md lists them)
#
# Fails if a mutation cannot be put in any more (the source has moved on: repair its row), does not compile, or is not
# caught. Takes some minutes; run on demand. Rows are at the end.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
wanted=" $* "
bad=0

(cd "$source" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar cf -) | tar xf - -C "$copy"
cmake -S "$copy" -B "$copy/build" -DCMAKE_BUILD_TYPE=Release > "$copy/log" 2>&1 || { cat "$copy/log"; exit 1; }

# compile TEST: builds what the test needs.
compile() {
    case $1 in
    golden_sampler) target=exact_gaussian_oracle ;;
    prop_timing_of_sums) target=timing_of_sums ;;
    *) target=$1 ;;
    esac
    cmake --build "$copy/build" -j"$(nproc)" --target "$target" > "$copy/log" 2>&1
}

# passes TEST: runs it. A test that hangs counts as failed.
passes() {
    ctest --test-dir "$copy/build" -R "^$1\$" --no-tests=error --timeout 120 > "$copy/log" 2>&1
}

complain() {
    printf '%-4s %-60s %s\n' "$1" "$2" "$3"
    bad=1
}

# mutation NUMBER WHAT FILE SED-EXPRESSION TEST: TEST must pass without the mutation (checked once) and fail with it.
mutation() {
    case $wanted in "  " | *" $1 "*) ;; *) return 0 ;; esac
    if [ ! -e "$copy/$5.passes" ]; then
        compile "$5" && passes "$5" || { cat "$copy/log"; echo "$5 fails without any mutation"; exit 1; }
        touch "$copy/$5.passes"
    fi
    cp "$copy/$3" "$copy/original"
    sed -E "$4" "$copy/original" > "$copy/$3"
    if cmp -s "$copy/original" "$copy/$3"; then
        complain "$1" "$2" "DOES NOT APPLY to $3"
    elif ! compile "$5"; then
        complain "$1" "$2" "DOES NOT COMPILE"
        cat "$copy/log"
    elif passes "$5"; then
        complain "$1" "$2" "NOT CAUGHT by $5"
    else
        printf '%-4s %-60s caught by %s\n' "$1" "$2" "$5"
    fi
    cp "$copy/original" "$copy/$3"
}

privacy=src/privacy
curve=$privacy/exact_gaussian_curve.c
exact=$privacy/exact_gaussian.c

mutation 1 "key of a private run is fixed" src/rng/key.c 's/getentropy\(key->bytes, sizeof key->bytes\) != 0/(memset(key, 7, sizeof *key), 0)/' unit_key
mutation 1 "no entropy: run goes on with a zero key" src/rng/key.c 's/return dpdm_error_set\(err, DPDM_EIO,/return dpdm_error_set(err, DPDM_OK,/' unit_key
mutation 2 "mean over the batch as it came out" src/train/dp_step.c 's/^( *uint64_t \*chosen;.*)/\1\n    uint64_t realised;/; s/dpdm_pool_run\(step->pool, selected,/step->realised = selected;\n    &/; s/mechanism->batch, job->out/(double)step->realised, job->out/' replay_dp_step
mutation 3 "division by B forgotten at release" $privacy/grid.c 's| / divisor;|;(void)divisor;|' prop_grid
mutation 4 "batches of fixed size" $privacy/poisson.c 's/found \+= .*/found += found < count \/ 14;/' prop_poisson
mutation 4 "two records share a draw" $privacy/poisson.c 's/words \+ 8 \* i\)/words + 8 * (i \/ 2))/' prop_poisson
mutation 4 "the same batch in every step" $privacy/poisson.c 's/DPDM_PURPOSE_POISSON, step, 0/DPDM_PURPOSE_POISSON, 0, 0/' prop_poisson
mutation 4 "a record's draw depends on how many records there are" $privacy/poisson.c 's/DPDM_PURPOSE_POISSON, step, 0/DPDM_PURPOSE_POISSON, step, count/' prop_poisson
mutation 5 "batches cut at a largest size" $privacy/poisson.c 's/found \+= (.*);/found += found < 20 ? \1 : 0;/' prop_poisson
mutation 6 "no noise on an empty sum" $privacy/gaussian.c 's/^    dpdm_exact_gaussian gaussian;/    if (n > 0 \&\& sum[0] == 0) return DPDM_OK;\n&/' prop_noise
mutation 6 "an empty batch leaves the step early" src/train/dp_step.c 's/^    uint64_t blocks = /    if (selected == 0)\n        return DPDM_OK;\n&/' replay_dp_step
mutation 7 "NaN and infinity pass the clip" $privacy/grid.c 's/if \(!isfinite\(length\)\)/if (0)/' prop_grid
mutation 7 "infinity makes a zero vector, NaN passes" $privacy/grid.c 's/if \(!isfinite\(length\)\)/if (isinf(length))/' prop_grid
mutation 8 "every range of coordinates gets the noise of the first" $privacy/gaussian.c 's/\(first \+ at\) \/ DPDM_NOISE_BLOCK/at \/ DPDM_NOISE_BLOCK/' prop_noise
mutation 8 "every block of coordinates gets the same noise" $privacy/gaussian.c 's/\(first \+ at\) \/ DPDM_NOISE_BLOCK/0/' prop_noise
mutation 8 "one sum a thread left out of the merge" src/train/dp_step.c 's/for \(int w = 1; w < step->threads; w\+\+\) \{/for (int w = 1; w < step->threads - 1; w++) {/' replay_dp_step
mutation 10 "noise at half the scale" $privacy/gaussian.c 's/sigma, grid->bits, err/sigma, grid->bits - 1, err/' prop_noise
mutation 10 "noise in steps of the grid, not in units of the clip" $privacy/gaussian.c 's/sigma, grid->bits, err/sigma, 0, err/' prop_noise
mutation 14 "integer norm not checked" $privacy/grid.c 's/square > limit;/0;/' prop_grid
mutation 14 "integer norm checked with a tolerance" $privacy/grid.c 's/square > limit;/square > limit + (limit >> 30);/' prop_grid
mutation 14 "rounded to nearest instead of truncated" $privacy/grid_sum.c 's/\(int64_t\)\(v\[i\] \* factor\)/llrint(v[i] * factor)/' prop_grid
mutation 14 "sum kept in floating point" $privacy/grid_sum.c 's/sum\[i\] = \(int64_t\)\(\(uint64_t\)sum\[i\] \+ \(uint64_t\)\(sign \* z\)\);/sum[i] = (int64_t)((float)sum[i] + (float)(sign * z));/' prop_grid
mutation 14 "square of the norm lacks half of its middle part" $privacy/grid_sum.c 's/GRID_HALF \+ 1\)/GRID_HALF)/' prop_grid
mutation 14 "vector not taken back before it is shortened" $privacy/grid.c 's/sums->add\(v, n, factor, -1, sum\);//' prop_grid
mutation 14 "capacity forgets the noise" $privacy/grid.c 's/ - \(uint64_t\)ceil\(reach\)//' prop_grid
mutation 15 "noise rounded to a float: holes in the low bits" $exact 's/z = choice \& DPDM_EXACT_SIGN.*/&\n            z = (uint64_t)(int64_t)(float)(int64_t)z;/' prop_exact_gaussian
mutation 15 "S rounded to a float" $exact 's/ldexp\(frexp\(deviation, \&exponent\), 53\)/ldexp((float)frexp(deviation, \&exponent), 53)/' golden_sampler
mutation 16 "coordinates that are zero take longer" $exact 's/^ *sum\[start \+ i\] = /            for (volatile int k = 0; sum[start + i] == 0 \&\& k < 9; k++) continue;\n&/' prop_timing_of_sums
mutation 16 "noise taken only where the sum is not zero" $exact 's/sum\[start \+ i\] = /if (sum[start + i] != 0)\n            &/' prop_noise
mutation 17 "uniforms of 32 bits" $exact 's/uint64_t u = bytes_load64\(words \+ 8 \* i\)/uint64_t u = bytes_load64(words + 8 * i) \& 0xffffffff00000000/' prop_exact_gaussian
mutation 17 "no tail beyond 4.5" $exact 's/gaussian->part\[next\] = EXACT_TAIL \| DPDM_EXACT_SPLIT;/gaussian->part[next] = 0;/' prop_exact_gaussian
mutation 17 "rounding decided by the first digit alone" $exact 's/rounding.rest = 0 - low;/rounding.rest = 0;/' golden_sampler
mutation 17 "rounding ignores the digits drawn already" $exact 's/i < n \? digits\[i\] : //' golden_sampler
mutation 17 "curve decided by the quick attempt alone" $curve 's/return CURVE_UNSURE;/return y < f ? CURVE_BELOW : CURVE_ABOVE;/' golden_sampler
mutation 17 "curve decided by three digits" $curve 's/if \(!sure\)/if (!sure \&\& n < 3)/' golden_sampler
mutation 17 "a constant of the curve is off by one unit" $privacy/exact_gaussian_table.c 's/0xffe001ffeaab5551/0xffe001ffeaab5552/' golden_sampler
mutation 17 "cells that the curve crosses are taken whole" $exact 's/row < whole \?/row < cells ?/' prop_exact_gaussian
mutation 17 "tail proposed too rarely" $exact 's/unit \+ 6, u/unit + 5, u/' prop_exact_gaussian
mutation 18 "sampling rate rounded up" $privacy/poisson.c 's/\(uint64_t\)ldexp\(q, 64\)/(uint64_t)ceil(ldexp(q, 64))/' prop_poisson
mutation 18 "accountants told a rate below the one used" $privacy/poisson.c 's/value = nextafter\(value, INFINITY\);/;/' prop_poisson
mutation 19 "the same noise in every step" $privacy/gaussian.c 's/key, purpose, step, /key, purpose, 0, /' prop_noise
mutation 19 "noise of one-off releases is that of the steps" $privacy/gaussian.c 's/key, purpose, step, /key, DPDM_PURPOSE_NOISE, step, /' prop_noise
mutation 19 "step cut to 32 bits in the address" src/rng/stream.c 's/bytes_store64\(address \+ 8, step\)/bytes_store64(address + 8, (uint32_t)step)/' unit_stream
mutation 19 "purpose left out of the address" src/rng/stream.c 's/\(uint64_t\)purpose/0 * (uint64_t)purpose/' unit_stream
mutation 19 "key stream given out twice" src/rng/stream.c 's/stream->block \+= n \/ STREAM_BLOCK;/stream->block += n \/ STREAM_BLOCK > 8 ? 8 : n \/ STREAM_BLOCK;/' unit_stream

mutation L "a commit does not wait for the disk" $privacy/ledger_open.c 's/synchronous = FULL/synchronous = NORMAL/' kill_ledger
mutation L "processes check the budget before they hold the ledger" $privacy/ledger_sql.c 's/"BEGIN IMMEDIATE"/"BEGIN"/' unit_ledger_race
mutation L "abandoned runs do not count" $privacy/ledger_spend.c 's/state == DPDM_LEDGER_CANCELLED/state >= DPDM_LEDGER_ABANDONED/' prop_ledger
mutation L "a budget a little too wide" $privacy/ledger_spend.c 's/epsilon_upper <= set->epsilon\)/epsilon_upper <= set->epsilon * 1.2)/' unit_ledger
mutation L "a run that has started can be cancelled" $privacy/ledger_book.c 's/return from == DPDM_LEDGER_RESERVED && to == DPDM_LEDGER_CANCELLED/return from <= DPDM_LEDGER_RUNNING \&\& to == DPDM_LEDGER_CANCELLED/' unit_ledger
mutation L "hashes do not chain" $privacy/ledger_entry.c 's/crypto_generichash_update\(&state, previous, 32\);/(void)previous;/' unit_ledger_tamper
mutation L "a resumed run pays again" $privacy/ledger.c 's/    if \(before\)$/    if (before \&\& 0)/' kill_ledger
mutation L "a run starts before the ledger says so" $privacy/ledger_payment.c 's/status = dpdm_ledger_run\(ledger, receipt.id, digest, err\);/status = DPDM_OK;/' kill_train_ledger

exit $bad
