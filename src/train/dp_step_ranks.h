/* dp_step_ranks.h - a step over several ranks.
 *
 * Every rank runs the same steps with the same key, weights and data. A rank takes each n-th record of the batch (n ranks),
 * the integer sums of all go to ranges of coordinates, one a rank, which add their noise once, and the noisy ranges go to
 * all. Integer sums do not depend on who added what, and noise is addressed by coordinate: the bits are those of one
 * process, for any number of ranks. docs/privacy/dp_step.md, "Ranks". */
#ifndef DPDM_TRAIN_DP_STEP_RANKS_H
#define DPDM_TRAIN_DP_STEP_RANKS_H

#include "dpdm/dp_step.h"
#include "ranks/transport.h"

/* From now on the step is that of all ranks: every dpdm_dp_step_run is collective, and its diagnostics are those of this
 * rank's records and coordinates. transport NULL: nothing changes. It must outlive the step. */
dpdm_status dpdm_dp_step_join(dpdm_dp_step *step, dpdm_transport *transport, dpdm_error *err);

#endif
