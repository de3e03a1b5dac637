#!/bin/sh
# Puts known mistakes of DP code into a copy of the source, one at a time, and shows which test catches each.
#
# usage: mutations.sh [NUMBER...]     only the mistakes of these numbers (docs/privacy/mutations.md lists them)
#        mutations.sh --fit           only whether each row still changes the source and names a test; builds nothing
#
# Fails if a mutation cannot be put in any more (the source has changed: repair its row), does not compile, or is not
# caught. Rows are at the end: they survive another layout and a move to another file, and name functions and variables.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
fit=0
[ "${1:-}" != --fit ] || { fit=1; shift; }
wanted=" $* "
rows=0
bad=0

# compile TEST: builds what the test needs.
compile() {
    case $1 in
    golden_sampler) target=exact_gaussian_oracle ;;
    prop_timing_of_sums) target=timing_of_sums ;;
    e2e_*) target=dpdm ;;
    replay_ranks) target="step_peer dpdm_openmpi dpdm_mpich" ;;
    *) target=$1 ;;
    esac
    # shellcheck disable=SC2086 # several targets
    cmake --build "$copy/build" -j"$(nproc)" --target $target > "$copy/log" 2>&1
}

# passes TEST: runs it. A test that hangs counts as failed, after 240 seconds of processor time.
passes() {
    (ulimit -t 240 && ctest --test-dir "$copy/build" -R "^$1\$" --no-tests=error > "$copy/log" 2>&1)
}

complain() {
    printf '%-4s %-60s %s\n' "$1" "$2" "$3"
    bad=1
}

# mutate FILE SED-EXPRESSION: to $copy/mutant; fails where any of its commands changes nothing. Commands see the source with
# each wrapped statement on one line, so that they fit whatever clang-format does with it.
mutate() {
    [ -e "$copy/lines/$1" ] || return 1
    printf '%s\n' "$2" | sed 's/; s\([/|]\)/\ns\1/g' | while IFS= read -r command; do
        sed -E "$command" "$copy/lines/$1" > "$copy/mutant" && ! cmp -s "$copy/lines/$1" "$copy/mutant" || exit 1
    done && sed -E "$2" "$copy/lines/$1" > "$copy/mutant"
}

# place FILE SED-EXPRESSION: the mutant is made and $file set to FILE or, where its code has moved, to the only other file
# that the expression fits.
place() {
    file=$1
    ! mutate "$1" "$2" || return 0
    file=
    for other in $sources; do
        mutate "$other" "$2" || continue
        [ -z "$file" ] || return 1
        file=$other
    done
    [ -n "$file" ] && mutate "$file" "$2"
}

# mutation NUMBER WHAT FILE SED-EXPRESSION TEST: TEST must pass without the mutation (checked once) and fail with it.
mutation() {
    case $wanted in "  " | *" $1 "*) ;; *) return 0 ;; esac
    rows=$((rows + 1))
    if ! place "$3" "$4"; then
        complain "$1" "$2" "DOES NOT APPLY to $3, nor to one other file"
        return 0
    elif [ $fit = 1 ]; then
        grep -qrE "dpdm(_script|_ledger|_ranks)?_test\($5[ )]" "$source/tests" --include=CMakeLists.txt || complain "$1" "$2" "no test is named $5"
        return 0
    fi
    if [ ! -e "$copy/$5.passes" ]; then
        compile "$5" && passes "$5" || { cat "$copy/log"; echo "$5 fails without any mutation"; exit 1; }
        touch "$copy/$5.passes"
    fi
    cp "$copy/$file" "$copy/original"
    cp "$copy/mutant" "$copy/$file"
    if ! compile "$5"; then
        complain "$1" "$2" "DOES NOT COMPILE"
        cat "$copy/log"
    elif passes "$5"; then
        complain "$1" "$2" "NOT CAUGHT by $5"
    else
        printf '%-4s %-60s caught by %s\n' "$1" "$2" "$5"
    fi
    cp "$copy/original" "$copy/$file"
}

sources=$(cd "$source" && find src cli -name '*.[ch]' | sort)
"$source/tests/privacy/logical_lines.py" "$source" "$copy/lines" $sources
if [ $fit = 0 ]; then
    (cd "$source" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar cf -) | tar xf - -C "$copy"
    cmake -S "$copy" -B "$copy/build" -DCMAKE_BUILD_TYPE=Release > "$copy/log" 2>&1 || { cat "$copy/log"; exit 1; }
