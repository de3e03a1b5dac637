/* training.c - plans and trainings. */
#include <stdio.h>
#include <string.h>
#include "api/handles.h"
#include "base/json.h"
#include "base/print.h"
#include "dpdm/statement.h"
#include "train/plan_json.h"

/* The name of data that the caller holds. */
static const char in_memory[] = "images in memory";

dpdm_train_config config_with_images(const dpdm_train_config *config, const dpdm_images *images)
{
    dpdm_train_config train = *config;
    if (images) {
        train.images = &images->data;
        snprintf(train.data, sizeof train.data, "%s", in_memory); /* also where a recipe names others */
    }
    return train;
}

/* DPDM_EUSAGE unless the config is of a training: of a diffusion model or a classifier. */
static dpdm_status training_check(const dpdm_config *config, dpdm_error *err)
{
    return config->job == CONFIG_CLASSIFY ? DPDM_OK : config_check(config, CONFIG_TRAIN, err);
}

dpdm_status dpdm_train_plan_json(const dpdm_config *config, char **json, dpdm_error *err)
{
    dpdm_train_plan plan;
    double draw;
    *json = NULL;
    dpdm_status status = training_check(config, err);
    if (status)
        return status;
    dpdm_train_config train = config->of.train;
    if (!train.data[0])
        snprintf(train.data, sizeof train.data, "%s", in_memory);
    status = dpdm_train_plan_make(&train, &plan, err);
    if (!status)
        status = dpdm_train_time_draw(&train, &plan, &draw, err);
    return status ? status : json_hand_over(dpdm_train_plan_to_json(&train, &plan, draw), json, err);
}

static int training_progress(void *context, const dpdm_train_progress *progress)
{
    char note[60];
    dpdm_print_text(note, sizeof note, "epsilon <= %.4f", progress->epsilon_spent);
    return dpdm_watch_progress(context, "training", "steps", progress->step, progress->steps, note);
}

static dpdm_status training_result(const dpdm_train_config *config, char **json, dpdm_error *err)
{
    char model[DPDM_PATH + 40], *statement;
    snprintf(model, sizeof model, "%s/release/model.safetensors", config->out);
    dpdm_status status = dpdm_statement_read(config->out, &statement, err);
    if (status)
        return status;
    cJSON *result = cJSON_CreateObject();
    cJSON_AddStringToObject(result, "out", config->out);
    cJSON_AddStringToObject(result, "model", model);
    cJSON_AddRawToObject(result, "statement", statement); /* as it is: parsed and printed, digits of bounds are lost */
    dpdm_text_free(statement);
    return json_hand_over(result, json, err);
}

dpdm_status dpdm_train_start(const dpdm_config *config, const dpdm_images *images, dpdm_watch_fn watch, void *context,
                             char **json, dpdm_error *err)
{
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    *json = NULL;
    dpdm_status status = training_check(config, err);
    if (status)
        return status;
    dpdm_train_config train = config_with_images(&config->of.train, images);
    status = dpdm_train_run(&train, training_progress, &told, err);
    return status ? status : training_result(&train, json, err);
}
