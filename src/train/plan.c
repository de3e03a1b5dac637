/* plan.c - what a config comes to: rate, steps, noise, memory and time, before any private datum is read. */
#include "dpdm/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/machine.h"
#include "base/pool.h"
#include "base/print.h"
#include "train/config.h"
#include "train/source.h"
#include "train/start.h"

#define PLAN_MEMORY_SHARE                                                                                              \
    0.9 /* of a memory limit, for what the plan counts: the prior, previews and the system take some too */
enum { PLAN_CHUNK = 8, PLAN_TIMED = 3, PLAN_PROGRAM_BYTES = 24 << 20 }; /* the program and its libraries, as measured */

static dpdm_status plan_rate(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err);
static dpdm_status plan_noise(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err);
static void plan_machine(const dpdm_train_config *config, const dpdm_machine *machine, dpdm_train_plan *plan);
static dpdm_status plan_memory(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err);

dpdm_status dpdm_train_plan_make(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err)
{
    const dpdm_machine machine = dpdm_machine_read("");
    return dpdm_train_plan_on(&machine, config, plan, err);
}

dpdm_status dpdm_train_plan_on(const dpdm_machine *machine, const dpdm_train_config *wanted, dpdm_train_plan *plan,
                               dpdm_error *err)
{
    dpdm_train_config settled = *wanted;
    const dpdm_train_config *config = &settled;
    memset(plan, 0, sizeof *plan);
    dpdm_train_config_settle(&settled);
    dpdm_status status = dpdm_train_config_check(config, err);
    if (!status)
        status = plan_rate(config, plan, err);
    if (!status) {
        plan_machine(config, machine, plan);
        status = plan_memory(config, plan, err);
    }
    if (!status)
        status = dpdm_start_describe(config, &plan->start, err);
    if (!status)
        status = plan_noise(config, plan, err);
    return status;
}

dpdm_status dpdm_train_plan_network(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err)
{
    const dpdm_machine machine = dpdm_machine_read("");
    memset(plan, 0, sizeof *plan);
    plan_machine(config, &machine, plan);
    return plan_memory(config, plan, err);
}

int dpdm_train_plan_fits(const dpdm_train_plan *plan)
{
    return !plan->memory_limit || (double)plan->memory_bytes <= PLAN_MEMORY_SHARE * (double)plan->memory_limit;
}

int dpdm_train_plan_memory_note(const dpdm_train_plan *plan, char *text, size_t size)
{
    const double limit = (double)plan->memory_limit * 1e-6, planned = (double)plan->memory_bytes * 1e-6;
    if (!dpdm_train_plan_fits(plan))
        dpdm_print_text(
            text, size,
            "%.0f MB are planned and the memory limit of this container or group is %.0f MB: the system may "
            "end the run; %s",
            planned, limit,
            plan->threads > 1 ? "fewer threads take less" : "a narrower network or a smaller chunk takes less");
    else if (plan->threads < plan->threads_wanted)
        dpdm_print_text(text, size, "%d thread%s instead of %d: the memory limit of this container or group is %.0f MB",
                        plan->threads, plan->threads > 1 ? "s" : "", plan->threads_wanted, limit);
    else
        return 0;
    return 1;
}

/* Each worker times the gradients of random images; `seconds` belongs to the task's index. */
typedef struct {
    dpdm_task_source *source;
    const float *image;
    float **gradients;
    double *seconds;
    dpdm_key key;
} plan_timing;

static void plan_time_task(void *context, int worker, uint64_t index)
{
    plan_timing *timing = context;
    dpdm_stream stream;
    dpdm_stream_init(&stream, &timing->key, DPDM_PURPOSE_TEST, 0, index);
    double start = dpdm_clock_seconds();
    dpdm_task_source_image(timing->source, worker, timing->image, 0, &stream, timing->gradients[worker]);
    timing->seconds[index] = dpdm_clock_seconds() - start;
}

static int plan_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median over a few gradients a worker; the first of each only warms the caches up. */
static dpdm_status plan_time_run(plan_timing *timing, int threads, int draws, double *seconds, dpdm_error *err)
{
    dpdm_pool *pool;
    dpdm_status status = dpdm_pool_create(threads, &pool, err);
    if (status)
        return status;
    uint64_t count = (uint64_t)threads * PLAN_TIMED;
    dpdm_pool_run(pool, (uint64_t)threads, plan_time_task, timing);
    dpdm_pool_run(pool, count, plan_time_task, timing);
    dpdm_pool_destroy(pool);
    qsort(timing->seconds, count, sizeof *timing->seconds, plan_compare);
    *seconds = timing->seconds[count / 2] / draws;
    return DPDM_OK;
}

