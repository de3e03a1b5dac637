/* prop_audit_mechanism.c - the audit of the step reaches four fifths of the claim, never exceeds it, sees nothing where
 * there is nothing, and refutes broken mechanisms. Seeded: the counts are the same each time and on any machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "audit/audit_mechanism.h"

static dpdm_audit_mechanism_options options_of(double epsilon, double rate, uint64_t steps, uint64_t runs,
                                               uint64_t seed)
{
    dpdm_audit_mechanism_options options = dpdm_audit_mechanism_default();
    dpdm_bound bound;
    options.delta = 1e-3;
    options.sampling_rate = rate;
    options.steps = steps;
    options.runs = runs;
    options.threads = 2;
    options.has_seed = 1;
    options.seed = seed;
    assert_int_equal(dpdm_calibrate_noise(epsilon, options.delta, rate, steps, NULL, 0, DPDM_ACCOUNTANT_PLD,
                                          &options.noise_multiplier, &bound, NULL),
                     DPDM_OK);
    return options;
}

static dpdm_audit_mechanism_result audit(const dpdm_audit_mechanism_options *options, const dpdm_audit_subject *subject)
{
    dpdm_audit_mechanism_result result;
    dpdm_error err = {0};
    dpdm_audit_subject own = {0};
    if (dpdm_audit_mechanism_run_subject(options, subject ? subject : &own, NULL, NULL, &result, &err))
        fail_msg("%s", err.message);
    return result;
}

static void the_bound_is_near_the_claim_and_below(void **state)
{
    (void)state;
    static const struct {
        double epsilon, rate;
        uint64_t steps, runs;
    } cases[] = {{1, 1, 1, 8000}, {2, 1, 1, 8000}, {4, 1, 1, 8000}, {2, 0.5, 2, 8000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dpdm_audit_mechanism_options options =
            options_of(cases[i].epsilon, cases[i].rate, cases[i].steps, cases[i].runs, 1);
        dpdm_audit_mechanism_result result = audit(&options, NULL);
        print_message("epsilon %g, rate %g, %d steps: %.3f\n", cases[i].epsilon, cases[i].rate, (int)cases[i].steps,
                      result.epsilon_lower);
        assert_true(fabs(result.epsilon_claimed - cases[i].epsilon) < 0.01 * cases[i].epsilon);
        assert_true(result.epsilon_lower >= 0.8 * cases[i].epsilon);
        assert_true(result.epsilon_lower <= cases[i].epsilon);
        assert_false(result.exceeded);
    }
}

static void few_runs_never_exceed_the_claim(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        dpdm_audit_mechanism_options options = options_of(seed % 3 ? 1 : 3, seed % 2 ? 1 : 0.5, 1, 200, seed);
        assert_false(audit(&options, NULL).exceeded);
    }
}

static void without_canaries_there_is_nothing_to_see(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        dpdm_audit_mechanism_options options = options_of(2, 1, 1, 1000, seed);
        options.null = 1;
        dpdm_audit_mechanism_result result = audit(&options, NULL);
        assert_true(result.epsilon_lower < 0.02);
        assert_int_equal(result.trials, 1000 * DPDM_AUDIT_CANARIES);
    }
}

static void threads_do_not_show(void **state)
{
    (void)state;
    dpdm_audit_mechanism_options options = options_of(2, 0.5, 2, 5000, 7);
    dpdm_audit_mechanism_result one, three;
    options.threads = 1;
    one = audit(&options, NULL);
    options.threads = 3;
    three = audit(&options, NULL);
    assert_memory_equal(&one, &three, sizeof one);
}

/* Without a seed the keys come from the system: no two audits have the same counts. */
static void fresh_keys_each_time(void **state)
{
    (void)state;
    dpdm_audit_mechanism_options options = options_of(2, 1, 1, 500, 0);
    options.has_seed = 0;
    dpdm_audit_mechanism_result one = audit(&options, NULL), two = audit(&options, NULL);
    assert_true(one.hits != two.hits || one.hit_trials != two.hit_trials || one.false_alarms != two.false_alarms);
}

/* ---- broken mechanisms ---- */

static void half_noise(void *context, dpdm_dp_mechanism *mechanism)
{
    (void)context;
    mechanism->noise_multiplier /= 2;
}

