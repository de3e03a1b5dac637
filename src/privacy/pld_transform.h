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

#include "dpdm/status.h"
#include "privacy/pld_pair.h"

/* Most frequencies, and most nodes of a part. */
#define DPDM_PLD_FREQUENCIES_MAX ((size_t)1 << 16)
#define DPDM_PLD_NODES_MAX ((size_t)1 << 21)

/* One pair at one order. */
typedef struct {
    const dpdm_pld_pair *pair;
    double order;
    dpdm_pld_range range;
    dpdm_pld_moment moment; /* its mean is the centre c, exactly */
} dpdm_pld_tilt;

/* phi(k * spacing) - 1 = re[k] + i im[k] to within error[k], k = 0 .. count - 1; k * spacing is exact. */
typedef struct {
    size_t count; /* a power of two */
    double spacing;
    double *re, *im, *error;
} dpdm_pld_wave;

/* The part of one node that both ways need: its loss less c, its weight, and bounds on their errors (the weight's is
 * relative). log_mass: log of sqrt(2 pi) A(order) / step. */
typedef struct {
    double loss, weight, loss_error, weight_error;
} dpdm_pld_node;

dpdm_status dpdm_pld_tilt_create(const dpdm_pld_pair *pair, double order, dpdm_pld_tilt *tilt, dpdm_error *err);
double dpdm_pld_tilt_log_mass(const dpdm_pld_tilt *tilt, double step);
dpdm_pld_node dpdm_pld_tilt_node(const dpdm_pld_tilt *tilt, double u, double log_mass);

/* Frees with dpdm_pld_wave_free (also after a failure). */
dpdm_status dpdm_pld_wave_create(size_t count, double spacing, dpdm_pld_wave *wave, dpdm_error *err);
void dpdm_pld_wave_free(dpdm_pld_wave *wave);

/* Fills the wave. DPDM_ERANGE if it takes more than DPDM_PLD_NODES_MAX nodes. */
dpdm_status dpdm_pld_transform_run(const dpdm_pld_tilt *tilt, dpdm_pld_wave *wave, dpdm_error *err);

/* The two ways: frequencies 0 .. near - 1, and near .. count - 1. */
dpdm_status dpdm_pld_near_run(const dpdm_pld_tilt *tilt, size_t near, dpdm_pld_wave *wave, dpdm_error *err);
dpdm_status dpdm_pld_far_run(const dpdm_pld_tilt *tilt, size_t near, dpdm_pld_wave *wave, dpdm_error *err);

#endif
