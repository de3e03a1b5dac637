/* dp_classifier_read.c - a released DP-SGD classifier read back, without trust. */
#include "train/dp_classifier.h"

#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/json.h"
#include "base/pool.h"
#include "base/safetensors.h"
#include "nn/network_read.h"
#include "train/config.h"
#include "train/task.h"

#define READ_SIZE_LIMIT ((size_t)1 << 31)

static dpdm_status read_file(dpdm_dp_classifier *c, const dpdm_safetensors *file, const char *name, dpdm_error *err);

dpdm_status dpdm_dp_classifier_read(const char *path, int threads, dpdm_dp_classifier **classifier, dpdm_error *err)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    *classifier = NULL;
    dpdm_status status = dpdm_file_read(path, READ_SIZE_LIMIT, &bytes, &size, err);
    if (!status)
        status = dpdm_dp_classifier_parse(bytes, size, path, threads, classifier, err);
    free(bytes);
    return status;
}

dpdm_status dpdm_dp_classifier_parse(const uint8_t *bytes, size_t size, const char *name, int threads,
                                     dpdm_dp_classifier **classifier, dpdm_error *err)
{
    dpdm_safetensors file;
    *classifier = NULL;
    dpdm_dp_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    c->config = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
    c->config.threads = threads;
    dpdm_status status = dpdm_safetensors_parse(bytes, size, name, &file, err);
    if (!status) {
        status = read_file(c, &file, name, err);
        dpdm_safetensors_destroy(&file);
    }
    if (status) {
        dpdm_dp_classifier_destroy(c);
        return status;
    }
    *classifier = c;
    return DPDM_OK;
}

/* The config as `dpdm classify train` writes it. */
static dpdm_status read_config(dpdm_dp_classifier *c, const char *text, const char *name, dpdm_error *err)
{
    cJSON *json;
    dpdm_status status = dpdm_json_parse(text, strlen(text), name, &json, err);
    if (status)
        return status;
    const char *format = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "format"));
    if (!format || strcmp(format, "dpdm-classifier-1") != 0)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: a classifier of a kind this version does not know", name);
    else
        status = dpdm_options_from_json(&dpdm_classifier_option_table, &c->config,
                                        cJSON_GetObjectItemCaseSensitive(json, "training"), err);
    cJSON_Delete(json);
    return status;
}

static dpdm_status read_network(dpdm_dp_classifier *c, const char *name, dpdm_error *err)
{
    dpdm_status status = dpdm_task_of(&c->config)->network(&c->config, &c->network, err);
    if (status && status != DPDM_ENOMEM) {
        if (err)
            err->status = DPDM_EFORMAT;
        return dpdm_error_prefix(err, DPDM_EFORMAT, "%s", name);
    }
    return status;
}

static dpdm_status read_file(dpdm_dp_classifier *c, const dpdm_safetensors *file, const char *name, dpdm_error *err)
{
    dpdm_pool *pool;
    const char *config = dpdm_safetensors_metadata(file, "dpdm.config");
    const char *statement = dpdm_safetensors_metadata(file, "dpdm.statement");
    if (!config || !statement)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: no classifier of 'dpdm classify train'", name);
    c->config_json = strdup(config);
    c->statement = strdup(statement);
    if (!c->config_json || !c->statement)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for its texts", name);
    dpdm_status status = read_config(c, config, name, err);
    if (!status)
        status = read_network(c, name, err);
    if (!status)
        status = dpdm_network_read(c->network, file, 0, name, "the config says", &c->params, err);
    if (!status)
        status = dpdm_pool_create(c->config.threads, &pool, err);
    if (status)
        return status;
    c->threads = dpdm_pool_threads(pool);
    dpdm_pool_destroy(pool);
    return DPDM_OK;
}
