/* config_json.c - the public config of a run, and the digest of all that decides its result. */
#include "train/config.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "train/task.h"

static char *training_json(const dpdm_train_config *config)
{
    cJSON *json = dpdm_options_to_json(dpdm_train_options(config), config, DPDM_OPTION_PUBLIC);
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    return text;
}

dpdm_status dpdm_train_public_json(const dpdm_train_config *config, const dpdm_train_plan *plan, char **json,
                                   dpdm_error *err)
{
    dpdm_train_config settled = *config;
    *json = NULL;
    dpdm_train_config_settle(&settled);
    char *training = training_json(&settled);
    if (!training)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the public config");
    dpdm_status status = dpdm_task_of(config)->describe(&settled, plan, training, json, err);
    cJSON_free(training);
    return status;
}

dpdm_status dpdm_train_digest(const dpdm_train_config *config, const dpdm_train_plan *plan, uint8_t digest[32],
                              dpdm_error *err)
{
    dpdm_train_config settled = *config;
    dpdm_train_config_settle(&settled);
    cJSON *json = dpdm_options_to_json(dpdm_train_options(config), &settled, DPDM_TRAIN_IDENTITY);
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the digest of the config");
    struct {
        uint64_t task, steps, threshold, all, has_seed, chunk;
        double noise_multiplier, batch;
    } figures = {(uint64_t)config->task, plan->steps,           plan->rate.threshold,   plan->rate.all != 0,
                 config->has_seed != 0,  (uint64_t)plan->chunk, plan->noise_multiplier, plan->batch};
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
