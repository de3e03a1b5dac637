/* bound_json.c - a bound as JSON, and at few digits. */
#include "privacy/bound_json.h"

#include <math.h>
#include "base/json.h"

cJSON *dpdm_bound_to_json(const dpdm_bound *bound, uint64_t group)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "epsilon_upper", dpdm_json_double(bound->epsilon_upper));
    cJSON_AddItemToObject(json, "epsilon_lower", dpdm_json_double(bound->epsilon_lower));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(bound->delta));
    cJSON_AddStringToObject(json, "accountant", dpdm_accountant_name(bound->accountant));
    if (bound->order > 0)
        cJSON_AddItemToObject(json, "order", dpdm_json_double(bound->order));
    cJSON_AddItemToObject(json, "group", dpdm_json_u64(group));
    cJSON_AddStringToObject(json, "neighbours",
                            group > 1 ? "add or remove one unit with all its records" : "add or remove one record");
    cJSON_AddStringToObject(json, "sampling", "poisson");
    return json;
}

double dpdm_bound_round(double value, int upward)
{
    if (!isfinite(value) || value == 0)
        return value;
    double unit = pow(10, floor(log10(fabs(value))) - 4);
    return upward ? ceil(value / unit) * unit : floor(value / unit) * unit;
}
