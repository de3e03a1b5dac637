/* audit_mechanism.h - the mechanism audit with another mechanism in the place of the step: how tests show that it
 * catches broken ones, and the attacker's score. */
#ifndef DPDM_EVAL_AUDIT_MECHANISM_H
#define DPDM_EVAL_AUDIT_MECHANISM_H

#include "dpdm/audit.h"
#include "dpdm/dp_step.h"

/* What is audited; a NULL function stands for dpdm's own. Called from several threads. */
typedef struct {
    void *context;
    /* Changes the mechanism that is run; the claim stays that of the options. */
    void (*adjust)(void *context, dpdm_dp_mechanism *mechanism);
    /* Runs a step and releases out[0..parameters). */
    dpdm_status (*run)(void *context, dpdm_dp_step *step, uint64_t number, float *out, dpdm_error *err);
} dpdm_audit_subject;

dpdm_status dpdm_audit_mechanism_run_subject(const dpdm_audit_mechanism_options *options,
                                             const dpdm_audit_subject *subject, dpdm_audit_progress_fn progress,
                                             void *context, dpdm_audit_mechanism_result *result, dpdm_error *err);

/* ln of how much likelier x = 1 + sigma n is than x = sigma n, where the 1 is there with probability q only:
 * ln(1 - q + q exp((2x - 1) / (2 sigma^2))). The attacker's best score of one coordinate of one step (Neyman and
 * Pearson); scores of steps add up. */
double audit_log_likelihood_ratio(double x, double rate, double noise_multiplier);

#endif
