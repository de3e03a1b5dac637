/* training.h - a training in memory, between its plan and its outcome: what a run (run.h) and an audit share.
 *
 * In this order: fill config and plan, take a state (run_state.h) with its key, open (data and source), begin (a new
 * training's first weights), release (what comes before the steps), ready (the mechanism), step as often as the plan
 * says. What reads private data is inside `release` and `step` alone. */
#ifndef DPDM_TRAIN_TRAINING_H
#define DPDM_TRAIN_TRAINING_H

#include "dpdm/dp_step.h"
#include "ranks/transport.h"
#include "train/run_state.h"
#include "train/source.h"

/* What an audit puts in the place of parts; all NULL: nothing. */
typedef struct {
    void *context;
    dpdm_gradient_source (*gradients)(void *context, const dpdm_gradient_source *real);
    void (*mechanism)(void *context, dpdm_dp_mechanism *mechanism);
    dpdm_status (*run)(void *context, dpdm_dp_step *step, uint64_t number, float *out, dpdm_error *err);
} dpdm_training_hooks;

typedef struct {
    const dpdm_train_config *config; /* settled */
    const dpdm_train_plan *plan;
    dpdm_training_hooks hooks;
    dpdm_reading reading; /* who watches while the data are read; zeros: nobody */
    dpdm_run_state *state;
    dpdm_dataset data;
    dpdm_task_source *source;
    dpdm_transport *transport; /* NULL: no other ranks. Belongs to whom opened it */
    dpdm_dp_step *step;
    float *gradient; /* of the last step, as released: [plan->trained] */
    float *whole;    /* [plan->parameters], where some are frozen: their values, and room for those of the others */
    double learning_rate; /* of the last step */
} dpdm_training;

/* A state with nothing but its key: drawn from the operating system, or made of the config's seed. */
dpdm_status dpdm_training_new_state(const dpdm_training *training, dpdm_run_state **state, dpdm_error *err);
/* Opens the data, which have to be as the config states, and makes the source of their gradients. */
dpdm_status dpdm_training_open_data(dpdm_training *training, dpdm_error *err);
dpdm_status dpdm_training_open_source(dpdm_training *training, dpdm_error *err);
/* The first weights: those of the public start, or random ones, which depend on the key alone. What is not trained keeps
 * them, and is no part of the state: a training that goes on makes them again. */
dpdm_status dpdm_training_begin(dpdm_training *training, dpdm_error *err);
/* Releases what the task releases before the steps, unless the state has it already, and gives it to the source.
 * fresh: set where it was released now, so that a state is saved before anything else happens. */
dpdm_status dpdm_training_release(dpdm_training *training, int *fresh, dpdm_error *err);
dpdm_status dpdm_training_ready(dpdm_training *training, dpdm_error *err);
/* The next step: the noisy gradient is all that is used of the data; optimiser and average are post-processing. stop and
 * diagnostics as in dp_step.h. After DPDM_ECANCELLED the state is that before the step. */
dpdm_status dpdm_training_step(dpdm_training *training, dpdm_stop_fn stop, void *stop_context,
                               dpdm_private_diagnostics *diagnostics, dpdm_error *err);
/* The outcome so far, without its texts; points into the training, until the next call. */
dpdm_task_outcome dpdm_training_outcome(const dpdm_training *training);
/* Frees all of it, the state included; may be called after any failure. */
void dpdm_training_close(dpdm_training *training);

#endif
