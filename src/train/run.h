/* run.h - a training run while it is going on. */
#ifndef DPDM_TRAIN_RUN_H
#define DPDM_TRAIN_RUN_H

#include "dpdm/train.h"
#include "ledger/ledger_payment.h"
#include "train/loop.h"
#include "train/metrics.h"
#include "train/run_folder.h"
#include "train/training.h"

typedef struct {
    dpdm_train_config config; /* settled */
    dpdm_train_plan plan;
    int kept; /* there is a folder: the run can be resumed, and is logged */
    dpdm_run_folder folder;
    char *public_json, *statement;
    dpdm_training training;
    int settled; /* with ranks: the failure of this run is known to all of them */
    dpdm_ledger_payment payment;
    dpdm_loop loop;
    uint64_t mark;        /* of RUN_MARKS: how far epsilon_spent reaches */
    uint64_t read_tenths; /* of the pictures that are decoded */
    double read_told;     /* when that was last said; 0: not begun */
    uint64_t metrics_every;
    dpdm_metrics metrics;
    dpdm_metrics private_metrics;         /* not open unless the config asks for it, as are: */
    dpdm_private_diagnostics diagnostics; /* of the last step */
    double *losses;                       /* [records], of the images of the last step */
    double step_started;
} dpdm_run;

/* A whole run, from the plan to the outcome. With a folder (config->out), as dpdm_train_run. Without one nothing is
 * written and nothing can be resumed: one that ends early is abandoned in its ledger. Call dpdm_run_end in any case. */
dpdm_status dpdm_run_make(const dpdm_train_config *config, dpdm_train_progress_fn progress, void *context,
                          dpdm_run *run, dpdm_error *err);
void dpdm_run_end(dpdm_run *run);

/* Runs the steps that are left and saves the state. DPDM_ECANCELLED: stopped on request, the state is saved. */
dpdm_status dpdm_run_loop(dpdm_run *run, dpdm_error *err);

/* Opens the logs that the config asks for, where the state says the run is. */
dpdm_status dpdm_run_metrics_open(dpdm_run *run, dpdm_error *err);
/* Logs the step that was just done, if it is one that is logged. */
dpdm_status dpdm_run_metrics_add(dpdm_run *run, dpdm_error *err);
void dpdm_run_metrics_close(dpdm_run *run);

#endif
