/* privacy.c - accounting and statements by plain arguments. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "api/handles.h"
#include "base/json.h"
#include "dpdm/attacker.h"
#include "dpdm/events.h"
#include "dpdm/statement.h"
#include "privacy/bound_json.h"
#include "privacy/events_json.h"

static dpdm_status accountant_find(const char *name, dpdm_accountant *accountant, dpdm_error *err)
{
    if (dpdm_accountant_find(name, accountant))
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EUSAGE, "unknown accountant '%.60s'; known are pld and rdp", name);
}

dpdm_status dpdm_epsilon_json(double sampling_rate, double noise_multiplier, uint64_t steps, double delta,
                              const char *accountant, char **json, dpdm_error *err)
{
    const dpdm_event event = {sampling_rate, noise_multiplier, steps};
    dpdm_accountant kind;
    dpdm_bound bound;
    *json = NULL;
    dpdm_status status = accountant_find(accountant, &kind, err);
    if (!status)
        status = dpdm_account(&event, 1, delta, kind, &bound, err);
    return status ? status : json_hand_over(dpdm_bound_to_json(&bound, 1), json, err);
}

static dpdm_status events_and_group(const char *text, uint64_t group, dpdm_event **events, size_t *count,
                                    dpdm_error *err)
{
    *events = NULL;
    if (group < 1 || group > DPDM_GROUP_MAX)
        return dpdm_error_set(err, DPDM_ERANGE, "a group of %llu records; it must have 1 to %d",
                              (unsigned long long)group, DPDM_GROUP_MAX);
    return dpdm_events_parse(text, strlen(text), "events", events, count, err);
}

dpdm_status dpdm_epsilon_of_events_json(const char *events, uint64_t group, double delta, const char *accountant,
                                        char **json, dpdm_error *err)
{
    dpdm_accountant kind;
    dpdm_bound bound;
    dpdm_event *list = NULL;
    size_t count = 0;
    *json = NULL;
    dpdm_status status = accountant_find(accountant, &kind, err);
    if (!status)
        status = events_and_group(events, group, &list, &count, err);
    if (!status)
        status = dpdm_account_group(list, count, (unsigned)group, delta, kind, &bound, err);
    if (!status) {
        cJSON *result = dpdm_bound_to_json(&bound, group);
        cJSON_AddItemToObject(result, "events", dpdm_events_to_json(list, count));
        status = json_hand_over(result, json, err);
    }
    free(list);
    return status;
}

dpdm_status dpdm_attack_json(const char *events, uint64_t group, double false_positive, double prior, double risk,
                             char **json, dpdm_error *err)
{
    double true_positive = 1, success = 1, posterior = 1;
    dpdm_event *list = NULL;
    size_t count = 0;
    *json = NULL;
    dpdm_status status = events_and_group(events, group, &list, &count, err);
    if (!status)
        status = dpdm_attack_true_positive(list, count, (unsigned)group, false_positive, &true_positive, err);
    if (!status)
        status = dpdm_attack_success(list, count, (unsigned)group, prior, &success, err);
    if (!status)
        status = dpdm_attack_posterior(list, count, (unsigned)group, prior, risk, &posterior, err);
    free(list);
    if (status)
        return status;
    cJSON *result = cJSON_CreateObject();
    cJSON_AddItemToObject(result, "true_positive", dpdm_json_double(true_positive));
    cJSON_AddItemToObject(result, "success", dpdm_json_double(success));
    cJSON_AddItemToObject(result, "posterior", dpdm_json_double(posterior));
    return json_hand_over(result, json, err);
}

dpdm_status dpdm_calibrate_json(double epsilon, double delta, double sampling_rate, uint64_t steps,
                                const char *accountant, char **json, dpdm_error *err)
{
    dpdm_accountant kind;
    dpdm_bound bound;
    double noise;
    *json = NULL;
    dpdm_status status = accountant_find(accountant, &kind, err);
    if (!status)
        status = dpdm_calibrate_noise(epsilon, delta, sampling_rate, steps, NULL, 0, kind, &noise, &bound, err);
    if (status)
        return status;
    cJSON *result = dpdm_bound_to_json(&bound, 1);
    cJSON_AddItemToObject(result, "epsilon", dpdm_json_double(epsilon));
    cJSON_AddItemToObject(result, "noise_multiplier", dpdm_json_double(noise));
    cJSON_AddItemToObject(result, "sampling_rate", dpdm_json_double(sampling_rate));
    cJSON_AddItemToObject(result, "steps", dpdm_json_u64(steps));
    return json_hand_over(result, json, err);
}

dpdm_status dpdm_statement_check(const char *json, int *claims, dpdm_error *err)
{
    return dpdm_statement_verify(json, strlen(json), "the statement", claims, err);
}

dpdm_status dpdm_statement_load(const char *path, char **json, dpdm_error *err)
{
    return dpdm_statement_read(path, json, err);
}

dpdm_status dpdm_statement_explain(const char *json, char **text, dpdm_error *err)
{
    return dpdm_statement_text(json, strlen(json), "the statement", text, err);
}
