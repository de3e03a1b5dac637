/* run_loop.c - the steps of a run: noisy gradient, Adam, average, previews, saving. */
#include "train/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/file.h"
#include "train/run_ranks.h"

enum { RUN_SAVE_SECONDS = 60, RUN_MARKS = 16 };

/* An upper bound for all that was released so far: that of the next of a few marks, each computed when it is first
 * needed. Mark 0 is the start: what was released before the first step. */
static void run_spent(dpdm_run *run)
{
    uint64_t done = run->training.state->step, all = run->plan.steps;
    uint64_t mark = done ? (uint64_t)((double)(done - 1) / (double)all * RUN_MARKS) + 1 : 0;
    if (mark == run->mark && done)
        return;
    run->mark = mark;
    uint64_t reach = (uint64_t)ceil((double)all / RUN_MARKS * (double)mark);
    size_t count = run->plan.event_count - (mark == 0);
    run->shown.epsilon_spent = count ? run->plan.bound.epsilon_upper : 0;
    if (reach >= all || reach < done || count == 0)
        return;
    dpdm_event events[DPDM_TRAIN_EVENTS];
    memcpy(events, run->plan.events, sizeof events);
    if (mark)
        events[count - 1].steps = reach;
    dpdm_bound bound;
    if (!dpdm_account_group(events, count, dpdm_owner_group(&run->config.owner), run->config.delta,
                            run->config.accountant, &bound, NULL) &&
        bound.epsilon_upper < run->shown.epsilon_spent)
        run->shown.epsilon_spent = bound.epsilon_upper;
}

static int run_report(dpdm_run *run)
{
    if (!run->progress)
        return 0;
    run->shown.seconds = dpdm_clock_seconds() - run->started;
    int stop = run->progress(run->context, &run->shown);
    run->shown.note[0] = '\0';
    return stop;
}

static int run_stop(void *context)
{
    return run_report(context);
}

static dpdm_status run_save(dpdm_run *run, dpdm_error *err)
{
    run->saved = dpdm_clock_seconds();
    run->saved_step = run->training.state->step;
    return run->kept ? dpdm_run_state_save(run->folder.state, run->training.state, err) : DPDM_OK;
}

static int run_save_due(const dpdm_run *run)
{
    if (run->config.checkpoint_every)
        return run->training.state->step % run->config.checkpoint_every == 0;
    return dpdm_clock_seconds() - run->saved >= RUN_SAVE_SECONDS;
}

static dpdm_status run_preview_draw(dpdm_run *run, const char *path, dpdm_error *err)
{
    dpdm_task_outcome outcome = dpdm_training_outcome(&run->training);
    dpdm_key key;
    dpdm_key_derive(&key, &run->training.state->key, "preview");
    dpdm_status status = dpdm_folder_create(run->folder.preview, err);
    if (!status)
        status = dpdm_task_of(&run->config)->preview(&outcome, &key, path, err);
    dpdm_key_wipe(&key);
    return status;
}

/* A picture that cannot be drawn or written ends nothing: it is noted. The state is saved first, so that nothing is lost
 * either if drawing takes the process with it. */
static dpdm_status run_preview(dpdm_run *run, dpdm_error *err)
{
    uint64_t step = run->training.state->step;
    if (!run->preview_every || (step % run->preview_every != 0 && step != run->plan.steps))
        return DPDM_OK;
    char path[DPDM_PATH + 64];
    dpdm_error failure;
    snprintf(path, sizeof path, "%s/step-%08llu.png", run->folder.preview, (unsigned long long)step);
    dpdm_status status = run->saved_step == step ? DPDM_OK : run_save(run, err);
    if (!status && run_preview_draw(run, path, &failure))
        snprintf(run->shown.note, sizeof run->shown.note, "no preview of step %llu: %.300s", (unsigned long long)step,
                 failure.message);
    return status;
}

static dpdm_status run_step(dpdm_run *run, dpdm_error *err)
{
    run->step_started = dpdm_clock_seconds();
    return dpdm_training_step(&run->training, run_stop, run,
                              run->config.private_metrics && run->kept ? &run->diagnostics : NULL, err);
}

/* The message of a run that was stopped: how it goes on, or what it has spent where it cannot. */
static dpdm_status run_stopped(const dpdm_run *run, dpdm_error *err)
{
    const unsigned long long done = run->training.state->step, all = run->plan.steps;
    if (run->kept)
        return dpdm_error_set(err, DPDM_ECANCELLED,
                              "stopped after step %llu of %llu; '%s' is saved: give the same command with --resume to "
                              "go on",
                              done, all, run->folder.root);
    return dpdm_error_set(err, DPDM_ECANCELLED,
                          "stopped after step %llu of %llu; no %s was written and this training cannot be resumed. "
                          "Count epsilon %.4f at delta %g as spent: it has begun, and training anew spends its epsilon "
                          "on top%s",
                          done, all, dpdm_task_of(&run->config)->name, ceil(run->plan.bound.epsilon_upper * 1e4) / 1e4,
                          run->config.delta,
                          run->config.ledger[0] ? ". The ledger keeps the whole cost that was reserved" : "");
}

dpdm_status dpdm_run_loop(dpdm_run *run, dpdm_error *err)
{
    const dpdm_task *task = dpdm_task_of(&run->config);
    const dpdm_run_state *state = run->training.state;
    run->preview_every = run->kept && task->preview ? task->preview_interval(&run->config, &run->plan) : 0;
    run->started = run->saved = dpdm_clock_seconds();
    run->saved_step = state->step;
    run->shown.steps = run->plan.steps;
    run->shown.step = state->step;
    run_spent(run);
    dpdm_status status = dpdm_run_metrics_open(run, err);
    if (status)
        return status;
    int stop = run_report(run);
    while (state->step < run->plan.steps) {
        status = dpdm_run_ranks_settle(run, stop ? DPDM_ECANCELLED : DPDM_OK, err);
        if (!status)
            status = run_step(run, err);
        if (status == DPDM_ECANCELLED) {
            run->settled = 1; /* a step is given up by all ranks */
            if (dpdm_transport_rank(run->training.transport) > 0)
                return status;
            status = run_save(run, err);
            return status ? status : run_stopped(run, err);
        }
        run->shown.step = state->step;
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
    return run->saved_step == state->step ? DPDM_OK : run_save(run, err);
}
