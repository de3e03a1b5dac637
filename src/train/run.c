/* run.c - a training run from its plan to its release. */
#include "train/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/finite.h"
#include "train/config.h"
#include "train/identity.h"
#include "train/payment.h"
#include "train/run_ranks.h"

static dpdm_status run_open(dpdm_run *run, int *finished, dpdm_error *err);
static dpdm_status run_prepare(dpdm_run *run, dpdm_error *err);
static dpdm_status run_finish(dpdm_run *run, dpdm_error *err);

dpdm_status dpdm_train_run(const dpdm_train_config *config, dpdm_train_progress_fn progress, void *context,
                           dpdm_error *err)
{
    if (!config->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "out is empty: name the run folder");
    dpdm_run run;
    dpdm_status status = dpdm_run_make(config, progress, context, &run, err);
    dpdm_run_end(&run);
    return status;
}

/* What was reserved is given back, unless a state or the ledger's own book says that the run goes on. */
static void run_fail(dpdm_run *run, dpdm_status cause)
{
    if (run->kept)
        dpdm_ledger_payment_cancel(&run->payment, cause);
    else
        dpdm_ledger_payment_abandon(&run->payment, cause);
}

static dpdm_status run_whole(dpdm_run *run, dpdm_error *err);

enum { READ_QUIET = 5 }; /* seconds */

/* How far the decoding of pictures is, where it takes long, in tenths: how many there are is not for a log. */
static int run_watch_reading(void *context, uint64_t done, uint64_t total)
{
    dpdm_run *run = context;
    const uint64_t tenths = 10 * done / total;
    const double now = dpdm_clock_seconds();
    if (!run->loop.progress)
        return 0;
    run->loop.shown.steps = run->plan.steps;
    if (run->read_told <= 0)
        run->read_told = now;
    if (tenths > run->read_tenths && now - run->read_told > READ_QUIET) {
        snprintf(run->loop.shown.note, sizeof run->loop.shown.note, "decoding pictures: %d %%", (int)(10 * tenths));
        run->read_tenths = tenths;
        run->read_told = now;
    }
    const int stop = run->loop.progress(run->loop.context, &run->loop.shown);
    run->loop.shown.note[0] = '\0';
    return stop;
}

dpdm_status dpdm_run_make(const dpdm_train_config *config, dpdm_train_progress_fn progress, void *context,
                          dpdm_run *run, dpdm_error *err)
{
    *run = (dpdm_run){.config = *config,
                      .loop = {.progress = progress, .context = context},
                      .kept = config->out[0] != 0,
                      .folder = {.lock = -1}};
    dpdm_train_config_settle(&run->config);
    run->training = (dpdm_training){
        .config = &run->config, .plan = &run->plan, .reading = {.watch = run_watch_reading, .context = run}};
    dpdm_status status = run_whole(run, err);
    dpdm_run_ranks_close(run, status);
    return status;
}

static dpdm_status run_whole(dpdm_run *run, dpdm_error *err)
{
    int finished = 0;
    dpdm_status status = dpdm_train_plan_make(&run->config, &run->plan, err);
    if (!status)
        status = dpdm_train_public_json(&run->config, &run->plan, &run->public_json, err);
    if (!status)
        status = dpdm_run_ranks_open(run, err);
    if (status)
        return status;
    status = dpdm_run_ranks_settle(run, run->kept ? run_open(run, &finished, err) : DPDM_OK, err);
    if (!status)
        status = dpdm_run_ranks_follow(run, &finished, err);
    if (status || finished)
        return status;
    status = run_prepare(run, err);
    if (!status)
        status = dpdm_run_loop(run, err);
    if (!status)
        status = run_finish(run, err);
    if (status)
        run_fail(run, status);
    return status;
}

void dpdm_run_end(dpdm_run *run)
{
    dpdm_run_metrics_close(run);
    dpdm_training_close(&run->training);
    dpdm_run_folder_close(&run->folder);
    free(run->public_json);
    free(run->statement);
}

/* ---- before the first step ---- */

