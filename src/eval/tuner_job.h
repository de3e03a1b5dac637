/* tuner_job.h - the choice of a sampler (dpdm/tuner.h) as `dpdm tune-sampler` and dpdm.h run it: options by table, the result
 * as JSON. */
#ifndef DPDM_EVAL_TUNER_JOB_H
#define DPDM_EVAL_TUNER_JOB_H

#include <cjson/cJSON.h>
#include "base/options.h"
#include "base/watch.h"
#include "dpdm/reading.h"
#include "dpdm/tuner.h"

typedef struct {
    char real_test[1024], data_dir[1024];
    uint64_t count, seed;
    int evaluations, classifier, epochs, threads;
    double learning_rate;
    dpdm_reading_options reading; /* of the real images */
} dpdm_tuner_job;

extern const dpdm_option_table dpdm_tuner_table;
void dpdm_tuner_defaults(void *object);

/* Judges the usual candidates. entries: [DPDM_TUNER_CANDIDATES], of which *count are written, best agreement first.
 * given: real images to test on as well, which stand for the option real-test; or NULL. *real: such images were read. */
dpdm_status dpdm_tuner_job_run(const dpdm_model *model, const dpdm_tuner_job *job, const dpdm_dataset *given,
                               const dpdm_watch *watch, dpdm_tuner_entry *entries, size_t *count, int *real,
                               dpdm_error *err);
/* The object of `dpdm tune-sampler --json`, for cJSON_Delete; NULL when out of memory. */
cJSON *dpdm_tuner_to_json(const dpdm_tuner_entry *entries, size_t n, int real);
/* The options of `dpdm sample` for a sampler; size >= 200. */
void dpdm_tuner_words(const dpdm_sampler *sampler, char *text, size_t size);

#endif
