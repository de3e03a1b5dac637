/* model_config.c - "network" and "denoiser" of the public config, to and from JSON by two option tables. */
#include "diffusion/model_config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/options.h"
#include "dpdm/model.h"

/* Each kind of denoiser has a flag; a row bears the flags of the kinds that use it. */
enum { FLAG_EDM = 1 << 8, FLAG_V = 1 << 9, FLAG_VP = 1 << 10, FLAG_VE = 1 << 11 };
enum { FLAG_ALL = FLAG_EDM | FLAG_V | FLAG_VP | FLAG_VE };

static const char *const network_kinds[] = {"unet", NULL};
static const char *const denoiser_kinds[] = {"edm", "v", "vp", "ve", NULL};

#define NETWORK(field) offsetof(dpdm_network_description, field)
#define DENOISER(field) offsetof(dpdm_denoiser, field)

/* The ranges bound what a hostile file can ask for before any memory is taken. */
static const dpdm_option network_rows[] = {
    {.name = "kind", .type = DPDM_OPTION_CHOICE, .offset = NETWORK(kind), .choices = network_kinds},
    {.name = "height", .type = DPDM_OPTION_INT, .offset = NETWORK(height), .min = 1, .max = 512},
    {.name = "width", .type = DPDM_OPTION_INT, .offset = NETWORK(width), .min = 1, .max = 512},
    {.name = "channels", .type = DPDM_OPTION_INT, .offset = NETWORK(channels), .min = 1, .max = 16},
    {.name = "classes", .type = DPDM_OPTION_INT, .offset = NETWORK(classes), .min = 1, .max = 65536},
    {.name = "width-base", .type = DPDM_OPTION_INT, .offset = NETWORK(unet.width_base), .min = 1, .max = 512},
    {.name = "multipliers",
     .type = DPDM_OPTION_INT_LIST,
     .offset = NETWORK(unet.multipliers),
     .size = DPDM_MAX_LEVELS,
     .min = 1,
     .max = 16},
    {.name = "blocks", .type = DPDM_OPTION_INT, .offset = NETWORK(unet.blocks), .min = 1, .max = 16},
    {.name = "attention",
     .type = DPDM_OPTION_INT_LIST,
     .offset = NETWORK(unet.attention),
     .size = DPDM_MAX_ATTENTION,
     .min = 1,
     .max = 64},
    {.name = "patch", .type = DPDM_OPTION_INT, .offset = NETWORK(unet.patch), .min = 1, .max = 16},
    /* Left out where they are 0, so that files of before are those of today. */
    {.name = "modulation", .type = DPDM_OPTION_INT, .offset = NETWORK(unet.modulation), .min = 0, .max = 1},
    {.name = "adapter-rank", .type = DPDM_OPTION_INT, .offset = NETWORK(unet.adapter_rank), .min = 0, .max = 512},
    {.name = "added-from", .type = DPDM_OPTION_STRING, .offset = NETWORK(unet.added_from), .size = DPDM_BLOCK_NAME},
};

static const dpdm_option denoiser_rows[] = {
    {.name = "kind",
     .type = DPDM_OPTION_CHOICE,
     .offset = DENOISER(kind),
     .choices = denoiser_kinds,
     .flags = FLAG_ALL},
    {.name = "sigma-data", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(sigma_data), .flags = FLAG_EDM},
    {.name = "p-mean", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(p_mean), .flags = FLAG_EDM},
    {.name = "p-std", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(p_std), .flags = FLAG_EDM},
    {.name = "logsnr-min", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(logsnr_min), .flags = FLAG_V},
    {.name = "logsnr-max", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(logsnr_max), .flags = FLAG_V},
    {.name = "beta-min", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(beta_min), .flags = FLAG_VP},
    {.name = "beta-d", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(beta_d), .flags = FLAG_VP},
    {.name = "time-min", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(time_min), .flags = FLAG_VP},
    {.name = "time-scale", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(time_scale), .flags = FLAG_VP},
    {.name = "sigma-min", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(sigma_min), .flags = FLAG_VE},
    {.name = "sigma-max", .type = DPDM_OPTION_DOUBLE, .offset = DENOISER(sigma_max), .flags = FLAG_VE},
};

static const dpdm_option_table network_table = {network_rows, sizeof network_rows / sizeof *network_rows};
static const dpdm_option_table denoiser_table = {denoiser_rows, sizeof denoiser_rows / sizeof *denoiser_rows};

static cJSON *config_network_json(const dpdm_network_description *network);
static cJSON *config_denoiser_json(const dpdm_denoiser *denoiser);
static dpdm_status config_read_object(const cJSON *config, const char *key, const dpdm_option_table *table,
                                      void *object, const char *name, dpdm_error *err);
static dpdm_status config_check_keys(const cJSON *config, const char *key, cJSON *expected, const char *name,
                                     dpdm_error *err);
static dpdm_status config_parse(const char *text, const char *name, cJSON **json, dpdm_error *err);
static int config_replace(cJSON *config, const char *key, cJSON *value);