fi

privacy=src/privacy
ledger=src/ledger
audit=src/audit
curve=$privacy/exact_gaussian_curve.c
exact=$privacy/exact_gaussian.c

mutation 1 "key of a private run is fixed" src/rng/key.c 's/getentropy\(key->bytes, sizeof key->bytes\) != 0/(memset(key, 7, sizeof *key), 0)/' unit_key
mutation 1 "no entropy: run goes on with a zero key" src/rng/key.c 's/return dpdm_error_set\(err, DPDM_EIO,/return dpdm_error_set(err, DPDM_OK,/' unit_key
mutation 2 "mean over the batch as it came out" src/train/dp_step.c 's/^( *uint64_t \*chosen;.*)/\1\n    uint64_t realised;/; s/^    job\.selected = selected;/&\n    step->realised = selected;/; s/mechanism->batch, job->out/(double)step->realised, job->out/' replay_dp_step
mutation 3 "division by B forgotten at release" $privacy/grid.c 's| / divisor;|;(void)divisor;|' prop_grid
mutation 3 "division by the number of images there are" src/train/training.c 's/\.batch = plan->batch\};/.batch = (double)training->data.count * plan->sampling_rate};/' replay_public
mutation 3 "a divisor that contradicts rate and number is taken" src/train/contradictions.c 's/fabs\(config->batch - expected\) > BATCH_SLACK \* expected/0/' unit_config
mutation 3 "class means know how many images there are" src/train/class_means.c 's/counts->all = all > 1 \? all : 1;/counts->all = (double)source->data->count;/' replay_mechanism
mutation 4 "batches of fixed size" $privacy/poisson.c 's/found \+= .*/found += found < count \/ 14;/' prop_poisson
mutation 4 "two records share a draw" $privacy/poisson.c 's/words \+ 8 \* i\)/words + 8 * (i \/ 2))/' prop_poisson
mutation 4 "the same batch in every step" $privacy/poisson.c 's/DPDM_PURPOSE_POISSON, step, 0/DPDM_PURPOSE_POISSON, 0, 0/' prop_poisson
mutation 4 "a record's draw depends on how many records there are" $privacy/poisson.c 's/DPDM_PURPOSE_POISSON, step, 0/DPDM_PURPOSE_POISSON, step, count/' prop_poisson
mutation 5 "batches cut at a largest size" $privacy/poisson.c 's/found \+= (.*);/found += found < 20 ? \1 : 0;/' prop_poisson
mutation 6 "no noise on an empty sum" $privacy/gaussian.c 's/^    dpdm_exact_gaussian gaussian;/    if (n > 0 \&\& sum[0] == 0) return DPDM_OK;\n&/' prop_noise
mutation 6 "an empty batch leaves the step early" src/train/dp_step.c 's/^    dpdm_pool_run\(step->pool, step_blocks\(step->given\), step_merge/    if (selected == 0)\n        return DPDM_OK;\n&/' replay_dp_step
mutation 6 "no noise where no image has anything" src/train/dp_step.c 's/job->number, first, n, sum,/job->number, first, sum[n - 1] ? n : n - 1, sum,/' replay_mechanism
mutation 7 "NaN and infinity pass the clip" $privacy/grid.c 's/if \(!isfinite\(length\)\)/if (0)/' prop_grid
mutation 7 "infinity makes a zero vector, NaN passes" $privacy/grid.c 's/if \(!isfinite\(length\)\)/if (isinf(length))/' prop_grid
mutation 8 "every range of coordinates gets the noise of the first" $privacy/gaussian.c 's/\(first \+ at\) \/ DPDM_NOISE_BLOCK/at \/ DPDM_NOISE_BLOCK/' prop_noise
mutation 8 "every block of coordinates gets the same noise" $privacy/gaussian.c 's/\(first \+ at\) \/ DPDM_NOISE_BLOCK/0/' prop_noise
mutation 8 "one sum a thread left out of the merge" src/train/dp_step.c 's/for \(int w = 1; w < step->threads; w\+\+\) \{/for (int w = 1; w < step->threads - 1; w++) {/' replay_dp_step
mutation 8 "noise belongs to the coordinates of the vectors, not to parameters" src/train/dp_step.c 's/sum\[place \? place\[first \+ i\] : first \+ i\]/sum[first + i]/' replay_dp_step
mutation 8 "every rank adds the noise of the first range" src/train/dp_step.c 's/job->first_block = step->first\[rank\] \/ DPDM_NOISE_BLOCK;/job->first_block = 0;/' replay_ranks
mutation 8 "every rank takes all records" src/train/dp_step.c 's/i < selected; i \+= ranks\)/i < selected; i++)/' replay_ranks
mutation 8 "two parameters share a coordinate" src/train/dp_step.c 's/if \(taken\[at \/ 8\] >> at % 8 & 1\)/if (0)/' replay_dp_step
mutation 8 "a sum is not cleared before the step" src/train/dp_step.c 's/^    memset\(step->workers\[worker\]\.sum.*/    (void)memset;/' replay_dp_step
mutation 14 "a record may give a second vector" src/train/dp_step.c 's/ \|\| group->given\[index\]//' replay_dp_step
mutation 14 "a vector may reach beyond its coordinates" src/train/dp_step.c 's/ \|\| n > step->given - first//' replay_dp_step
mutation 9 "a value of the next image in the batch" src/train/source.c 's/^ *dpdm_dataset_image\(source->data, .*, image\);/&\n    image[0] -= 1e-3F * (float)source->data->pixels[(record + 1) % source->data->count];/' replay_mechanism
mutation 9 "a running mean of the images before" src/train/source.c 's/^ *dpdm_dataset_image\(source->data, .*, image\);/    static float mean;\n&\n    mean = 0.9F * mean + 0.1F * image[0];\n    image[0] -= mean;/' replay_mechanism
mutation 9 "gradients know how many images there are" src/train/source.c 's/^ *each\[i\] = /        image[0] *= 1 + 1 \/ (float)source->data->count;\n&/' replay_mechanism
mutation 9 "class means: each image counts by its share of the set" src/train/class_means.c 's/\(float\)source->count_weight;/(float)(source->count_weight * (1 - 1e-3 \/ (double)source->data->count));/' replay_mechanism
mutation 10 "noise at half the scale" $privacy/gaussian.c 's/sigma, grid.bits, err/sigma, grid.bits - 1, err/' prop_noise
mutation 10 "noise in steps of the grid, not in units of the clip" $privacy/gaussian.c 's/sigma, grid.bits, err/sigma, 0, err/' prop_noise
mutation 10 "a step with less noise than is stated" src/train/dp_step.c 's/mechanism->noise_multiplier, step->key,/0.99 * mechanism->noise_multiplier, step->key,/' replay_mechanism
mutation 10 "accuracies with less noise than is stated" src/eval/private_accuracy.c 's/dpdm_gaussian_add\(grid, sigma,/dpdm_gaussian_add(grid, 0.8 * sigma,/' unit_private_accuracy
mutation 11 "the average sees sums without their noise" src/train/training.c 's/^dpdm_status dpdm_training_step\(.*/#include <math.h>\nstatic int64_t bare[1 << 20];\n&/; s/diagnostics, err\);/\&(dpdm_private_diagnostics){.sum = bare}, err);/; s/^    state->step = t;/    for (size_t i = 0; i < state->parameters; i++)\n        state->average[i] -= 1e-6F * (float)ldexp((double)bare[i], -training->config->grid_bits);\n&/' replay_mechanism
mutation 12 "the loss of an image in the log" src/train/source.c 's/^#include <sodium.h>/#include <stdio.h>\n&/; s/^ *if \(source->losses\)/    fprintf(stderr, "loss %g\\n", losses[i]);\n&/' e2e_train
mutation 12 "batch sizes in the log" src/train/dp_step.c 's/^#include <stdlib.h>/#include <stdio.h>\n&/; s/^    job\.selected = selected;/    fprintf(stderr, "step %llu: %llu images\\n", (unsigned long long)number, (unsigned long long)selected);\n&/' e2e_train
mutation 12 "batch sizes in what is reported" src/train/run_loop.c 's/run->config\.private_metrics && run->kept \? &run->diagnostics : NULL, err\);/\&run->diagnostics, err);/; s/^    return dpdm_run_metrics_add\(run, err\);/    run->loop.shown.steps = run->plan.steps + run->diagnostics.selected;\n&/' replay_public
mutation 12 "losses and batch sizes kept though nobody asked" src/train/run_metrics.c 's/!config->private_metrics \? status/0 ? status/; s/!run->config\.private_metrics \? status/0 ? status/' replay_public
mutation 12 "how long a step took among the public figures" src/train/run_metrics.c 's/^        \{"learning_rate", run->training\.learning_rate\},/&\n        {"seconds", dpdm_clock_seconds() - run->step_started},/' replay_public
mutation 12 "number of images in the statement" src/train/run.c 's/= dpdm_train_statement\(&run->config, &run->plan,/= (run->config.records = run->training.data.count, dpdm_train_statement)(\&run->config, \&run->plan,/' replay_public
mutation 12 "images looked at between the steps" src/train/training.c 's/^    state->step = t;/    training->learning_rate = (double)training->data.pixels[0];\n&/' replay_mechanism
mutation 13 "clip chosen by a look at the data" src/train/training.c 's/mechanism = \{\.grid = \{sizeof\(dpdm_grid\), config->clip,/mechanism = {.grid = {sizeof(dpdm_grid), config->clip * (1 + training->data.pixels[0] \/ 255.0),/' replay_mechanism
mutation 13 "noise on class means not counted" src/train/prior_release.c 's/if \(config->prior_means_noise > 0\) \{/if (config->prior_covariance_noise > 0) {/' replay_mechanism
mutation 13 "class covariances not counted" src/train/prior_release.c 's/if \(config->prior_class_noise > 0\) \{/if (config->prior_class_noise < 0) {/' replay_mechanism
mutation 13 "class covariances take the noise of the covariance" src/train/prior_release.c 's/"class covariances"\);/"covariance");/' replay_noise
mutation 13 "what shrinking leaves out gets no noise" src/train/covariance.c 's/\.size = size,/.size = size - (shape.factor > 1),/' prop_covariance
mutation 13 "every class has a record's products" src/train/class_covariance.c 's/label \* size, size, vector/0, size, vector/' prop_class_covariance
mutation 13 "covariance counted with more noise than it has" src/train/prior_release.c 's/1, config->prior_covariance_noise, 1\}/1, config->prior_covariance_noise * 1.01, 1}/' replay_mechanism
mutation 13 "one step more than is counted" src/train/loop.c 's/while \(state->step < loop->steps\)/while (state->step <= loop->steps)/' replay_mechanism
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
mutation 18 "conversion from Renyi too generous" $privacy/rdp.c 's/rho \+ gain - price/rho + gain - 1.2 * fabs(price)/' prop_accounting
mutation 18 "negative epsilon" $privacy/rdp.c 's/\*epsilon = fmax\(\*epsilon, 0\);//' prop_accounting
mutation 18 "moments by a coarse rule that claims to be fine" $privacy/pld_pair.c 's/\(GOAL \+ rule_exponent/(GOAL \/ 5 + rule_exponent/; s/rule->discretisation = .*/rule->discretisation = 0 * strip;/' unit_pld
mutation 18 "left tail cut too near for negative orders" $privacy/pld_pair.c 's/for \(int i = 0; i < 7; i\+\+\)/for (int i = 0; i < 0; i++)/' unit_pld
mutation 18 "frequencies cut off with nothing added for them" $privacy/pld_line.c 's/line->smoothing = v;/line->smoothing = v = real = 0;/; s/line->missing =/line->missing = 0 */' unit_pld
mutation 18 "bounds on delta exchanged" $privacy/pld_line.c 's/line_add\(&up, re \* kernel->up_re - im \* kernel->up_im\)/line_add(\&up, re * kernel->low_re - im * kernel->low_im)/' unit_pld
mutation 18 "transform taken to die faster than it does" $privacy/pld_decay.c 's/decay->floor\[i\] \+ decay->pull\[i\]/decay->floor[i] * 0.5 + 0.1 * decay->pull[i]/' unit_pld
mutation 18 "aliases of the far side left out of the lower bound" $privacy/pld_line.c 's/line_aliases\(line, epsilon\)\);/-INFINITY) + 1e-3;/' unit_pld
mutation 18 "a bound from an interpolation returned by the solver" $privacy/pld.c 's/\*epsilon = upper \? high : low;/*epsilon = 0.5 * (high + low) - 1e-6;/' prop_accounting
mutation 18 "another accountant where the asked one refuses" $privacy/accountant.c 's/if \(status\)$/if (status \&\& status != DPDM_EUSAGE)/' prop_accounting
mutation 18 "calibrated to the nearest value, over the target or not" $privacy/calibrate.c 's/bound.epsilon_upper <= problem->epsilon\)/bound.epsilon_upper <= problem->epsilon * 1.0004)/' prop_accounting
mutation 18 "a NaN on the way to a bound passes for a small delta" $privacy/proven.c 's/!isfinite\(value\) \|\| !\(error >= 0\) \|\| !isfinite\(sum\) \|\| //' unit_proven
mutation 18 "an error of the size of the value passes for a bound" $privacy/proven.h 's/(ERROR_MAX) 0.5/\1 1e300/' unit_proven
mutation 18 "an answer without a bound" $privacy/proven.c 's/bound->lower <= bound->upper && bound->upper < INFINITY/!(bound->lower > bound->upper)/' unit_proven
mutation 18 "error as large as the value in the closed form" $privacy/pld_gaussian.c 's/!\(slack <= at_a.high - at_b.low\)/0/' unit_proven
mutation 18 "smoothing so large that it overflows, taken for a small delta" $privacy/pld_line.c 's/lowered = v <= SMOOTHING_LOWERED/lowered = v <= 1e300 * SMOOTHING_LOWERED/' prop_corners
mutation 18 "bounds of more error than value" $privacy/pld_line.c 's/bound.clear = .*/bound.clear = line->lowered >= 0;/' unit_proven
mutation 19 "the same noise in every step" $privacy/gaussian.c 's/key, purpose, step, /key, purpose, 0, /' prop_noise
mutation 19 "noise of one-off releases is that of the steps" $privacy/gaussian.c 's/key, purpose, step, /key, DPDM_PURPOSE_NOISE, step, /' prop_noise
mutation 19 "class means take the noise of the first step" src/train/prior_release.c 's/dpdm_key_derive\(&key, run_key, "class means"\)/key = *run_key/' replay_noise
mutation 19 "a covariance takes the noise of the class means" src/train/prior_release.c 's/"covariance"/"class means"/' replay_noise
mutation 19 "two steps share a number" src/train/training.c 's/dpdm_dp_step_run\(training->step, state->step,/dpdm_dp_step_run(training->step, state->step \/ 2,/' replay_noise
mutation 19 "step numbers start again after the third" src/train/training.c 's/dpdm_dp_step_run\(training->step, state->step,/dpdm_dp_step_run(training->step, state->step % 3,/' replay_noise
mutation 19 "accuracies released with one key" src/eval/private_accuracy.c 's/dpdm_key_generate\(&own, err\)/(dpdm_key_from_seed(\&own, 0), DPDM_OK)/' replay_noise
mutation 19 "noise from the stream that chose the batch" src/train/dp_step.c 's/step->key, DPDM_PURPOSE_NOISE/step->key, DPDM_PURPOSE_POISSON/' replay_noise
mutation 19 "what was released before the steps is released again on resume" src/train/training.c 's/if \(!state->released_before\)/if (1)/' replay_noise
mutation 19 "a run goes on with another build" src/train/identity.c 's/memcmp\(saved->build, identity->build, 32\) != 0/0/' replay_train
mutation 19 "a run goes on with another scheme of draws" src/train/identity.c 's/saved->scheme != identity->scheme/0/' replay_train
mutation 19 "a run goes on with other data" src/train/identity.c 's/memcmp\(saved->data_digest, identity->data_digest, 32\) != 0/0/' replay_train
mutation 19 "a run goes on with another config" src/train/identity.c 's/memcmp\(saved->config_digest, identity->config_digest, 32\) != 0/0/' replay_train
mutation 19 "a saved state has forgotten its last step" src/train/run_state.c 's/header->step = state->step;/header->step = state->step ? state->step - 1 : 0;/' replay_train
mutation 19 "a state that could not be written loses its name with the key in it" src/train/run_state.c 's/^( *)state_wreck\(writer\.descriptor, path\);/\1(void)0;/' unit_run_state
mutation 19 "a state that could not take its name keeps its key" src/train/run_state.c 's/if \(status \&\& written >= 0\)/if (0)/' unit_run_state
mutation 19 "the key of the state before stays on the disk" src/train/run_state.c 's/status = state_overwrite\(previous, sizeof header, path, err\)/(void)0/' unit_run_state
mutation 19 "the key outlives its run" src/train/run.c 's/dpdm_run_state_erase\(run->folder.state, err\)/DPDM_OK/' kill_train
mutation 19 "step cut to 32 bits in the address" src/rng/stream.c 's/bytes_store64\(address \+ 8, step\)/bytes_store64(address + 8, (uint32_t)step)/' unit_stream
mutation 19 "purpose left out of the address" src/rng/stream.c 's/\(uint64_t\)purpose/0 * (uint64_t)purpose/' unit_stream
mutation 19 "key stream given out twice" src/rng/stream.c 's/stream->block \+= n \/ STREAM_BLOCK;/stream->block += n \/ STREAM_BLOCK > 8 ? 8 : n \/ STREAM_BLOCK;/' unit_stream
mutation 20 "only one direction of add and remove counts" $privacy/pld.c 's/pld_line_epsilon\(composition, DPDM_PLD_REMOVE/pld_line_epsilon(composition, DPDM_PLD_ADD/' golden_accounting
mutation 20 "replacing a unit costs what removing it does" $privacy/replace.c 's/first.epsilon_upper \+ second.epsilon_upper/first.epsilon_upper/' prop_replace
mutation 20 "delta of two steps halved, not shared" $privacy/replace.c 's/ \* exp\(-first.epsilon_upper\)//' prop_replace
mutation 20 "neighbours that a public number rules out" $privacy/statement.c 's/statement->records \? "sets/0 ? "sets/' unit_statement
mutation 21 "an empty set shows by a refusal" src/data/facts.c 's/!count && !dpdm_facts_complete\(facts\)/!count/' e2e_train
mutation 21 "number of classes read off the labels" src/data/facts.c 's/facts->classes \? facts->classes : //' replay_public
mutation 21 "stated sizes not checked" src/data/facts.c 's/if \(stated \&\& \(uint64_t\)stated != found\)/if (0 \&\& (uint64_t)stated != found)/' replay_public
mutation 21 "range of pixels read off an image" src/data/dataset.c 's|\(float\)pixels\[i\] / 127.5f - 1.0f;|(float)pixels[i] / (127.5f + (float)(data->pixels[0] \& 1)) - 1.0f;|' replay_mechanism
mutation 20 "a delta that allows a whole record is not warned of" $privacy/delta.c 's/!\(delta \* count >= 1\)/1/' unit_statement
mutation 20 "a delta that protects nobody is taken" $privacy/delta.c 's/delta >= DPDM_DELTA_MOST/0 \&\& delta >= DPDM_DELTA_MOST/' e2e_train
mutation 22 "a unit of m records accounted as one" $privacy/pld_composition.c 's/dpdm_pld_pair_init\(&part->pair, q, sigma, group\)/dpdm_pld_pair_init(\&part->pair, q, sigma, 1)/' prop_accounting

