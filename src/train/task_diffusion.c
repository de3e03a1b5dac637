/* task_diffusion.c - a diffusion model: the DPDM loss of an image over K noise draws, with a prior or without. */
#include "train/task.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include "diffusion/loss.h"
#include "train/augment.h"
#include "train/config.h"
#include "train/contradictions.h"
#include "train/preview.h"
#include "train/prior_release.h"
#include "train/tune.h"

typedef struct {
    const dpdm_train_config *config;
    dpdm_denoiser denoiser; /* the config's, with its prior once that is released */
    dpdm_prior prior;
} diffusion_context;

static void diffusion_defaults(dpdm_train_config *config)
{
    config->learning_rate = 3e-4;
    config->ema = 0.999;
}

static void diffusion_settle(dpdm_train_config *config)
{
    if (config->batch == 0 && config->sampling_rate == 0)
        config->batch = 4096;
    else if (config->batch == 0)
        config->batch = config->sampling_rate * (double)config->records;
    if (config->epochs == 0 && config->steps == 0)
        config->epochs = 300;
}

static dpdm_status diffusion_check(const dpdm_train_config *config, dpdm_error *err)
{
    const dpdm_network_description shape = dpdm_train_network(config);
    if (shape.unet.levels == 0)
        return dpdm_error_set(err, DPDM_EUSAGE, "multipliers is empty: give one number a level, for example 1,2,2");
    dpdm_denoiser denoiser = config->denoiser;
    dpdm_status status = dpdm_noise_levels_read(config->noise_levels, &denoiser, err);
    if (!status)
        status = dpdm_denoiser_check(&denoiser, err);
    if (!status)
        status = dpdm_prior_config_check(config, err);
    if (!status)
        status = dpdm_train_contradictions_diffusion(config, &shape, err);
    return status ? status : dpdm_tune_check(config, err);
}

static dpdm_status diffusion_network(const dpdm_train_config *config, dpdm_network **network, dpdm_error *err)
{
    return dpdm_tune_network(config, network, err);
}

static int diffusion_draws(const dpdm_train_config *config)
{
    return config->multiplicity;
}

static void diffusion_prepare(void *context, const dpdm_train_config *config, float *released)
{
    diffusion_context *own = context;
    own->config = config;
    own->denoiser = config->denoiser;
    (void)dpdm_noise_levels_read(config->noise_levels, &own->denoiser, NULL); /* checked before */
    if (!released)
        return;
    own->prior = dpdm_prior_of(config, released);
    own->denoiser.prior = &own->prior;
}

static int diffusion_views(const dpdm_train_config *config)
{
    return config->views;
}

/* Label and levels are drawn first, then the views: the image itself and others of it, all from the record's stream. */
static void diffusion_begin(const void *context, void *record, float *image, int label, dpdm_stream *stream)
{
    const diffusion_context *own = context;
    const dpdm_train_config *config = own->config;
    diffusion_image *im = record;
    const dpdm_augmentation how = {.height = config->height,
                                   .width = config->width,
                                   .channels = config->channels,
                                   .shift = config->shift,
                                   .mirror = config->mirror};
    diffusion_image_begin(record, &own->denoiser, image, config->height * config->width * config->channels, label,
                          config->classes, config->label_drop, config->multiplicity, stream);
    im->views = config->views;
    for (int v = 1; v < config->views; v++)
        dpdm_augment(&how, image, stream, image + (size_t)v * im->pixels);
}

/* "training": every public option, as in a YAML file; "network" and "denoiser": what a reader of the model needs. */
static dpdm_status diffusion_describe(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                      const char *training, char **json, dpdm_error *err)
{
    cJSON *object = cJSON_CreateObject();
    int good = cJSON_AddRawToObject(object, "training", training) &&
               cJSON_AddStringToObject(object, "kernels", plan->kernels) &&
               cJSON_AddNumberToObject(object, "chunk", plan->chunk);
    char *text = good ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the public config");
    dpdm_network_description shape = dpdm_tune_released(config);
    dpdm_status status = dpdm_model_describe(text, &shape, &config->denoiser, json, err);
    cJSON_free(text);
    return status;
}

/* The outcome as a model, whose network and weights are its own; `context` holds its prior. */
static dpdm_status diffusion_model(const dpdm_task_outcome *outcome, diffusion_context *context, dpdm_model *model,
                                   dpdm_error *err)
{
    *context = (diffusion_context){0};
    diffusion_prepare(context, outcome->config, outcome->released);
    *model = (dpdm_model){.description = dpdm_tune_released(outcome->config),
                          .denoiser = context->denoiser,
                          .config_json = (char *)outcome->config_json,
                          .statement_json = (char *)outcome->statement_json};
    return dpdm_tune_merge(outcome->config, outcome->network, outcome->params, &model->network, &model->params, err);
}

static void diffusion_model_close(dpdm_model *model)
{
    dpdm_network_destroy(model->network);
    free(model->params);
}

static dpdm_status diffusion_write(const dpdm_task_outcome *outcome, const char *path, int overwrite, dpdm_error *err)
{
    diffusion_context context;
    dpdm_model model;
    dpdm_status status = diffusion_model(outcome, &context, &model, err);
    if (status)
        return status;
    status = dpdm_model_write(path, &model, overwrite, err);
    diffusion_model_close(&model);
    return status;
}

static dpdm_status diffusion_preview(const dpdm_task_outcome *outcome, const dpdm_key *key, const char *path,
                                     dpdm_error *err)
{
    diffusion_context context;
    dpdm_model model;
    dpdm_status status = diffusion_model(outcome, &context, &model, err);
    if (status)
        return status;
    status = dpdm_preview_write(outcome->config, outcome->plan, &model, key, path, err);
    diffusion_model_close(&model);
    return status;
}

const dpdm_task dpdm_task_diffusion = {
    .name = "diffusion model",
    .steps = "training steps",
    .defaults = diffusion_defaults,
    .settle = diffusion_settle,
    .check = diffusion_check,
    .network = diffusion_network,
    .draws = diffusion_draws,
    .context_bytes = sizeof(diffusion_context),
    .record_bytes = sizeof(diffusion_image),
    .prepare = diffusion_prepare,
    .begin = diffusion_begin,
    .views = diffusion_views,
    .loss = &diffusion_loss,
    .before = dpdm_prior_events,
    .released = dpdm_prior_floats,
    .release = dpdm_prior_release,
    .describe = diffusion_describe,
    .write = diffusion_write,
    .preview_interval = dpdm_preview_interval,
    .preview = diffusion_preview,
};
