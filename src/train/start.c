/* start.c - public starts are read without trust and never taken for a private release. */
#include "train/start.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/json.h"
#include "dpdm/pretrain.h"
#include "train/config.h"
#include "train/starts.h"

#define START_LIMIT ((size_t)1 << 31)

static dpdm_status start_text(const cJSON *json, const char *key, const char *path, char *text, size_t size,
                              dpdm_error *err)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
    if (!value || strlen(value) >= size)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: its 'dpdm.start' lacks '%s', or that is too long", path, key);
    memcpy(text, value, strlen(value) + 1);
    return DPDM_OK;
}

static dpdm_status start_origin(const dpdm_model *model, const char *path, dpdm_start *start, dpdm_error *err)
{
    cJSON *json;
    dpdm_status status = dpdm_json_parse(model->start_json, strlen(model->start_json), path, &json, err);
    if (status)
        return status;
    const char *format = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "format"));
    if (!format || strcmp(format, DPDM_START_FORMAT) != 0 ||
        !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(json, "private")) ||
        !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "public_start")))
        status =
            dpdm_error_set(err, DPDM_EFORMAT, "%s: its 'dpdm.start' is of a kind this version does not know", path);
    if (!status)
        status = start_text(json, "origin", path, start->origin, sizeof start->origin, err);
    if (!status && strcmp(start->origin, "procedural") != 0 && strcmp(start->origin, "public") != 0)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: its origin is neither 'procedural' nor 'public'", path);
    if (!status)
        status = start_text(json, "images", path, start->images, sizeof start->images, err);
    if (!status)
        status = start_text(json, "licence", path, start->licence, sizeof start->licence, err);
    cJSON_Delete(json);
    return status;
}

/* The objects "network" and "denoiser" of a config, without a prior, which is the data's own. */
static dpdm_status start_shape(const dpdm_network_description *shape, const dpdm_denoiser *denoiser, char **text,
                               dpdm_error *err)
{
    dpdm_denoiser plain = *denoiser;
    plain.prior = NULL;
    return dpdm_model_describe(NULL, shape, &plain, text, err);
}

static dpdm_status start_fits(const dpdm_train_config *config, const dpdm_model *model, dpdm_error *err)
{
    const dpdm_network_description shape = dpdm_train_network(config);
    char *here = NULL, *there = NULL;
    dpdm_status status = start_shape(&shape, &config->denoiser, &here, err);
    if (!status)
        status = start_shape(&model->description, &model->denoiser, &there, err);
    if (!status && strcmp(here, there) != 0)
        status =
            dpdm_error_set(err, DPDM_EUSAGE,
                           "%s: the start has another network or denoiser: %s; the config asks for %s. Make one with "
                           "'dpdm pretrain' and the same preset or config, or go without: --init \"\"",
                           config->init, there, here);
    free(here);
    free(there);
    return status;
}

/* The bytes of a start that comes with the library, or of a file; *file: to be freed, NULL for the former. */
static dpdm_status start_bytes(const char *name, uint8_t **file, const uint8_t **bytes, size_t *size, dpdm_error *err)
{
    *file = NULL;
    for (const dpdm_shipped_start *shipped = dpdm_shipped_starts; shipped->name; shipped++)
        if (strcmp(shipped->name, name) == 0) {
            *bytes = shipped->bytes;
            *size = (size_t)(shipped->end - shipped->bytes);
            return DPDM_OK;
        }
    dpdm_status status = dpdm_file_read(name, START_LIMIT, file, size, err);
    *bytes = *file;
    return status;
}

static dpdm_status start_read(const dpdm_train_config *config, dpdm_start *start, dpdm_model *model, dpdm_error *err)
{
    const char *path = config->init;
    const uint8_t *bytes;
    uint8_t *file, digest[32];
    size_t size;
    memset(start, 0, sizeof *start);
    memset(model, 0, sizeof *model);
    dpdm_status status = start_bytes(path, &file, &bytes, &size, err);
    if (status)
        return status;
    crypto_generichash(digest, sizeof digest, bytes, size, NULL, 0);
    sodium_bin2hex(start->digest, sizeof start->digest, digest, sizeof digest);
    status = dpdm_model_parse(bytes, size, path, model, err);
    free(file);
    if (!status && model->statement_json)
        status =
            dpdm_error_set(err, DPDM_EUSAGE,
                           "%s is a release of a private training, not a public start: going on from it would spend "
                           "its epsilon again without saying so",
                           path);
    else if (!status && !model->start_json)
        status = dpdm_error_set(err, DPDM_EUSAGE,
                                "%s does not say that it is a public start ('dpdm pretrain' makes them)", path);
    if (!status)
        status = start_origin(model, path, start, err);
    if (!status)
        status = start_fits(config, model, err);
    start->given = !status;
    return status;
}

dpdm_status dpdm_start_describe(const dpdm_train_config *config, dpdm_start *start, dpdm_error *err)
{
    dpdm_model model;
    memset(start, 0, sizeof *start);
    if (!config->init[0])
        return DPDM_OK;
    dpdm_status status = start_read(config, start, &model, err);
    dpdm_model_destroy(&model);
    return status;
}

/* By name: what the start does not have, because it is added to it, keeps its values. */
static void start_copy(const dpdm_model *model, const dpdm_network *network, float *params)
{
    for (size_t i = 0; i < dpdm_network_tensors(model->network); i++) {
        const dpdm_tensor_info from = dpdm_network_tensor(model->network, i);
        for (size_t k = 0; k < dpdm_network_tensors(network); k++) {
            const dpdm_tensor_info to = dpdm_network_tensor(network, k);
            if (strcmp(from.name, to.name) == 0)
                memcpy(params + to.offset, model->params + from.offset, to.size * sizeof *params);
        }
    }
}

dpdm_status dpdm_start_load(const dpdm_train_config *config, const dpdm_start *start, const dpdm_network *network,
                            float *params, dpdm_error *err)
{
    dpdm_model model;
    dpdm_start again;
    dpdm_status status = start_read(config, &again, &model, err);
    if (!status && strcmp(again.digest, start->digest) != 0)
        status = dpdm_error_set(err, DPDM_ESTATE, "%s changed while the run was being prepared", config->init);
    if (!status)
        start_copy(&model, network, params);
    dpdm_model_destroy(&model);
    return status;
}
