/* replay_selfcheck_broken.c - the replay audit fails when the mechanism is broken: the audit is given broken steps and gradients
 * in the place of dpdm's, and the check named must catch each. They may race on purpose, so no thread sanitizer runs this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "audit/selfcheck.h"

enum { CHECKS_ROOM = 64 };

/* The audit of a broken mechanism, on one thread so that its defects show in the same way each time: the named checks,
 * at least, must fail and say why. */
enum { NAMED = 3 };

static void caught(const dpdm_selfcheck_subject *broken, const char *const checks[NAMED])
{
    dpdm_selfcheck_options options = {NULL, 1, 1};
    dpdm_selfcheck_result results[CHECKS_ROOM];
    dpdm_error err = {0};
    assert_true(dpdm_selfcheck_count() <= CHECKS_ROOM);
    if (dpdm_selfcheck_run_subject(&options, broken, results, &err))
        fail_msg("%s", err.message);
    for (int k = 0; k < NAMED && checks[k]; k++) {
        size_t i = 0;
        while (i < dpdm_selfcheck_count() && strcmp(results[i].name, checks[k]) != 0)
            i++;
        if (i == dpdm_selfcheck_count())
            fail_msg("there is no check '%s'", checks[k]);
        if (results[i].passed || !results[i].detail[0])
            fail_msg("the defect was not caught by '%s'", checks[k]);
    }
}

/* Defects of gradients. */
typedef struct {
    dpdm_gradient_source inner;
    uint64_t calls;
    float left;
} broken_gradients;

/* What a defect does to the vector of a record, of n floats. */
typedef void (*vector_fn)(broken_gradients *broken, float *vector);

/* Something that knows how many records there are, as a batch norm or a data-dependent scale does. */
static void counting_vector(broken_gradients *broken, float *vector)
{
    vector[7] += 1e-3F * (float)broken->inner.records;
}

/* A generator that goes on from record to record. */
static void stateful_vector(broken_gradients *broken, float *vector)
{
    vector[7] += 1e-3F * (float)broken->calls++;
}

/* Memory of the last record that was not cleared. */
static void leftover_vector(broken_gradients *broken, float *vector)
{
    float own = vector[7];
    vector[7] += broken->left;
    broken->left = own;
}

typedef struct {
    broken_gradients gradients;
    vector_fn vector;                                 /* of mutant_group; NULL: group_give */
    void (*group)(void *, const dpdm_record_group *); /* how groups are taken */
} gradient_mutant;

typedef struct {
    gradient_mutant *mutant;
    const dpdm_record_group *to;
    float first; /* of the group */
} mutant_sink;

/* A record that sees the first of its group, as where one statistic is taken over all that lies in memory. */
static void group_give(void *context, int index, size_t first, size_t n, const float *values)
{
    mutant_sink *sink = context;
    float *vector = malloc(n * sizeof *vector);
    assert_non_null(vector);
    memcpy(vector, values, n * sizeof *vector);
    if (index == 0)
        sink->first = vector[7];
    vector[7] += 1e-3F * sink->first;
    sink->to->give(sink->to->sink, index, first, n, vector);
    free(vector);
}

static void mutant_give(void *context, int index, size_t first, size_t n, const float *values)
{
    const mutant_sink *sink = context;
    float *vector = malloc(n * sizeof *vector);
    assert_non_null(vector);
    memcpy(vector, values, n * sizeof *vector);
    sink->mutant->vector(&sink->mutant->gradients, vector);
    sink->to->give(sink->to->sink, index, first, n, vector);
    free(vector);
}

static void mutant_group(void *context, const dpdm_record_group *group)
{
    gradient_mutant *mutant = context;
    const dpdm_gradient_source *inner = &mutant->gradients.inner;
    mutant_sink sink = {mutant, group, 0};
    dpdm_record_group changed = *group;
    changed.give = mutant->vector ? mutant_give : group_give;
    changed.sink = &sink;
    inner->vectors(inner->context, &changed);
}

/* The vector of the next record, of the first for the last one: as with indices into a batch that was padded. */
static void neighbour_group(void *context, const dpdm_record_group *group)
{
    const dpdm_gradient_source *inner = &((gradient_mutant *)context)->gradients.inner;
    uint64_t records[DPDM_GROUP_MOST];
    dpdm_record_group changed = *group;
    for (int i = 0; i < group->count; i++)
        records[i] = (group->records[i] + 1) % inner->records;
    changed.records = records;
    inner->vectors(inner->context, &changed);
}

static dpdm_gradient_source mutant_gradients(void *context, const dpdm_gradient_source *inner)
{
    gradient_mutant *mutant = context;
    mutant->gradients.inner = *inner;
    dpdm_gradient_source broken = *inner;
    broken.context = mutant;
    broken.vectors = mutant->group;
    return broken;
}

static void gradients_that_see_other_images_are_caught(void **state)
{
    (void)state;
    static const struct {
        vector_fn vector;
        void (*group)(void *, const dpdm_record_group *);
        const char *checks[NAMED];
    } mutants[] = {
        {NULL, neighbour_group, {"one-more", "replaced"}},
        {counting_vector, mutant_group, {"one-more", "one-less"}},
        {stateful_vector, mutant_group, {"one-more", "again", "threads"}},
        {NULL, mutant_group, {"replaced"}},
        {leftover_vector, mutant_group, {"replaced", "not-finite"}},
    };
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        gradient_mutant mutant = {.vector = mutants[i].vector, .group = mutants[i].group};
        caught(&(dpdm_selfcheck_subject){.context = &mutant, .gradients = mutant_gradients}, mutants[i].checks);
    }
}

