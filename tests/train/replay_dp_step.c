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

static void toy_gradient(const toy_model *model, uint64_t record, dpdm_stream *stream, float *gradient)
{
    dpdm_stream_normals(stream, gradient, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        gradient[i] *= model->scale * (float)(record % 3);
    if (model->broken == (int)record)
        gradient[SIZE / 2] = NAN;
    if (model->infinite == (int)record)
        gradient[0] = -INFINITY;
}

static void toy_vectors(void *context, const dpdm_record_group *group)
{
    float *gradient = malloc(SIZE * sizeof *gradient);
    assert_non_null(gradient);
    for (int i = 0; i < group->count; i++) {
        toy_gradient(context, group->records[i], &group->streams[i], gradient);
        group->give(group->sink, i, 0, SIZE, gradient);
    }
    free(gradient);
}

static dpdm_dp_mechanism toy_mechanism(double q)
{
    dpdm_dp_mechanism mechanism = {
        .grid = {sizeof(dpdm_grid), 1.0, DPDM_GRID_BITS}, .noise_multiplier = 1.5, .batch = 10};
    assert_int_equal(dpdm_rate_from(q, &mechanism.rate, NULL), DPDM_OK);
    return mechanism;
}

static dpdm_gradient_source toy_source(toy_model *model)
{
    return (dpdm_gradient_source){
        .context = model, .parameters = SIZE, .records = model->records, .vectors = toy_vectors};
}

static toy_result *toy_run_source(dpdm_gradient_source source, const dpdm_dp_mechanism *mechanism, uint64_t number,
                                  int threads)
{
    toy_result *result = calloc(1, sizeof *result);
    assert_non_null(result);
    result->seen = (dpdm_private_diagnostics){
        .chosen = result->chosen, .norms = result->norms, .sum = result->sum, .noised = result->noised};
    dpdm_dp_step *step;
    dpdm_key key;
    dpdm_key_from_seed(&key, 7);
    assert_int_equal(dpdm_dp_step_create(mechanism, &source, &key, threads, &step, NULL), DPDM_OK);
    assert_int_equal(dpdm_dp_step_run(step, number, NULL, NULL, result->out, &result->seen, NULL), DPDM_OK);
    dpdm_dp_step_destroy(step);
    return result;
}

static toy_result *toy_run(const toy_model *model, const dpdm_dp_mechanism *mechanism, uint64_t number, int threads)
{
    toy_model copy = *model;
    return toy_run_source(toy_source(&copy), mechanism, number, threads);
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

static long double squared_norm(const toy_result *a)
{
    static const toy_result nothing;
    return squared_distance(a, &nothing);
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

static void groups_do_not_show(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5);
    toy_model model = healthy;
    dpdm_gradient_source source = toy_source(&model);
    toy_result *one = toy_run_source(source, &mechanism, 3, 1);
    for (source.group = 2; source.group <= DPDM_GROUP_MOST; source.group += 7) {
        toy_result *more = toy_run_source(source, &mechanism, 3, 1 + source.group % 3);
        assert_memory_equal(one->out, more->out, sizeof one->out);
        assert_memory_equal(one->sum, more->sum, sizeof one->sum);
        assert_memory_equal(one->chosen, more->chosen, sizeof one->chosen);
        assert_memory_equal(one->norms, more->norms, sizeof one->norms);
        free(more);
    }
    free(one);
}

/* An order of their own: parameter i at place 7 i, modulo a prime above SIZE. */
enum { GIVEN = 12373 };
static uint32_t places[SIZE];

static void turned_vectors(void *context, const dpdm_record_group *group)
{
    static float gradient[SIZE], turned[GIVEN];
    for (int i = 0; i < group->count; i++) {
        toy_gradient(context, group->records[i], &group->streams[i], gradient);
        for (size_t p = 0; p < SIZE; p++)
            turned[places[p]] = gradient[p];
        group->give(group->sink, i, 0, GIVEN, turned);
    }
}

static void places_begin(void)
{
    for (size_t p = 0; p < SIZE; p++)
        places[p] = (uint32_t)(7 * p % GIVEN);
}

/* Noise belongs to a parameter, wherever the vectors have it; the sums are those of the usual order but for the rounding
 * of the norm, which is taken in the order of the vector. */
static void vectors_in_another_order_are_released_as_ever(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5);
    toy_model model = healthy;
    dpdm_gradient_source source = toy_source(&model);
    toy_result *usual = toy_run_source(source, &mechanism, 3, 2);
    places_begin();
    source.place = places;
    source.given = GIVEN;
    source.vectors = turned_vectors;
    toy_result *turned = toy_run_source(source, &mechanism, 3, 1);
    for (size_t i = 0; i < SIZE; i++) {
        assert_true(usual->noised[i] - usual->sum[i] == turned->noised[i] - turned->sum[i]);
        assert_true(llabs((long long)(usual->sum[i] - turned->sum[i])) <= (long long)usual->seen.selected << 8);
    }
    assert_true(squared_norm(turned) > 0x1p70L);
    free(usual);
    free(turned);
}

static void places_that_are_shared_or_beyond_are_refused(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5);
    toy_model model = healthy;
    dpdm_gradient_source source = toy_source(&model);
    dpdm_key key;
    dpdm_dp_step *step;
    dpdm_error err;
    dpdm_key_from_seed(&key, 7);
    source.place = places;
    source.vectors = turned_vectors;
    for (int wrong = 0; wrong < 3; wrong++) {
        places_begin();
        source.given = GIVEN;
        if (wrong == 0)
            places[SIZE - 1] = places[0];
        else if (wrong == 1)
            places[5] = GIVEN;
        else
            source.given = SIZE - 1;
        assert_int_equal(dpdm_dp_step_create(&mechanism, &source, &key, 1, &step, &err), DPDM_EINTERNAL);
    }
    source = toy_source(&model);
    source.group = DPDM_GROUP_MOST + 1;
    assert_int_equal(dpdm_dp_step_create(&mechanism, &source, &key, 1, &step, &err), DPDM_EINTERNAL);
}

