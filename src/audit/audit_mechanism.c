/* audit_mechanism.c - many short runs of the real step, with canaries that a fair coin each puts in or leaves out. */
#include "audit/audit_mechanism.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "audit/audit_histogram.h"

enum {
    MECHANISM_BATCH = 2048,                /* runs that share keys */
    MECHANISM_ASIDE = DPDM_AUDIT_CANARIES, /* the coordinate of the bystanders: no canary's */
    MECHANISM_PARAMETERS = DPDM_AUDIT_CANARIES + 1,
    MECHANISM_BYSTANDERS = 4, /* records that are always there */
    MECHANISM_ASKED = 64,     /* about so many steps between two looks at whether to stop */
    MECHANISM_CHOOSING = 4    /* one run of so many helps to choose the threshold */
};

/* What one thread owns. */
typedef struct {
    audit_histogram histogram;
    dpdm_error error;
} mechanism_worker;

typedef struct {
    const dpdm_audit_mechanism_options *options;
    const dpdm_audit_subject *subject;
    dpdm_dp_mechanism mechanism;
    double rate; /* as the attacker knows it */
    mechanism_worker *workers;
    dpdm_audit_progress_fn progress;
    void *context;
    atomic_uint_fast64_t done;
    atomic_int stopped;
} mechanism_audit;

/* Runs with keys of their own: one for the coins, and one for each number of records, whose step is made when first
 * needed. */
typedef struct {
    dpdm_key key;
    dpdm_stream coins;
    dpdm_dp_step *steps[DPDM_AUDIT_CANARIES + 1];
    int canary[DPDM_AUDIT_CANARIES]; /* of each record after the bystanders */
    uint8_t in[DPDM_AUDIT_CANARIES];
    double scores[DPDM_AUDIT_CANARIES];
    float out[MECHANISM_PARAMETERS];
} mechanism_batch;

static dpdm_status mechanism_check(const dpdm_audit_mechanism_options *options, dpdm_error *err);
static dpdm_status mechanism_claim(const mechanism_audit *audit, dpdm_audit_mechanism_result *result, dpdm_error *err);
static dpdm_status mechanism_measure(mechanism_audit *audit, dpdm_audit_mechanism_result *result, dpdm_error *err);
static int mechanism_stopped(mechanism_audit *audit, int worker);
static void mechanism_task(void *context, int worker, uint64_t index);

dpdm_audit_mechanism_options dpdm_audit_mechanism_default(void)
{
    return (dpdm_audit_mechanism_options){
        .sampling_rate = 1, .steps = 1, .delta = 1e-5, .runs = 400000, .confidence = 0.95};
}

dpdm_status dpdm_audit_mechanism_run(const dpdm_audit_mechanism_options *options, dpdm_audit_progress_fn progress,
                                     void *context, dpdm_audit_mechanism_result *result, dpdm_error *err)
{
    dpdm_audit_subject own = {0};
    return dpdm_audit_mechanism_run_subject(options, &own, progress, context, result, err);
}

dpdm_status dpdm_audit_mechanism_run_subject(const dpdm_audit_mechanism_options *options,
                                             const dpdm_audit_subject *subject, dpdm_audit_progress_fn progress,
                                             void *context, dpdm_audit_mechanism_result *result, dpdm_error *err)
{
    memset(result, 0, sizeof *result);
    mechanism_audit audit = {.options = options, .subject = subject, .progress = progress, .context = context};
    atomic_init(&audit.done, 0);
    atomic_init(&audit.stopped, 0);
    dpdm_status status = mechanism_check(options, err);
    if (status)
        return status;
    audit.mechanism = (dpdm_dp_mechanism){
        .grid = {sizeof(dpdm_grid), 1, DPDM_GRID_BITS}, .noise_multiplier = options->noise_multiplier, .batch = 1};
    status = dpdm_rate_from(options->sampling_rate, &audit.mechanism.rate, err);
    if (status)
        return status;
    audit.rate = dpdm_rate_value(&audit.mechanism.rate);
    status = mechanism_claim(&audit, result, err);
    if (!status && subject->adjust)
        subject->adjust(subject->context, &audit.mechanism);
    return status ? status : mechanism_measure(&audit, result, err);
}

double audit_log_likelihood_ratio(double x, double rate, double noise_multiplier)
{
    double exponent = (2 * x - 1) / (2 * noise_multiplier * noise_multiplier);
    if (rate >= 1)
        return exponent;
    double there = log(rate) + exponent, not_there = log1p(-rate);
    double larger = fmax(there, not_there), smaller = fmin(there, not_there);
    return larger + log1p(exp(smaller - larger));
}

