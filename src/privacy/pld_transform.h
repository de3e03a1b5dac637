/* pld_transform.h - the Fourier transform of one step's tilted loss on an even grid of frequencies, certified.
 *
 * At real order s the tilted law gives node u the weight exp(-u^2/2) f(u)^s. Its transform, centred at the mean c,
 *
 *     phi(tau) = exp(-i tau c) A(s + i tau) / A(s),     tau = 0, spacing, 2 spacing, ...,
 *
 * is a trapezoidal sum over the nodes of pld_pair.h. All frequencies are had at once: the nodes' losses are spread with
 * a Gaussian kernel over a grid (Greengard and Lee 2004), one FFT, and the kernel divided out. Every error of that has
 * an explicit bound: docs/privacy/accounting.md, sections 4 and 7. */
#ifndef DPDM_PRIVACY_PLD_TRANSFORM_H
#define DPDM_PRIVACY_PLD_TRANSFORM_H

#include "privacy/fft.h"
#include "privacy/pld_pair.h"

/* Grid and plan, shared by the parts of a composition. */
typedef struct {
    dpdm_fft fft;
    size_t count;   /* frequencies 0 .. count - 1, a power of two */
    double spacing; /* such that k * spacing is exact */
    double *memory, *re, *im, *carry;
} dpdm_pld_grid;

/* re[k], im[k] (in grid->re, grid->im) with |error| <= error + k * spacing * error_slope; center: c, exact. */
typedef struct {
    double center, error, error_slope;
} dpdm_pld_transform;

/* Most frequencies of a grid, and most nodes of a part. */
#define DPDM_PLD_FREQUENCIES_MAX ((size_t)1 << 16)
#define DPDM_PLD_NODES_MAX ((size_t)1 << 21)

/* Free with dpdm_pld_grid_free (also after a failure). */
dpdm_status dpdm_pld_grid_create(size_t count, double spacing, dpdm_pld_grid *grid, dpdm_error *err);
void dpdm_pld_grid_free(dpdm_pld_grid *grid);

/* Overwrites grid->re and grid->im with phi of this pair at this order. range and moment: those of the pair
 * at the order.
 * DPDM_ERANGE if it takes more than DPDM_PLD_NODES_MAX nodes. */
dpdm_status dpdm_pld_transform_run(const dpdm_pld_pair *pair, double order, const dpdm_pld_range *range,
                                   const dpdm_pld_moment *moment, dpdm_pld_grid *grid, dpdm_pld_transform *transform,
                                   dpdm_error *err);

#endif