/* Resuming a finished run is fine if it is the run the config describes. */
static dpdm_status run_check_finished(const dpdm_run *run, dpdm_error *err)
{
    uint8_t *text;
    size_t size;
    dpdm_status status = dpdm_file_read(run->folder.config, 1 << 20, &text, &size, err);
    if (status)
        return status;
    int same = strcmp((const char *)text, run->public_json) == 0;
    free(text);
    return same ? DPDM_OK
                : dpdm_error_set(err, DPDM_ESTATE, "'%s' holds a finished run of another config; choose another folder",
                                 run->folder.root);
}

static dpdm_status run_open(dpdm_run *run, int *finished, dpdm_error *err)
{
    const dpdm_train_config *config = &run->config;
    dpdm_status status = dpdm_run_folder_open(config->out, &run->folder, err);
    if (status)
        return status;
    dpdm_run_phase phase = dpdm_run_folder_phase(&run->folder);
    if (config->resume && phase == DPDM_RUN_NEW)
        return dpdm_error_set(err, DPDM_ENOENT, "there is no run to resume in '%s'; start it without resume",
                              config->out);
    if (config->resume && phase == DPDM_RUN_FINISHED) {
        *finished = 1;
        return run_check_finished(run, err);
    }
    if (!config->resume && !config->overwrite && phase != DPDM_RUN_NEW)
        return dpdm_error_set(err, DPDM_EEXIST,
                              "'%s' holds %s run; go on with --resume, replace it with --overwrite or choose another "
                              "folder with --out",
                              config->out, phase == DPDM_RUN_STARTED ? "an unfinished" : "a finished");
    return DPDM_OK;
}

/* What a state must agree with, and what a new one says. */
static dpdm_status run_identify(dpdm_run *run, dpdm_run_state *identity, dpdm_error *err)
{
    const dpdm_status status = dpdm_train_digest(&run->config, &run->plan, identity->config_digest, err);
    return status ? status
                  : dpdm_identity_set(identity, run->training.source, &run->training.data, run->plan.kernels, err);
}

/* The same noise on another sum would reveal the difference of the sums, so nothing may have changed. */
static dpdm_status run_check_identity(const dpdm_run *run, const dpdm_run_state *identity, dpdm_error *err)
{
    const dpdm_run_state *state = run->training.state;
    const char *reason = dpdm_identity_differs(state, identity);
    if (!reason)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_ESTATE,
                          "cannot resume '%s': %s (kernel set '%s', version %s); the same noise on another sum would "
                          "reveal private data. Resume with what the run was started with, or start anew with another "
                          "folder, which spends its privacy again",
                          run->folder.root, reason, state->kernels, state->version);
}

/* The state with the key in it: saved by the run that is resumed, or a new one that is nowhere else yet. */
static dpdm_status run_take_state(dpdm_run *run, dpdm_error *err)
{
    const dpdm_task *task = dpdm_task_of(&run->config);
    if (run->config.resume)
        return dpdm_run_state_load(run->folder.state, run->plan.trained,
                                   task->released ? task->released(&run->config) : 0, &run->training.state, err);
    return dpdm_training_new_state(&run->training, &run->training.state, err);
}

/* What a run that is resumed has spent already is not given back, also where the ledger came later. */
static dpdm_status run_reserve(dpdm_run *run, dpdm_error *err)
{
    dpdm_status status = dpdm_train_payment(&run->config, &run->plan, &run->payment, err);
    if (status)
        return status;
    dpdm_ledger_payment_name(&run->payment, &run->training.state->key);
    status = dpdm_ledger_payment_reserve(&run->payment, err);
    if (run->config.resume)
        run->payment.cancellable = 0;
    return status;
}

static dpdm_status run_save(dpdm_run *run, dpdm_error *err)
{
    return run->kept ? dpdm_run_state_save(run->folder.state, run->training.state, err) : DPDM_OK;
}

