/* bound_json.h - a bound as JSON, and at few digits. */
#ifndef DPDM_PRIVACY_BOUND_JSON_H
#define DPDM_PRIVACY_BOUND_JSON_H

#include <stdint.h>
#include <cjson/cJSON.h>
#include "dpdm/accountant.h"

/* A JSON object with the bound: epsilon_upper (null if infinite), epsilon_lower, delta, accountant, order (rdp only),
 * and the assumptions, for units of up to `group` records. NULL when out of memory. */
cJSON *dpdm_bound_to_json(const dpdm_bound *bound, uint64_t group);
/* A bound printed with five digits (%.5g) must stay a bound: up for upper ones, down for lower ones. */
double dpdm_bound_round(double value, int upward);

#endif
