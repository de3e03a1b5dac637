/* run_loop.c - the steps of a run: noisy gradient, Adam, average, previews, saving. */
#include "train/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/file.h"
#include "train/preview.h"
#include "train/update.h"

enum { RUN_SAVE_SECONDS = 60, RUN_MARKS = 16 };

/* An upper bound for all that was released so far: that of the next of a few marks, each computed when it is first
 * needed. Mark 0 is the start: what was released before the first step. */
static void run_spent(dpdm_run *run)
{
    uint64_t done = run->state->step, all = run->plan.steps;
    uint64_t mark = done ? (uint64_t)((double)(done - 1) / (double)all * RUN_MARKS) + 1 : 0;
    if (mark == run->mark && done)
        return;
    run->mark = mark;
    uint64_t reach = (uint64_t)ceil((double)all / RUN_MARKS * (double)mark);
    size_t count = run->plan.event_count - (mark == 0);
    run->shown.epsilon_spent = count ? run->plan.bound.epsilon_upper : 0;
    if (reach >= all || reach < done || count == 0)
        return;
    dpdm_event events[3];
    memcpy(events, run->plan.events, sizeof events);
    if (mark)
        events[count - 1].steps = reach;
    dpdm_bound bound;
    if (dpdm_account_group(events, count, dpdm_owner_group(&run->config->owner), run->config->delta,
                           run->config->accountant, &bound, NULL) == DPDM_OK &&
        bound.epsilon_upper < run->shown.epsilon_spent)
        run->shown.epsilon_spent = bound.epsilon_upper;
}

static int run_report(dpdm_run *run)
{
    if (!run->progress)
        return 0;
    run->shown.seconds = dpdm_clock_seconds() - run->started;
    return run->progress(run->context, &run->shown);
}

static int run_stop(void *context)
{
    return run_report(context);
}

static dpdm_status run_save(dpdm_run *run, dpdm_error *err)
{
    run->saved = dpdm_clock_seconds();
    run->saved_step = run->state->step;
    return dpdm_run_state_save(run->folder.state, run->state, err);
}

static int run_save_due(const dpdm_run *run)
{
    if (run->config->checkpoint_every)
        return run->state->step % run->config->checkpoint_every == 0;
    return dpdm_clock_seconds() - run->saved >= RUN_SAVE_SECONDS;
}

static dpdm_status run_preview(dpdm_run *run, dpdm_error *err)
{
    uint64_t step = run->state->step;
    if (!run->preview_every || (step % run->preview_every != 0 && step != run->plan.steps))
        return DPDM_OK;
    char path[DPDM_PATH + 64];
    dpdm_key key;
    snprintf(path, sizeof path, "%s/step-%08llu.png", run->folder.preview, (unsigned long long)step);
    dpdm_key_derive(&key, &run->state->key, "preview");
    dpdm_status status = dpdm_folder_create(run->folder.preview, err);
    if (!status)
        status = dpdm_preview_write(run->config, &run->plan, dpdm_diffusion_source_network(run->source), &run->denoiser,
                                    run->state->average, &key, path, err);
    dpdm_key_wipe(&key);
    return status;
}

/* One step: the noisy gradient is all that is used of the data, the rest is post-processing. */
static dpdm_status run_step(dpdm_run *run, dpdm_error *err)
{
    dpdm_run_state *state = run->state;
    uint64_t t = state->step + 1;
    run->learning_rate = dpdm_train_learning_rate(run->config, run->plan.steps, t);
    run->step_started = dpdm_clock_seconds();
    dpdm_train_weights weights = {state->params, state->moment1, state->moment2, state->average};
    dpdm_diffusion_source_load(run->source, state->params);
    dpdm_status status = dpdm_dp_step_run(run->step, state->step, run_stop, run, run->gradient,
                                          run->config->private_metrics ? &run->diagnostics : NULL, err);
    if (status)
        return status;
    dpdm_train_update(run->config, run->plan.steps, t, run->gradient, state->parameters, &weights);
    state->step = t;
    return DPDM_OK;
}

dpdm_status dpdm_run_loop(dpdm_run *run, dpdm_error *err)
{
    run->preview_every = dpdm_preview_interval(run->config, &run->plan);
    run->started = run->saved = dpdm_clock_seconds();
    run->saved_step = run->state->step;
    run->shown.steps = run->plan.steps;
    run->shown.step = run->state->step;
    run_spent(run);
    dpdm_status status = dpdm_run_metrics_open(run, err);
    if (status)
        return status;
    int stop = run_report(run);
    while (run->state->step < run->plan.steps) {
        status = stop ? DPDM_ECANCELLED : run_step(run, err);
        if (status == DPDM_ECANCELLED) {
            status = run_save(run, err);
            return status ? status
                          : dpdm_error_set(err, DPDM_ECANCELLED,
                                           "stopped after step %llu of %llu; '%s' is saved: give the same command with "
                                           "--resume to go on",
                                           (unsigned long long)run->state->step, (unsigned long long)run->plan.steps,
                                           run->folder.root);
        }
        run->shown.step = run->state->step;
        run_spent(run);
        if (!status)
            status = dpdm_run_metrics_add(run, err);
        if (!status)
            status = run_preview(run, err);
        if (!status && run_save_due(run))
            status = run_save(run, err);
        if (status)
            return status;
        stop = run_report(run);
    }
    return run->saved_step == run->state->step ? DPDM_OK : run_save(run, err);
}
