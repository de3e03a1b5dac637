/* plan_json.c - what a training would be, as JSON. */
#include "train/plan_json.h"

#include "base/json.h"
#include "dpdm/owner.h"
#include "privacy/events_json.h"

double dpdm_train_plan_seconds(const dpdm_train_config *config, const dpdm_train_plan *plan, double draw)
{
    return draw * (double)plan->steps * plan->batch * config->multiplicity / plan->threads;
}

cJSON *dpdm_train_plan_to_json(const dpdm_train_config *config, const dpdm_train_plan *plan, double draw)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "parameters", (double)plan->parameters);
    cJSON_AddNumberToObject(json, "trained_parameters", (double)plan->trained);
    cJSON_AddItemToObject(json, "sampling_rate", dpdm_json_double(plan->sampling_rate));
    cJSON_AddNumberToObject(json, "steps", (double)plan->steps);
    cJSON_AddItemToObject(json, "noise_multiplier", dpdm_json_double(plan->noise_multiplier));
    cJSON_AddItemToObject(json, "epsilon_upper", dpdm_json_double(plan->bound.epsilon_upper));
    cJSON_AddItemToObject(json, "epsilon_lower", dpdm_json_double(plan->bound.epsilon_lower));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(config->delta));
    char unit[DPDM_UNIT_TEXT];
    cJSON_AddStringToObject(json, "unit", dpdm_owner_unit(&config->owner, unit));
    cJSON_AddStringToObject(json, "accountant", dpdm_accountant_name(config->accountant));
    cJSON_AddItemToObject(json, "events", dpdm_events_to_json(plan->events, plan->event_count));
    cJSON_AddItemToObject(json, "batch", dpdm_json_double(plan->batch));
    cJSON_AddNumberToObject(json, "multiplicity", config->multiplicity);
    cJSON_AddItemToObject(json, "clip", dpdm_json_double(config->clip));
    cJSON_AddNumberToObject(json, "threads", plan->threads);
    cJSON_AddNumberToObject(json, "chunk", plan->chunk);
    cJSON_AddStringToObject(json, "kernels", plan->kernels);
    cJSON_AddNumberToObject(json, "memory_bytes", (double)plan->memory_bytes);
    if (plan->memory_limit)
        cJSON_AddNumberToObject(json, "memory_limit_bytes", (double)plan->memory_limit);
    char note[DPDM_MEMORY_NOTE];
    if (dpdm_train_plan_memory_note(plan, note, sizeof note))
        cJSON_AddStringToObject(json, "memory_note", note);
    cJSON_AddNumberToObject(json, "flops_per_draw", plan->flops_per_draw);
    cJSON_AddNumberToObject(json, "seconds_per_draw", draw / plan->threads);
    cJSON_AddNumberToObject(json, "estimated_seconds", dpdm_train_plan_seconds(config, plan, draw));
    return json;
}
