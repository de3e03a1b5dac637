/* training.c - see training.h. */
#include "train/dp_step_ranks.h"
#include "train/training.h"

#include <stdlib.h>
#include <string.h>
#include "train/records.h"
#include "train/start.h"
#include "train/update.h"

dpdm_status dpdm_training_new_state(const dpdm_training *training, dpdm_run_state **state, dpdm_error *err)
{
    const dpdm_train_config *config = training->config;
    const dpdm_task *task = dpdm_task_of(config);
    dpdm_status status =
        dpdm_run_state_create(training->plan->trained, task->released ? task->released(config) : 0, state, err);
    if (status)
        return status;
    if (config->has_seed)
        dpdm_key_from_seed(&(*state)->key, config->seed);
    else
        status = dpdm_key_generate(&(*state)->key, err);
    return status;
}

dpdm_status dpdm_training_open_data(dpdm_training *training, dpdm_error *err)
{
    return dpdm_train_records(training->config, &training->reading, &training->data, err);
}

dpdm_status dpdm_training_open_source(dpdm_training *training, dpdm_error *err)
{
    return dpdm_task_source_create(training->config, training->plan, &training->data, &training->source, err);
}

static int training_frozen(const dpdm_training *training)
{
    return training->plan->trained < training->plan->parameters;
}

/* The weights that a training begins with, of the whole network. */
static dpdm_status training_first(const dpdm_training *training, float *params, dpdm_error *err)
{
    const dpdm_network *network = dpdm_task_source_network(training->source);
    dpdm_network_init(network, &training->state->key, params);
    return training->plan->start.given ? dpdm_start_load(training->config, &training->plan->start, network, params, err)
                                       : DPDM_OK;
}

static dpdm_status training_whole(dpdm_training *training, dpdm_error *err)
{
    if (training->whole)
        return DPDM_OK;
    training->whole = malloc(training->plan->parameters * sizeof *training->whole);
    return training->whole ? training_first(training, training->whole, err)
                           : dpdm_error_set(err, DPDM_ENOMEM, "no memory for %llu parameters",
                                            (unsigned long long)training->plan->parameters);
}

dpdm_status dpdm_training_begin(dpdm_training *training, dpdm_error *err)
{
    dpdm_run_state *state = training->state;
    const dpdm_network *network = dpdm_task_source_network(training->source);
    if (training_frozen(training)) {
        dpdm_status status = training_whole(training, err);
        if (status)
            return status;
        dpdm_network_gather(network, training->whole, state->params);
    } else {
        dpdm_status status = training_first(training, state->params, err);
        if (status)
            return status;
    }
    memcpy(state->average, state->params, state->parameters * sizeof *state->params);
    return DPDM_OK;
}

dpdm_status dpdm_training_release(dpdm_training *training, int *fresh, dpdm_error *err)
{
    dpdm_run_state *state = training->state;
    *fresh = 0;
    if (!state->released_floats)
        return DPDM_OK;
    if (!state->released_before) {
        dpdm_status status = dpdm_task_of(training->config)
                                 ->release(training->config, &training->data, &state->key, training->plan->threads,
                                           state->released, err);
        if (status)
            return status;
        *fresh = 1;
    }
    state->released_before = 1;
    dpdm_task_source_released(training->source, state->released);
    return DPDM_OK;
}

dpdm_status dpdm_training_ready(dpdm_training *training, dpdm_error *err)
{
    const dpdm_train_config *config = training->config;
    const dpdm_train_plan *plan = training->plan;
    const dpdm_training_hooks *hooks = &training->hooks;
    training->gradient = malloc(plan->trained * sizeof *training->gradient);
    if (!training->gradient)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a gradient");
    if (training_frozen(training)) {
        dpdm_status status = training_whole(training, err);
        if (status)
            return status;
        dpdm_task_source_load(training->source, training->whole);
    }
    dpdm_dp_mechanism mechanism = {.grid = {sizeof(dpdm_grid), config->clip, config->grid_bits},
                                   .noise_multiplier = plan->noise_multiplier,
                                   .rate = plan->rate,
                                   .batch = plan->batch};
    dpdm_gradient_source gradients = dpdm_task_source_gradients(training->source);
    if (hooks->gradients)
        gradients = hooks->gradients(hooks->context, &gradients);
    if (hooks->mechanism)
        hooks->mechanism(hooks->context, &mechanism);
    dpdm_status status =
        dpdm_dp_step_create(&mechanism, &gradients, &training->state->key, plan->threads, &training->step, err);
    return status ? status : dpdm_dp_step_join(training->step, training->transport, err);
}

dpdm_status dpdm_training_step(dpdm_training *training, dpdm_stop_fn stop, void *stop_context,
                               dpdm_private_diagnostics *diagnostics, dpdm_error *err)
{
    const dpdm_training_hooks *hooks = &training->hooks;
    dpdm_run_state *state = training->state;
    uint64_t t = state->step + 1;
    training->learning_rate = dpdm_train_learning_rate(training->config, training->plan->steps, t);
    dpdm_train_weights weights = {state->params, state->moment1, state->moment2, state->average};
    dpdm_task_source_load_trained(training->source, state->params);
    dpdm_status status = hooks->run ? hooks->run(hooks->context, training->step, state->step, training->gradient, err)
                                    : dpdm_dp_step_run(training->step, state->step, stop, stop_context,
                                                       training->gradient, diagnostics, err);
    if (status)
        return status;
    dpdm_train_update(training->config, training->plan->steps, t, training->gradient, state->parameters, &weights);
    state->step = t;
    return DPDM_OK;
}

dpdm_task_outcome dpdm_training_outcome(const dpdm_training *training)
{
    dpdm_network *network = dpdm_task_source_network(training->source);
    if (training->whole)
        dpdm_network_scatter(network, training->state->average, training->whole);
    return (dpdm_task_outcome){.config = training->config,
                               .plan = training->plan,
                               .network = network,
                               .params = training->whole ? training->whole : training->state->average,
                               .released = training->state->released_before ? training->state->released : NULL};
}

void dpdm_training_close(dpdm_training *training)
{
    dpdm_dp_step_destroy(training->step);
    dpdm_task_source_destroy(training->source);
    dpdm_run_state_destroy(training->state);
    dpdm_dataset_destroy(&training->data);
    free(training->gradient);
    free(training->whole);
    training->step = NULL;
    training->source = NULL;
    training->state = NULL;
    training->gradient = NULL;
    training->whole = NULL;
}
