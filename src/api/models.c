/* models.c - released models behind a handle. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "api/handles.h"
#include "dpdm/model.h"

dpdm_status release_locate(const char *path, char *place, dpdm_error *err)
{
    struct stat info;
    int folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (snprintf(place, RELEASE_PATH, folder ? "%s/release/model.safetensors" : "%s", path) >= RELEASE_PATH)
        return dpdm_error_set(err, DPDM_EUSAGE, "the path is too long");
    return DPDM_OK;
}

dpdm_status dpdm_model_create(const char *path, dpdm_model **model, dpdm_error *err)
{
    char place[RELEASE_PATH];
    *model = NULL;
    dpdm_status status = release_locate(path, place, err);
    if (status)
        return status;
    *model = calloc(1, sizeof **model);
    if (!*model)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a model");
    status = dpdm_model_read(place, *model, err);
    if (status) {
        free(*model);
        *model = NULL;
    }
    return status;
}

void dpdm_model_free(dpdm_model *model)
{
    if (model)
        dpdm_model_destroy(model);
    free(model);
}

void dpdm_model_shape(const dpdm_model *model, int *height, int *width, int *channels, int *classes)
{
    int *const out[] = {height, width, channels, classes};
    const int shape[] = {model->description.height, model->description.width, model->description.channels,
                         model->description.classes};
    for (int i = 0; i < 4; i++)
        if (out[i])
            *out[i] = shape[i];
}

uint64_t dpdm_model_parameters(const dpdm_model *model)
{
    return dpdm_network_parameters(model->network);
}

const char *dpdm_model_config(const dpdm_model *model)
{
    return model->config_json;
}

const char *dpdm_model_statement(const dpdm_model *model)
{
    return model->statement_json;
}

static int draw_progress(void *context, uint64_t done, uint64_t total)
{
    return dpdm_watch_progress(context, "sampling", "img", done, total, NULL);
}

dpdm_status dpdm_model_draw(const dpdm_model *model, const dpdm_config *config, uint64_t count, dpdm_watch_fn watch,
                            void *context, dpdm_images **images, dpdm_error *err)
{
    sample_settings settings = {.sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM)};
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    dpdm_key key;
    *images = NULL;
    dpdm_status status = config ? config_check(config, CONFIG_SAMPLE, err) : DPDM_OK;
    if (status)
        return status;
    if (config)
        settings = config->of.sample;
    status = dpdm_sampler_check(&settings.sampler, err);
    if (!status && settings.seed_given)
        dpdm_key_from_seed(&key, settings.seed);
    else if (!status)
        status = dpdm_key_generate(&key, err);
    if (status)
        return status;
    *images = calloc(1, sizeof **images);
    if (!*images)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for images");
    status = dpdm_model_sample(model, &settings.sampler, &key, count, settings.label_given ? settings.label : -1,
                               settings.threads, draw_progress, &told, &(*images)->data, err);
    dpdm_key_wipe(&key);
    if (status) {
        free(*images);
        *images = NULL;
    }
    return status;
}
