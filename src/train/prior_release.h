/* prior_release.h - the prior of a run, made of one or two noisy sums over its data. */
#ifndef DPDM_TRAIN_PRIOR_RELEASE_H
#define DPDM_TRAIN_PRIOR_RELEASE_H

#include "dpdm/train.h"

/* The options about the prior that go together or not. */
dpdm_status dpdm_prior_config_check(const dpdm_train_config *config, dpdm_error *err);

/* Releases class means and, if wanted, a covariance: the events (1, prior_means_noise, 1) and
 * (1, prior_covariance_noise, 1). run_key: of the run; each release has a key of its own derived from it. */
dpdm_status dpdm_prior_release(const dpdm_train_config *config, const dpdm_dataset *data, const dpdm_key *run_key,
                               int threads, dpdm_prior *prior, dpdm_error *err);

#endif
