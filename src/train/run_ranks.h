/* run_ranks.h - several processes that make one run together (--ranks mpi).
 *
 * All ranks plan, open the data and train; rank 0 alone keeps the folder, the ledger, the logs and the previews, and its
 * state is the run's: the key goes to the others once all have agreed on build, config and data. The bits are those of one
 * process, so a run may go on with another number of ranks. With one process all of this does nothing. */
#ifndef DPDM_TRAIN_RUN_RANKS_H
#define DPDM_TRAIN_RUN_RANKS_H

#include "train/run.h"

/* Joins the other ranks and agrees with them on the build, and on the plan and all that decides the result. Makes every
 * rank but the first one without a folder, ledger or progress. */
dpdm_status dpdm_run_ranks_open(dpdm_run *run, dpdm_error *err);
/* A failure of one rank becomes one of all: to be called where a rank may fail by itself. */
dpdm_status dpdm_run_ranks_settle(dpdm_run *run, dpdm_status mine, dpdm_error *err);
/* *flag becomes that of rank 0. */
dpdm_status dpdm_run_ranks_follow(dpdm_run *run, int *flag, dpdm_error *err);
/* All hold the same data, and compute gradients with the same roundings. */
dpdm_status dpdm_run_ranks_agree(dpdm_run *run, dpdm_error *err);
/* Rank 0's state goes to all. */
dpdm_status dpdm_run_ranks_share(dpdm_run *run, dpdm_error *err);
/* Leaves the others. After a failure that they do not know of they stay joined: this process has to end then, which ends
 * them too. */
void dpdm_run_ranks_close(dpdm_run *run, dpdm_status status);

#endif
