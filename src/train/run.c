/* run.c - a training run from its plan to its release. */
#include "train/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "dpdm/version.h"
#include "train/config.h"
#include "train/payment.h"
#include "train/prior_release.h"
#include "train/records.h"
#include "train/start.h"

static dpdm_status run_open(dpdm_run *run, int *finished, dpdm_error *err);
static dpdm_status run_prepare(dpdm_run *run, dpdm_error *err);
static dpdm_status run_finish(dpdm_run *run, dpdm_error *err);
static void run_free(dpdm_run *run);

dpdm_status dpdm_train_run(const dpdm_train_config *config, dpdm_train_progress_fn progress, void *context,
                           dpdm_error *err)
{
    dpdm_run run = {.config = config, .progress = progress, .context = context, .folder = {.lock = -1}};
    int finished = 0;
    dpdm_status status = dpdm_train_plan_make(config, &run.plan, err);
    if (!status)
        status = dpdm_train_public_json(config, &run.plan, &run.public_json, err);
    if (!status)
        status = run_open(&run, &finished, err);
    if (!status && !finished) {
        status = run_prepare(&run, err);
        if (!status)
            status = dpdm_run_loop(&run, err);
        if (!status)
            status = run_finish(&run, err);
        if (status)
            dpdm_ledger_payment_cancel(&run.payment, status);
    }
    run_free(&run);
    return status;
}

static void run_free(dpdm_run *run)
{
    dpdm_run_metrics_close(run);
    dpdm_dp_step_destroy(run->step);
    dpdm_diffusion_source_destroy(run->source);
    dpdm_run_state_destroy(run->state);
    dpdm_dataset_destroy(&run->data);
    dpdm_run_folder_close(&run->folder);
    dpdm_prior_destroy(&run->prior);
    free(run->gradient);
    free(run->public_json);
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
    const dpdm_train_config *config = run->config;
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
    dpdm_status status = dpdm_train_digest(run->config, &run->plan, identity->config_digest, err);
    if (!status)
        status = dpdm_diffusion_source_fingerprint(run->source, identity->arithmetic, err);
    memcpy(identity->data_digest, run->data.digest, sizeof identity->data_digest);
    snprintf(identity->kernels, sizeof identity->kernels, "%s", run->plan.kernels);
    snprintf(identity->version, sizeof identity->version, "%s", dpdm_version());
    return status;
}

/* The same noise on another sum would reveal the difference of the sums, so nothing may have changed. */
static dpdm_status run_check_identity(const dpdm_run *run, const dpdm_run_state *identity, dpdm_error *err)
{
    const dpdm_run_state *state = run->state;
    const char *reason = NULL;
    if (strcmp(state->version, identity->version) != 0)
        reason = "another version of dpdm started it";
    else if (strcmp(state->kernels, identity->kernels) != 0)
        reason = "it was started with another kernel set (see --kernels)";
    else if (memcmp(state->config_digest, identity->config_digest, 32) != 0)
        reason = "the config differs from the one it was started with";
    else if (memcmp(state->data_digest, identity->data_digest, 32) != 0)
        reason = "the data differ from those it was started with";
    else if (memcmp(state->arithmetic, identity->arithmetic, 32) != 0)
        reason = "this machine or its libraries compute gradients with other roundings";
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
    const dpdm_train_config *config = run->config;
    if (config->resume)
        return dpdm_run_state_load(run->folder.state, run->plan.parameters, &run->state, err);
    dpdm_status status = dpdm_run_state_create(run->plan.parameters, &run->state, err);
    if (status)
        return status;
    if (config->has_seed)
        dpdm_key_from_seed(&run->state->key, config->seed);
    else
        status = dpdm_key_generate(&run->state->key, err);
    return status;
}

/* What a run that is resumed has spent already is not given back, also where the ledger came later. */
static dpdm_status run_reserve(dpdm_run *run, dpdm_error *err)
{
    dpdm_status status = dpdm_train_payment(run->config, &run->plan, &run->payment, err);
    if (status)
        return status;
    dpdm_ledger_payment_name(&run->payment, &run->state->key);
    status = dpdm_ledger_payment_reserve(&run->payment, err);
    if (run->config->resume)
        run->payment.cancellable = 0;
    return status;
}

