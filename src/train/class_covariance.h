/* class_covariance.h - a noisy covariance of each class along the leading directions of that of all.
 *
 * Each image gives the vector of the products a_i a_j, i <= j, of what its residual x - c_y has along the directions,
 * a = U (x - c_y), off-diagonal ones times sqrt(2), at the place of its class; all other places are zero. Its norm is
 * ||a||^2 <= ||x - c_y||^2: clipped to norm^2. The vectors of all records are summed by the Gaussian mechanism of
 * dp_step.h at rate 1: one Gaussian event. Proof: docs/privacy/prior.md. */
#ifndef DPDM_TRAIN_CLASS_COVARIANCE_H
#define DPDM_TRAIN_CLASS_COVARIANCE_H

#include "train/class_means.h"

/* Fills class_turn and class_variance of `prior`, whose centres, basis and variances are released. norm: the residual's
 * norm along the directions beyond which an image counts less, > 0. A class whose noisy count does not stand out of the
 * noise gets the directions and variances of all. key: of this release only. */
dpdm_status dpdm_class_covariance_release(const dpdm_dataset *data, double noise_multiplier, double norm,
                                          const dpdm_class_counts *counts, int grid_bits, const dpdm_key *key,
                                          int threads, dpdm_prior *prior, dpdm_error *err);

#endif
