/* events_named.c - a tree of DpEvents flattened to the list it stands for. */
#include "privacy/events_named.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { NAMED_DEPTH_MAX = 32 };

/* The list so far. times: how often the event at hand is repeated; depth: how deep it lies. */
typedef struct {
    dpdm_event *events;
    size_t count;
    dpdm_error *err;
} named_list;

static dpdm_status named_read(named_list *list, const cJSON *json, uint64_t times, int depth);
static dpdm_status named_gaussian(named_list *list, const cJSON *json, double rate, uint64_t times);
static dpdm_status named_sampled(named_list *list, const cJSON *json, uint64_t times);
static dpdm_status named_repeated(named_list *list, const cJSON *json, uint64_t times, int depth);
static dpdm_status named_composed(named_list *list, const cJSON *json, uint64_t times, int depth);
static dpdm_status named_fields(const named_list *list, const cJSON *json, const char *first, const char *second);
static dpdm_status named_number(const named_list *list, const cJSON *json, const char *key, double *value);
static const char *named_class(const cJSON *json);

dpdm_status dpdm_events_from_named(const cJSON *json, dpdm_event **events, size_t *count, dpdm_error *err)
{
    named_list list = {.events = calloc(DPDM_EVENTS_MAX, sizeof *list.events), .err = err};
    *events = NULL;
    *count = 0;
    if (!list.events)
        return dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    dpdm_status status = named_read(&list, json, 1, 0);
    if (!status && !list.count) /* nothing but NoOpDpEvent: what costs nothing */
        list.events[list.count++] = (dpdm_event){.sampling_rate = 0, .noise_multiplier = 1, .steps = 1};
    if (status) {
        free(list.events);
        return status;
    }
    *events = list.events;
    *count = list.count;
    return DPDM_OK;
}

static dpdm_status named_read(named_list *list, const cJSON *json, uint64_t times, int depth)
{
    const char *name = named_class(json);
    if (!name)
        return dpdm_error_set(list->err, DPDM_EUSAGE, "expected an event: {\"class_name\": \"GaussianDpEvent\", ...}");
    if (depth > NAMED_DEPTH_MAX)
        return dpdm_error_set(list->err, DPDM_EUSAGE, "events lie more than %d deep", NAMED_DEPTH_MAX);
    dpdm_status status;
    if (!strcmp(name, "NoOpDpEvent"))
        status = named_fields(list, json, NULL, NULL);
    else if (!strcmp(name, "GaussianDpEvent"))
        status = named_gaussian(list, json, 1, times);
    else if (!strcmp(name, "PoissonSampledDpEvent"))
        status = named_sampled(list, json, times);
    else if (!strcmp(name, "SelfComposedDpEvent"))
        status = named_repeated(list, json, times, depth);
    else if (!strcmp(name, "ComposedDpEvent"))
        status = named_composed(list, json, times, depth);
    else
        return dpdm_error_set(list->err, DPDM_EUSAGE,
                              "no bound is known here for %.60s; GaussianDpEvent, PoissonSampledDpEvent of one, "
                              "SelfComposedDpEvent, ComposedDpEvent and NoOpDpEvent can be bounded",
                              name);
    return status ? dpdm_error_prefix(list->err, status, "%s", name) : DPDM_OK;
}

static dpdm_status named_gaussian(named_list *list, const cJSON *json, double rate, uint64_t times)
{
    double noise = 0;
    dpdm_status status = named_fields(list, json, "noise_multiplier", NULL);
    if (!status)
        status = named_number(list, json, "noise_multiplier", &noise);
    if (status)
        return status;
    if (!(noise > 0))
        return dpdm_error_set(list->err, DPDM_EUSAGE, "noise_multiplier %g: without noise there is no bound", noise);
    if (list->count == DPDM_EVENTS_MAX)
        return dpdm_error_set(list->err, DPDM_EUSAGE, "more than %d events", DPDM_EVENTS_MAX);
    list->events[list->count++] = (dpdm_event){.sampling_rate = rate, .noise_multiplier = noise, .steps = times};
    return DPDM_OK;
}