mutation 22 "images beyond the cap of their owner count in a step" src/train/dp_step.c 's/^    if \(!left_out\)$/    if (left_out || !left_out)/' replay_selfcheck
mutation 22 "one image more than the cap counts" src/data/owners.c 's/nth > cap;/nth > cap + 1;/' prop_owners
mutation 22 "the cap depends on the images of others" src/data/owners.c 's/nth = i \&\& entries\[i\]\.owner == entries\[i - 1\]\.owner \? nth \+ 1 : 1;/nth++;/' prop_owners
mutation 22 "what a prior is made of: all images of a person" src/train/sum_release.c 's/\.left_out = [a-z>-]*data->left_out,//' prop_owner_training
mutation 22 "a training sees all images of a person" src/train/source.c 's/\.left_out = [a-z>-]*data->left_out,//' prop_owner_training
mutation 22 "noise calibrated for an image where a person is protected" src/train/plan.c 's/unsigned group = dpdm_owner_group\(&config->owner\);/unsigned group = 1;/' prop_owner_training
mutation 22 "the statement gives a person the epsilon of an image" $privacy/statement.c 's/dpdm_owner_group\(&statement->owner\)/1/' unit_statement
mutation 22 "a budget is charged for images where people are protected" $ledger/ledger_payment.c 's/\.group = dpdm_owner_group\(owner\)/.group = 1/' prop_owner_training
mutation 22 "one person with images in two classes is two people" src/data/owners_folder.c 's/return person \+ 1;/return (*length = (size_t)(end - name), name);/' prop_owners
mutation 22 "owners that were asked for are not there, and nobody says so" src/data/open.c 's/else if \(folders \&\& !data->owners\)/else if (0)/' prop_owners
mutation 22 "floats that may have been rounded are owners" src/data/owners_npz.c 's/!\(fabs\(value\) < largest\)/0/' e2e_owner
mutation 22 "data that list owners are trained on as single images, unasked" src/train/owner.c 's/if \(data->owners \&\& !rule->cap \&\& /if (0 \&\& /' prop_owner_training
mutation 22 "data without owners take a cap that is not asserted" src/train/owner.c 's/if \(!data->owners \&\& rule->cap/if (0 \&\& rule->cap/' prop_owner_training

