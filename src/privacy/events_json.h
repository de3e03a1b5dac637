/* events_json.h - lists of privacy events as cJSON trees. */
#ifndef DPDM_PRIVACY_EVENTS_JSON_H
#define DPDM_PRIVACY_EVENTS_JSON_H

#include <cjson/cJSON.h>
#include "dpdm/events.h"

/* As dpdm_events_parse, from a tree; messages do not name the file. *events: the caller's to free(); NULL on failure. */
dpdm_status dpdm_events_from_json(const cJSON *json, dpdm_event **events, size_t *count, dpdm_error *err);
/* The list that reads back to the same events. NULL when out of memory. */
cJSON *dpdm_events_to_json(const dpdm_event *events, size_t count);

#endif