/* Fills a new state and writes it. */
static dpdm_status run_start(dpdm_run *run, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    if (run->kept)
        status = run_identify(run, run->training.state, err);
    if (!status && run->kept && run->config.overwrite)
        status = dpdm_run_folder_clear(&run->folder, err);
    if (!status && run->kept)
        status =
            dpdm_file_write(run->folder.config, run->public_json, strlen(run->public_json), 1, DPDM_FILE_SHARED, err);
    if (status)
        return status;
    /* The other ranks take the weights with the state, and the key that what is not trained is made of. */
    if (dpdm_transport_rank(run->training.transport) == 0)
        status = dpdm_training_begin(&run->training, err);
    if (status)
        return status;
    /* Saved before the first noise is drawn: from here on nothing can make this run spend twice. */
    return run_save(run, err);
}

/* Checks the state of a resumed run, or begins one. */
static dpdm_status run_settle_state(dpdm_run *run, dpdm_error *err)
{
    if (!run->config.resume)
        return run_start(run, err);
    dpdm_run_state *identity;
    dpdm_status status = dpdm_run_state_create(run->plan.trained, 0, &identity, err);
    if (!status)
        status = run_identify(run, identity, err);
    if (!status)
        status = run_check_identity(run, identity, err);
    dpdm_run_state_destroy(identity);
    return status;
}

/* What comes before the steps, which is saved with the state: resuming neither makes it again nor needs it to round
 * alike. */
static dpdm_status run_release(dpdm_run *run, dpdm_error *err)
{
    int fresh;
    dpdm_status status = dpdm_training_release(&run->training, &fresh, err);
    return status || !fresh ? status : run_save(run, err);
}

static dpdm_status run_prepare(dpdm_run *run, dpdm_error *err)
{
    dpdm_training *training = &run->training;
    dpdm_status status = run_take_state(run, err);
    if (!status)
        status = run_reserve(run, err); /* before the data are touched */
    status = dpdm_run_ranks_settle(run, status, err);
    if (!status)
        status = dpdm_training_open_data(training, err);
    if (!status)
        status = dpdm_ledger_payment_match(&run->payment, training->data.digest, err);
    if (!status)
        status = dpdm_training_open_source(training, err);
    status = dpdm_run_ranks_settle(run, status, err);
    if (!status)
        status = dpdm_run_ranks_agree(run, err);
    if (!status)
        status = run_settle_state(run, err);
    if (!status)
        status = dpdm_ledger_payment_begin(&run->payment, training->data.digest, err);
    /* Rank 0 alone releases what comes before the steps; the others take it with the state. */
    const int leads = dpdm_transport_rank(training->transport) == 0;
    if (!status && leads)
        status = run_release(run, err);
    status = dpdm_run_ranks_settle(run, status, err);
    if (!status)
        status = dpdm_run_ranks_share(run, err);
    if (!status && !leads)
        status = run_release(run, err);
    if (!status)
        status = dpdm_training_ready(training, err);
    return dpdm_run_ranks_settle(run, status, err);
}

/* ---- after the last step ---- */

/* Release first, then the ledger, then the end of the key: a run killed in between writes the same release again. */
static dpdm_status run_write(dpdm_run *run, dpdm_error *err)
{
    dpdm_task_outcome outcome = dpdm_training_outcome(&run->training);
    outcome.config_json = run->public_json;
    outcome.statement_json = run->statement;
    dpdm_status status = dpdm_folder_create(run->folder.release, err);
    if (!status)
        status =
            dpdm_file_write(run->folder.statement, run->statement, strlen(run->statement), 1, DPDM_FILE_SHARED, err);
    if (!status)
        status = dpdm_task_of(&run->config)->write(&outcome, run->folder.model, 1, err);
    if (!status)
        status = dpdm_ledger_payment_finish(&run->payment, run->folder.model, err);
    return status ? status : dpdm_run_state_erase(run->folder.state, err);
}

static dpdm_status run_finish(dpdm_run *run, dpdm_error *err)
{
    const dpdm_run_state *state = run->training.state;
    dpdm_status status = dpdm_train_statement(&run->config, &run->plan, &run->statement, err);
    if (!status && !dpdm_all_finite(state->average, state->parameters))
        status =
            dpdm_error_set(err, DPDM_ERANGE, "the weights are not finite: training diverged; lower the learning rate");
    return status || !run->kept ? status : run_write(run, err);
}