mutation S "a private release is taken for a public start" src/train/start.c 's/if \(!status \&\& model->statement_json\)/if (!status \&\& 0)/; s/else if \(!status \&\& !model->start_json\)/else if (0)/; s/status = start_origin\(model, path, start, err\)/status = model->start_json ? start_origin(model, path, start, err) : DPDM_OK/' unit_pretrain
mutation S "a statement keeps quiet about the start" $privacy/statement.c 's/    if \(!statement->start \|\| !statement->start->given\)/    if (1)/' unit_pretrain
mutation S "a run goes on from another start" src/train/config_json.c 's/if \(plan->start\.given\)/if (0)/' unit_pretrain
mutation S "a start sees the private data of the config" src/train/pretrain.c 's/dpdm_dataset_open\(p->config->public_set,/dpdm_dataset_open(p->config->public_set[0] ? p->config->public_set : t->data,/; s/if \(!p->config->procedural\[0\]\)/if (!p->config->procedural[0] || 1)/; s/snprintf\(t\.data, sizeof t\.data, "public images"\);//' unit_pretrain
mutation S "what was added to a network is left out of the clip" src/train/dp_step.c 's/^    own->error\.status = dpdm_grid_add\(.*/    size_t clipped = n - n \/ 8;\n    own->error.status = dpdm_grid_add(\&step->mechanism.grid, values, clipped, own->sum + first, \&norm, \&own->error);\n    for (size_t i = clipped; isfinite(norm) \&\& i < n; i++)\n        own->sum[first + i] += (int64_t)(ldexp(values[i], step->mechanism.grid.bits) \/ step->mechanism.grid.clip);/' replay_dp_step
mutation S "frozen weights move with the private gradient" src/train/training.c 's/^    state->step = t;/    for (size_t i = 0; training->whole \&\& i < state->parameters; i++)\n        training->whole[i] -= 1e-3F * training->gradient[i];\n&/' unit_tune
mutation S "what is not trained is drawn anew when a run goes on" src/train/training.c 's/return training->plan->start\.given \?/return training->plan->start.given \&\& training->state->step == 0 ?/' unit_tune
mutation S "views drawn outside the stream of the record" src/train/task_diffusion.c 's/^    for \(int v = 1; v < config->views; v\+\+\)$/    static uint64_t calls;\n    dpdm_key views;\n    dpdm_stream other;\n    dpdm_key_from_seed(\&views, 1);\n    dpdm_stream_init(\&other, \&views, DPDM_PURPOSE_TEST, 0, calls++);\n&/; s/dpdm_augment\(&how, image, stream,/dpdm_augment(\&how, image, \&other,/' unit_tune
mutation S "the statement counts what is not trained" src/train/statement.c 's/\.coordinates = plan->trained/.coordinates = plan->parameters/' unit_tune

