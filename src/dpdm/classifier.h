/* classifier.h - classifiers trained on one set of images and tested on another.
 *
 * The usual measure of a synthetic set: train only on synthetic images, test on real ones (Dockhorn et al. 2023). The
 * epoch that is kept is the one with the best accuracy on held-out images of the *training* set, so no real image takes
 * part in any choice; a config may ask for a choice on other images instead, and then says itself what that leaks.
 * Training is not private by itself: on synthetic images it is post-processing and costs nothing; on
 * real ones the classifier must not be released. Results depend on config and data only, not on the number of threads. */
#ifndef DPDM_CLASSIFIER_H
#define DPDM_CLASSIFIER_H

#include "dpdm/dataset.h"
#include "dpdm/network.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Random views of the training images, drawn anew each time an image is used; all zero: the image itself. */
typedef struct {
    int shift;   /* at most so many pixels up, down, left and right; what comes in repeats the edge. 0..64 */
    int mirror;  /* left and right change places with probability 1/2: only where the task allows it (not for digits) */
    double turn; /* at most so many degrees, 0..180 */
    double stretch; /* height and width by exp(+-stretch) each, 0..1 */
    double erase;   /* probability that a rectangle is hidden (Zhong et al. 2017) */
    double
        noise; /* largest standard deviation of noise on the pixels, in units of [-1, 1]; it is uniform below. 0..2 */
    double mixup;     /* probability that an image is mixed with another one of its update (Zhang et al. 2018) */
    double smoothing; /* share of the target that is spread over all classes (Szegedy et al. 2016), 0..0.9 */
} dpdm_views;

typedef struct {
    dpdm_classifier_kind kind;
    int epochs, batch;    /* passes over the training part; images an update */
    double learning_rate; /* of Adam */
    double warm_up;       /* share of the updates in which the rate rises from 0; in [0, 1) */
    double final_rate;    /* rate at the end as a share of learning_rate, reached by a cosine, in [0, 1]; 1: constant */
    double average; /* decay of an average of the weights that is tested and kept instead of them, in [0, 1); 0: none */
    dpdm_views views;
    double held_out; /* share of the images kept aside to choose the epoch, in [0, 0.5]; 0: the last epoch is kept */
    int threads;     /* 0: all cores */
    uint64_t seed;   /* start weights, order and dropout */
    /* Images that choose the epoch in place of held-out ones; then nothing is held out. NULL: none. If they are the
     * images to be tested on, the accuracy is too high: the choice has seen them. Must outlive the training. */
    const dpdm_dataset *choose_on;
} dpdm_classifier_config;

/* How a synthetic set is judged.
 * STANDARD: shifts, turns, erasing, mixup, label smoothing, a falling rate, averaged weights; 20 epochs. Strong enough
 *   that the classifier does not cling to the grain of a generator. Mirror only where the caller says that it is right.
 * PAPER: as Dockhorn et al. 2023: Adam at 3e-4, batch 128, 50 epochs, the images as they are.
 * Both: CNN, a tenth held out to choose the epoch, seed 0. */
typedef enum { DPDM_PROTOCOL_STANDARD = 0, DPDM_PROTOCOL_PAPER } dpdm_protocol;
DPDM_API dpdm_classifier_config dpdm_classifier_protocol(dpdm_protocol protocol);
/* The paper's, as dpdm_classifier_protocol. */
DPDM_API dpdm_classifier_config dpdm_classifier_config_default(void);

typedef struct dpdm_classifier dpdm_classifier;

/* Called after each epoch; a non-zero answer stops with DPDM_ECANCELLED. */
typedef int (*dpdm_epoch_fn)(void *context, int epoch, int epochs, double held_out_accuracy);

/* Trains on `data`, which must hold at least two images. epoch: NULL or called after each epoch. */
DPDM_API dpdm_status dpdm_classifier_train(const dpdm_classifier_config *config, const dpdm_dataset *data,
                                           dpdm_epoch_fn epoch, void *context, dpdm_classifier **classifier,
                                           dpdm_error *err);