dpdm_status dpdm_model_describe(const char *config, const dpdm_network_description *network,
                                const dpdm_denoiser *denoiser, char **json, dpdm_error *err)
{
    cJSON *tree = NULL;
    *json = NULL;
    dpdm_status status = dpdm_denoiser_check(denoiser, err);
    if (!status)
        status = config_parse(config ? config : "{}", "the config", &tree, err);
    if (status)
        return status;
    if (config_replace(tree, "network", config_network_json(network)) &&
        config_replace(tree, "denoiser", config_denoiser_json(denoiser)))
        *json = cJSON_Print(tree);
    cJSON_Delete(tree);
    if (!*json)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the config of a model");

    dpdm_network_description network_read;
    dpdm_denoiser denoiser_read;
    status = dpdm_model_config_read(*json, "the config", &network_read, &denoiser_read, err);
    if (status) {
        free(*json);
        *json = NULL;
        if (err)
            err->status = DPDM_EUSAGE;
    }
    return status ? DPDM_EUSAGE : DPDM_OK;
}

dpdm_status dpdm_model_config_read(const char *json, const char *name, dpdm_network_description *network,
                                   dpdm_denoiser *denoiser, dpdm_error *err)
{
    cJSON *config;
    *network = (dpdm_network_description){0};
    *denoiser = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    dpdm_status status = config_parse(json, name, &config, err);
    if (status)
        return status;
    status = config_read_object(config, "network", &network_table, network, name, err);
    if (!status)
        status = config_check_keys(config, "network", config_network_json(network), name, err);
    if (!status)
        status = config_read_object(config, "denoiser", &denoiser_table, denoiser, name, err);
    if (!status)
        status = config_check_keys(config, "denoiser", config_denoiser_json(denoiser), name, err);
    cJSON_Delete(config);
    if (!status && dpdm_denoiser_check(denoiser, err))
        status = dpdm_error_prefix(err, DPDM_EFORMAT, "%s", name);
    while (network->unet.levels < DPDM_MAX_LEVELS && network->unet.multipliers[network->unet.levels] > 0)
        network->unet.levels++;
    if (!status && network->unet.levels == 0)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: network: multipliers is empty", name);
    if (status && err)
        err->status = status;
    return status;
}

dpdm_status dpdm_model_config_class_names(const char *json, const char *name, int classes, char **names,
                                          dpdm_error *err)
{
    cJSON *config;
    *names = NULL;
    dpdm_status status = config_parse(json, name, &config, err);
    if (status)
        return status;
    const cJSON *stated =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(config, "training"), "class_names");
    const char *text = cJSON_IsString(stated) ? stated->valuestring : "";
    if (stated && !cJSON_IsString(stated))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: class_names of its config is no text", name);
    else if (dpdm_class_names_check(text, classes, err))
        status = dpdm_error_prefix(err, DPDM_EFORMAT, "%s", name);
    else if (*text && !(*names = strdup(text)))
        status = dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for its class names", name);
    cJSON_Delete(config);
    return status;
}

static cJSON *config_network_json(const dpdm_network_description *network)
{
    cJSON *json = dpdm_options_to_json(&network_table, network, 0);
    if (!network->unet.modulation)
        cJSON_DeleteItemFromObjectCaseSensitive(json, "modulation");
    if (!network->unet.adapter_rank) {
        cJSON_DeleteItemFromObjectCaseSensitive(json, "adapter_rank");
        cJSON_DeleteItemFromObjectCaseSensitive(json, "added_from");
    }
    return json;
}

static cJSON *config_denoiser_json(const dpdm_denoiser *denoiser)
{
    return dpdm_options_to_json(&denoiser_table, denoiser, FLAG_EDM << denoiser->kind);
}

static dpdm_status config_parse(const char *text, const char *name, cJSON **json, dpdm_error *err)
{
    dpdm_status status = dpdm_json_parse(text, strlen(text), name, json, err);
    if (status || cJSON_IsObject(*json))
        return status;
    cJSON_Delete(*json);
    return dpdm_error_set(err, DPDM_EFORMAT, "%s: not a JSON object", name);
}

static dpdm_status config_read_object(const cJSON *config, const char *key, const dpdm_option_table *table,
                                      void *object, const char *name, dpdm_error *err)
{
    const cJSON *json = cJSON_GetObjectItemCaseSensitive(config, key);
    if (!cJSON_IsObject(json))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: the config has no object '%s'", name, key);
    dpdm_status status = dpdm_options_from_json(table, object, json, err);
    return status ? dpdm_error_prefix(err, status, "%s: %s", name, key) : DPDM_OK;
}

/* Does the object hold just the keys of `expected` (which is taken over)? A missing one would silently take a default.
 */
static dpdm_status config_check_keys(const cJSON *config, const char *key, cJSON *expected, const char *name,
                                     dpdm_error *err)
{
    const cJSON *json = cJSON_GetObjectItemCaseSensitive(config, key), *item;
    dpdm_status status = expected ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the config", name);
    cJSON_ArrayForEach(item, expected)
    {
        if (!status && !cJSON_HasObjectItem(json, item->string))
            status = dpdm_error_set(err, DPDM_EFORMAT, "%s: %s: '%s' is missing", name, key, item->string);
    }
    if (!status && cJSON_GetArraySize(json) != cJSON_GetArraySize(expected))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: %s holds keys that its kind does not use", name, key);
    cJSON_Delete(expected);
    return status;
}

/* Sets config[key], taking over value; 0 when out of memory. */
static int config_replace(cJSON *config, const char *key, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(config, key);
    return value && cJSON_AddItemToObject(config, key, value);
}