static dpdm_status mechanism_check(const dpdm_audit_mechanism_options *options, dpdm_error *err)
{
    if (!(options->delta > 0 && options->delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "delta %g: it must lie between 0 and 1", options->delta);
    if (!(options->confidence > 0 && options->confidence < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "confidence %g: it must lie between 0 and 1, such as 0.95",
                              options->confidence);
    if (!(options->sampling_rate > 0 && options->sampling_rate <= 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "sampling rate %g: it must be above 0 and at most 1",
                              options->sampling_rate);
    if (!(options->claim >= 0) || !isfinite(options->claim))
        return dpdm_error_set(err, DPDM_EUSAGE, "claim %g: it must be 0 (the accountant's) or a finite epsilon",
                              options->claim);
    if (options->runs < MECHANISM_CHOOSING || options->runs > UINT64_C(1) << 40)
        return dpdm_error_set(err, DPDM_EUSAGE, "%llu runs: %d to 2^40 can be audited",
                              (unsigned long long)options->runs, MECHANISM_CHOOSING);
    if (options->steps < 1 || options->steps > UINT64_C(1) << 40)
        return dpdm_error_set(err, DPDM_EUSAGE, "%llu steps: a run has 1 to 2^40", (unsigned long long)options->steps);
    return DPDM_OK;
}

static dpdm_status mechanism_claim(const mechanism_audit *audit, dpdm_audit_mechanism_result *result, dpdm_error *err)
{
    const dpdm_audit_mechanism_options *options = audit->options;
    dpdm_event event = {audit->rate, options->noise_multiplier, options->steps};
    dpdm_bound bound;
    dpdm_status status = dpdm_account(&event, 1, options->delta, DPDM_ACCOUNTANT_PLD, &bound, err);
    if (status)
        return status;
    result->epsilon_claimed = options->claim > 0 ? options->claim : bound.epsilon_upper;
    if (!isfinite(result->epsilon_claimed))
        return dpdm_error_set(err, DPDM_ERANGE, "this mechanism has no finite epsilon at delta %g: nothing to audit",
                              options->delta);
    return DPDM_OK;
}

static dpdm_status mechanism_status(const mechanism_audit *audit, int threads, dpdm_error *err)
{
    for (int w = 0; w < threads; w++) {
        const dpdm_error *own = &audit->workers[w].error;
        if (own->status)
            return dpdm_error_set(err, own->status, "%s", own->message);
    }
    if (atomic_load(&audit->stopped))
        return dpdm_error_set(err, DPDM_ECANCELLED, "the audit was stopped; it has no result");
    return DPDM_OK;
}

static dpdm_status mechanism_measure(mechanism_audit *audit, dpdm_audit_mechanism_result *result, dpdm_error *err)
{
    const dpdm_audit_mechanism_options *options = audit->options;
    dpdm_pool *pool;
    dpdm_status status = dpdm_pool_create(options->threads, &pool, err);
    if (status)
        return status;
    int threads = dpdm_pool_threads(pool);
    audit->workers = calloc((size_t)threads, sizeof *audit->workers);
    if (audit->workers) {
        for (int w = 0; w < threads; w++)
            audit->workers[w].histogram.reach = 2 * result->epsilon_claimed + 4;
        mechanism_stopped(audit, 0); /* the tasks may leave none to worker 0, the one that asks */
        dpdm_pool_run(pool, (options->runs + MECHANISM_BATCH - 1) / MECHANISM_BATCH, mechanism_task, audit);
        status = mechanism_status(audit, threads, err);
        for (int w = 1; w < threads; w++)
            audit_histogram_merge(&audit->workers[0].histogram, &audit->workers[w].histogram);
        audit_histogram_bound(&audit->workers[0].histogram, options->delta, 1 - options->confidence, result);
        result->exceeded = result->epsilon_lower > result->epsilon_claimed;
        result->runs = options->runs;
        result->trials = options->runs * DPDM_AUDIT_CANARIES;
    } else {
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the counts of %d threads", threads);
    }
    free(audit->workers);
    dpdm_pool_destroy(pool);
    return status;
}

/* ---- a batch of runs ---- */

/* Bystanders: a zero, a NaN, a large and a short vector, all beside the canaries. A canary is far longer than the
 * clipping norm 1, so that the clip is at work, and has a coordinate to itself. */
static void mechanism_vectors(void *context, const dpdm_record_group *group)
{
    static const float aside[MECHANISM_BYSTANDERS] = {0, NAN, -1e6F, 0.5F}, far = 1e6F;
    const mechanism_batch *batch = context;
    for (int i = 0; i < group->count; i++) {
        const uint64_t record = group->records[i];
        if (record < MECHANISM_BYSTANDERS)
            group->give(group->sink, i, MECHANISM_ASIDE, 1, &aside[record]);
        else
            group->give(group->sink, i, (size_t)batch->canary[record - MECHANISM_BYSTANDERS], 1, &far);
    }
}

static dpdm_status batch_keys(const mechanism_audit *audit, uint64_t index, mechanism_batch *batch, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    if (audit->options->has_seed) {
        dpdm_key seed;
        char label[40];
        dpdm_key_from_seed(&seed, audit->options->seed);
        snprintf(label, sizeof label, "batch %llu", (unsigned long long)index);
        dpdm_key_derive(&batch->key, &seed, label);
    } else {
        status = dpdm_key_generate(&batch->key, err);
    }
    dpdm_stream_init(&batch->coins, &batch->key, DPDM_PURPOSE_TEST, 0, 0);
    return status;
}

/* The step for `count` canaries, with a key that no other number of canaries has. */
static dpdm_status batch_step(const mechanism_audit *audit, mechanism_batch *batch, int count, dpdm_error *err)
{
    if (batch->steps[count])
        return DPDM_OK;
    dpdm_key key;
    char label[40];
    snprintf(label, sizeof label, "%d canaries", count);
    dpdm_key_derive(&key, &batch->key, label);
    dpdm_gradient_source source = {.context = batch,
                                   .parameters = MECHANISM_PARAMETERS,
                                   .records = (uint64_t)(MECHANISM_BYSTANDERS + count),
                                   .vectors = mechanism_vectors};
    dpdm_status status = dpdm_dp_step_create(&audit->mechanism, &source, &key, 1, &batch->steps[count], err);
    dpdm_key_wipe(&key);
    return status;
}

/* Tosses the coins; returns how many canaries are in the data. */
static int batch_toss(const mechanism_audit *audit, mechanism_batch *batch)
{
    uint8_t bits[DPDM_AUDIT_CANARIES / 8];
    int count = 0;
    dpdm_stream_bytes(&batch->coins, bits, sizeof bits);
    for (int i = 0; i < DPDM_AUDIT_CANARIES; i++) {
        batch->in[i] = bits[i / 8] >> (i % 8) & 1;
        if (batch->in[i] && !audit->options->null)
            batch->canary[count++] = i;
    }
    return count;
}

/* One run: a data set by coins, its transcript, and the score of each canary. Numbers of steps are never used twice. */
static dpdm_status batch_run(const mechanism_audit *audit, mechanism_batch *batch, uint64_t run, dpdm_error *err)
{
    const dpdm_audit_subject *subject = audit->subject;
    uint64_t steps = audit->options->steps;
    int count = batch_toss(audit, batch);
    dpdm_status status = batch_step(audit, batch, count, err);
    memset(batch->scores, 0, sizeof batch->scores);
    for (uint64_t t = 0; !status && t < steps; t++) {
        uint64_t number = run * steps + t;
        status = subject->run ? subject->run(subject->context, batch->steps[count], number, batch->out, err)
                              : dpdm_dp_step_run(batch->steps[count], number, NULL, NULL, batch->out, NULL, err);
        for (int i = 0; !status && i < DPDM_AUDIT_CANARIES; i++)
            batch->scores[i] +=
                audit_log_likelihood_ratio(batch->out[i], audit->rate, audit->options->noise_multiplier);
    }
    return status;
}

static void batch_close(mechanism_batch *batch)
{
    for (int i = 0; i <= DPDM_AUDIT_CANARIES; i++)
        dpdm_dp_step_destroy(batch->steps[i]);
    dpdm_stream_wipe(&batch->coins);
    dpdm_key_wipe(&batch->key);
    free(batch);
}

static int mechanism_stopped(mechanism_audit *audit, int worker)
{
    if (worker == 0 && audit->progress &&
        audit->progress(audit->context, atomic_load(&audit->done), audit->options->runs))
        atomic_store(&audit->stopped, 1);
    return atomic_load(&audit->stopped);
}

static void mechanism_task(void *context, int worker, uint64_t index)
{
    mechanism_audit *audit = context;
    mechanism_worker *own = &audit->workers[worker];
    uint64_t first = index * MECHANISM_BATCH, left = audit->options->runs - first;
    uint64_t runs = left < MECHANISM_BATCH ? left : MECHANISM_BATCH;
    uint64_t asked = 1 + MECHANISM_ASKED / audit->options->steps; /* runs between two looks at whether to stop */
    if (own->error.status || atomic_load(&audit->stopped))
        return;
    mechanism_batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        dpdm_error_set(&own->error, DPDM_ENOMEM, "no memory for a batch of runs");
        return;
    }
    dpdm_status status = batch_keys(audit, index, batch, &own->error);
    for (uint64_t run = 0; !status && run < runs; run++) {
        if (run % asked == 0 && mechanism_stopped(audit, worker))
            break;
        status = batch_run(audit, batch, run, &own->error);
        for (int i = 0; !status && i < DPDM_AUDIT_CANARIES; i++)
            audit_histogram_add(&own->histogram, batch->scores[i], batch->in[i],
                                (first + run) % MECHANISM_CHOOSING == 0);
        atomic_fetch_add(&audit->done, 1);
    }
    batch_close(batch);
}