dpdm_status dpdm_train_time_draw(const dpdm_train_config *config, const dpdm_train_plan *plan, double *seconds_per_draw,
                                 dpdm_error *err)
{
    size_t pixels = (size_t)config->height * (size_t)config->width * (size_t)config->channels;
    size_t threads = (size_t)plan->threads, n = plan->trained;
    plan_timing timing = {0};
    float *image = malloc(pixels * sizeof *image), *params = malloc(plan->parameters * sizeof *params);
    float *gradients = malloc(threads * n * sizeof *gradients);
    timing.gradients = malloc(threads * sizeof *timing.gradients);
    timing.seconds = malloc(threads * PLAN_TIMED * sizeof *timing.seconds);
    dpdm_status status = DPDM_OK;
    if (!image || !params || !gradients || !timing.gradients || !timing.seconds)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to time a gradient");
    if (!status)
        status = dpdm_task_source_create(config, plan, NULL, &timing.source, err);
    if (!status) {
        dpdm_key_from_seed(&timing.key, 0);
        dpdm_stream stream;
        dpdm_stream_init(&stream, &timing.key, DPDM_PURPOSE_TEST, 1, 0);
        dpdm_stream_normals(&stream, image, pixels);
        dpdm_network_init(dpdm_task_source_network(timing.source), &timing.key, params);
        dpdm_task_source_load(timing.source, params);
        for (size_t w = 0; w < threads; w++)
            timing.gradients[w] = gradients + w * n;
        timing.image = image;
        /* a pass takes as long for one image as for a whole group */
        int draws = dpdm_task_of(config)->draws(config) * dpdm_task_source_group(timing.source);
        status = plan_time_run(&timing, plan->threads, draws, seconds_per_draw, err);
    }
    dpdm_task_source_destroy(timing.source);
    free(timing.seconds);
    free(timing.gradients);
    free(gradients);
    free(params);
    free(image);
    return status;
}

/* q, rounded down to a dyadic rate, then T and B from it. */
static dpdm_status plan_rate(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err)
{
    double q = config->sampling_rate;
    if (q == 0) {
        q = config->batch / (double)config->records;
        if (q > 1)
            return dpdm_error_set(err, DPDM_EUSAGE,
                                  "batch %g is larger than records %llu: the sampling rate would exceed 1; choose a "
                                  "smaller batch",
                                  config->batch, (unsigned long long)config->records);
    }
    dpdm_status status = dpdm_rate_from(q, &plan->rate, err);
    if (status)
        return dpdm_error_prefix(err, status, "sampling rate");
    plan->sampling_rate = dpdm_rate_value(&plan->rate);
    if (!(plan->sampling_rate > 0))
        return dpdm_error_set(err, DPDM_EUSAGE, "sampling rate %g is too small: no image would ever be chosen", q);
    plan->batch = config->batch;
    double steps = config->steps ? (double)config->steps : round(config->epochs / q);
    if (!(steps >= 1 && steps <= 1e15))
        return dpdm_error_set(err, DPDM_EUSAGE, "epochs %g at sampling rate %g come to %g steps: at least 1 is needed",
                              config->epochs, q, steps);
    plan->steps = config->steps ? config->steps : (uint64_t)steps;
    return DPDM_OK;
}

/* All that the run computes from private data: what comes before the steps, then these. */
static void plan_events(const dpdm_train_config *config, dpdm_train_plan *plan)
{
    const dpdm_task *task = dpdm_task_of(config);
    plan->event_count = task->before ? task->before(config, plan->events, plan->event_names, plan->event_clips) : 0;
    plan->event_names[plan->event_count] = task->steps;
    plan->event_clips[plan->event_count] = config->clip;
    plan->events[plan->event_count++] = (dpdm_event){plan->sampling_rate, plan->noise_multiplier, plan->steps};
}