mutation L "a commit does not wait for the disk" $ledger/ledger_open.c 's/synchronous = FULL/synchronous = NORMAL/' kill_ledger
mutation L "processes check the budget before they hold the ledger" $ledger/ledger_sql.c 's/"BEGIN IMMEDIATE"/"BEGIN"/' unit_ledger_race
mutation L "abandoned runs do not count" $ledger/ledger_spend.c 's/state == DPDM_LEDGER_CANCELLED/state >= DPDM_LEDGER_ABANDONED/' prop_ledger
mutation L "every run bounded by itself" $ledger/ledger_spend.c 's/spend_runs\(contents, set\) \+ \(extra_count > 0\) == 1/1/' unit_ledger
mutation L "runs that differ are said to be proven" $ledger/ledger_spend.c 's/same \|\| plain/1/' unit_ledger
mutation L "one data set with two budgets" $ledger/ledger.c 's/digest && !set->has_digest \? ledger_of_digest\(ledger, digest\) : NULL/NULL/' unit_ledger
mutation L "a budget a little too wide" $ledger/ledger_spend.c 's/epsilon_upper <= set->epsilon\)/epsilon_upper <= set->epsilon * 1.2)/' unit_ledger
mutation L "a run that has started can be cancelled" $ledger/ledger_book.c 's/return from == DPDM_LEDGER_RESERVED && to == DPDM_LEDGER_CANCELLED/return from <= DPDM_LEDGER_RUNNING \&\& to == DPDM_LEDGER_CANCELLED/' unit_ledger
mutation L "hashes do not chain" $ledger/ledger_entry.c 's/crypto_generichash_update\(&state, previous, 32\);/(void)previous;/' unit_ledger_tamper
mutation L "a resumed run pays again" $ledger/ledger.c 's/    if \(before\)$/    if (before \&\& 0)/' kill_ledger
mutation L "released accuracies are not reserved" src/eval/accuracy_release.c 's/status = dpdm_ledger_payment_reserve\(&release->payment, err\);/status = DPDM_OK;/' e2e_fidelity
mutation L "the ledger of the environment does not pay for accuracies" cli/verb_eval.c 's/^    ledger_default\(evaluation.rival.ledger.*//' e2e_fidelity
mutation L "a run starts before the ledger says so" $ledger/ledger_payment.c 's/status = dpdm_ledger_run\(ledger, receipt.id, digest, err\);/status = DPDM_OK;/' kill_train_ledger

