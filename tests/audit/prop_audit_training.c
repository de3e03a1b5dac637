/* prop_audit_training.c - the one-run audit never exceeds the claim over many seeds, sees nothing where no canary is, shows
 * what it promises of a sound training, and refutes broken ones. Seeded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit_guesses.h"
#include "audit/audit_training.h"
#include "train/tiny_run.h"

enum { SEEDS = 20 };

static tiny_place place;

static int place_create(void **state)
{
    (void)state;
    tiny_place_create(&place);
    return 0;
}

static int place_destroy(void **state)
{
    (void)state;
    tiny_place_destroy(&place);
    return 0;
}

static dpdm_train_config config_of(uint64_t seed)
{
    dpdm_train_config config = tiny_config(&place);
    config.noise_multiplier = 0;
    config.epsilon = 4;
    config.delta = 1e-5;
    config.accountant = DPDM_ACCOUNTANT_PLD;
    config.steps = 8;
    config.multiplicity = 1;
    config.seed = seed;
    return config;
}

static dpdm_audit_training_result audit(const dpdm_train_config *config, const dpdm_audit_training_options *options,
                                        const dpdm_audit_subject *subject)
{
    dpdm_audit_training_result result;
    dpdm_error err = {0};
    dpdm_audit_subject own = {0};
    if (dpdm_audit_training_run_subject(config, options, subject ? subject : &own, NULL, NULL, &result, &err))
        fail_msg("%s", err.message);
    return result;
}

static void the_claim_is_never_exceeded(void **state)
{
    (void)state;
    dpdm_audit_training_options options = dpdm_audit_training_default();
    double sum = 0, expected = 0, most = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        dpdm_train_config config = config_of(seed);
        dpdm_audit_training_result result = audit(&config, &options, NULL);
        assert_true(fabs(result.epsilon_claimed - 4) < 0.01);
        assert_false(result.exceeded);
        assert_true(result.epsilon_lower <= result.epsilon_claimed);
        assert_true(result.right <= result.guesses && result.guesses <= result.canaries);
        assert_true(result.inserted > 400 && result.inserted < 600);
        sum += result.epsilon_lower / SEEDS;
        most = fmax(most, result.epsilon_lower);
        expected = result.epsilon_expected;
    }
    print_message("mean %.3f, largest %.3f, expected %.3f, claim 4\n", sum, most, expected);
    /* The attack is as strong as against the ideal mechanism: it does take the images off. */
    assert_true(expected > 0.8);
    assert_true(sum > 0.8 * expected && sum < 1.2 * expected);
}

static void without_canaries_there_is_nothing_to_see(void **state)
{
    (void)state;
    dpdm_audit_training_options options = dpdm_audit_training_default();
    options.null = 1;
    double sum = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        dpdm_train_config config = config_of(seed);
        config.steps = 2;
        config.noise_multiplier = 2;
        config.epsilon = 0;
        dpdm_audit_training_result result = audit(&config, &options, NULL);
        assert_int_equal(result.inserted, 0);
        assert_true(result.epsilon_lower < 1);
        sum += result.epsilon_lower / SEEDS;
    }
    print_message("null: mean %.4f\n", sum);
    assert_true(sum < 0.05);
}

/* So little noise that every guess is right - if the attacker takes off what the images add, all of them in each batch. */
static void the_images_are_taken_off(void **state)
{
    (void)state;
    dpdm_audit_training_options options = dpdm_audit_training_default();
    dpdm_train_config config = config_of(3);
    options.canaries = 5000;
    config.epsilon = 0;
    config.noise_multiplier = 0.1;
    config.batch = (double)config.records;
    config.clip = 0.01; /* below every gradient's norm */
    config.steps = 2;
    dpdm_audit_training_result result = audit(&config, &options, NULL);
    assert_int_equal(result.guesses, result.canaries);
    assert_int_equal(result.right, result.guesses);
    assert_true(result.epsilon_lower > 5 && !result.exceeded);
}

/* A training whose prior is released first: canaries take part in the steps, and the claim is that of the steps. */
static void a_prior_does_not_disturb(void **state)
{
    (void)state;
    dpdm_audit_training_options options = dpdm_audit_training_default();
    dpdm_train_config config = config_of(5);
    config.prior_means_noise = 8;
    dpdm_audit_training_result result = audit(&config, &options, NULL);
    assert_true(result.epsilon_claimed < 4);
    assert_false(result.exceeded);
    assert_true(result.epsilon_lower > 0.5 * result.epsilon_expected);
}

/* The sums of two threads are added in another order by the attacker: a last bit, no more. */
static void threads_do_not_show(void **state)
{
    (void)state;
    dpdm_audit_training_options options = dpdm_audit_training_default();
    dpdm_train_config config = config_of(6);
    dpdm_audit_training_result two = audit(&config, &options, NULL), one;
    config.threads = 1;
    one = audit(&config, &options, NULL);
    assert_int_equal(one.right, two.right);
    assert_int_equal(one.guesses, two.guesses);
    assert_true(one.epsilon_lower == two.epsilon_lower);
}

