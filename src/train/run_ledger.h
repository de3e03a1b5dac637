/* run_ledger.h - what a run tells the ledger that pays for it. Without a ledger each does nothing.
 *
 * The name of the run there is derived from its key, so a resumed run finds its reservation and a run with a new key
 * pays anew. The ledger is opened for each of these and closed again: a training may take days. */
#ifndef DPDM_TRAIN_RUN_LEDGER_H
#define DPDM_TRAIN_RUN_LEDGER_H

#include "train/run.h"

/* Reserves all events of the plan; needs run->state->key. DPDM_EBUDGET if they do not fit. */
dpdm_status dpdm_run_ledger_reserve(dpdm_run *run, dpdm_error *err);
/* The data that were opened are those of the reservation, as far as the ledger knows. */
dpdm_status dpdm_run_ledger_match(dpdm_run *run, dpdm_error *err);
/* The state is saved, and the first private step is next. */
dpdm_status dpdm_run_ledger_begin(dpdm_run *run, dpdm_error *err);
/* The release is written. */
dpdm_status dpdm_run_ledger_finish(dpdm_run *run, dpdm_error *err);
/* Gives back what was reserved, if the run failed with `cause` before anything of it was there. */
void dpdm_run_ledger_cancel(dpdm_run *run, dpdm_status cause);

#endif
