/* selfcheck_trial.h - one made-up data set with the real training step on it, and all that the step shows. */
#ifndef DPDM_TRAIN_SELFCHECK_TRIAL_H
#define DPDM_TRAIN_SELFCHECK_TRIAL_H

#include "train/config.h"
#include "train/source.h"
#include "audit/selfcheck.h"

enum { SELFCHECK_OWNED = 5 }; /* images of the first owner, scattered over the data */
enum { SELFCHECK_IMAGES = 16, SELFCHECK_ROOM = SELFCHECK_IMAGES + 1, SELFCHECK_CLASSES = 3 };
#define SELFCHECK_NOBODY UINT64_MAX

/* What all trials of an audit share: all public or made up. */
typedef struct {
    dpdm_selfcheck_subject subject;
    dpdm_train_config config;
    dpdm_train_plan plan; /* kernels and chunk */
    dpdm_key key;
    int threads;
    size_t parameters; /* that are trained */
    float *params;     /* random weights of the network, none of them zero, so that no gradient is */
    float *trained;    /* [parameters], those of them that are trained */
} selfcheck_lab;

typedef enum {
    SELFCHECK_NAN_VALUE,      /* one NaN in the gradient */
    SELFCHECK_INFINITE_VALUE, /* one infinity */
    SELFCHECK_NAN_IMAGE,      /* an image of NaNs goes through the network */
    SELFCHECK_HUGE            /* every coordinate the largest float */
} selfcheck_illness;

/* A data set and the constants of the mechanism. clip: a power of two, so that the release can be checked exactly. */
typedef struct {
    uint64_t records;  /* at most SELFCHECK_ROOM */
    uint64_t replaced; /* the record that holds another image, or SELFCHECK_NOBODY */
    uint64_t rare;     /* the only record of the last class, or nobody */
    uint64_t ill;      /* the record whose gradient is made bad, or nobody */
    selfcheck_illness illness;
    int cap;    /* images of one owner that count; 0: the data list no owners */
    int absent; /* with a cap: the first owner's images are left out, every one */
    double rate, clip;
    int threads;
} selfcheck_case;

typedef struct {
    const selfcheck_lab *lab;
    selfcheck_case what;
    dpdm_dp_mechanism mechanism;
    dpdm_dataset data;
    dpdm_task_source *source;
    dpdm_gradient_source gradients_of; /* the source under audit, over the task's */
    dpdm_dp_step *step;
    float *nan_image;
    size_t given;   /* coordinates of a vector */
    float *vectors; /* [threads, given] */
    /* what the last run showed */
    uint64_t number;
    dpdm_private_diagnostics seen; /* points to: */
    uint64_t chosen[SELFCHECK_ROOM];
    double norms[SELFCHECK_ROOM];
    int64_t *sum, *noised;
    float *gradients; /* [SELFCHECK_ROOM, parameters], as the step received them */
    float *out;
} selfcheck_trial;

/* For trainings of one task, and of one part of its network. */
dpdm_status selfcheck_lab_open(const dpdm_selfcheck_options *options, const dpdm_selfcheck_subject *subject,
                               dpdm_task_kind task, dpdm_tune_kind tune, selfcheck_lab *lab, dpdm_error *err);
void selfcheck_lab_close(selfcheck_lab *lab);

/* All images, healthy, each chosen with probability 1/2. */
selfcheck_case selfcheck_usual(const selfcheck_lab *lab);
/* The first step whose batch holds (or does not hold) the record at the usual rate. */
uint64_t selfcheck_step_with(const selfcheck_lab *lab, uint64_t record, int chosen);

/* A trial is closed after any outcome of open, and may be closed when all zero. */
dpdm_status selfcheck_trial_open(const selfcheck_lab *lab, const selfcheck_case *what, selfcheck_trial *trial,
                                 dpdm_error *err);
/* Where the vectors of the step have a parameter. */
size_t selfcheck_trial_place(const selfcheck_trial *trial, size_t parameter);
void selfcheck_trial_close(selfcheck_trial *trial);
/* Runs step `number` with all diagnostics; stop may be NULL. */
dpdm_status selfcheck_trial_run(selfcheck_trial *trial, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                dpdm_error *err);
/* The owner of a record, by its number alone: owner 0 has SELFCHECK_OWNED images, the others fewer, and the one that can
 * be added at the end has an owner of its own. */
uint64_t selfcheck_owner(uint64_t record);
/* The index of a record in the last batch, or -1. */
int selfcheck_trial_find(const selfcheck_trial *trial, uint64_t record);

#endif