static void twice_the_rate(void *context, dpdm_dp_mechanism *mechanism)
{
    (void)context;
    mechanism->rate.threshold = 0;
    mechanism->rate.all = 1;
}

static void four_times_the_clip(void *context, dpdm_dp_mechanism *mechanism)
{
    (void)context;
    mechanism->grid.clip = 4; /* sensitivity 4, noise for 1 */
    mechanism->noise_multiplier /= 4;
}

static dpdm_status no_noise_at_all(void *context, dpdm_dp_step *step, uint64_t number, float *out, dpdm_error *err)
{
    int64_t sum[DPDM_AUDIT_CANARIES + 1];
    dpdm_private_diagnostics seen = {.sum = sum};
    (void)context;
    dpdm_status status = dpdm_dp_step_run(step, number, NULL, NULL, out, &seen, err);
    for (int i = 0; i < DPDM_AUDIT_CANARIES; i++)
        out[i] = (float)ldexp((double)sum[i], -DPDM_GRID_BITS);
    return status;
}

/* Vectors of norm 2 under noise for 1. */
static dpdm_status clipped_to_twice(void *context, dpdm_dp_step *step, uint64_t number, float *out, dpdm_error *err)
{
    int64_t sum[DPDM_AUDIT_CANARIES + 1];
    dpdm_private_diagnostics seen = {.sum = sum};
    (void)context;
    dpdm_status status = dpdm_dp_step_run(step, number, NULL, NULL, out, &seen, err);
    for (int i = 0; i < DPDM_AUDIT_CANARIES; i++)
        out[i] += (float)ldexp((double)sum[i], -DPDM_GRID_BITS);
    return status;
}

static void broken_mechanisms_are_refuted(void **state)
{
    (void)state;
    static const struct {
        dpdm_audit_subject subject;
        double rate;
    } mutants[] = {
        {{.adjust = half_noise}, 1},          {{.adjust = half_noise}, 0.5}, {{.adjust = twice_the_rate}, 0.5},
        {{.adjust = four_times_the_clip}, 1}, {{.run = no_noise_at_all}, 1}, {{.run = clipped_to_twice}, 0.5},
    };
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        dpdm_audit_mechanism_options options = options_of(1, mutants[i].rate, 1, 4000, 3);
        dpdm_audit_mechanism_result result = audit(&options, &mutants[i].subject);
        if (!result.exceeded)
            fail_msg("mutant %zu: bound %g, claim %g", i, result.epsilon_lower, result.epsilon_claimed);
    }
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    const dpdm_audit_mechanism_options sound = options_of(2, 1, 1, 100, 0);
    dpdm_audit_mechanism_options bad[9];
    dpdm_audit_mechanism_result result;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        bad[i] = sound;
    bad[0].delta = 0;
    bad[1].delta = NAN;
    bad[2].confidence = 1;
    bad[3].sampling_rate = 0;
    bad[4].sampling_rate = 1.5;
    bad[5].runs = 0;
    bad[6].steps = 0;
    bad[7].noise_multiplier = 0;
    bad[8].claim = INFINITY;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_error err = {0};
        dpdm_status status = dpdm_audit_mechanism_run(&bad[i], NULL, NULL, &result, &err);
        if (!status || !err.message[0])
            fail_msg("case %zu was taken", i);
    }
}

static int stop_at_once(void *context, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return ++*(int *)context > 2;
}

static void a_stop_is_heeded(void **state)
{
    (void)state;
    dpdm_audit_mechanism_options options = options_of(2, 1, 1, 1000000, 0);
    dpdm_audit_mechanism_result result;
    int asked = 0;
    assert_int_equal(dpdm_audit_mechanism_run(&options, stop_at_once, &asked, &result, NULL), DPDM_ECANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_is_near_the_claim_and_below),
        cmocka_unit_test(few_runs_never_exceed_the_claim),
        cmocka_unit_test(without_canaries_there_is_nothing_to_see),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(fresh_keys_each_time),
        cmocka_unit_test(broken_mechanisms_are_refuted),
        cmocka_unit_test(impossible_options_are_refused),
        cmocka_unit_test(a_stop_is_heeded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
