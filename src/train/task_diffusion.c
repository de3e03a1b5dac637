/* task_diffusion.c - a diffusion model: the DPDM loss of an image over K noise draws, with a prior or without. */
#include "train/task.h"

#include <cjson/cJSON.h>
#include "diffusion/loss.h"
#include "train/config.h"
#include "train/contradictions.h"
#include "train/preview.h"
#include "train/prior_release.h"

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
    dpdm_status status = dpdm_denoiser_check(&config->denoiser, err);
    if (!status)
        status = dpdm_prior_config_check(config, err);
    return status ? status : dpdm_train_contradictions_diffusion(config, &shape, err);
}

static dpdm_status diffusion_network(const dpdm_train_config *config, dpdm_network **network, dpdm_error *err)
{
    dpdm_network_description shape = dpdm_train_network(config);
    return dpdm_network_create(&shape, network, err);
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
    if (!released)
        return;
    own->prior = dpdm_prior_of(config, released);
    own->denoiser.prior = &own->prior;
}

static void diffusion_begin(const void *context, void *record, const float *image, int label, dpdm_stream *stream)
{
    const diffusion_context *own = context;
    const dpdm_train_config *config = own->config;
    diffusion_image_begin(record, &own->denoiser, image, config->height * config->width * config->channels, label,
                          config->classes, config->label_drop, config->multiplicity, stream);
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
    dpdm_network_description shape = dpdm_train_network(config);
    dpdm_status status = dpdm_model_describe(text, &shape, &config->denoiser, json, err);
    cJSON_free(text);
    return status;
}

/* The outcome as a model; `context` holds its prior. */
static dpdm_model diffusion_model(const dpdm_task_outcome *outcome, diffusion_context *context)
{
    *context = (diffusion_context){0};
    diffusion_prepare(context, outcome->config, outcome->released);
    return (dpdm_model){.description = dpdm_train_network(outcome->config),
                        .denoiser = context->denoiser,
                        .network = outcome->network,
                        .params = outcome->params,
                        .config_json = (char *)outcome->config_json,
                        .statement_json = (char *)outcome->statement_json};
}

static dpdm_status diffusion_write(const dpdm_task_outcome *outcome, const char *path, int overwrite, dpdm_error *err)
{
    diffusion_context context;
    dpdm_model model = diffusion_model(outcome, &context);
    return dpdm_model_write(path, &model, overwrite, err);
}

static dpdm_status diffusion_preview(const dpdm_task_outcome *outcome, const dpdm_key *key, const char *path,
                                     dpdm_error *err)
{
    diffusion_context context;
    dpdm_model model = diffusion_model(outcome, &context);
    return dpdm_preview_write(outcome->config, outcome->plan, &model, key, path, err);
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
    .loss = &diffusion_loss,
    .before = dpdm_prior_events,
    .released = dpdm_prior_floats,
    .release = dpdm_prior_release,
    .describe = diffusion_describe,
    .write = diffusion_write,
    .preview_interval = dpdm_preview_interval,
    .preview = diffusion_preview,
};
