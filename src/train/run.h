/* run.h - a training run while it is going on. */
#ifndef DPDM_TRAIN_RUN_H
#define DPDM_TRAIN_RUN_H

#include "dpdm/train.h"
#include "ledger/ledger_payment.h"
#include "train/diffusion_source.h"
#include "train/metrics.h"
#include "train/run_folder.h"
#include "train/run_state.h"

typedef struct {
    const dpdm_train_config *config;
    dpdm_train_plan plan;
    dpdm_train_progress_fn progress;
    void *context;
    dpdm_run_folder folder;
    char *public_json;
    dpdm_dataset data;
    dpdm_diffusion_source *source;
    dpdm_prior prior;       /* empty where the config wants none */
    dpdm_denoiser denoiser; /* the config's, with its prior once that is released */
    dpdm_dp_step *step;
    dpdm_run_state *state;
    float *gradient;
    dpdm_ledger_payment payment;
    uint64_t preview_every;
    double started, saved; /* seconds */
    uint64_t saved_step;
    uint64_t mark;             /* of RUN_MARKS: how far epsilon_spent reaches */
    dpdm_train_progress shown; /* as last reported */
    uint64_t metrics_every;
    double learning_rate; /* of the last step */
    dpdm_metrics metrics;
    dpdm_metrics private_metrics;         /* not open unless the config asks for it, as are: */
    dpdm_private_diagnostics diagnostics; /* of the last step */
    double *losses;                       /* [records], of the images of the last step */
    double step_started;
} dpdm_run;

/* Runs the steps that are left and saves the state. DPDM_ECANCELLED: stopped on request, the state is saved. */
dpdm_status dpdm_run_loop(dpdm_run *run, dpdm_error *err);

/* Opens the logs that the config asks for, where the state says the run is. */
dpdm_status dpdm_run_metrics_open(dpdm_run *run, dpdm_error *err);
/* Logs the step that was just done, if it is one that is logged. */
dpdm_status dpdm_run_metrics_add(dpdm_run *run, dpdm_error *err);
void dpdm_run_metrics_close(dpdm_run *run);

#endif