/* Fills a new state and writes it. */
static dpdm_status run_start(dpdm_run *run, dpdm_error *err)
{
    dpdm_run_state *state = run->state;
    dpdm_status status = run_identify(run, state, err);
    if (!status && run->config->overwrite)
        status = dpdm_run_folder_clear(&run->folder, err);
    if (!status)
        status =
            dpdm_file_write(run->folder.config, run->public_json, strlen(run->public_json), 1, DPDM_FILE_SHARED, err);
    if (status)
        return status;
    dpdm_network_init(dpdm_diffusion_source_network(run->source), &state->key, state->params);
    if (run->plan.start.given)
        status = dpdm_start_load(run->config, &run->plan.start, state->params, err);
    if (status)
        return status;
    memcpy(state->average, state->params, state->parameters * sizeof *state->params);
    /* Saved before the first noise is drawn: from here on nothing can make this run spend twice. */
    return dpdm_run_state_save(run->folder.state, state, err);
}

/* Checks the state of a resumed run, or begins one. */
static dpdm_status run_settle_state(dpdm_run *run, dpdm_error *err)
{
    if (!run->config->resume)
        return run_start(run, err);
    dpdm_run_state *identity;
    dpdm_status status = dpdm_run_state_create(run->plan.parameters, &identity, err);
    if (!status)
        status = run_identify(run, identity, err);
    if (!status)
        status = run_check_identity(run, identity, err);
    dpdm_run_state_destroy(identity);
    return status;
}

/* Makes the prior from noisy sums, with the same noise again on resume, and gives it to the denoiser. */
static dpdm_status run_prior(dpdm_run *run, dpdm_error *err)
{
    run->denoiser = run->config->denoiser;
    if (!(run->config->prior_means_noise > 0))
        return DPDM_OK;
    dpdm_status status =
        dpdm_prior_release(run->config, &run->data, &run->state->key, run->plan.threads, &run->prior, err);
    if (status)
        return status;
    run->denoiser.prior = &run->prior;
    dpdm_diffusion_source_prior(run->source, &run->prior);
    return DPDM_OK;
}

static dpdm_status run_prepare(dpdm_run *run, dpdm_error *err)
{
    const dpdm_train_config *config = run->config;
    dpdm_status status = run_take_state(run, err);
    if (!status)
        status = run_reserve(run, err); /* before the data are touched */
    if (!status)
        status = dpdm_train_records(config, &run->data, err);
    if (!status)
        status = dpdm_ledger_payment_match(&run->payment, run->data.digest, err);
    if (!status)
        status = dpdm_diffusion_source_create(config, &run->plan, &run->data, &run->source, err);
    if (!status)
        status = run_settle_state(run, err);
    if (!status)
        status = dpdm_ledger_payment_begin(&run->payment, run->data.digest, err);
    if (!status)
        status = run_prior(run, err);
    if (status)
        return status;
    run->gradient = malloc(run->plan.parameters * sizeof *run->gradient);
    if (!run->gradient)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a gradient");
    dpdm_dp_mechanism mechanism = {.grid = {config->clip, config->grid_bits},
                                   .noise_multiplier = run->plan.noise_multiplier,
                                   .rate = run->plan.rate,
                                   .batch = run->plan.batch};
    dpdm_gradient_source gradients = dpdm_diffusion_source_gradients(run->source);
    return dpdm_dp_step_create(&mechanism, &gradients, &run->state->key, run->plan.threads, &run->step, err);
}

/* ---- after the last step ---- */

/* Release first, then the ledger, then the end of the key: a run killed in between writes the same release again. */
static dpdm_status run_finish(dpdm_run *run, dpdm_error *err)
{
    char *statement = NULL;
    dpdm_status status = dpdm_train_statement(run->config, &run->plan, &statement, err);
    if (!status)
        status = dpdm_folder_create(run->folder.release, err);
    if (!status)
        status = dpdm_file_write(run->folder.statement, statement, strlen(statement), 1, DPDM_FILE_SHARED, err);
    if (!status) {
        dpdm_model model = {.unet = dpdm_train_unet(run->config),
                            .denoiser = run->denoiser,
                            .network = dpdm_diffusion_source_network(run->source),
                            .params = run->state->average,
                            .config_json = run->public_json,
                            .statement_json = statement};
        status = dpdm_model_write(run->folder.model, &model, 1, err);
    }
    if (!status)
        status = dpdm_ledger_payment_finish(&run->payment, run->folder.model, err);
    if (!status)
        status = dpdm_run_state_erase(run->folder.state, err);
    free(statement);
    return status;
}
