/* class_means.h - noisy class means, the centres of a prior (prior.h).
 *
 * Each image x with label y gives one vector: x at the place of class y, and one coordinate there that counts it; all
 * other places are zero. The vectors of all records are summed by the Gaussian mechanism of dp_step.h at rate 1, so the
 * release is one Gaussian event, sensitivity one vector of norm at most the clip. A mean is a noisy sum divided
 * by a noisy count: post-processing, and no true count is used anywhere. Proof: docs/privacy/prior.md. */
#ifndef DPDM_TRAIN_CLASS_MEANS_H
#define DPDM_TRAIN_CLASS_MEANS_H

#include "dpdm/dataset.h"
#include "dpdm/prior.h"
#include "dpdm/rng.h"

/* Noisy numbers of images. */
typedef struct {
    double all;   /* at least 1 */
    double least; /* a class of no more than this many does not stand out of the noise */
    double *of;   /* [classes] */
} dpdm_class_counts;

/* The clipping norm for images of `pixels` values in [-1, 1]: no image is ever shortened. */
double dpdm_class_means_clip(int pixels);

/* Writes the centres of all classes and that of "no label" (the mean of all images) to prior->center, each in [-1, 1]. A
 * class whose noisy count does not stand out of the noise gets the mean of all images. counts: their `of` is the
 * caller's. key: of this release only; the same key must not be used on other data. */
dpdm_status dpdm_class_means_release(const dpdm_dataset *data, double noise_multiplier, int grid_bits,
                                     const dpdm_key *key, int threads, dpdm_prior *prior, dpdm_class_counts *counts,
                                     dpdm_error *err);

#endif
