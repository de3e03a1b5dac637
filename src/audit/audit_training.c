/* audit_training.c - one real training with gradient canaries among its records, and the bound that guesses give. */
#include "audit/audit_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "audit/audit_canaries.h"
#include "audit/audit_guesses.h"
#include "train/training.h"

enum { TRAINING_CANARIES_LEAST = 10 };

typedef struct {
    dpdm_train_config config; /* settled */
    const dpdm_audit_training_options *options;
    const dpdm_audit_subject *subject;
    dpdm_audit_progress_fn progress;
    void *context;
    dpdm_train_plan plan;
    dpdm_training training;
    dpdm_gradient_source gradients; /* of the images */
    audit_canaries canaries;
    double *others; /* [threads, canaries]: what the images of the step add along the canaries, in units of C */
} training_audit;

static dpdm_gradient_source training_gradients(void *context, const dpdm_gradient_source *real);
static void training_mechanism(void *context, dpdm_dp_mechanism *mechanism);
static dpdm_status training_run(void *context, dpdm_dp_step *step, uint64_t number, float *out, dpdm_error *err);
static dpdm_status training_check(const training_audit *audit, dpdm_error *err);
static dpdm_status training_claim(training_audit *audit, dpdm_audit_training_result *result, dpdm_error *err);
static dpdm_status training_open(training_audit *audit, dpdm_error *err);
static dpdm_status training_steps(training_audit *audit, dpdm_error *err);
static dpdm_status training_bound(const training_audit *audit, dpdm_audit_training_result *result, dpdm_error *err);
static void training_close(training_audit *audit);

dpdm_audit_training_options dpdm_audit_training_default(void)
{
    return (dpdm_audit_training_options){.canaries = 1000, .confidence = 0.95};
}

dpdm_status dpdm_audit_training_run(const dpdm_train_config *config, const dpdm_audit_training_options *options,
                                    dpdm_audit_progress_fn progress, void *context, dpdm_audit_training_result *result,
                                    dpdm_error *err)
{
    dpdm_audit_subject own = {0};
    return dpdm_audit_training_run_subject(config, options, &own, progress, context, result, err);
}

dpdm_status dpdm_audit_training_run_subject(const dpdm_train_config *config, const dpdm_audit_training_options *options,
                                            const dpdm_audit_subject *subject, dpdm_audit_progress_fn progress,
                                            void *context, dpdm_audit_training_result *result, dpdm_error *err)
{
    memset(result, 0, sizeof *result);
    training_audit audit = {
        .config = *config, .options = options, .subject = subject, .progress = progress, .context = context};
    dpdm_train_config_settle(&audit.config);
    audit.training = (dpdm_training){.config = &audit.config,
                                     .plan = &audit.plan,
                                     .hooks = {.context = &audit,
                                               .gradients = training_gradients,
                                               .mechanism = training_mechanism,
                                               .run = subject->run ? training_run : NULL}};
    dpdm_status status = dpdm_train_plan_make(&audit.config, &audit.plan, err);
    if (!status)
        status = training_check(&audit, err);
    if (!status)
        status = training_claim(&audit, result, err);
    if (!status)
        status = training_open(&audit, err);
    if (!status)
        status = training_steps(&audit, err);
    if (!status)
        status = training_bound(&audit, result, err);
    training_close(&audit);
    return status;
}

/* ---- before the data are opened ---- */

static dpdm_status training_check(const training_audit *audit, dpdm_error *err)
{
    const dpdm_audit_training_options *options = audit->options;
    if (!(options->confidence > 0 && options->confidence < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "confidence %g: it must lie between 0 and 1, such as 0.95",
                              options->confidence);
    if (options->canaries < TRAINING_CANARIES_LEAST || options->canaries > audit->plan.trained)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "%zu canaries: a network of %llu trained weights has room for %d to as many as it has weights",
            options->canaries, (unsigned long long)audit->plan.trained, TRAINING_CANARIES_LEAST);
    if (2 * (double)options->canaries * audit->config.delta > 1)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "delta %g is too large for %zu canaries: above 1 / (2 canaries) no bound can be shown",
                              audit->config.delta, options->canaries);
    return DPDM_OK;
}

