/* events_json.c - lists of privacy events from JSON. */
#include "dpdm/events.h"

#include <float.h>
#include <stdlib.h>
#include "base/file.h"
#include "base/json.h"
#include "base/options.h"
#include "privacy/events_json.h"
#include "privacy/events_named.h"

#define FILE_LIMIT ((size_t)1 << 20)

/* One event with the keys that were there. */
typedef struct {
    dpdm_event event;
    int has_rate, has_noise, has_steps;
} entry;

static const dpdm_option rows[] = {
    {.name = "sampling-rate",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(entry, event.sampling_rate),
     .min = 0,
     .max = 1,
     .given_offset = offsetof(entry, has_rate)},
    {.name = "noise-multiplier",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(entry, event.noise_multiplier),
     .min = DBL_TRUE_MIN,
     .max = DBL_MAX,
     .given_offset = offsetof(entry, has_noise)},
    {.name = "steps",
     .type = DPDM_OPTION_U64,
     .offset = offsetof(entry, event.steps),
     .min = 1,
     .max = DBL_MAX,
     .given_offset = offsetof(entry, has_steps)},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static dpdm_status refuse(dpdm_error *err, const char *what)
{
    return dpdm_error_set(err, DPDM_EUSAGE, "%s", what);
}

static dpdm_status event_parse(const cJSON *json, dpdm_event *event, dpdm_error *err)
{
    entry e = {0};
    dpdm_status status = dpdm_options_from_json(&table, &e, json, err);
    if (status)
        return status;
    if (!e.has_rate || !e.has_noise || !e.has_steps)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s is missing",
                              !e.has_rate    ? "sampling_rate"
                              : !e.has_noise ? "noise_multiplier"
                                             : "steps");
    if (cJSON_GetArraySize(json) != (int)table.count)
        return refuse(err, "a key is given twice, once with '-' and once with '_'");
    *event = e.event;
    return DPDM_OK;
}

static dpdm_status list_parse(const cJSON *json, dpdm_event *events, dpdm_error *err)
{
    size_t i = 0;
    for (const cJSON *item = json->child; item; item = item->next, i++) {
        dpdm_status status = event_parse(item, &events[i], err);
        if (status)
            return dpdm_error_prefix(err, status, "event %zu", i + 1);
    }
    return DPDM_OK;
}

dpdm_status dpdm_events_from_json(const cJSON *json, dpdm_event **events, size_t *count, dpdm_error *err)
{
    *events = NULL;
    *count = 0;
    if (!cJSON_IsArray(json))
        return refuse(err,
                      "expected a list of events: [{\"sampling_rate\": .., \"noise_multiplier\": .., \"steps\": ..}]");
    size_t n = (size_t)cJSON_GetArraySize(json);
    if (n == 0 || n > DPDM_EVENTS_MAX)
        return dpdm_error_set(err, DPDM_EUSAGE, "holds %zu events; 1 to %d are possible", n, DPDM_EVENTS_MAX);
    dpdm_event *list = calloc(n, sizeof *list);
    if (!list)
        return dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    dpdm_status status = list_parse(json, list, err);
    if (status) {
        free(list);
        return status;
    }
    *events = list;
    *count = n;
    return DPDM_OK;
}

/* What a person wrote is a matter of usage, also where it is not even JSON. */
static dpdm_status usage_status(dpdm_status status, dpdm_error *err)
{
    if (status == DPDM_EFORMAT)
        status = DPDM_EUSAGE;
    if (err)
        err->status = status;
    return status;
}

dpdm_status dpdm_events_parse(const char *text, size_t size, const char *name, dpdm_event **events, size_t *count,
                              dpdm_error *err)
{
    *events = NULL;
    *count = 0;
    cJSON *json;
    dpdm_status status = dpdm_json_parse(text, size, name, &json, err);
    if (status)
        return usage_status(status, err);
    status = cJSON_HasObjectItem(json, "class_name") ? dpdm_events_from_named(json, events, count, err)
                                                     : dpdm_events_from_json(json, events, count, err);
    cJSON_Delete(json);
    return status ? usage_status(dpdm_error_prefix(err, status, "%s", name), err) : DPDM_OK;
}

dpdm_status dpdm_events_read(const char *path, dpdm_event **events, size_t *count, dpdm_error *err)
{
    *events = NULL;
    *count = 0;
    uint8_t *text;
    size_t size;
    dpdm_status status = dpdm_file_read(path, FILE_LIMIT, &text, &size, err);
    if (status)
        return status;
    status = dpdm_events_parse((const char *)text, size, path, events, count, err);
    free(text);
    return status;
}

cJSON *dpdm_events_to_json(const dpdm_event *events, size_t count)
{
    cJSON *list = cJSON_CreateArray();
    int good = list != NULL;
    for (size_t i = 0; good && i < count; i++) {
        cJSON *item = dpdm_options_to_json(&table, &(entry){.event = events[i]}, 0);
        good = item && cJSON_AddItemToArray(list, item);
        if (!good)
            cJSON_Delete(item);
    }
    if (good)
        return list;
    cJSON_Delete(list);
    return NULL;
}