DPDM_API void dpdm_classifier_destroy(dpdm_classifier *classifier);
/* The epoch that was kept (from 1) and its accuracy on the images that chose it; 0 where none did. */
DPDM_API int dpdm_classifier_epoch(const dpdm_classifier *classifier, double *held_out_accuracy);
/* Class probabilities [count, classes] of all images of `data`, whose shape must be that of the training images. */
DPDM_API dpdm_status dpdm_classifier_predict(dpdm_classifier *classifier, const dpdm_dataset *data,
                                             float *probabilities, dpdm_error *err);

/* Features of images: what the last layer reads (100 of an mlp; 128 and 64 channels of a cnn and a resnet, each the mean
 * over the picture). dpdm_classifier_dimension tells how many; 0 for logistic regression, which has none (DPDM_EUSAGE).
 * features: [count, dimension]. Classes of `data` do not matter. */
DPDM_API dpdm_classifier_kind dpdm_classifier_kind_of(const dpdm_classifier *classifier);
DPDM_API size_t dpdm_classifier_dimension(const dpdm_classifier *classifier);
DPDM_API dpdm_status dpdm_classifier_features(dpdm_classifier *classifier, const dpdm_dataset *data, float *features,
                                              dpdm_error *err);

/* How predictions and truth agree. */
typedef struct {
    uint64_t count;
    int classes;
    double accuracy;
    double balanced_accuracy; /* mean of class_accuracy over the classes that have images */
    double base_rate;         /* accuracy of always naming the most frequent class of these images */
    double auroc;             /* area under the ROC: of class 1 where there are two classes, else the mean over the
                                 classes against the rest; NaN where only one class has images */
    double calibration_error; /* expected calibration error over 15 equal bins (Guo et al. 2017) */
    double *class_accuracy;   /* [classes]; NaN for a class without images */
    uint64_t *confusion;      /* [classes, classes]: rows are true classes, columns predicted ones */
} dpdm_agreement;

/* probabilities: [data->count, classes]. Caller: dpdm_agreement_destroy. */
DPDM_API dpdm_status dpdm_agreement_measure(const dpdm_dataset *data, const float *probabilities,
                                            dpdm_agreement *agreement, dpdm_error *err);
DPDM_API void dpdm_agreement_destroy(dpdm_agreement *agreement);

/* How sure an accuracy is: the 95 % interval for a share of which `right` of `count` were seen (Wilson 1927; Brown, Cai
 * and DasGupta 2001 recommend it for small counts). 0 to 1 where count is 0. right <= count. */
DPDM_API void dpdm_share_interval(uint64_t right, uint64_t count, double *low, double *high);

/* The accuracy of one group of test images: a class, or any other part of them. */
typedef struct {
    uint64_t images, right; /* in: how many there are, and how many were classified correctly */
    double accuracy;        /* NaN without images */
    double low, high;       /* 95 % interval of the accuracy */
    double rest;            /* accuracy of the images of all other groups; NaN without any */
    int few;                /* fewer than DPDM_GROUP_FEW images: the accuracy says little */
    int behind;             /* even `high` is more than DPDM_GROUP_BEHIND below `rest` */
} dpdm_group;

enum { DPDM_GROUP_FEW = 100 };
#define DPDM_GROUP_BEHIND 0.1

/* Fills what follows from images and right. Noise and clipping cost small groups more than large ones (Bagdasaryan,
 * Poursaeed and Shmatikov 2019), and a mean over all images hides it. */
DPDM_API void dpdm_groups_judge(dpdm_group *groups, int count);
/* The classes of the test images as groups: groups[0..agreement->classes), judged. */
DPDM_API void dpdm_agreement_groups(const dpdm_agreement *agreement, dpdm_group *groups);

#ifdef __cplusplus
}
#endif
#endif
