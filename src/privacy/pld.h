/* pld.h - the certified accountant: both directions of the composed privacy loss, on lines through its saddle points.
 */
#ifndef DPDM_PRIVACY_PLD_H
#define DPDM_PRIVACY_PLD_H

#include "privacy/pld_line.h"

/* Certified lower and upper bounds on epsilon(delta). */
dpdm_status dpdm_pld_epsilon(const dpdm_pld_composition *composition, double delta, double *lower, double *upper,
                             dpdm_error *err);
/* Certified lower and upper bounds on log delta(epsilon); the lower one may be -infinity. */
dpdm_status dpdm_pld_log_delta(const dpdm_pld_composition *composition, double epsilon, double *lower, double *upper,
                               dpdm_error *err);
/* The same of one direction alone. */
dpdm_status dpdm_pld_side_log_delta(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                                    double *lower, double *upper, dpdm_error *err);

#endif