/* Sampling is bounded around one Gaussian only: the accountants know no other sampled mechanism. */
static dpdm_status named_sampled(named_list *list, const cJSON *json, uint64_t times)
{
    double rate = 0;
    dpdm_status status = named_fields(list, json, "sampling_probability", "event");
    if (!status)
        status = named_number(list, json, "sampling_probability", &rate);
    if (status)
        return status;
    if (!(rate >= 0 && rate <= 1))
        return dpdm_error_set(list->err, DPDM_EUSAGE, "sampling_probability %g is not in [0, 1]", rate);
    const cJSON *event = cJSON_GetObjectItemCaseSensitive(json, "event");
    const char *name = named_class(event);
    if (!name || strcmp(name, "GaussianDpEvent"))
        return dpdm_error_set(list->err, DPDM_EUSAGE, "event: only a GaussianDpEvent can be bounded when sampled");
    status = named_gaussian(list, event, rate, times);
    return status ? dpdm_error_prefix(list->err, status, "event: GaussianDpEvent") : DPDM_OK;
}

static dpdm_status named_repeated(named_list *list, const cJSON *json, uint64_t times, int depth)
{
    double count = 0;
    dpdm_status status = named_fields(list, json, "event", "count");
    if (!status)
        status = named_number(list, json, "count", &count);
    if (status)
        return status;
    if (!(count >= 0 && count <= 0x1p53) || count != floor(count))
        return dpdm_error_set(list->err, DPDM_EUSAGE, "count %g is not a whole number from 0 on", count);
    const cJSON *event = cJSON_GetObjectItemCaseSensitive(json, "event");
    if (count > 0 && times > UINT64_MAX / (uint64_t)count)
        return dpdm_error_set(list->err, DPDM_EUSAGE, "repeated more often than can be counted");
    size_t before = list->count;
    status = named_read(list, event, count > 0 ? times * (uint64_t)count : times, depth + 1);
    if (count == 0) /* read for its mistakes, and never run */
        list->count = before;
    return status;
}

static dpdm_status named_composed(named_list *list, const cJSON *json, uint64_t times, int depth)
{
    dpdm_status status = named_fields(list, json, "events", NULL);
    const cJSON *events = cJSON_GetObjectItemCaseSensitive(json, "events"), *event;
    if (!status && !cJSON_IsArray(events))
        return dpdm_error_set(list->err, DPDM_EUSAGE, "events is not a list");
    size_t at = 0;
    cJSON_ArrayForEach(event, events)
    {
        at++;
        if (!status && (status = named_read(list, event, times, depth + 1)))
            return dpdm_error_prefix(list->err, status, "events: %zu", at);
    }
    return status;
}

/* Exactly the fields of a class, beside its name and that of its module. */
static dpdm_status named_fields(const named_list *list, const cJSON *json, const char *first, const char *second)
{
    const char *known[] = {"class_name", "module_name", first, second};
    int seen[4] = {0};
    const cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        int at = 0;
        while (at < 4 && !(known[at] && !strcmp(item->string, known[at])))
            at++;
        if (at == 4)
            return dpdm_error_set(list->err, DPDM_EUSAGE, "'%.60s' is no field of this event", item->string);
        if (seen[at]++)
            return dpdm_error_set(list->err, DPDM_EUSAGE, "%s is given twice", known[at]);
    }
    for (int at = 2; at < 4; at++)
        if (known[at] && !seen[at])
            return dpdm_error_set(list->err, DPDM_EUSAGE, "%s is missing", known[at]);
    return DPDM_OK;
}

static dpdm_status named_number(const named_list *list, const cJSON *json, const char *key, double *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    *value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    return isfinite(*value) ? DPDM_OK : dpdm_error_set(list->err, DPDM_EUSAGE, "%s is not a number", key);
}

/* NULL for what is no event. */
static const char *named_class(const cJSON *json)
{
    return cJSON_IsObject(json) ? cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "class_name")) : NULL;
}
