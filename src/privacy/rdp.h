/* rdp.h - Renyi accountant: upper bounds from the log moments of a composition at its best order.
 *
 * (alpha, rho)-RDP with rho = log A(alpha) / (alpha - 1) of the sum, then the conversion of Canonne, Kamath and Steinke
 * (2020, proposition 12): delta = exp((alpha - 1)(rho - eps)) (1 - 1/alpha)^(alpha - 1) / alpha. The bound holds at
 * every real alpha > 1, so the search for a good order cannot make it wrong. A(alpha) is the moment of removing a unit,
 * A(1 - alpha) that of adding one; the larger counts. */
#ifndef DPDM_PRIVACY_RDP_H
#define DPDM_PRIVACY_RDP_H

#include "privacy/pld_composition.h"

/* Upper bound on epsilon(delta); *order: the alpha that gave it. DPDM_ERANGE if no order can be evaluated. */
dpdm_status dpdm_rdp_epsilon(const dpdm_pld_composition *composition, double delta, double *epsilon, double *order,
                             dpdm_error *err);
/* The same at one order alpha > 1 that was fixed in advance. */
dpdm_status dpdm_rdp_epsilon_at(const dpdm_pld_composition *composition, double order, double delta, double *epsilon,
                                dpdm_error *err);
/* Upper bound on log delta(epsilon). */
dpdm_status dpdm_rdp_log_delta(const dpdm_pld_composition *composition, double epsilon, double *log_delta,
                               double *order, dpdm_error *err);

#endif
