/* selfcheck.h - the replay audit with a step put in its place: how tests show that it catches broken mechanisms. */
#ifndef DPDM_TRAIN_SELFCHECK_H
#define DPDM_TRAIN_SELFCHECK_H

#include "dpdm/dp_step.h"
#include "dpdm/selfcheck.h"

/* What is audited; a NULL function stands for dpdm's own. */
typedef struct {
    void *context;
    /* Puts gradients in the place of the diffusion gradients `inner`, which outlive the answer. */
    dpdm_gradient_source (*gradients)(void *context, const dpdm_gradient_source *inner);
    /* Runs a step: dpdm_dp_step_run with the step's mechanism beside it. */
    dpdm_status (*run)(void *context, dpdm_dp_step *step, const dpdm_dp_mechanism *mechanism, uint64_t number,
                       dpdm_stop_fn stop, void *stop_context, float *out, dpdm_private_diagnostics *diagnostics,
                       dpdm_error *err);
} dpdm_selfcheck_subject;

dpdm_status dpdm_selfcheck_run_subject(const dpdm_selfcheck_options *options, const dpdm_selfcheck_subject *subject,
                                       dpdm_selfcheck_result *results, dpdm_error *err);

#endif