enum { RANGE = 100 };

/* A range of the vector, the rest is zero: given as it is, or as a whole vector. */
static void range_vectors(void *context, const dpdm_record_group *group)
{
    static float whole[SIZE];
    const int ranges = *(const int *)context;
    for (int i = 0; i < group->count; i++) {
        const size_t first = (size_t)(group->records[i] * 311 % (SIZE - RANGE));
        memset(whole, 0, sizeof whole);
        for (size_t p = 0; p < RANGE; p++) /* in steps that make every sum of squares exact */
            whole[first + p] = (float)((int)dpdm_stream_below(&group->streams[i], 9) - 4) * 0.125F;
        if (ranges)
            group->give(group->sink, i, first, RANGE, whole + first);
        else
            group->give(group->sink, i, 0, SIZE, whole);
    }
}

static void a_range_is_the_vector_with_zeros_elsewhere(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(0.5);
    int ranges = 0;
    dpdm_gradient_source source = {
        .context = &ranges, .parameters = SIZE, .records = RECORDS, .vectors = range_vectors};
    toy_result *whole = toy_run_source(source, &mechanism, 1, 1);
    ranges = 1;
    toy_result *part = toy_run_source(source, &mechanism, 1, 1);
    assert_memory_equal(whole->sum, part->sum, sizeof whole->sum);
    assert_memory_equal(whole->norms, part->norms, sizeof whole->norms);
    assert_memory_equal(whole->out, part->out, sizeof whole->out);
    assert_true(squared_norm(part) > 0x1p70L);
    free(whole);
    free(part);
}

typedef struct {
    uint64_t bad; /* the record that gives too much */
    size_t first, n;
    int index, alone; /* alone: in the place of its own vector, not after it */
} greedy_model;