/* Defects of the step. */
static dpdm_status realised_divisor(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                    uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                    dpdm_private_diagnostics *seen, dpdm_error *err)
{
    dpdm_status status = dpdm_dp_step_run(step, number, stop, stop_context, out, seen, err);
    if (!status && seen->selected)
        dpdm_grid_release(&mechanism->grid, seen->noised, *(size_t *)context, (double)seen->selected, out);
    return status;
}

static dpdm_status no_noise_for_nobody(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                       uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                       dpdm_private_diagnostics *seen, dpdm_error *err)
{
    dpdm_status status = dpdm_dp_step_run(step, number, stop, stop_context, out, seen, err);
    size_t n = *(size_t *)context; /* known once a gradient was taken */
    if (!status && !seen->selected) {
        memcpy(seen->noised, seen->sum, n * sizeof *seen->noised);
        dpdm_grid_release(&mechanism->grid, seen->noised, n, mechanism->batch, out);
    }
    return status;
}

/* The noise of one coordinate moves with the batch. */
static dpdm_status noise_of_the_batch(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                      uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                      dpdm_private_diagnostics *seen, dpdm_error *err)
{
    dpdm_status status = dpdm_dp_step_run(step, number, stop, stop_context, out, seen, err);
    if (!status) {
        seen->noised[0] += (int64_t)seen->selected;
        dpdm_grid_release(&mechanism->grid, seen->noised, *(size_t *)context, mechanism->batch, out);
    }
    return status;
}

static dpdm_status one_noise_for_all(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                     uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                     dpdm_private_diagnostics *seen, dpdm_error *err)
{
    (void)context;
    (void)mechanism;
    (void)number;
    return dpdm_dp_step_run(step, 0, stop, stop_context, out, seen, err);
}

/* One unit of the grid too much, noise and release all in keeping. */
static dpdm_status one_unit_too_much(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                     uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                     dpdm_private_diagnostics *seen, dpdm_error *err)
{
    dpdm_status status = dpdm_dp_step_run(step, number, stop, stop_context, out, seen, err);
    size_t n = *(size_t *)context; /* known once a gradient was taken */
    if (!status && seen->selected) {
        seen->sum[n - 1]++;
        seen->noised[n - 1]++;
        dpdm_grid_release(&mechanism->grid, seen->noised, n, mechanism->batch, out);
    }
    return status;
}

/* Clipped to twice the bound: the sum of vectors twice as long. */
static dpdm_status twice_the_clip(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                  uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                  dpdm_private_diagnostics *seen, dpdm_error *err)
{
    dpdm_status status = dpdm_dp_step_run(step, number, stop, stop_context, out, seen, err);
    size_t n = *(size_t *)context; /* known once a gradient was taken */
    for (size_t k = 0; !status && k < n; k++) {
        seen->noised[k] += seen->sum[k];
        seen->sum[k] *= 2;
    }
    if (!status)
        dpdm_grid_release(&mechanism->grid, seen->noised, n, mechanism->batch, out);
    return status;
}

static dpdm_status release_without_noise(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                         uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                         dpdm_private_diagnostics *seen, dpdm_error *err)
{
    dpdm_status status = dpdm_dp_step_run(step, number, stop, stop_context, out, seen, err);
    if (!status)
        dpdm_grid_release(&mechanism->grid, seen->sum, *(size_t *)context, mechanism->batch, out);
    return status;
}

static dpdm_status never_stops(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism, uint64_t number,
                               dpdm_stop_fn stop, void *stop_context, float *out, dpdm_private_diagnostics *seen,
                               dpdm_error *err)
{
    (void)context;
    (void)mechanism;
    (void)stop;
    return dpdm_dp_step_run(step, number, NULL, stop_context, out, seen, err);
}

static dpdm_status writes_when_stopped(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism,
                                       uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                                       dpdm_private_diagnostics *seen, dpdm_error *err)
{
    (void)context;
    (void)mechanism;
    dpdm_status status = dpdm_dp_step_run(step, number, stop, stop_context, out, seen, err);
    if (status)
        out[0] = 1;
    return status;
}

static dpdm_gradient_source note_parameters(void *context, const dpdm_gradient_source *inner)
{
    *(size_t *)context = inner->parameters;
    return *inner;
}

typedef dpdm_status (*step_fn)(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism, uint64_t number,
                               dpdm_stop_fn stop, void *stop_context, float *out, dpdm_private_diagnostics *seen,
                               dpdm_error *err);

static void broken_steps_are_caught(void **state)
{
    (void)state;
    static const struct {
        step_fn run;
        const char *checks[NAMED];
    } mutants[] = {
        {realised_divisor, {"divisor"}},
        {no_noise_for_nobody, {"empty-batch", "empty-set"}},
        {noise_of_the_batch, {"one-more"}},
        {one_noise_for_all, {"noise"}},
        {one_unit_too_much, {"norm", "not-finite"}},
        {twice_the_clip, {"norm", "one-less"}},
        {release_without_noise, {"divisor", "again"}},
        {never_stops, {"stopped"}},
        {writes_when_stopped, {"stopped"}},
    };
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        size_t parameters = 0;
        caught(&(dpdm_selfcheck_subject){.context = &parameters, .gradients = note_parameters, .run = mutants[i].run},
               mutants[i].checks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_steps_are_caught),
        cmocka_unit_test(gradients_that_see_other_images_are_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