static void an_eighth_of_the_noise(void *context, dpdm_dp_mechanism *mechanism)
{
    (void)context;
    mechanism->noise_multiplier /= 8;
}

static void always_chosen(void *context, dpdm_dp_mechanism *mechanism)
{
    (void)context;
    mechanism->rate.all = 1;
}

static dpdm_status no_noise(void *context, dpdm_dp_step *step, uint64_t number, float *out, dpdm_error *err)
{
    const dpdm_train_config *config = context;
    size_t n = 100000; /* more than the tiny network has */
    int64_t *sum = calloc(n, sizeof *sum);
    assert_non_null(sum);
    dpdm_private_diagnostics seen = {.sum = sum};
    dpdm_status status = dpdm_dp_step_run(step, number, NULL, NULL, out, &seen, err);
    dpdm_train_plan plan;
    assert_int_equal(dpdm_train_plan_make(config, &plan, NULL), DPDM_OK);
    assert_true(plan.parameters < n);
    dpdm_grid grid = {sizeof(dpdm_grid), config->clip, config->grid_bits};
    dpdm_grid_release(&grid, sum, plan.parameters, plan.batch, out);
    free(sum);
    return status;
}

static void broken_trainings_are_refuted(void **state)
{
    (void)state;
    dpdm_audit_training_options options = dpdm_audit_training_default();
    dpdm_train_config config = config_of(7);
    config.epsilon = 1;
    const dpdm_audit_subject mutants[] = {
        {.adjust = an_eighth_of_the_noise}, {.adjust = always_chosen}, {.context = &config, .run = no_noise}};
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        dpdm_audit_training_result result = audit(&config, &options, &mutants[i]);
        print_message("mutant %zu: bound %.3f, claim %.3f\n", i, result.epsilon_lower, result.epsilon_claimed);
        assert_true(result.exceeded);
        assert_true(result.p_value < 0.05);
    }
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    const dpdm_audit_training_options sound = dpdm_audit_training_default();
    dpdm_audit_training_options bad[] = {sound, sound, sound, sound, sound};
    dpdm_audit_training_result result;
    dpdm_train_config config = config_of(0);
    bad[0].canaries = 0;
    bad[1].canaries = 100000000;
    bad[2].confidence = 0;
    bad[3].confidence = 1;
    bad[4].confidence = NAN;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(dpdm_audit_training_run(&config, &bad[i], NULL, NULL, &result, NULL), DPDM_EUSAGE);
    config.delta = 1e-3;
    assert_int_equal(dpdm_audit_training_run(&config, &sound, NULL, NULL, &result, NULL), DPDM_EUSAGE);
}

static int stop_in_the_third_step(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    (void)total;
    return done == 2;
}

static void a_stop_is_heeded_and_nothing_is_written(void **state)
{
    (void)state;
    dpdm_audit_training_options options = dpdm_audit_training_default();
    dpdm_audit_training_result result;
    dpdm_train_config config = config_of(0);
    assert_int_equal(dpdm_audit_training_run(&config, &options, stop_in_the_third_step, NULL, &result, NULL),
                     DPDM_ECANCELLED);
    assert_false(tiny_exists(&place, "."));
}

/* ---- guesses ---- */

static void the_surest_guesses_come_first(void **state)
{
    (void)state;
    const double scores[6] = {0.5, -3, 2, NAN, -0.5, 0};
    const uint8_t in[6] = {1, 0, 0, 1, 1, 0};
    uint64_t right[6];
    assert_int_equal(audit_guesses_count(scores, in, 6, right, NULL), DPDM_OK);
    /* -3 out: right; 2 in: wrong; 0.5 in: right; -0.5 out: wrong; NaN out: wrong; 0 out: right */
    const uint64_t expected[6] = {1, 1, 2, 2, 2, 3};
    assert_memory_equal(right, expected, sizeof expected);
}

static void the_plan_grows_with_the_leak(void **state)
{
    (void)state;
    double last = -1;
    for (double noise = 8; noise > 0.2; noise /= 2) {
        uint64_t guesses;
        double epsilon;
        assert_int_equal(audit_guesses_plan(500, 0.5, noise, 4, 1e-5, 0.05, &guesses, &epsilon, NULL), DPDM_OK);
        assert_true(guesses >= 1 && guesses <= 500);
        assert_true(epsilon >= last);
        last = epsilon;
    }
    assert_true(last > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_surest_guesses_come_first),
        cmocka_unit_test(the_plan_grows_with_the_leak),
        cmocka_unit_test(the_claim_is_never_exceeded),
        cmocka_unit_test(without_canaries_there_is_nothing_to_see),
        cmocka_unit_test(the_images_are_taken_off),
        cmocka_unit_test(a_prior_does_not_disturb),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(broken_trainings_are_refuted),
        cmocka_unit_test(impossible_options_are_refused),
        cmocka_unit_test(a_stop_is_heeded_and_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, place_create, place_destroy);
}
