/* dp_step.c - one step of DP-SGD: select, clip, sum exactly, add noise, divide by the public batch size. */
#include "dpdm/dp_step.h"

#include <math.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "train/dp_step_ranks.h"

/* What one worker owns: its share of the sum, in the order of the vectors, and memory for what it works on. */
typedef struct {
    int64_t *sum;
    int64_t *block;       /* [DPDM_NOISE_BLOCK], parameters in their order */
    dpdm_stream *streams; /* [group] */
    dpdm_error error;
} step_worker;

struct dpdm_dp_step {
    dpdm_dp_mechanism mechanism;
    dpdm_gradient_source source;
    size_t given;  /* coordinates of a vector */
    int group;     /* records of one call, at most */
    dpdm_key *key; /* locked memory */
    dpdm_pool *pool;
    int threads;
    step_worker *workers;
    uint64_t *chosen;
    dpdm_transport *transport; /* NULL: this process is alone */
    size_t *first;             /* [ranks + 1]: whose noise each range of parameters gets */
    int64_t *flat;             /* [parameters], with ranks: the sum of this rank in the order of the parameters */
};

/* One run, as its tasks see it. */
typedef struct {
    dpdm_dp_step *step;
    uint64_t number, selected;
    uint64_t group;       /* records of one call */
    uint64_t first_block; /* of the parameters that get their noise here */
    dpdm_stop_fn stop;
    void *stop_context;
    atomic_int stopped;
    float *out;
    dpdm_private_diagnostics *diagnostics;
} step_job;

/* One group of records, and which of them have given their vector. */
typedef struct {
    step_job *job;
    int worker, count;
    uint64_t first; /* of the batch */
    uint8_t given[DPDM_GROUP_MOST];
} step_group;

static dpdm_status step_check(const dpdm_dp_mechanism *mechanism, const dpdm_gradient_source *source, int threads,
                              dpdm_error *err);
static dpdm_status step_check_places(const dpdm_gradient_source *source, dpdm_error *err);
static dpdm_status step_allocate(dpdm_dp_step *step, const dpdm_key *key, int threads, dpdm_error *err);
static uint64_t step_leave_out(const uint8_t *left_out, uint64_t *chosen, uint64_t selected);
static void step_begin(void *context, int worker, uint64_t index);
static void step_records(void *context, int worker, uint64_t index);
static void step_merge(void *context, int worker, uint64_t index);
static void step_flatten(void *context, int worker, uint64_t index);
static void step_block(void *context, int worker, uint64_t index);
static uint64_t step_share(const dpdm_dp_step *step, uint64_t selected);
static dpdm_status step_exchange(dpdm_dp_step *step, step_job *job, dpdm_error *err);
static dpdm_status step_status(const dpdm_dp_step *step, dpdm_error *err);

static uint64_t step_blocks(size_t n)
{
    return (n + DPDM_NOISE_BLOCK - 1) / DPDM_NOISE_BLOCK;
}

dpdm_status dpdm_dp_step_create(const dpdm_dp_mechanism *mechanism, const dpdm_gradient_source *source,
                                const dpdm_key *key, int threads, dpdm_dp_step **step, dpdm_error *err)
{
    *step = NULL;
    dpdm_status status = step_check(mechanism, source, threads, err);
    if (status)
        return status;
    dpdm_dp_step *made = calloc(1, sizeof *made);
    if (!made)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a training step");
    made->mechanism = *mechanism;
    made->source = *source;
    made->given = source->place ? source->given : source->parameters;
    made->group = source->group > 0 ? source->group : 1;
    status = step_allocate(made, key, threads, err);
    if (status) {
        dpdm_dp_step_destroy(made);
        return status;
    }
    *step = made;
    return DPDM_OK;
}

void dpdm_dp_step_destroy(dpdm_dp_step *step)
{
    if (!step)
        return;
    dpdm_pool_destroy(step->pool);
    for (int w = 0; step->workers && w < step->threads; w++) {
        free(step->workers[w].sum);
        free(step->workers[w].block);
        free(step->workers[w].streams);
    }
    free(step->workers);
    free(step->chosen);
    free(step->first);
    free(step->flat);
    sodium_free(step->key);
    free(step);
}

