/* prior_release.h - the prior of a run, made of up to three noisy sums over its data before the steps.
 *
 * What comes out is kept as one block of floats, which a run saves with its state, so that a resumed run neither looks at
 * the data again nor depends on rounding as before: centers [classes + 1, pixels], basis [rank, pixels], variances
 * [rank + 1], and by class the turns [classes, rank, rank] and variances [classes, rank]. */
#ifndef DPDM_TRAIN_PRIOR_RELEASE_H
#define DPDM_TRAIN_PRIOR_RELEASE_H

#include "dpdm/train.h"

/* The options about the prior that go together or not. */
dpdm_status dpdm_prior_config_check(const dpdm_train_config *config, dpdm_error *err);

/* The events (1, noise, 1) of prior_means_noise, prior_covariance_noise and prior_class_noise, as far as the config asks
 * for them; clips: the L2 norm that one record adds to each sum at most. All have room for DPDM_TRAIN_EVENTS - 1. */
size_t dpdm_prior_events(const dpdm_train_config *config, dpdm_event *events, const char **names, double *clips);
/* Floats of the block; 0 without a prior. */
size_t dpdm_prior_floats(const dpdm_train_config *config);
/* The prior that lies in a block: points into it. */
dpdm_prior dpdm_prior_of(const dpdm_train_config *config, float *block);

/* Releases class means and, if wanted, a covariance, and then one of each class. run_key: of the run; each release has a key of its own derived from
 * it. */
dpdm_status dpdm_prior_release(const dpdm_train_config *config, const dpdm_dataset *data, const dpdm_key *run_key,
                               int threads, float *block, dpdm_error *err);

#endif