mutation A "noise at half the scale, seen by an attacker" $privacy/gaussian.c 's/sigma, grid.bits, err/sigma, grid.bits - 1, err/' prop_audit_mechanism
mutation A "vectors clipped to twice the norm, seen by an attacker" $privacy/grid.c 's/factor = ldexp\(1 /factor = ldexp(2 /; s/square > limit;/0;/' prop_audit_mechanism
mutation A "a rate in the place of its bound" $audit/audit_bounds.c 's/^    return high;/    return trials ? (double)hits \/ (double)trials : high;/' unit_audit_bounds
mutation A "delta left out of the bound from rates" $audit/audit_bounds.c 's/log\(\(hit - delta\)/log((hit)/' unit_audit_bounds
mutation A "delta counted a guess, not a canary" $audit/audit_bounds.c 's/2 \* \(double\)canaries \* delta \* alpha/2 * (double)guesses * delta * alpha/' unit_audit_bounds
mutation A "one-run bound rounded up" $audit/audit_bounds.c 's/^    return low;/    return high;/' unit_audit_bounds
mutation A "null audits that put canaries in" $audit/audit_mechanism.c 's/ && !audit->options->null//' prop_audit_mechanism
mutation A "the same steps again in each run" $audit/audit_mechanism.c 's/run \* steps \+ t;/t;/' prop_audit_mechanism
mutation A "the attacker of a training forgets the images" $audit/audit_training.c 's/x -= audit->others/x -= 0 * audit->others/' prop_audit_training
mutation A "half the noise in a whole training" $privacy/gaussian.c 's/sigma, grid.bits, err/sigma, grid.bits - 1, err/' prop_audit_training
mutation A "ties of scores broken by the order of storage" $audit/audit_membership.c 's/\+ who\], i, /+ who], who, /' prop_audit_membership
mutation A "guesses measured on the half that chose them" $audit/audit_membership.c 's/attack->score, audit->choosing, count\)/attack->score, 0, count)/' prop_audit_membership

[ $bad != 0 ] || echo "$rows mutations: $([ $fit = 1 ] && echo all fit || echo all caught)"
exit $bad
