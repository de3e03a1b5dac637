/* run_loop.c - the steps of a run: noisy gradient, Adam, average, metrics. */
#include "train/run.h"

#include <math.h>
#include <string.h>
#include "base/clock.h"
#include "train/run_ranks.h"

enum { RUN_MARKS = 16 };

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
    run->loop.shown.epsilon_spent = count ? run->plan.bound.epsilon_upper : 0;
    if (reach >= all || reach < done || count == 0)
        return;
    dpdm_event events[DPDM_TRAIN_EVENTS];
    memcpy(events, run->plan.events, sizeof events);
    if (mark)
        events[count - 1].steps = reach;
    dpdm_bound bound;
    if (!dpdm_account_group(events, count, dpdm_owner_group(&run->config.owner), run->config.delta,
                            run->config.accountant, &bound, NULL) &&
        bound.epsilon_upper < run->loop.shown.epsilon_spent)
        run->loop.shown.epsilon_spent = bound.epsilon_upper;
}

static int run_stop(void *context)
{
    dpdm_run *run = context;
    return dpdm_loop_report(&run->loop);
}

static dpdm_status run_step(void *owner, int stop, dpdm_error *err)
{
    dpdm_run *run = owner;
    const dpdm_status status = dpdm_run_ranks_settle(run, stop ? DPDM_ECANCELLED : DPDM_OK, err);
    if (status)
        return status;
    run->step_started = dpdm_clock_seconds();
    return dpdm_training_step(&run->training, run_stop, run,
                              run->config.private_metrics && run->kept ? &run->diagnostics : NULL, err);
}

static dpdm_status run_done(void *owner, dpdm_error *err)
{
    dpdm_run *run = owner;
    run_spent(run);
    return dpdm_run_metrics_add(run, err);
}

static dpdm_status run_draw(void *owner, const dpdm_key *key, const char *path, dpdm_error *err)
{
    dpdm_run *run = owner;
    const dpdm_task_outcome outcome = dpdm_training_outcome(&run->training);
    return dpdm_task_of(&run->config)->preview(&outcome, key, path, err);
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
    dpdm_loop *loop = &run->loop;
    loop->state = run->training.state;
    loop->saved_as = run->kept ? run->folder.state : NULL;
    loop->previews = run->folder.preview;
    loop->steps = run->plan.steps;
    loop->save_every = run->config.checkpoint_every;
    loop->preview_every = task->preview ? task->preview_interval(&run->config, &run->plan) : 0;
    loop->owner = run;
    loop->step = run_step;
    loop->done = run_done;
    loop->draw = run_draw;
    run_spent(run);
    dpdm_status status = dpdm_run_metrics_open(run, err);
    if (!status)
        status = dpdm_loop_run(loop, err);
    if (status != DPDM_ECANCELLED)
        return status;
    run->settled = 1; /* a step is given up by all ranks */
    return dpdm_transport_rank(run->training.transport) > 0 ? status : run_stopped(run, err);
}