dpdm_status dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context, float *out,
                             dpdm_private_diagnostics *diagnostics, dpdm_error *err)
{
    step_job job = {.step = step,
                    .number = number,
                    .stop = stop,
                    .stop_context = stop_context,
                    .out = out,
                    .diagnostics = diagnostics};
    /* Asked here too: a step of few records may leave none to worker 0, the one that asks while it works. */
    atomic_init(&job.stopped, stop && stop(stop_context));
    dpdm_pool_each(step->pool, step_begin, &job);
    uint64_t selected = 0;
    dpdm_poisson_select(step->key, number, step->source.records, &step->mechanism.rate, step->chosen, &selected);
    selected = step_share(step, step_leave_out(step->source.left_out, step->chosen, selected));
    if (diagnostics) {
        diagnostics->selected = selected;
        if (diagnostics->chosen && selected)
            memcpy(diagnostics->chosen, step->chosen, selected * sizeof *step->chosen);
    }
    /* Small groups where there are few records: none of the workers should wait. The bits are the same. */
    const uint64_t threads = (uint64_t)step->threads, share = (selected + threads - 1) / threads;
    job.selected = selected;
    job.group = share > (uint64_t)step->group ? (uint64_t)step->group : share > 1 ? share : 1;
    dpdm_pool_run(step->pool, (selected + job.group - 1) / job.group, step_records, &job);
    dpdm_status status = atomic_load(&job.stopped)
                             ? dpdm_error_set(err, DPDM_ECANCELLED, "stopped in step %llu", (unsigned long long)number)
                             : step_status(step, err);
    status = dpdm_transport_settle(step->transport, status, err); /* one rank that stops stops all */
    if (status)
        return status;
    /* No branch on the batch: an empty one gets its noise like any other. */
    dpdm_pool_run(step->pool, step_blocks(step->given), step_merge, &job);
    if (step->transport)
        return step_exchange(step, &job, err);
    dpdm_pool_run(step->pool, step_blocks(step->source.parameters), step_block, &job);
    return step_status(step, err);
}

dpdm_status dpdm_dp_step_join(dpdm_dp_step *step, dpdm_transport *transport, dpdm_error *err)
{
    size_t n = step->source.parameters, ranks = (size_t)dpdm_transport_size(transport);
    if (!transport)
        return DPDM_OK;
    step->first = malloc((ranks + 1) * sizeof *step->first);
    step->flat = malloc(n * sizeof *step->flat);
    if (!step->first || !step->flat)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the sum of %zu parameters over %zu ranks", n, ranks);
    dpdm_transport_cut(transport, n, DPDM_NOISE_BLOCK, step->first);
    step->transport = transport;
    return DPDM_OK;
}

/* The records of a batch that are this rank's: every one has one rank, whichever it is. */
static uint64_t step_share(const dpdm_dp_step *step, uint64_t selected)
{
    uint64_t kept = 0, ranks = (uint64_t)dpdm_transport_size(step->transport);
    if (ranks == 1)
        return selected;
    for (uint64_t i = (uint64_t)dpdm_transport_rank(step->transport); i < selected; i += ranks)
        step->chosen[kept++] = step->chosen[i];
    return kept;
}

/* Sums over ranks, to each rank a range; noise and release of that range; and the released ranges go to all. Noise is
 * addressed by coordinate, so that the ranges of any number of ranks get what one process would have given them. */
static dpdm_status step_exchange(dpdm_dp_step *step, step_job *job, dpdm_error *err)
{
    int rank = dpdm_transport_rank(step->transport);
    dpdm_pool_run(step->pool, step_blocks(step->source.parameters), step_flatten, job);
    dpdm_status status = dpdm_transport_sum(step->transport, step->flat, step->first, err);
    if (status)
        return status;
    job->first_block = step->first[rank] / DPDM_NOISE_BLOCK;
    dpdm_pool_run(step->pool, step_blocks(step->first[rank + 1] - step->first[rank]), step_block, job);
    status = dpdm_transport_settle(step->transport, step_status(step, err), err);
    return status ? status : dpdm_transport_gather(step->transport, job->out, sizeof *job->out, step->first, err);
}

