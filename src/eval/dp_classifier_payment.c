/* dp_classifier_payment.c - the plan of a DP-SGD classifier as a ledger sees it. */
#include "eval/dp_classifier.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <string.h>
#include "base/json.h"

static dpdm_status payment_digest(const dpdm_dp_classifier_config *config, const dpdm_event *event, uint8_t digest[32],
                                  dpdm_error *err);

dpdm_status dpdm_dp_classifier_payment(const dpdm_dp_classifier_config *config, const dpdm_dp_classifier_plan *plan,
                                       dpdm_event *event, dpdm_ledger_payment *payment, dpdm_error *err)
{
    uint8_t digest[32];
    *event = (dpdm_event){plan->sampling_rate, plan->noise_multiplier, plan->steps};
    dpdm_status status = payment_digest(config, event, digest, err);
    if (!status)
        *payment = dpdm_ledger_payment_plan(config->ledger, config->data_set[0] ? config->data_set : config->data,
                                            digest, &config->owner, event, 1);
    return status;
}

dpdm_status dpdm_dp_classifier_budget(const dpdm_dp_classifier_config *config, const dpdm_dp_classifier_plan *plan,
                                      dpdm_ledger_receipt *receipt, dpdm_error *err)
{
    dpdm_event event;
    dpdm_ledger_payment payment;
    dpdm_status status = dpdm_dp_classifier_payment(config, plan, &event, &payment, err);
    return status ? status : dpdm_ledger_payment_ask(&payment, receipt, err);
}

/* BLAKE2b of the public options and the event. */
static dpdm_status payment_digest(const dpdm_dp_classifier_config *config, const dpdm_event *event, uint8_t digest[32],
                                  dpdm_error *err)
{
    dpdm_dp_classifier_config settled = *config;
    dpdm_dp_classifier_config_settle(&settled);
    cJSON *json = dpdm_options_to_json(&dpdm_dp_classifier_option_table, &settled, DPDM_OPTION_PUBLIC);
    int good = json && cJSON_AddItemToObject(json, "rate", dpdm_json_double(event->sampling_rate)) &&
               cJSON_AddItemToObject(json, "noise", dpdm_json_double(event->noise_multiplier)) &&
               cJSON_AddItemToObject(json, "length", dpdm_json_u64(event->steps));
    char *text = good ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the digest of the config");
    crypto_generichash(digest, 32, (const unsigned char *)text, strlen(text), NULL, 0);
    cJSON_free(text);
    return DPDM_OK;
}
