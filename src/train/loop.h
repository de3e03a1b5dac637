/* loop.h - the loop over steps that every training shares: progress, stops, previews, saving. What a step is belongs to its
 * owner. */
#ifndef DPDM_TRAIN_LOOP_H
#define DPDM_TRAIN_LOOP_H

#include "dpdm/train.h"
#include "train/run_state.h"

typedef struct {
    dpdm_run_state *state;
    const char *saved_as; /* the file of the state; NULL: it is not kept, and there are no previews */
    const char *previews; /* their folder */
    uint64_t steps;
    uint64_t save_every;    /* steps between saved states; 0: about a minute */
    uint64_t preview_every; /* steps; 0: none are drawn */
    dpdm_train_progress_fn progress;
    void *context;
    void *owner;
    /* One step more; it advances the state. stop: the caller of the training asks for an end. DPDM_ECANCELLED: the step was not
     * done, or given up. */
    dpdm_status (*step)(void *owner, int stop, dpdm_error *err);
    /* After each step, before anything of it is saved, drawn or reported. NULL: nothing to do. */
    dpdm_status (*done)(void *owner, dpdm_error *err);
    /* A preview as PNG, from released values. */
    dpdm_status (*draw)(void *owner, const dpdm_key *key, const char *path, dpdm_error *err);
    dpdm_train_progress shown; /* as last reported */
    double started, saved;     /* seconds */
    uint64_t saved_step;
} dpdm_loop;

/* Runs the steps that are left and saves the state. DPDM_ECANCELLED, without a message: stopped, the state is saved. */
dpdm_status dpdm_loop_run(dpdm_loop *loop, dpdm_error *err);
/* Reports; non-zero: the training shall stop. For owners that report within a step. */
int dpdm_loop_report(dpdm_loop *loop);

#endif
