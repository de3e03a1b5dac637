/* pld_transform.h - the Fourier transform of one step's tilted loss on an even grid of frequencies, certified.
 *
 * At real order s the tilted law gives node u the weight exp(-u^2/2) f(u)^s. Its transform, centred at the mean c,
 *
 *     phi(tau) = exp(-i tau c) A(s + i tau) / A(s),     tau = 0, spacing, 2 spacing, ...,
 *
 * is a trapezoidal sum over the nodes of pld_pair.h. phi - 1 is what is computed: it is small where the rate is, and its
 * T-th power must not lose that. The near frequencies are summed directly (pld_near.c: the error is relative to the size
 * of phi - 1); the far ones, where the power has mostly died, all at once by a non-uniform FFT (pld_far.c). Error bounds:
 * docs/privacy/accounting.md, sections 4 and 7. */
#ifndef DPDM_PRIVACY_PLD_TRANSFORM_H
#define DPDM_PRIVACY_PLD_TRANSFORM_H

#include "privacy/pld_tilt.h"

/* Fills the wave. DPDM_ERANGE if it takes more than DPDM_PLD_NODES_MAX nodes. */
dpdm_status dpdm_pld_transform_run(const dpdm_pld_tilt *tilt, dpdm_pld_wave *wave, dpdm_error *err);

#endif