/* Canaries take part in the training steps only, so these are what the bound is held against, prior or not. The number
 * of guesses is settled here, from public numbers. */
static dpdm_status training_claim(training_audit *audit, dpdm_audit_training_result *result, dpdm_error *err)
{
    const dpdm_train_plan *plan = &audit->plan;
    const dpdm_event *steps = &plan->events[plan->event_count - 1];
    dpdm_bound bound;
    dpdm_status status = dpdm_account(steps, 1, audit->config.delta, audit->config.accountant, &bound, err);
    if (status)
        return status;
    result->epsilon_claimed = bound.epsilon_upper;
    result->canaries = audit->options->canaries;
    return audit_guesses_plan(audit->options->canaries, plan->sampling_rate, plan->noise_multiplier, plan->steps,
                              audit->config.delta, 1 - audit->options->confidence, &result->guesses,
                              &result->epsilon_expected, err);
}

/* ---- data, canaries and weights ---- */

/* Where the images of a group, from its `first` record on, give their vectors. */
typedef struct {
    training_audit *audit;
    const dpdm_record_group *group;
    int first;
} training_sink;

/* The coordinate of a canary in a vector. */
static size_t training_place(const training_audit *audit, uint64_t coordinate)
{
    return audit->gradients.place ? audit->gradients.place[coordinate] : (size_t)coordinate;
}

/* Passes the vector of an image on. What it adds along the canaries is noted for the attacker, who knows all other
 * records. */
static void training_image(void *context, int index, size_t first, size_t n, const float *values)
{
    const training_sink *sink = context;
    const training_audit *audit = sink->audit;
    const audit_canaries *canaries = &audit->canaries;
    double clip = audit->config.clip, square = 0;
    sink->group->give(sink->group->sink, sink->first + index, first, n, values);
    for (size_t i = 0; i < n; i++)
        square += (double)values[i] * values[i];
    if (!isfinite(square))
        return;
    double factor = 1 / fmax(sqrt(square), clip);
    double *others = audit->others + (size_t)sink->group->worker * canaries->count;
    for (size_t i = 0; i < canaries->count; i++) {
        size_t at = training_place(audit, canaries->coordinates[i]);
        if (at >= first && at - first < n)
            others[i] += values[at - first] * factor;
    }
}

static int training_is_image(const training_audit *audit, uint64_t record)
{
    const uint8_t *left_out = audit->gradients.left_out; /* beyond the cap of its owner: adds nothing */
    return record < audit->gradients.records && !(left_out && left_out[record]);
}

/* Records: the images, then the canaries that are in. An image's own vector is as ever. */
static void training_vectors(void *context, const dpdm_record_group *group)
{
    training_audit *audit = context;
    const audit_canaries *canaries = &audit->canaries;
    const float far = (float)(1e6 * audit->config.clip);
    for (int i = 0; i < group->count; i++) {
        training_sink sink = {audit, group, i};
        dpdm_record_group images = *group;
        images.records += i;
        images.streams += i;
        images.give = training_image;
        images.sink = &sink;
        for (images.count = 0; i < group->count && training_is_image(audit, group->records[i]); i++)
            images.count++;
        if (images.count)
            audit->gradients.vectors(audit->gradients.context, &images);
        if (i < group->count && group->records[i] >= audit->gradients.records) {
            const uint64_t canary = canaries->inserted[group->records[i] - audit->gradients.records];
            group->give(group->sink, i, training_place(audit, canaries->coordinates[canary]), 1, &far);
        }
    }
}

/* The images' own source, with the canaries that are in as records behind them. */
static dpdm_gradient_source training_gradients(void *context, const dpdm_gradient_source *real)
{
    training_audit *audit = context;
    audit->gradients = *real;
    dpdm_gradient_source source = *real;
    source.context = audit;
    source.records += audit->canaries.inserted_count;
    source.vectors = training_vectors;
    source.left_out = NULL; /* of images only */
    return source;
}

static void training_mechanism(void *context, dpdm_dp_mechanism *mechanism)
{
    const dpdm_audit_subject *subject = ((training_audit *)context)->subject;
    if (subject->adjust)
        subject->adjust(subject->context, mechanism);
}

