/* classifier.h - classifiers trained on one set of images and tested on another.
 *
 * The usual measure of a synthetic set: train only on synthetic images, test on real ones (Dockhorn et al. 2023). The
 * epoch that is kept is the one with the best accuracy on held-out images of the *training* set, so no real image takes
 * part in any choice. Training is not private by itself: on synthetic images it is post-processing and costs nothing; on
 * real ones the classifier must not be released. Results depend on config and data only, not on the number of threads. */
#ifndef DPDM_CLASSIFIER_H
#define DPDM_CLASSIFIER_H

#include "dpdm/dataset.h"
#include "dpdm/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    dpdm_classifier_kind kind;
    int epochs, batch;    /* passes over the training part; images an update */
    double learning_rate; /* of Adam */
    double held_out; /* share of the images kept aside to choose the epoch, in [0, 0.5]; 0: the last epoch is kept */
    int threads;     /* 0: all cores */
    uint64_t seed;   /* start weights, order and dropout */
} dpdm_classifier_config;

/* CNN, 50 epochs, batch 128, learning rate 3e-4, a tenth held out, seed 0: the protocol of the paper. */
DPDM_API dpdm_classifier_config dpdm_classifier_config_default(void);
DPDM_API const char *dpdm_classifier_name(dpdm_classifier_kind kind); /* "logreg", "mlp", "cnn", "resnet" */

typedef struct dpdm_classifier dpdm_classifier;

/* Called after each epoch; a non-zero answer stops with DPDM_ECANCELLED. */
typedef int (*dpdm_epoch_fn)(void *context, int epoch, int epochs, double held_out_accuracy);

/* Trains on `data`, which must hold at least two images. epoch: NULL or called after each epoch. */
DPDM_API dpdm_status dpdm_classifier_train(const dpdm_classifier_config *config, const dpdm_dataset *data,
                                           dpdm_epoch_fn epoch, void *context, dpdm_classifier **classifier,
                                           dpdm_error *err);
DPDM_API void dpdm_classifier_destroy(dpdm_classifier *classifier);
/* The epoch that was kept (from 1) and its accuracy on the held-out images; 0 where nothing was held out. */
DPDM_API int dpdm_classifier_epoch(const dpdm_classifier *classifier, double *held_out_accuracy);
/* Class probabilities [count, classes] of all images of `data`, whose shape must be that of the training images. */
DPDM_API dpdm_status dpdm_classifier_predict(dpdm_classifier *classifier, const dpdm_dataset *data,
                                             float *probabilities, dpdm_error *err);

/* How predictions and truth agree. */
typedef struct {
    uint64_t count;
    int classes;
    double accuracy;
    double calibration_error; /* expected calibration error over 15 equal bins (Guo et al. 2017) */
    double *class_accuracy;   /* [classes]; NaN for a class without images */
    uint64_t *confusion;      /* [classes, classes]: rows are true classes, columns predicted ones */
} dpdm_agreement;

/* probabilities: [data->count, classes]. Caller: dpdm_agreement_destroy. */
DPDM_API dpdm_status dpdm_agreement_measure(const dpdm_dataset *data, const float *probabilities,
                                            dpdm_agreement *agreement, dpdm_error *err);
DPDM_API void dpdm_agreement_destroy(dpdm_agreement *agreement);

#ifdef __cplusplus
}
#endif
#endif
