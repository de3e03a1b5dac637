/* json.h - JSON read strictly and written exactly, over cJSON. */
#ifndef DPDM_BASE_JSON_H
#define DPDM_BASE_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>
#include "dpdm/status.h"

/* Parses text[0..size), which need not end in a zero byte; `name` stands for the file in messages. Refused with
 * DPDM_EFORMAT, with the line where it is known: anything after the value, nesting deeper than 16, a key twice in one
 * object, a zero byte in a string, numbers beyond a double. *json: the caller's, for cJSON_Delete. */
dpdm_status dpdm_json_parse(const char *text, size_t size, const char *name, cJSON **json, dpdm_error *err);

/* A number that reads back to the same double (cJSON's own printing may be off in the last bit); null if not finite.
 * NULL when out of memory. */
cJSON *dpdm_json_double(double value);
/* The number of an item, made by dpdm_json_double or parsed; NaN if it is none. */
double dpdm_json_number(const cJSON *item);
/* A whole number: above 2^53, where JSON readers lose digits, a string of its digits. NULL when out of memory. */
cJSON *dpdm_json_u64(uint64_t value);

#endif
