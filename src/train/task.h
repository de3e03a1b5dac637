/* task.h - what a training is of. The engine (run.h, training.h) plans, pays, samples, clips, adds noise, updates, saves,
 * resumes and states; a task says what of a record's gradient is its own: its network, the draws of a record and their
 * loss, what is released before the steps, and what its release holds. A new kind of model is one file task_NAME.c, a
 * member of dpdm_task_kind and a line in task.c; its options are rows of the one table in config.c.
 *
 * For the claim of dp_step.h a task must keep to this: `begin` and the loss depend on what they are given, on public
 * values and on the stream alone, and keep nothing from one record to the next. */
#ifndef DPDM_TRAIN_TASK_H
#define DPDM_TRAIN_TASK_H

#include "base/options.h"
#include "dpdm/train.h"
#include "nn/gradient.h"

/* What a training has come to: all public. */
typedef struct {
    const dpdm_train_config *config;
    const dpdm_train_plan *plan;
    dpdm_network *network;
    float *params;   /* the average of the weights */
    float *released; /* before the steps; NULL where nothing is */
    const char *config_json, *statement_json;
} dpdm_task_outcome;

typedef struct {
    const char *name;  /* for messages */
    const char *steps; /* what its steps are called in plans and statements */

    /* The config. */
    void (*defaults)(dpdm_train_config *config); /* over those that all tasks share */
    void (*settle)(dpdm_train_config *config);   /* chooses what was left to dpdm; NULL: nothing is */
    dpdm_status (*check)(const dpdm_train_config *config, dpdm_error *err); /* its own options */

    /* The network, and a record's draws: entries of a batch, whose loss is the record's. */
    dpdm_status (*network)(const dpdm_train_config *config, dpdm_network **network, dpdm_error *err);
    int (*draws)(const dpdm_train_config *config);
    size_t context_bytes, record_bytes;
    /* Fills `context` (zeroed, of context_bytes), which all workers read; again with what was released before the steps,
     * once it is. config and released outlive it. */
    void (*prepare)(void *context, const dpdm_train_config *config, float *released);
    /* Starts on a record in `record` (of record_bytes, a worker's own). image: [H,W,C] in [-1, 1], with room for as many as
     * `views` says behind it; NULL: for no more. */
    void (*begin)(const void *context, void *record, float *image, int label, dpdm_stream *stream);
    int (*views)(const dpdm_train_config *config);
    const dpdm_loss *loss; /* of `record` */

    /* What is released before the steps; all NULL: nothing. The events and names of what a config asks for, in order;
     * how many floats come out; and the release itself, whose noise comes from keys derived from `key`. */
    size_t (*before)(const dpdm_train_config *config, dpdm_event *events, const char **names, double *clips);
    size_t (*released)(const dpdm_train_config *config);
    dpdm_status (*release)(const dpdm_train_config *config, const dpdm_dataset *data, const dpdm_key *key, int threads,
                           float *released, dpdm_error *err);

    /* The public config that a release holds: what its readers need, around `training`, the public options as JSON text.
     * *json is malloc'ed. */
    dpdm_status (*describe)(const dpdm_train_config *config, const dpdm_train_plan *plan, const char *training,
                            char **json, dpdm_error *err);
    dpdm_status (*write)(const dpdm_task_outcome *outcome, const char *path, int overwrite, dpdm_error *err);
    /* Steps between previews, 0 for none, and one of them, drawn with `key`, as PNG; both NULL: none ever. */
    uint64_t (*preview_interval)(const dpdm_train_config *config, const dpdm_train_plan *plan);
    dpdm_status (*preview)(const dpdm_task_outcome *outcome, const dpdm_key *key, const char *path, dpdm_error *err);
} dpdm_task;

/* That of a config; for a number that is no task, which dpdm_train_config_check refuses, some task. */
const dpdm_task *dpdm_task_of(const dpdm_train_config *config);

extern const dpdm_task dpdm_task_diffusion, dpdm_task_classifier;

#endif
