/* selfcheck_training.c - steps, Adam and the average, as the training loop has them, with and without data. */
#include "audit/selfcheck_training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "train/adam.h"
#include "audit/selfcheck_compare.h"

enum { TRAINING_STEPS = 4 };

/* All that a training carries on, in one block, and the vectors that were released. */
typedef struct {
    float *params, *moment1, *moment2, *average; /* [parameters] each, one after the other */
    float *released;                             /* [TRAINING_STEPS, parameters] */
} training_state;

static dpdm_status state_open(const selfcheck_lab *lab, training_state *state, dpdm_error *err)
{
    size_t n = lab->parameters;
    state->params = calloc((4 + TRAINING_STEPS) * n, sizeof *state->params);
    if (!state->params)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a training of the self-check");
    state->moment1 = state->params + n;
    state->moment2 = state->moment1 + n;
    state->average = state->moment2 + n;
    state->released = state->average + n;
    memcpy(state->params, lab->trained, n * sizeof *state->params);
    memcpy(state->average, lab->trained, n * sizeof *state->average);
    return DPDM_OK;
}

static void training_update(const selfcheck_lab *lab, uint64_t t, training_state *state)
{
    const dpdm_train_config *config = &lab->config;
    size_t n = lab->parameters;
    dpdm_adam adam = {config->learning_rate, config->beta1, config->beta2, config->adam_epsilon};
    dpdm_adam_update(&adam, t, state->released + (t - 1) * n, n, state->params, state->moment1, state->moment2);
    dpdm_ema_update(config->ema, t, state->params, n, state->average);
}

static dpdm_status training_run(const selfcheck_lab *lab, const selfcheck_case *what, training_state *state,
                                dpdm_selfcheck_result *result, dpdm_error *err)
{
    size_t n = lab->parameters;
    selfcheck_trial trial = {0};
    dpdm_status status = selfcheck_trial_open(lab, what, &trial, err);
    for (uint64_t t = 1; !status && t <= TRAINING_STEPS; t++) {
        dpdm_task_source_load_trained(trial.source, state->params);
        status = selfcheck_trial_run(&trial, t - 1, NULL, NULL, err);
        if (!status)
            status = selfcheck_sound(&trial, result, err);
        if (!status) {
            memcpy(state->released + (t - 1) * n, trial.out, n * sizeof *trial.out);
            training_update(lab, t, state);
        }
    }
    selfcheck_trial_close(&trial);
    return status;
}

dpdm_status selfcheck_training(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    size_t n = lab->parameters, state_bytes = 4 * n * sizeof(float),
           released_bytes = TRAINING_STEPS * n * sizeof(float);
    selfcheck_case healthy = selfcheck_usual(lab), longer = healthy;
    longer.records++;
    longer.ill = SELFCHECK_IMAGES;
    longer.illness = SELFCHECK_INFINITE_VALUE;
    training_state one = {0}, two = {0}, replay = {0};
    dpdm_status status = state_open(lab, &one, err);
    if (!status)
        status = state_open(lab, &two, err);
    if (!status)
        status = state_open(lab, &replay, err);
    if (!status)
        status = training_run(lab, &healthy, &one, result, err);
    if (!status)
        status = training_run(lab, &longer, &two, result, err);
    if (!status) {
        memcpy(replay.released, one.released, released_bytes);
        for (uint64_t t = 1; t <= TRAINING_STEPS; t++)
            training_update(lab, t, &replay);
        if (memcmp(one.released, two.released, released_bytes) != 0)
            selfcheck_fail(result, "an image that adds zero changed what was released");
        else if (memcmp(one.params, two.params, state_bytes) != 0)
            selfcheck_fail(result, "equal releases, other weights");
        else if (memcmp(one.params, replay.params, state_bytes) != 0)
            selfcheck_fail(result, "the released vectors alone do not give the weights");
        else if (memcmp(one.params, lab->trained, n * sizeof *one.params) == 0)
            selfcheck_fail(result, "the weights did not move: the check sees nothing");
        if (result->passed)
            snprintf(result->detail, sizeof result->detail, "%d steps on two data sets, and again without data",
                     TRAINING_STEPS);
    }
    free(replay.params);
    free(two.params);
    free(one.params);
    return status;
}