static dpdm_status training_run(void *context, dpdm_dp_step *step, uint64_t number, float *out, dpdm_error *err)
{
    const dpdm_audit_subject *subject = ((training_audit *)context)->subject;
    return subject->run(subject->context, step, number, out, err);
}

static dpdm_status training_coins(training_audit *audit, dpdm_error *err)
{
    dpdm_key coins;
    size_t canaries = audit->options->canaries;
    dpdm_key_derive(&coins, &audit->training.state->key, "canaries");
    dpdm_status status =
        audit_canaries_create(canaries, audit->plan.trained, audit->options->null, &coins, &audit->canaries, err);
    dpdm_key_wipe(&coins);
    audit->others = calloc((size_t)audit->plan.threads * canaries, sizeof *audit->others);
    return status || audit->others ? status : dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu canaries", canaries);
}

static dpdm_status training_open(training_audit *audit, dpdm_error *err)
{
    dpdm_training *training = &audit->training;
    int fresh;
    dpdm_status status = dpdm_training_new_state(training, &training->state, err);
    if (!status)
        status = training_coins(audit, err);
    if (!status)
        status = dpdm_training_open_data(training, err);
    if (!status)
        status = dpdm_training_open_source(training, err);
    if (status)
        return status;
    status = dpdm_training_begin(training, err);
    if (!status)
        status = dpdm_training_release(training, &fresh, err);
    return status ? status : dpdm_training_ready(training, err);
}

static void training_close(training_audit *audit)
{
    dpdm_training_close(&audit->training);
    audit_canaries_destroy(&audit->canaries);
    free(audit->others);
}

/* ---- the training ---- */

static int training_stop(void *context)
{
    training_audit *audit = context;
    return audit->progress && audit->progress(audit->context, audit->training.state->step, audit->plan.steps);
}

/* What a step released along each canary, less what the images added: noise, and C if the canary was in the batch. */
static void training_score(training_audit *audit)
{
    const dpdm_train_plan *plan = &audit->plan;
    audit_canaries *canaries = &audit->canaries;
    double unit = plan->batch / audit->config.clip;
    for (size_t i = 0; i < canaries->count; i++) {
        double x = audit->training.gradient[canaries->coordinates[i]] * unit;
        for (int w = 0; w < plan->threads; w++)
            x -= audit->others[(size_t)w * canaries->count + i];
        canaries->scores[i] += audit_log_likelihood_ratio(x, plan->sampling_rate, plan->noise_multiplier);
    }
}

static dpdm_status training_steps(training_audit *audit, dpdm_error *err)
{
    size_t others = (size_t)audit->plan.threads * audit->canaries.count;
    for (uint64_t t = 0; t < audit->plan.steps; t++) {
        memset(audit->others, 0, others * sizeof *audit->others);
        dpdm_status status = dpdm_training_step(&audit->training, training_stop, audit, NULL, err);
        if (status == DPDM_ECANCELLED)
            return dpdm_error_set(err, status, "the audit was stopped in step %llu of %llu; it has no result",
                                  (unsigned long long)t + 1, (unsigned long long)audit->plan.steps);
        if (status)
            return status;
        training_score(audit);
    }
    return DPDM_OK;
}

static dpdm_status training_bound(const training_audit *audit, dpdm_audit_training_result *result, dpdm_error *err)
{
    const audit_canaries *canaries = &audit->canaries;
    double delta = audit->config.delta, risk = 1 - audit->options->confidence;
    uint64_t *right = malloc(canaries->count * sizeof *right);
    if (!right)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to count the guesses");
    dpdm_status status = audit_guesses_count(canaries->scores, canaries->in, canaries->count, right, err);
    if (!status) {
        result->inserted = canaries->inserted_count;
        result->right = right[result->guesses - 1];
        result->p_value =
            dpdm_audit_one_run_p_value(canaries->count, result->guesses, result->right, result->epsilon_claimed, delta);
        result->epsilon_lower =
            dpdm_audit_one_run_epsilon(canaries->count, result->guesses, result->right, delta, risk);
        result->exceeded = result->epsilon_lower > result->epsilon_claimed;
    }
    free(right);
    return status;
}
