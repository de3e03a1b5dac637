/* dp_classifier.h - a classifier trained directly on private images with DP-SGD: the rival of synthetic images.
 *
 * Instead of a generative model and a classifier trained on its samples, one classifier is trained for one task by the
 * same engine (train.h) as the diffusion model: cross-entropy of each image, clipped, summed exactly, noised. Everything
 * else, the optimiser and the average of the weights, is post-processing. dpdm_train_run with the config of
 * dpdm_train_config_for(DPDM_TASK_CLASSIFIER) leaves a run folder whose release is read here.
 *
 * Claim: the released weights are (epsilon_upper, delta)-differentially private under addition or removal of one image,
 * given that what the config states (size, classes, number of images, batch, steps) is public and was not chosen by
 * looking at the data. docs/privacy/dp_classifier.md. */
#ifndef DPDM_DP_CLASSIFIER_H
#define DPDM_DP_CLASSIFIER_H

#include "dpdm/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpdm_dp_classifier dpdm_dp_classifier;

/* Trains in memory, without a run folder: config->out is not looked at, nothing is written, and a training that ends early
 * cannot be resumed. The rest as dpdm_train_run. Stopped: DPDM_ECANCELLED, and the message says what counts as spent. With
 * a ledger the plan is marked running, abandoned where it ends without a classifier, and finished once the classifier is
 * written (dpdm_dp_classifier_write). */
DPDM_API dpdm_status dpdm_dp_classifier_train(const dpdm_train_config *config, dpdm_train_progress_fn progress,
                                              void *context, dpdm_dp_classifier **classifier, dpdm_error *err);
DPDM_API void dpdm_dp_classifier_destroy(dpdm_dp_classifier *classifier);

/* Class probabilities [count, classes] of all images of `data`, whose shape must be that of the config. */
DPDM_API dpdm_status dpdm_dp_classifier_predict(dpdm_dp_classifier *classifier, const dpdm_dataset *data,
                                                float *probabilities, dpdm_error *err);

/* The config it was trained with; of one that was read, the public part only. */
DPDM_API const dpdm_train_config *dpdm_dp_classifier_settings(const dpdm_dp_classifier *classifier);
/* The statement as JSON (statement.h) and the weights that are released; both live as long as the classifier. */
DPDM_API const char *dpdm_dp_classifier_statement(const dpdm_dp_classifier *classifier);
DPDM_API const float *dpdm_dp_classifier_weights(const dpdm_dp_classifier *classifier, size_t *count);

/* The release: a safetensors file with the weights, named as in docs/network.md, and as metadata `dpdm.config` and
 * `dpdm.statement`. Written beside its name and renamed; DPDM_EEXIST if path exists and overwrite is 0. */
DPDM_API dpdm_status dpdm_dp_classifier_write(const dpdm_dp_classifier *classifier, const char *path, int overwrite,
                                              dpdm_error *err);
/* Reads a release, of which nothing is believed: sizes, names, shapes and the finiteness of weights are checked, and
 * memory is taken only for what the file really holds. The statement is what the file says; it is not proven here. It
 * can predict, and cannot be trained on. threads: for predictions; 0: all. DPDM_EFORMAT on a file that is no release. */
DPDM_API dpdm_status dpdm_dp_classifier_read(const char *path, int threads, dpdm_dp_classifier **classifier,
                                             dpdm_error *err);
/* The same from a file held in memory; name stands for the path in messages. */
DPDM_API dpdm_status dpdm_dp_classifier_parse(const uint8_t *bytes, size_t size, const char *name, int threads,
                                              dpdm_dp_classifier **classifier, dpdm_error *err);
/* Can a release be written there? Ask before training: privacy spent on a classifier that cannot be kept is lost. */
DPDM_API dpdm_status dpdm_dp_classifier_write_check(const char *path, int overwrite, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
