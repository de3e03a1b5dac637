/* identity.h - what a saved state must agree with to go on: the same key must not meet another sum. */
#ifndef DPDM_TRAIN_IDENTITY_H
#define DPDM_TRAIN_IDENTITY_H

#include "train/run_state.h"
#include "train/source.h"

/* Fills all that says where a state comes from, but for config_digest, which is the caller's. */
dpdm_status dpdm_identity_set(dpdm_run_state *state, dpdm_task_source *source, const dpdm_dataset *data,
                              const char *kernels, dpdm_error *err);
/* What a saved state does not have in common with `identity`, as the second half of a sentence; NULL: nothing. The version is
 * for messages only: two builds of one version may differ. */
const char *dpdm_identity_differs(const dpdm_run_state *saved, const dpdm_run_state *identity);

#endif
