/* pld_place.h - where the line of integration goes: the saddle point of the integrand.
 *
 * Both directions of the composed loss have a line t > 1: removing a unit at the order s = t, adding one at s = 1 - t
 * (pld_line.h). The place is a choice: no proof rests on it. */
#ifndef DPDM_PRIVACY_PLD_PLACE_H
#define DPDM_PRIVACY_PLD_PLACE_H

#include "privacy/pld_composition.h"

typedef enum { DPDM_PLD_REMOVE = 0, DPDM_PLD_ADD = 1 } dpdm_pld_side;

/* Where to put the line: t, and the epsilon and log delta expected there (not certified, only used to choose). */
typedef struct {
    double t, epsilon, log_delta;
} dpdm_pld_place;

/* The order in the sense of A(s) that belongs to t. */
double dpdm_pld_order(dpdm_pld_side side, double t);

/* Chooses t for a given log delta or, if by_epsilon, for a given epsilon: the saddle point of the integrand. DPDM_ERANGE if
 * the moments cannot be evaluated anywhere. */
dpdm_status dpdm_pld_place_find(const dpdm_pld_composition *composition, dpdm_pld_side side, int by_epsilon,
                                double given, dpdm_pld_place *place, dpdm_error *err);

#endif
