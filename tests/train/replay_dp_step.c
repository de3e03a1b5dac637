/* replay_dp_step.c - the promises of a private step, each checked without tolerance by running steps again with the
 * same key on data sets that differ in one record. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "dpdm/dp_step.h"

enum { SIZE = 3 * DPDM_NOISE_BLOCK + 77, RECORDS = 40, NOBODY = -1 };

/* A model whose gradient is random, of norm about 64 times `scale`, and sees only its record and its stream. */
typedef struct {
    uint64_t records;
    int broken, infinite; /* a record whose gradient holds a NaN, an infinity */
    float scale;
} toy_model;

typedef struct {
    dpdm_private_diagnostics seen;
    uint64_t chosen[RECORDS + 1];
    double norms[RECORDS + 1];
    int64_t sum[SIZE], noised[SIZE];
    float out[SIZE];
} toy_result;

static void toy_gradient(void *context, int worker, uint64_t step, uint64_t record, dpdm_stream *stream,
                         float *gradient)
{
    const toy_model *model = context;
    (void)worker;
    (void)step;
    dpdm_stream_normals(stream, gradient, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        gradient[i] *= model->scale * (float)(record % 3);
    if (model->broken == (int)record)
        gradient[SIZE / 2] = NAN;
    if (model->infinite == (int)record)
        gradient[0] = -INFINITY;
}

static dpdm_dp_mechanism toy_mechanism(double q)
{
    dpdm_dp_mechanism mechanism = {.grid = {1.0, DPDM_GRID_BITS}, .noise_multiplier = 1.5, .batch = 10};
    assert_int_equal(dpdm_rate_from(q, &mechanism.rate, NULL), DPDM_OK);
    return mechanism;
}

static toy_result *toy_run(const toy_model *model, const dpdm_dp_mechanism *mechanism, uint64_t number, int threads)
{
    toy_result *result = calloc(1, sizeof *result);
    assert_non_null(result);
    result->seen = (dpdm_private_diagnostics){
        .chosen = result->chosen, .norms = result->norms, .sum = result->sum, .noised = result->noised};
    toy_model copy = *model;
    dpdm_gradient_source source = {
        .context = &copy, .parameters = SIZE, .records = model->records, .gradient = toy_gradient};
    dpdm_dp_step *step;
    dpdm_key key;
    dpdm_key_from_seed(&key, 7);
    assert_int_equal(dpdm_dp_step_create(mechanism, &source, &key, threads, &step, NULL), DPDM_OK);
    assert_int_equal(dpdm_dp_step_run(step, number, NULL, NULL, result->out, &result->seen, NULL), DPDM_OK);
    dpdm_dp_step_destroy(step);
    return result;
}

static const toy_model healthy = {RECORDS, NOBODY, NOBODY, 1e-3F};

static int same_noise(const toy_result *a, const toy_result *b)
{
    for (size_t i = 0; i < SIZE; i++)
        if (a->noised[i] - a->sum[i] != b->noised[i] - b->sum[i])
            return 0;
    return 1;
}

/* The squared integer norm of the difference of two sums, in long double: exact enough to tell 2^80 from above it by
 * the truncation's own slack. */
static long double squared_distance(const toy_result *a, const toy_result *b)
{
    long double square = 0;
    for (size_t i = 0; i < SIZE; i++) {
        long double d = (long double)(a->sum[i] - b->sum[i]);
        square += d * d;
    }
    return square;
}

static void threads_do_not_show(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5);
    toy_result *one = toy_run(&healthy, &mechanism, 3, 1);
    for (int threads = 2; threads <= 5; threads++) {
        toy_result *more = toy_run(&healthy, &mechanism, 3, threads);
        assert_memory_equal(one->out, more->out, sizeof one->out);
        assert_memory_equal(one->sum, more->sum, sizeof one->sum);
        free(more);
    }
    free(one);
}

static void another_record_changes_nothing_but_the_sum(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5);
    toy_model larger = healthy;
    larger.records++;
    int moved = 0;
    for (uint64_t number = 0; number < 6; number++) {
        toy_result *before = toy_run(&healthy, &mechanism, number, 2), *after = toy_run(&larger, &mechanism, number, 1);
        uint64_t more = after->seen.selected - before->seen.selected;
        assert_true(more <= 1);
        assert_memory_equal(before->chosen, after->chosen, before->seen.selected * sizeof *before->chosen);
        assert_memory_equal(before->norms, after->norms, before->seen.selected * sizeof *before->norms);
        assert_true(same_noise(before, after));
        long double square = squared_distance(before, after);
        assert_true(square <= 0x1p80L);
        assert_true(more == 1 || square == 0);
        moved += square > 0;
        free(before);
        free(after);
    }
    assert_true(moved > 0); /* else the test saw nothing */
}

static void a_gradient_that_is_not_finite_adds_zero(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(1);
    toy_model without = healthy, broken = healthy, infinite = healthy;
    broken.records = infinite.records = RECORDS;
    without.records = RECORDS - 1; /* the last record is the sick one */
    broken.broken = infinite.infinite = RECORDS - 1;
    toy_result *a = toy_run(&without, &mechanism, 0, 2), *b = toy_run(&broken, &mechanism, 0, 2);
    toy_result *c = toy_run(&infinite, &mechanism, 0, 2);
    assert_int_equal(b->seen.selected, RECORDS);
    assert_true(isnan(b->norms[RECORDS - 1]));
    assert_memory_equal(a->out, b->out, sizeof a->out);
    assert_memory_equal(a->out, c->out, sizeof a->out);
    free(a);
    free(b);
    free(c);
}

