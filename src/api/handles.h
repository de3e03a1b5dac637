/* handles.h - what is behind the handles of dpdm.h. */
#ifndef DPDM_API_HANDLES_H
#define DPDM_API_HANDLES_H

#include <cjson/cJSON.h>
#include "audit/audit_jobs.h"
#include "audit/selfcheck_suite.h"
#include "base/options.h"
#include "base/watch.h"
#include "dpdm/dataset.h"
#include "dpdm/dpdm.h"
#include "dpdm/train.h"
#include "eval/evaluation.h"
#include "eval/tuner_job.h"

typedef enum {
    CONFIG_TRAIN,
    CONFIG_CLASSIFY,
    CONFIG_SAMPLE,
    CONFIG_EVALUATE,
    CONFIG_TUNE_SAMPLER,
    CONFIG_SELFCHECK,
    CONFIG_AUDIT_MECHANISM,
    CONFIG_AUDIT_TRAINING,
    CONFIG_AUDIT_MEMBERSHIP,
    JOBS
} config_job;

/* The options of the job "sample". */
typedef struct {
    dpdm_sampler sampler;
    int label, label_given, threads, seed_given;
    uint64_t seed;
} sample_settings;

struct dpdm_config {
    config_job job;
    union {
        dpdm_train_config train; /* of a diffusion model or a classifier */
        sample_settings sample;
        dpdm_evaluation evaluate;
        dpdm_tuner_job tune;
        dpdm_selfcheck_choice selfcheck;
        dpdm_audit_mechanism_job mechanism;
        struct {
            dpdm_train_config train;
            dpdm_audit_training_job canaries;
        } audit;
        dpdm_audit_membership_job membership;
    } of;
};

struct dpdm_images {
    dpdm_dataset data;
};

/* DPDM_EUSAGE unless config is of that job. */
dpdm_status config_check(const dpdm_config *config, config_job job, dpdm_error *err);

/* A training's config with the caller's images, which then stand for its data; images may be NULL. */
dpdm_train_config config_with_images(const dpdm_train_config *config, const dpdm_images *images);

/* The release of a run folder, or the path itself if it is none. place: [RELEASE_PATH]. */
enum { RELEASE_PATH = 4096 };
dpdm_status release_locate(const char *path, char *place, dpdm_error *err);

/* json as a text for the caller, and deletes it; NULL counts as out of memory. */
dpdm_status json_hand_over(cJSON *json, char **text, dpdm_error *err);

/* The caller's function as a watch; it must outlive the watch. fn may be NULL. */
typedef struct {
    dpdm_watch_fn fn;
    void *context;
} api_watcher;
dpdm_watch watcher_watch(api_watcher *watcher);

#endif
