/* broken_step.c - linked into a dpdm for e2e_selfcheck.py: its training steps release a little more than they should. */
#include "dpdm/dp_step.h"

dpdm_status __real_dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                    float *out, dpdm_private_diagnostics *diagnostics, dpdm_error *err);
dpdm_status __wrap_dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                    float *out, dpdm_private_diagnostics *diagnostics, dpdm_error *err);

dpdm_status __wrap_dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                    float *out, dpdm_private_diagnostics *diagnostics, dpdm_error *err)
{
    dpdm_status status = __real_dpdm_dp_step_run(step, number, stop, stop_context, out, diagnostics, err);
    if (!status)
        out[0] += 1;
    return status;
}