static void greedy_vectors(void *context, const dpdm_record_group *group)
{
    static const float values[SIZE + 1];
    const greedy_model *model = context;
    for (int i = 0; i < group->count; i++) {
        const int bad = group->records[i] == model->bad;
        if (!bad || !model->alone)
            group->give(group->sink, i, 0, SIZE, values);
        if (bad)
            group->give(group->sink, i + model->index, model->first, model->n, values);
    }
}

/* A second vector would let a record move the sum by twice as much. */
static void a_record_gives_one_vector(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(1);
    static const greedy_model greedy[] = {{3, 0, SIZE, 0, 0},       {3, 5, 1, 0, 0},        {3, 0, SIZE + 1, 0, 1},
                                          {3, SIZE, 1, 0, 1},       {3, SIZE + 1, 0, 0, 1}, {3, 0, 1, -1 - 3, 0},
                                          {RECORDS - 1, 0, 1, 1, 0}};
    for (size_t i = 0; i < sizeof greedy / sizeof *greedy; i++) {
        greedy_model model = greedy[i];
        dpdm_gradient_source source = {
            .context = &model, .parameters = SIZE, .records = RECORDS, .group = 8, .vectors = greedy_vectors};
        dpdm_dp_step *step;
        dpdm_key key;
        dpdm_error err;
        static float out[SIZE];
        dpdm_key_from_seed(&key, 7);
        assert_int_equal(dpdm_dp_step_create(&mechanism, &source, &key, 1, &step, NULL), DPDM_OK);
        assert_int_equal(dpdm_dp_step_run(step, 0, NULL, NULL, out, NULL, &err), DPDM_EINTERNAL);
        model.bad = RECORDS; /* and is well again */
        assert_int_equal(dpdm_dp_step_run(step, 0, NULL, NULL, out, NULL, &err), DPDM_OK);
        dpdm_dp_step_destroy(step);
    }
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

static int stop_at_first(void *context)
{
    return ++*(int *)context >= 1;
}

/* Which worker takes a record is chance, so whether to stop is asked where no record is chosen at all. */
static void a_step_without_records_is_stopped(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(1);
    toy_model model = healthy;
    dpdm_gradient_source source = {.context = &model, .parameters = SIZE, .records = 0, .vectors = toy_vectors};
    dpdm_dp_step *step;
    dpdm_key key;
    dpdm_key_from_seed(&key, 7);
    assert_int_equal(dpdm_dp_step_create(&mechanism, &source, &key, 2, &step, NULL), DPDM_OK);
    static float out[SIZE];
    int asked = 0;
    dpdm_error err;
    assert_int_equal(dpdm_dp_step_run(step, 0, stop_at_first, &asked, out, NULL, &err), DPDM_ECANCELLED);
    dpdm_dp_step_destroy(step);
}

static void a_step_given_up_can_be_run_again(void **state)
{
    (void)state;
    dpdm_dp_mechanism mechanism = toy_mechanism(1);
    toy_model model = healthy;
    dpdm_gradient_source source = {.context = &model, .parameters = SIZE, .records = RECORDS, .vectors = toy_vectors};
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
    dpdm_gradient_source source = {.context = &model, .parameters = SIZE, .records = RECORDS, .vectors = toy_vectors};
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
        cmocka_unit_test(groups_do_not_show),
        cmocka_unit_test(vectors_in_another_order_are_released_as_ever),
        cmocka_unit_test(places_that_are_shared_or_beyond_are_refused),
        cmocka_unit_test(a_range_is_the_vector_with_zeros_elsewhere),
        cmocka_unit_test(a_record_gives_one_vector),
        cmocka_unit_test(another_record_changes_nothing_but_the_sum),
        cmocka_unit_test(a_gradient_that_is_not_finite_adds_zero),
        cmocka_unit_test(an_empty_batch_gets_its_noise),
        cmocka_unit_test(the_divisor_is_public),
        cmocka_unit_test(one_record_is_enough),
        cmocka_unit_test(steps_differ_and_repeat),
        cmocka_unit_test(a_step_without_records_is_stopped),
        cmocka_unit_test(a_step_given_up_can_be_run_again),
        cmocka_unit_test(impossible_constants_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