static dpdm_status step_check(const dpdm_dp_mechanism *mechanism, const dpdm_gradient_source *source, int threads,
                              dpdm_error *err)
{
    dpdm_status status = dpdm_grid_check(&mechanism->grid, err);
    if (status)
        return status;
    if (!(mechanism->noise_multiplier > 0) || !isfinite(mechanism->noise_multiplier))
        return dpdm_error_set(err, DPDM_ERANGE, "noise multiplier %g: it must be finite and above 0",
                              mechanism->noise_multiplier);
    if (!(mechanism->batch > 0) || !isfinite(mechanism->batch))
        return dpdm_error_set(err, DPDM_ERANGE, "expected batch size %g: it must be finite and above 0",
                              mechanism->batch);
    if (threads < 1)
        return dpdm_error_set(err, DPDM_ERANGE, "%d threads: at least 1 is needed", threads);
    if (source->parameters == 0 || source->parameters > SIZE_MAX / (4 * sizeof(int64_t)))
        return dpdm_error_set(err, DPDM_ERANGE, "a model of %zu parameters cannot be trained", source->parameters);
    if (source->group > DPDM_GROUP_MOST)
        return dpdm_error_set(err, DPDM_EINTERNAL, "groups of %d records: at most %d", source->group, DPDM_GROUP_MOST);
    if (source->place && (status = step_check_places(source, err)))
        return status;
    /* Every record may be chosen at once; then the sum must still fit. */
    uint64_t capacity = dpdm_grid_capacity(&mechanism->grid, mechanism->noise_multiplier);
    if (source->records > capacity)
        return dpdm_error_set(
            err, DPDM_ERANGE,
            "the data hold more records than a 64-bit sum can at %d grid bits and noise multiplier %g "
            "(%llu); use fewer grid bits",
            mechanism->grid.bits, mechanism->noise_multiplier, (unsigned long long)capacity);
    return DPDM_OK;
}

/* Each parameter has a coordinate of its own: else one value would be released twice, with more weight than its share. */
static dpdm_status step_check_places(const dpdm_gradient_source *source, dpdm_error *err)
{
    uint8_t *taken = calloc(source->given / 8 + 1, 1);
    size_t good = 0;
    if (!taken)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to check the order of %zu coordinates", source->given);
    for (size_t at; good < source->parameters && (at = source->place[good]) < source->given; good++) {
        if (taken[at / 8] >> at % 8 & 1)
            break;
        taken[at / 8] |= (uint8_t)(1 << at % 8);
    }
    free(taken);
    if (good < source->parameters)
        return dpdm_error_set(err, DPDM_EINTERNAL,
                              "parameter %zu has no coordinate of its own among the %zu of a vector", good,
                              source->given);
    return DPDM_OK;
}

static dpdm_status step_allocate(dpdm_dp_step *step, const dpdm_key *key, int threads, dpdm_error *err)
{
    size_t n = step->given;
    if (sodium_init() < 0)
        return dpdm_error_set(err, DPDM_EINTERNAL, "libsodium cannot start");
    step->key = sodium_malloc(sizeof *step->key);
    step->workers = calloc((size_t)threads, sizeof *step->workers);
    step->chosen = malloc((size_t)(step->source.records + 1) * sizeof *step->chosen);
    step->threads = threads;
    int complete = step->key && step->workers && step->chosen;
    for (int w = 0; complete && w < threads; w++) {
        step_worker *own = &step->workers[w];
        own->sum = malloc(n * sizeof *own->sum);
        own->block = malloc(DPDM_NOISE_BLOCK * sizeof *own->block);
        own->streams = calloc((size_t)step->group, sizeof *own->streams);
        complete = own->sum && own->block && own->streams;
    }
    if (!complete)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the sums of %d threads (%zu coordinates)", threads, n);
    *step->key = *key;
    return dpdm_pool_create(threads, &step->pool, err);
}

/* Takes records that do not count out of a batch. Everyone has made a draw, so that nobody else's moves. */
static uint64_t step_leave_out(const uint8_t *left_out, uint64_t *chosen, uint64_t selected)
{
    uint64_t kept = 0;
    if (!left_out)
        return selected;
    for (uint64_t i = 0; i < selected; i++)
        if (!left_out[chosen[i]])
            chosen[kept++] = chosen[i];
    return kept;
}

/* Each worker clears its own sum, all at once. */
static void step_begin(void *context, int worker, uint64_t index)
{
    dpdm_dp_step *step = ((step_job *)context)->step;
    (void)index;
    memset(step->workers[worker].sum, 0, step->given * sizeof(int64_t));
    step->workers[worker].error.status = DPDM_OK;
}

/* Takes the vector of a record, clipped, to the sum of the worker. No record has more than one: a second would add to
 * what the record may move. */
static void step_give(void *sink, int index, size_t first, size_t n, const float *values)
{
    step_group *group = sink;
    dpdm_dp_step *step = group->job->step;
    step_worker *own = &step->workers[group->worker];
    dpdm_private_diagnostics *diagnostics = group->job->diagnostics;
    if (own->error.status)
        return;
    if (index < 0 || index >= group->count || group->given[index] || first > step->given || n > step->given - first) {
        own->error.status = dpdm_error_set(&own->error, DPDM_EINTERNAL,
                                           "a record gave a second vector, or one beyond %zu coordinates", step->given);
        return;
    }
    group->given[index] = 1;
    double norm;
    own->error.status = dpdm_grid_add(&step->mechanism.grid, values, n, own->sum + first, &norm, &own->error);
    if (diagnostics && diagnostics->norms)
        diagnostics->norms[group->first + (uint64_t)index] = norm;
}

