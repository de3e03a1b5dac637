/* events.h - lists of privacy events from JSON.
 *
 * [{"sampling_rate": 0.0683, "noise_multiplier": 2.5, "steps": 4395}, ...]: what was, or will be, spent on one data
 * set, in order, for the accountants of accountant.h.
 *
 * Or one event in the language of Google's dp_accounting, as its to_named_tuple() gives it: an object of "class_name", perhaps
 * "module_name" (not read), and the fields of the class, for what can be bounded:
 *
 *     GaussianDpEvent        noise_multiplier > 0
 *     PoissonSampledDpEvent  sampling_probability in [0, 1], event: a GaussianDpEvent
 *     SelfComposedDpEvent    event, count (whole, from 0 on)
 *     ComposedDpEvent        events: a list
 *     NoOpDpEvent
 *
 * {"class_name": "SelfComposedDpEvent", "count": 4395, "event": {"class_name": "PoissonSampledDpEvent",
 *  "sampling_probability": 0.0683, "event": {"class_name": "GaussianDpEvent", "noise_multiplier": 2.5}}} is the list
 * above. Every other class is refused by name. */
#ifndef DPDM_EVENTS_H
#define DPDM_EVENTS_H

#include "dpdm/accountant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_EVENTS_MAX 1000

/* Parses text[0..size), which need not end in a zero byte; `name` stands for the file in messages. *events: count >= 1
 * of them, the caller's to free(). Everything is checked here: each event has exactly the three keys, 0 <=
 * sampling_rate <= 1, noise_multiplier finite and > 0, steps whole and >= 1, at most DPDM_EVENTS_MAX events.
 * DPDM_EUSAGE otherwise, naming the event (counted from 1) and the key, with the nearest known key for an unknown one.
 * Thread-safe. */
DPDM_API dpdm_status dpdm_events_parse(const char *text, size_t size, const char *name, dpdm_event **events,
                                       size_t *count, dpdm_error *err);
/* The same from a file of at most 1 MiB. */
DPDM_API dpdm_status dpdm_events_read(const char *path, dpdm_event **events, size_t *count, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
