/* config_json.c - the public config of a run, and the digest of all that decides its result. */
#include "train/config.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* "training": every public option, as in a YAML file; "network" and "denoiser": what a reader of the model needs. */
dpdm_status dpdm_train_public_json(const dpdm_train_config *config, const dpdm_train_plan *plan, char **json,
                                   dpdm_error *err)
{
    *json = NULL;
    cJSON *object = cJSON_CreateObject();
    cJSON *training = dpdm_options_to_json(&dpdm_train_option_table, config, DPDM_OPTION_PUBLIC);
    cJSON *kept = object && cJSON_AddItemToObject(object, "training", training) ? object : NULL;
    if (!kept)
        cJSON_Delete(training);
    int good = kept && training && cJSON_AddStringToObject(object, "kernels", plan->kernels) &&
               cJSON_AddNumberToObject(object, "chunk", plan->chunk);
    char *text = good ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the public config");
    dpdm_unet_config unet = dpdm_train_unet(config);
    dpdm_status status = dpdm_model_describe(text, &unet, &config->denoiser, json, err);
    cJSON_free(text);
    return status;
}

dpdm_status dpdm_train_digest(const dpdm_train_config *config, const dpdm_train_plan *plan, uint8_t digest[32],
                              dpdm_error *err)
{
    cJSON *json = dpdm_options_to_json(&dpdm_train_option_table, config, DPDM_TRAIN_IDENTITY);
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the digest of the config");
    struct {
        uint64_t steps, threshold, all, has_seed, chunk;
        double noise_multiplier, batch;
    } figures = {plan->steps,           plan->rate.threshold,   plan->rate.all != 0, config->has_seed != 0,
                 (uint64_t)plan->chunk, plan->noise_multiplier, plan->batch};
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, 32);
    crypto_generichash_update(&hash, (const unsigned char *)text, strlen(text));
    crypto_generichash_update(&hash, (const unsigned char *)&figures, sizeof figures);
    if (plan->start.given)
        crypto_generichash_update(&hash, (const unsigned char *)plan->start.digest, sizeof plan->start.digest);
    crypto_generichash_final(&hash, digest, 32);
    free(text);
    return DPDM_OK;
}
