/* eval_rival.h - the DP-SGD rival in an evaluation: classifiers trained directly on the real images under the same privacy
 * as the synthetic ones, or released by `dpdm classify train` before. */
#ifndef DPDM_EVAL_EVAL_RIVAL_H
#define DPDM_EVAL_EVAL_RIVAL_H

#include "dpdm/dp_classifier.h"
#include "dpdm/reading.h"
#include "eval/eval_score.h"
#include "base/options.h"
#include "base/watch.h"

enum { EVAL_KINDS = DPDM_CLASSIFIER_RESNET + 1 };

typedef struct {
    double epsilon, delta;
    char model[1024], releases[4096], out[1024];
    int trainings, augmentations;
    uint64_t records;
    double epochs, batch, learning_rate;
    char ledger[1024], data_set[256];
    int owners; /* dpdm_owners_where */
    char owners_key[DPDM_OWNERS_KEY];
} eval_rival_options;

extern const dpdm_option_table eval_rival_table;
void eval_rival_defaults(void *object);

/* What the rival is to be compared with. */
typedef struct {
    const dpdm_reading_options *reading; /* of its pictures */
    const char *data, *data_dir;         /* SPEC of the real training images, "" for none */
    const dpdm_dataset *facts; /* height, width, channels and classes are those of this set, which is public */
    const dpdm_dataset *test;
    const eval_parts *parts; /* of the test images */
    int threads;
    int kinds[EVAL_KINDS]; /* which are wanted */
} eval_rival_task;

typedef struct {
    double epsilon, delta; /* as claimed; the largest of its trainings */
    int private_claim;     /* by every one of them */
} eval_rival_claim;

typedef struct {
    const dpdm_watch *watch;
    const eval_rival_options *options;
    eval_rival_task task;
    int wanted;  /* there is something to do */
    int trained; /* classifiers trained here, each of which has spent its epsilon */
    dpdm_train_config configs[EVAL_KINDS];
    eval_score scores[EVAL_KINDS];
    eval_rival_claim claims[EVAL_KINDS];
    dpdm_event *release;  /* events of the model that is compared with, */
    size_t release_count; /* where it was given */
    double together;      /* epsilon of all that was trained here; NaN: none, or not provable */
    double with_release;  /* the same with the model's own events */
} eval_rival;

/* Checks all that can be refused before any long work; trains nothing. *rival can be destroyed after any outcome. */
dpdm_status eval_rival_begin(const dpdm_watch *watch, const eval_rival_options *options, const eval_rival_task *task,
                             eval_rival *rival, dpdm_error *err);
/* Trains what is to be trained, reads what was released, and tests both. */
dpdm_status eval_rival_run(eval_rival *rival, dpdm_error *err);
/* Adds "classifiers_dp" and "rival", and the warnings of the scores; tells the watch of each. */
void eval_rival_json(const eval_rival *rival, const dpdm_watch *watch, cJSON *json, cJSON *warnings);
void eval_rival_destroy(eval_rival *rival);

#endif
