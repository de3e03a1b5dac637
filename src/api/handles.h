/* handles.h - what is behind the handles of dpdm.h. */
#ifndef DPDM_API_HANDLES_H
#define DPDM_API_HANDLES_H

#include <cjson/cJSON.h>
#include "base/options.h"
#include "base/watch.h"
#include "dpdm/dataset.h"
#include "dpdm/dpdm.h"
#include "dpdm/train.h"
#include "eval/evaluation.h"

typedef enum { CONFIG_TRAIN, CONFIG_SAMPLE, CONFIG_EVALUATE } config_job;

/* The options of the job "sample". */
typedef struct {
    dpdm_sampler sampler;
    int label, label_given, threads, seed_given;
    uint64_t seed;
} sample_settings;

struct dpdm_config {
    config_job job;
    union {
        dpdm_train_config train;
        sample_settings sample;
        dpdm_evaluation evaluate;
    } of;
};

struct dpdm_images {
    dpdm_dataset data;
};

/* DPDM_EUSAGE unless config is of that job. */
dpdm_status config_check(const dpdm_config *config, config_job job, dpdm_error *err);

/* json as a text for the caller, and deletes it; NULL counts as out of memory. */
dpdm_status json_hand_over(cJSON *json, char **text, dpdm_error *err);

/* The caller's function as a watch; it must outlive the watch. fn may be NULL. */
typedef struct {
    dpdm_watch_fn fn;
    void *context;
} api_watcher;
dpdm_watch watcher_watch(api_watcher *watcher);

#endif