/* sigma from the target, or the epsilon of a given sigma. */
static dpdm_status plan_noise(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err)
{
    dpdm_status status;
    unsigned group = dpdm_owner_group(&config->owner);
    if (config->noise_multiplier > 0) {
        plan->noise_multiplier = config->noise_multiplier;
        plan_events(config, plan);
        status = dpdm_account_group(plan->events, plan->event_count, group, config->delta, config->accountant,
                                    &plan->bound, err);
        if (!status && config->epsilon > 0 && !(plan->bound.epsilon_upper <= config->epsilon))
            return dpdm_error_set(err, DPDM_EUSAGE,
                                  "noise multiplier %g spends epsilon %.4g, more than the %g asked for; leave "
                                  "noise-multiplier out to have it calibrated",
                                  config->noise_multiplier, plan->bound.epsilon_upper, config->epsilon);
    } else {
        plan_events(config, plan);
        status = dpdm_calibrate_noise_group(config->epsilon, config->delta, plan->sampling_rate, plan->steps,
                                            plan->events, plan->event_count - 1, group, config->accountant,
                                            &plan->noise_multiplier, &plan->bound, err);
        plan_events(config, plan);
    }
    if (status)
        return status;
    dpdm_grid grid = {sizeof(dpdm_grid), config->clip, config->grid_bits};
    status = dpdm_grid_check(&grid, err);
    if (!status && config->records > dpdm_grid_capacity(&grid, plan->noise_multiplier))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "%llu records could overflow the exact sum at %d grid bits: choose a smaller grid-bits",
                              (unsigned long long)config->records, config->grid_bits);
    return status;
}

/* Threads, chunk and kernel set. Draws beyond the last full chunk cost as much as a full one, so the draws are cut evenly; of few
 * draws, those of several images run at once. */
static void plan_machine(const dpdm_train_config *config, const dpdm_machine *machine, dpdm_train_plan *plan)
{
    plan->threads = plan->threads_wanted = config->threads ? config->threads : dpdm_machine_threads(machine);
    plan->memory_limit = machine->memory;
    int draws = dpdm_task_of(config)->draws(config), chunks = (draws + PLAN_CHUNK - 1) / PLAN_CHUNK;
    int cut = (draws + chunks - 1) / chunks;
    plan->chunk = config->chunk ? config->chunk : chunks > 1 ? cut : PLAN_CHUNK / draws * draws;
    const char *best = dpdm_kernels_name(0);
    snprintf(plan->kernels, sizeof plan->kernels, "%s", config->kernels[0] ? config->kernels : best);
}

/* Threads that nobody asked for are as many as fit: work is the same, and a process beyond the limit would be killed. */
static int plan_threads(const dpdm_train_plan *plan, uint64_t fixed, uint64_t each)
{
    const double room = PLAN_MEMORY_SHARE * (double)plan->memory_limit - (double)fixed;
    if (!plan->memory_limit || room >= (double)each * plan->threads)
        return plan->threads;
    return room < 2 * (double)each ? 1 : (int)(room / (double)each);
}

/* Of a source with one worker: all might be beyond the limit. */
static dpdm_status plan_memory(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err)
{
    dpdm_task_source *source;
    dpdm_train_plan few = *plan;
    few.threads = 1;
    dpdm_status status = dpdm_task_source_create(config, &few, NULL, &source, err);
    if (status)
        return status;
    uint64_t n = dpdm_network_trained(dpdm_task_source_network(source));
    uint64_t pixels = (uint64_t)config->height * (uint64_t)config->width * (uint64_t)config->channels;
    plan->parameters = dpdm_network_parameters(dpdm_task_source_network(source));
    plan->trained = n;
    plan->flops_per_draw = dpdm_network_flops(dpdm_task_source_network(source));
    /* a workspace and a sum each thread */
    const uint64_t each = dpdm_task_source_worker_bytes(source) + n * sizeof(int64_t);
    /* trained weights, two moments, average, noisy gradient; all weights where some are frozen; the data and the batch's list */
    const uint64_t fixed =
        PLAN_PROGRAM_BYTES + dpdm_task_source_shared_bytes(source) + 5 * n * sizeof(float) +
        (n < plan->parameters ? plan->parameters * sizeof(float) : 0) +
        config->records * (pixels + sizeof(int32_t) + sizeof(uint64_t) + (config->owner.cap ? 9 : 0));
    if (!config->threads)
        plan->threads = plan_threads(plan, fixed, each);
    plan->memory_bytes = fixed + (uint64_t)plan->threads * each;
    dpdm_task_source_destroy(source);
    return DPDM_OK;
}