static void an_empty_batch_gets_its_noise(void **state)
{
    (void)state;
    dpdm_dp_mechanism rare = toy_mechanism(0x1p-60);
    toy_model nobody = healthy;
    nobody.records = 0;
    toy_result *empty = toy_run(&healthy, &rare, 0, 2), *none = toy_run(&nobody, &rare, 0, 2);
    dpdm_dp_mechanism all = toy_mechanism(1);
    toy_result *full = toy_run(&healthy, &all, 0, 2);
    assert_int_equal(empty->seen.selected, 0);
    assert_memory_equal(empty->out, none->out, sizeof empty->out);
    assert_true(same_noise(empty, full));
    double square = 0;
    for (size_t i = 0; i < SIZE; i++) {
        assert_true(empty->sum[i] == 0);
        square += (double)empty->out[i] * (double)empty->out[i];
    }
    /* standard deviation sigma C / B = 0.15; 12,365 coordinates: 5 standard errors are 3.2 % */
    double deviation = sqrt(square / SIZE);
    assert_true(fabs(deviation / 0.15 - 1) < 0.032);
    free(empty);
    free(none);
    free(full);
}

static void the_divisor_is_public(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5), half = mechanism;
    half.batch = mechanism.batch / 2;
    toy_result *whole = toy_run(&healthy, &mechanism, 1, 2), *twice = toy_run(&healthy, &half, 1, 2);
    assert_true(whole->seen.selected != (uint64_t)mechanism.batch);
    for (size_t i = 0; i < SIZE; i++) {
        assert_true(twice->out[i] == 2 * whole->out[i]);
        double expected = (double)whole->noised[i] * 0x1p-40 / mechanism.batch;
        assert_true(fabs((double)whole->out[i] - expected) <= 1e-7 * fabs(expected));
    }
    free(whole);
    free(twice);
}

static void one_record_is_enough(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(1);
    toy_model alone = {1, NOBODY, NOBODY, 1e-3F};
    toy_result *result = toy_run(&alone, &mechanism, 0, 4);
    assert_int_equal(result->seen.selected, 1);
    free(result);
}

static void steps_differ_and_repeat(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5);
    toy_result *first = toy_run(&healthy, &mechanism, 0, 2), *second = toy_run(&healthy, &mechanism, 1, 2);
    toy_result *again = toy_run(&healthy, &mechanism, 0, 2);
    assert_memory_equal(first->out, again->out, sizeof first->out);
    assert_false(same_noise(first, second));
    assert_true(memcmp(first->chosen, second->chosen, sizeof first->chosen) != 0);
    free(first);
    free(second);
    free(again);
}

static int stop_at_third(void *context)
{
    return ++*(int *)context >= 3;
}

static void a_step_given_up_can_be_run_again(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(1);
    toy_model model = healthy;
    dpdm_gradient_source source = {.context = &model, .parameters = SIZE, .records = RECORDS, .gradient = toy_gradient};
    dpdm_dp_step *step;
    dpdm_key key;
    dpdm_key_from_seed(&key, 7);
    assert_int_equal(dpdm_dp_step_create(&mechanism, &source, &key, 1, &step, NULL), DPDM_OK);
    static float out[SIZE];
    int asked = 0;
    dpdm_error err;
    assert_int_equal(dpdm_dp_step_run(step, 2, stop_at_third, &asked, out, NULL, &err), DPDM_ECANCELLED);
    assert_int_equal(asked, 3);
    for (size_t i = 0; i < SIZE; i++)
        assert_true(out[i] == 0);
    assert_int_equal(dpdm_dp_step_run(step, 2, NULL, NULL, out, NULL, &err), DPDM_OK);
    dpdm_dp_step_destroy(step);
    toy_result *whole = toy_run(&healthy, &mechanism, 2, 2);
    assert_memory_equal(out, whole->out, sizeof out);
    free(whole);
}

static void impossible_constants_are_refused(void **state)
{
    (void)state;
    toy_model model = healthy;
    dpdm_gradient_source source = {.context = &model, .parameters = SIZE, .records = RECORDS, .gradient = toy_gradient};
    dpdm_key key;
    dpdm_key_from_seed(&key, 7);
    dpdm_dp_mechanism bad[6];
    for (int i = 0; i < 6; i++)
        bad[i] = toy_mechanism(0.5);
    bad[0].noise_multiplier = 0;
    bad[1].noise_multiplier = NAN;
    bad[2].batch = 0;
    bad[3].batch = INFINITY;
    bad[4].grid.clip = -1;
    bad[5].grid.bits = 60;
    dpdm_dp_step *step;
    for (int i = 0; i < 6; i++) {
        dpdm_error err = {0};
        assert_int_not_equal(dpdm_dp_step_create(&bad[i], &source, &key, 1, &step, &err), DPDM_OK);
        assert_true(err.message[0] && !step);
    }
    dpdm_dp_mechanism good = toy_mechanism(0.5);
    source.records = UINT64_C(1) << 40; /* more than 2^63 / 2^40 */
    assert_int_equal(dpdm_dp_step_create(&good, &source, &key, 1, &step, NULL), DPDM_ERANGE);
    source.records = RECORDS;
    assert_int_equal(dpdm_dp_step_create(&good, &source, &key, 0, &step, NULL), DPDM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(another_record_changes_nothing_but_the_sum),
        cmocka_unit_test(a_gradient_that_is_not_finite_adds_zero),
        cmocka_unit_test(an_empty_batch_gets_its_noise),
        cmocka_unit_test(the_divisor_is_public),
        cmocka_unit_test(one_record_is_enough),
        cmocka_unit_test(steps_differ_and_repeat),
        cmocka_unit_test(a_step_given_up_can_be_run_again),
        cmocka_unit_test(impossible_constants_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
