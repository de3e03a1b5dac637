/* pld_composition.h - a list of events as the accountants see it: checked, identical ones merged.
 *
 * Events at rate 0 cost nothing and are dropped; events at rate 1 are plain Gaussians and merge into one of
 * mu^2 = sum steps (m / sigma)^2 (their log moments add up to mu^2 (s^2 - s) / 2). */
#ifndef DPDM_PRIVACY_PLD_COMPOSITION_H
#define DPDM_PRIVACY_PLD_COMPOSITION_H

#include "dpdm/accountant.h"
#include "privacy/pld_pair.h"

typedef struct {
    dpdm_pld_pair pair;
    double steps;
} dpdm_pld_part;

typedef struct {
    dpdm_pld_part *parts;
    size_t count;
    double gaussian;       /* mu^2 of the plain Gaussians together */
    double gaussian_error; /* relative error of it */
} dpdm_pld_composition;

/* Most steps of all events together, noise multipliers and (positive) rates that the proofs' constants cover. */
#define DPDM_PLD_STEPS_MAX 1e9
#define DPDM_PLD_SIGMA_MIN 0.01
#define DPDM_PLD_SIGMA_MAX 1e6
#define DPDM_PLD_RATE_MIN 1e-12

/* group: records of one unit, 1..DPDM_PLD_GROUP_MAX. DPDM_EUSAGE for values that make no sense, DPDM_ERANGE outside the
 * proven range; each message names the event. Free with dpdm_pld_composition_free (also after a failure). */
dpdm_status dpdm_pld_composition_create(const dpdm_event *events, size_t count, unsigned group,
                                        dpdm_pld_composition *composition, dpdm_error *err);
void dpdm_pld_composition_free(dpdm_pld_composition *composition);

/* The most the summed log likelihood ratio can be below 0, rounded up: -sum steps m log(1 - q); infinite with a plain
 * Gaussian. From that epsilon on adding a unit costs no delta at all. */
double dpdm_pld_composition_floor(const dpdm_pld_composition *composition);

/* Upper bound on the probability that any record of the unit is ever sampled; 1 with a plain Gaussian. delta(epsilon)
 * is nowhere above it. */
double dpdm_pld_composition_touch(const dpdm_pld_composition *composition);

/* Sum over all steps of log A(order): value, bound on its error, and mean and variance of the summed loss under the
 * tilted law. Returns 0 if the order is too large for one of the events, or for all of them together (proven.h). */
int dpdm_pld_composition_moment(const dpdm_pld_composition *composition, double order, dpdm_pld_moment *moment);

#endif
