/* dp_classifier.h - a classifier trained directly on private images with DP-SGD: the rival of synthetic images.
 *
 * Instead of a generative model and a classifier trained on its samples, one classifier is trained for one task by the
 * same private step (dp_step.h) as the diffusion model: cross-entropy of each image, clipped, summed exactly, noised.
 * Everything else, the optimiser and the average of the weights, is post-processing.
 *
 * Claim: the released weights are (epsilon_upper, delta)-differentially private under addition or removal of one image,
 * given that what the config states (size, classes, number of images, batch, steps) is public and was not chosen by
 * looking at the data. docs/privacy/dp_classifier.md.
 * One process trains one classifier: there is no saved state and no resume. The key lives in memory only. */
#ifndef DPDM_DP_CLASSIFIER_H
#define DPDM_DP_CLASSIFIER_H

#include "dpdm/classifier.h"
#include "dpdm/ledger.h"
#include "dpdm/owner.h"
#include "dpdm/poisson.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { DPDM_OPTIMISER_ADAM = 0, DPDM_OPTIMISER_SGD = 1 } dpdm_optimiser;

/* What decides a classifier. Defaults: dpdm_dp_classifier_config_default, and nowhere else. */
typedef struct {
    /* data: public facts, checked against the data */
    char data[1024], data_dir[1024];
    int height, width, channels, classes;
    char class_names[DPDM_CLASS_NAMES]; /* in the order of labels (dataset.h); "": classes are known by number */
    uint64_t records;                   /* as a public number; 0: sampling_rate must be given */
    dpdm_classifier_kind kind;
    /* privacy; as in dpdm_train_config */
    double epsilon, delta;
    int accept_delta;
    double noise_multiplier; /* 0: calibrated from epsilon */
    double sampling_rate;    /* 0: batch / records */
    double clip;
    int grid_bits;
    double
        batch; /* the public expected batch size, the divisor; 0: chosen for the kind, at most an eighth of the records */
    double epochs;  /* where steps = 0: steps = round(epochs / sampling_rate); 0: chosen for the kind */
    uint64_t steps; /* 0: from epochs */
    dpdm_accountant accountant;
    dpdm_owner_rule owner;
    /* training */
    dpdm_optimiser optimiser;
    double learning_rate; /* 0: chosen for the kind (Adam only) */
    double momentum;      /* of SGD, in [0, 1) */
    /* Views of an image, randomly shifted by up to `shift` pixels and, if asked, mirrored, whose gradients are averaged
     * before clipping (De et al. 2022); 1: the image itself. The sensitivity stays that of one image. */
    int augmentations, shift, mirror;
    double ema;  /* decay of the average of the weights that is released; 0: the last weights */
    int threads; /* 0: all cores. Changes no bit */
    int has_seed;
    uint64_t seed;      /* tests only: no privacy claim */
    char ledger[1024];  /* the ledger that pays for the training; "": none */
    char data_set[256]; /* its name there; "": as `data` */
} dpdm_dp_classifier_config;

DPDM_API dpdm_dp_classifier_config dpdm_dp_classifier_config_default(void);
/* Puts what is chosen where batch, epochs or learning_rate is 0: settings for each kind that suit 60,000 images and epsilon
 * 10 (docs/evaluation.md). Plans and trainings do so by themselves. */
DPDM_API void dpdm_dp_classifier_config_settle(dpdm_dp_classifier_config *config);

/* What a config comes to, known before any private datum is read. */
typedef struct {
    uint64_t parameters, steps;
    dpdm_rate rate;
    double sampling_rate; /* rate as a number, for accountants */
    double batch;         /* the divisor */
    double noise_multiplier;
    dpdm_bound bound;
    int threads; /* as chosen */
} dpdm_dp_classifier_plan;

/* Checks a config and works out the plan; reads no data. DPDM_EUSAGE or DPDM_ERANGE with the way out. */
DPDM_API dpdm_status dpdm_dp_classifier_plan_make(const dpdm_dp_classifier_config *config,
                                                  dpdm_dp_classifier_plan *plan, dpdm_error *err);

/* The privacy statement (statement.h) that a training of this plan releases; reads no data. *json is malloc'ed. */
DPDM_API dpdm_status dpdm_dp_classifier_plan_statement(const dpdm_dp_classifier_config *config,
                                                       const dpdm_dp_classifier_plan *plan, char **json,
                                                       dpdm_error *err);

/* Whether the plan fits in the budget of the config's ledger; as dpdm_train_budget. */
DPDM_API dpdm_status dpdm_dp_classifier_budget(const dpdm_dp_classifier_config *config,
                                               const dpdm_dp_classifier_plan *plan, dpdm_ledger_receipt *receipt,
                                               dpdm_error *err);

/* Called on the thread that called dpdm_dp_classifier_train, after each step and now and then within one. Public values
 * only. A non-zero answer stops. */
typedef int (*dpdm_dp_classifier_progress_fn)(void *context, uint64_t step, uint64_t steps);

typedef struct dpdm_dp_classifier dpdm_dp_classifier;

/* Makes the plan, opens the data, checks them against the stated facts (DPDM_EFORMAT) and trains.
 * Stopped: DPDM_ECANCELLED, nothing is kept, and the message says what the steps done have spent. Weights that are not
 * finite at the end: DPDM_ERANGE.
 * With a ledger the whole plan is reserved before the data are opened (DPDM_EBUDGET if it does not fit), and is marked
 * running, abandoned where it ends without a classifier, and finished once the classifier is written. */
DPDM_API dpdm_status dpdm_dp_classifier_train(const dpdm_dp_classifier_config *config,
                                              dpdm_dp_classifier_progress_fn progress, void *context,
                                              dpdm_dp_classifier **classifier, dpdm_error *err);
DPDM_API void dpdm_dp_classifier_destroy(dpdm_dp_classifier *classifier);

/* Class probabilities [count, classes] of all images of `data`, whose shape must be that of the config. */
DPDM_API dpdm_status dpdm_dp_classifier_predict(dpdm_dp_classifier *classifier, const dpdm_dataset *data,
                                                float *probabilities, dpdm_error *err);

/* The config it was trained with; of one that was read, the public part only. */
DPDM_API const dpdm_dp_classifier_config *dpdm_dp_classifier_settings(const dpdm_dp_classifier *classifier);
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