/* One group of chosen records. */
static void step_records(void *context, int worker, uint64_t index)
{
    step_job *job = context;
    dpdm_dp_step *step = job->step;
    step_worker *own = &step->workers[worker];
    if (atomic_load(&job->stopped) || own->error.status)
        return;
    if (worker == 0 && job->stop && job->stop(job->stop_context)) {
        atomic_store(&job->stopped, 1);
        return;
    }
    const uint64_t first = index * job->group, left = job->selected - first;
    step_group group = {
        .job = job, .worker = worker, .count = (int)(left < job->group ? left : job->group), .first = first};
    for (int i = 0; i < group.count; i++) {
        dpdm_stream_init(&own->streams[i], step->key, DPDM_PURPOSE_DRAWS, job->number,
                         step->chosen[first + (uint64_t)i]);
        if (job->diagnostics && job->diagnostics->norms)
            job->diagnostics->norms[first + (uint64_t)i] = 0; /* of a record that gives nothing */
    }
    step->source.vectors(step->source.context, &(dpdm_record_group){.worker = worker,
                                                                    .count = group.count,
                                                                    .step = job->number,
                                                                    .records = step->chosen + first,
                                                                    .streams = own->streams,
                                                                    .give = step_give,
                                                                    .sink = &group});
    for (int i = 0; i < group.count; i++)
        dpdm_stream_wipe(&own->streams[i]);
}

/* One block of coordinates as the vectors have them: the sums of all workers go to that of the first. */
static void step_merge(void *context, int worker, uint64_t index)
{
    const dpdm_dp_step *step = ((step_job *)context)->step;
    size_t first = (size_t)index * DPDM_NOISE_BLOCK, left = step->given - first;
    size_t n = left < DPDM_NOISE_BLOCK ? left : DPDM_NOISE_BLOCK;
    int64_t *sum = step->workers[0].sum + first;
    (void)worker;
    for (int w = 1; w < step->threads; w++) {
        const int64_t *part = step->workers[w].sum + first;
        for (size_t i = 0; i < n; i++)
            sum[i] += part[i];
    }
}

/* One block of the sum in the order of the parameters. */
static void step_parameters(const dpdm_dp_step *step, size_t first, size_t n, int64_t *sum)
{
    const uint32_t *place = step->source.place;
    for (size_t i = 0; i < n; i++)
        sum[i] = step->workers[0].sum[place ? place[first + i] : first + i];
}

static void step_flatten(void *context, int worker, uint64_t index)
{
    const dpdm_dp_step *step = ((step_job *)context)->step;
    size_t first = (size_t)index * DPDM_NOISE_BLOCK, left = step->source.parameters - first;
    (void)worker;
    step_parameters(step, first, left < DPDM_NOISE_BLOCK ? left : DPDM_NOISE_BLOCK, step->flat + first);
}

/* One block of parameters: noise is added to the sum, and the result leaves the integers. */
static void step_block(void *context, int worker, uint64_t index)
{
    step_job *job = context;
    dpdm_dp_step *step = job->step;
    const dpdm_dp_mechanism *mechanism = &step->mechanism;
    dpdm_private_diagnostics *diagnostics = job->diagnostics;
    step_worker *own = &step->workers[worker];
    size_t first = (size_t)(job->first_block + index) * DPDM_NOISE_BLOCK, left = step->source.parameters - first;
    size_t n = left < DPDM_NOISE_BLOCK ? left : DPDM_NOISE_BLOCK;
    int64_t *sum = step->transport ? step->flat + first : own->block;
    if (!step->transport)
        step_parameters(step, first, n, sum);
    if (diagnostics && diagnostics->sum)
        memcpy(diagnostics->sum + first, sum, n * sizeof *sum);
    dpdm_status status = dpdm_gaussian_add(&mechanism->grid, mechanism->noise_multiplier, step->key, DPDM_PURPOSE_NOISE,
                                           job->number, first, n, sum, &own->error);
    if (status)
        return;
    if (diagnostics && diagnostics->noised)
        memcpy(diagnostics->noised + first, sum, n * sizeof *sum);
    dpdm_grid_release(&mechanism->grid, sum, n, mechanism->batch, job->out + first);
}

/* The first failure of a worker, if any. */
static dpdm_status step_status(const dpdm_dp_step *step, dpdm_error *err)
{
    for (int w = 0; w < step->threads; w++) {
        const dpdm_error *own = &step->workers[w].error;
        if (own->status)
            return dpdm_error_set(err, own->status, "%s", own->message);
    }
    return DPDM_OK;
}
