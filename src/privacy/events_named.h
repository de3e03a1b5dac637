/* events_named.h - events in the language of Google's dp_accounting, as cJSON trees. */
#ifndef DPDM_PRIVACY_EVENTS_NAMED_H
#define DPDM_PRIVACY_EVENTS_NAMED_H

#include <cjson/cJSON.h>
#include "dpdm/events.h"

/* The list of events that a DpEvent stands for: an object with its "class_name" and the class's fields (events.h). *events: the
 * caller's to free(); NULL on failure. DPDM_EUSAGE, naming the place, for what is no event or cannot be bounded. */
dpdm_status dpdm_events_from_named(const cJSON *json, dpdm_event **events, size_t *count, dpdm_error *err);

#endif
