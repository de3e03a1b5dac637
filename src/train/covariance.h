/* covariance.h - a noisy covariance of what images differ by from their centres.
 *
 * Each image gives the vector of the products r_i r_j, i <= j, of its residual r = x - c_y, off-diagonal ones times
 * sqrt(2), whose norm is ||r||^2: clipped to norm^2. The vectors of all records are summed by the Gaussian mechanism of
 * dp_step.h at rate 1: one Gaussian event. Of images shrunk by pool.h the products are those of the shrunk residual P r, and one
 * more number is ||r||^2 - ||P r||^2: together of norm <= ||r||^2. Proof: docs/privacy/prior.md. */
#ifndef DPDM_TRAIN_COVARIANCE_H
#define DPDM_TRAIN_COVARIANCE_H

#include "dpdm/dataset.h"
#include "dpdm/prior.h"
#include "dpdm/rng.h"

/* The most values a (shrunk) image may have: beyond, the matrix would be too large to be released with useful precision. */
enum { DPDM_COVARIANCE_PIXELS = 1024 };

typedef struct {
    double noise_multiplier; /* > 0 */
    double norm;             /* the residual's norm beyond which an image counts less, > 0 */
    double count;            /* of images, as it is publicly known or released */
    int pool; /* images are shrunk by this factor first, a divisor of height and width; 1: they are not */
    int grid_bits;
} dpdm_covariance_options;

/* Fills basis and variance of `prior`, whose centres are set, from the data; its rank is at most the values of a shrunk image.
 * key: of this release only. */
dpdm_status dpdm_covariance_release(const dpdm_dataset *data, const dpdm_covariance_options *options,
                                    const dpdm_key *key, int threads, dpdm_prior *prior, dpdm_error *err);

#endif
