/* update.h - what training does with the noisy gradient of a step: post-processing, all of it. */
#ifndef DPDM_TRAIN_UPDATE_H
#define DPDM_TRAIN_UPDATE_H

#include "dpdm/train.h"

/* All that steps carry on: [parameters] each, the caller's. moments start at zero, the average at the weights. */
typedef struct {
    float *params, *moment1, *moment2, *average;
} dpdm_train_weights;

/* The step size in step t (from 1) of `steps`: linear rise, then half a cosine down to the final share. */
double dpdm_train_learning_rate(const dpdm_train_config *config, uint64_t steps, uint64_t t);

/* Step t (from 1) of `steps`: Adam, or SGD with momentum (in moment1), at the learning rate of that step; then the
 * average. */
void dpdm_train_update(const dpdm_train_config *config, uint64_t steps, uint64_t t, const float *gradient,
                       size_t parameters, const dpdm_train_weights *weights);

#endif
