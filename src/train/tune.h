/* tune.h - what of a network is trained: all of it, parts of a start, or something added to it (docs/privacy/starts.md). */
#ifndef DPDM_TRAIN_TUNE_H
#define DPDM_TRAIN_TUNE_H

#include "dpdm/train.h"

extern const char *const dpdm_tune_choices[];

/* Parts of nothing, a rank that nothing has, and the like. DPDM_EUSAGE. */
dpdm_status dpdm_tune_check(const dpdm_train_config *config, dpdm_error *err);
/* What a config's release holds: adapters stay, low-rank maps are merged. */
dpdm_network_description dpdm_tune_released(const dpdm_train_config *config);
/* The network that is trained, with what is not trained frozen. */
dpdm_status dpdm_tune_network(const dpdm_train_config *config, dpdm_network **network, dpdm_error *err);
/* The released network and its weights, from those that were trained; both the caller's. Low-rank maps are linear, so that
 * a weight and what was added to it are one weight: W + up down, summed in double. */
dpdm_status dpdm_tune_merge(const dpdm_train_config *config, const dpdm_network *trained, const float *params,
                            dpdm_network **network, float **merged, dpdm_error *err);

#endif
