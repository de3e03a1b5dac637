/* audit_json.c - what the results of the audits share. */
#include "audit/audit_jobs.h"
#include "base/json.h"

const char dpdm_audit_touches_data[] =
    "computed from the data themselves: outside any privacy guarantee, not for publication if they are private";

double dpdm_audit_share(uint64_t part, uint64_t all)
{
    return all ? (double)part / (double)all : 0;
}

void dpdm_audit_bound_json(cJSON *json, double epsilon_lower, double epsilon_claimed, double delta, double confidence)
{
    cJSON_AddItemToObject(json, "epsilon_lower", dpdm_json_double(epsilon_lower));
    cJSON_AddItemToObject(json, "epsilon_claimed", dpdm_json_double(epsilon_claimed));
    cJSON_AddItemToObject(json, "ratio", dpdm_json_double(epsilon_lower / epsilon_claimed));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(delta));
    cJSON_AddItemToObject(json, "confidence", dpdm_json_double(confidence));
    cJSON_AddBoolToObject(json, "exceeded", epsilon_lower > epsilon_claimed);
}
