/* pld_decay.h - how fast the transform of one step dies, proven for all frequencies.
 *
 * For every cut point v, integration by parts on u > v gives
 *
 *     |phi(tau)| <= 1 - mass(u > v) + (p(v) + total variation of p on u > v) / tau,
 *
 * p = exp(-u^2/2) f^s / L' being the tilted density of the loss in the loss's own scale. A table over cut points makes
 * a bound that falls with tau. Proof: docs/privacy/accounting.md, section 5. */
#ifndef DPDM_PRIVACY_PLD_DECAY_H
#define DPDM_PRIVACY_PLD_DECAY_H

#include "privacy/pld_pair.h"

enum { DPDM_PLD_CUTS = 96 };

typedef struct {
    size_t count;
    double floor[DPDM_PLD_CUTS], pull[DPDM_PLD_CUTS]; /* |phi(tau)| <= floor + pull / tau */
} dpdm_pld_decay;

void dpdm_pld_decay_create(const dpdm_pld_pair *pair, double order, const dpdm_pld_range *range,
                           const dpdm_pld_moment *moment, dpdm_pld_decay *decay);
/* Upper bound on log |phi(tau)|, at most 0, for this and every larger frequency > 0. */
double dpdm_pld_decay_log(const dpdm_pld_decay *decay, double frequency);

#endif
