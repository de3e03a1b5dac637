/* sum_release.h - a sum over all records, once, with Gaussian noise: what a prior is made of.
 *
 * The mechanism of dp_step.h at sampling rate 1 and divisor 1, so one Gaussian event (1, noise_multiplier, 1). Images beyond their owner's
 * cap are left out. Proofs of what is summed: docs/privacy/prior.md. */
#ifndef DPDM_TRAIN_SUM_RELEASE_H
#define DPDM_TRAIN_SUM_RELEASE_H

#include "dpdm/dataset.h"
#include "dpdm/dp_step.h"

typedef struct {
    const dpdm_dataset *data;
    size_t size; /* coordinates of the sum */
    /* What a record adds, as dpdm_gradient_source wants it; shortened to norm `clip` > 0. */
    void (*vectors)(void *context, const dpdm_record_group *group);
    void *context;
    double clip, noise_multiplier;
    int grid_bits;
} dpdm_sum_release;

/* sum[size]. key: of this release only; the same key must not be used on other data. */
dpdm_status dpdm_sum_release_run(const dpdm_sum_release *release, const dpdm_key *key, int threads, float *sum,
                                 dpdm_error *err);

#endif
