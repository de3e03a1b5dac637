/* dp_classifier_statement.c - what a release says of a DP-SGD classifier: its public config and privacy statement. */
#include "eval/dp_classifier.h"

#include <cjson/cJSON.h>
#include "base/json.h"
#include "dpdm/statement.h"

/* The public options with the values they came to where they were to be chosen. */
char *dpdm_dp_classifier_public_json(const dpdm_dp_classifier_config *config, const dpdm_dp_classifier_plan *plan)
{
    dpdm_dp_classifier_config settled = *config;
    dpdm_dp_classifier_config_settle(&settled);
    cJSON *json = cJSON_CreateObject();
    cJSON *training = dpdm_options_to_json(&dpdm_dp_classifier_option_table, &settled, DPDM_OPTION_PUBLIC);
    int good = json && training && cJSON_AddStringToObject(json, "format", "dpdm-classifier-1") &&
               cJSON_AddItemToObject(json, "training", training);
    if (!good) {
        cJSON_Delete(training);
        cJSON_Delete(json);
        return NULL;
    }
    good = cJSON_AddItemToObject(json, "sampling_rate", dpdm_json_double(plan->sampling_rate)) &&
           cJSON_AddItemToObject(json, "noise_multiplier", dpdm_json_double(plan->noise_multiplier)) &&
           cJSON_AddItemToObject(json, "steps", dpdm_json_u64(plan->steps)) &&
           cJSON_AddStringToObject(json, "input", "pixels / 127.5 - 1, height x width x channels") &&
           cJSON_AddStringToObject(json, "output", "logits of the classes");
    char *text = good ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    return text;
}

dpdm_status dpdm_dp_classifier_plan_statement(const dpdm_dp_classifier_config *config,
                                              const dpdm_dp_classifier_plan *plan, char **json, dpdm_error *err)
{
    static const char *const names[] = {"training steps of a classifier"};
    dpdm_event event = {plan->sampling_rate, plan->noise_multiplier, plan->steps};
    char *public_json = dpdm_dp_classifier_public_json(config, plan);
    *json = NULL;
    if (!public_json)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the public config");
    dpdm_statement statement = {.events = &event,
                                .names = names,
                                .count = 1,
                                .delta = config->delta,
                                .accountant = config->accountant,
                                .grid = {config->clip, config->grid_bits},
                                .batch = plan->batch,
                                .height = config->height,
                                .width = config->width,
                                .channels = config->channels,
                                .classes = config->classes,
                                .class_names = config->class_names,
                                .records = config->records,
                                .owner = config->owner,
                                .seeded = config->has_seed,
                                .config = public_json};
    dpdm_status status = dpdm_statement_write(&statement, json, err);
    cJSON_free(public_json);
    return status;
}
