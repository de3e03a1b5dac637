/* statement_inputs.c - what a statement says that is not derived, read from JSON that may be anything. */
#include "privacy/statement_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "base/print.h"
#include "privacy/events_json.h"

static const cJSON *inputs_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static dpdm_status inputs_refuse(dpdm_error *err, const char *key, const char *expected)
{
    return dpdm_error_set(err, DPDM_EFORMAT, "the privacy statement's %s is missing or not %s", key, expected);
}

dpdm_status dpdm_statement_parse(const char *json, size_t size, const char *name, cJSON **tree, dpdm_error *err)
{
    dpdm_status status = dpdm_json_parse(json, size, name, tree, err);
    if (status)
        return status;
    const char *format = cJSON_GetStringValue(inputs_get(*tree, "format"));
    if (cJSON_IsObject(*tree) && format && !strcmp(format, DPDM_STATEMENT_FORMAT))
        return DPDM_OK;
    int other = format && !strncmp(format, "dpdm-statement-", 15);
    cJSON_Delete(*tree);
    *tree = NULL;
    return dpdm_error_set(err, DPDM_EFORMAT,
                          other ? "%s: its privacy statement is of a kind this version does not know"
                                : "%s: is not a privacy statement",
                          name);
}

/* ---- single values ---- */

static dpdm_status read_double(const cJSON *object, const char *key, double least, double most, double *value,
                               dpdm_error *err)
{
    const cJSON *item = inputs_get(object, key);
    char expected[100];
    dpdm_print_text(expected, sizeof expected, "a number from %g to %g", least, most);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least && item->valuedouble <= most))
        return inputs_refuse(err, key, expected);
    *value = item->valuedouble;
    return DPDM_OK;
}

static dpdm_status read_int(const cJSON *object, const char *key, int most, int *value, dpdm_error *err)
{
    double number = 0;
    dpdm_status status = read_double(object, key, 0, most, &number, err);
    *value = (int)number;
    return !status && number != *value ? inputs_refuse(err, key, "a whole number") : status;
}

static dpdm_status read_flag(const cJSON *object, const char *key, int *value, dpdm_error *err)
{
    const cJSON *item = inputs_get(object, key);
    *value = cJSON_IsTrue(item);
    return cJSON_IsBool(item) ? DPDM_OK : inputs_refuse(err, key, "true or false");
}

/* Whole numbers beyond 2^53 are strings (dpdm_json_u64); null is 0. */
static dpdm_status read_records(const cJSON *object, uint64_t *value, dpdm_error *err)
{
    const cJSON *item = inputs_get(object, "records");
    const char *digits = cJSON_GetStringValue(item);
    *value = 0;
    if (cJSON_IsNull(item) || (digits && dpdm_number_u64(digits, strlen(digits), value)))
        return DPDM_OK;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1 && item->valuedouble <= 0x1p53) ||
        item->valuedouble != floor(item->valuedouble))
        return inputs_refuse(err, "records", "a whole number or null");
    *value = (uint64_t)item->valuedouble;
    return DPDM_OK;
}

/* ---- groups of them ---- */

static dpdm_status read_events(const cJSON *json, dpdm_statement_inputs *inputs, dpdm_error *err)
{
    dpdm_statement *statement = &inputs->statement;
    const cJSON *names = inputs_get(json, "event_names"), *name;
    dpdm_status status = dpdm_events_from_json(inputs_get(json, "events"), &inputs->events, &statement->count, err);
    if (status) {
        if (err)
            err->status = DPDM_EFORMAT; /* what a user may mistype is a damaged file here */
        return dpdm_error_prefix(err, status == DPDM_EUSAGE ? DPDM_EFORMAT : status, "the privacy statement's events");
    }
    statement->events = inputs->events;
    if (!names)
        return DPDM_OK;
    inputs->names = calloc(statement->count, sizeof *inputs->names);
    if (!inputs->names)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the names of %zu events", statement->count);
    if (!cJSON_IsArray(names) || (size_t)cJSON_GetArraySize(names) != statement->count)
        return inputs_refuse(err, "event_names", "a list of one name an event");
    size_t i = 0;
    cJSON_ArrayForEach(name, names)
    {
        if (!cJSON_IsString(name))
            return inputs_refuse(err, "event_names", "a list of texts");
        inputs->names[i++] = name->valuestring;
    }
    statement->names = inputs->names;
    return DPDM_OK;
}

static dpdm_status read_public(const cJSON *json, dpdm_statement *statement, dpdm_error *err)
{
    const cJSON *facts = inputs_get(json, "public");
    dpdm_status status = read_int(facts, "height", 1 << 20, &statement->height, err);
    if (!status)
        status = read_int(facts, "width", 1 << 20, &statement->width, err);
    if (!status)
        status = read_int(facts, "channels", 1 << 20, &statement->channels, err);
    if (!status)
        status = read_int(facts, "classes", 1 << 20, &statement->classes, err);
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(facts, "class_names");
    if (!status && names && !(cJSON_IsString(names) && *names->valuestring))
        status = inputs_refuse(err, "class_names", "a text, or left out");
    statement->class_names = cJSON_GetStringValue(names);
    return status ? status : read_records(facts, &statement->records, err);
}

static dpdm_status read_unit(const cJSON *json, dpdm_statement *statement, dpdm_error *err)
{
    dpdm_status status = read_int(json, "owner_cap", DPDM_GROUP_MAX, &statement->owner.cap, err);
    if (!status)
        status = read_flag(json, "owner_cap_asserted", &statement->owner.asserted, err);
    if (!status && statement->owner.asserted && !statement->owner.cap)
        status = inputs_refuse(err, "owner_cap", "above 0, though it is asserted");
    return status;
}

/* A text of at most size - 1 bytes. */
static dpdm_status read_text(const cJSON *object, const char *key, char *text, size_t size, dpdm_error *err)
{
    const char *value = cJSON_GetStringValue(inputs_get(object, key));
    if (!value || strlen(value) >= size)
        return inputs_refuse(err, key, "a text of the length it may have");
    memcpy(text, value, strlen(value) + 1);
    return DPDM_OK;
}

static dpdm_status read_start(const cJSON *json, dpdm_start *start, dpdm_error *err)
{
    const cJSON *item = inputs_get(json, "start");
    if (!item)
        return DPDM_OK;
    start->given = 1;
    dpdm_status status = read_text(item, "origin", start->origin, sizeof start->origin, err);
    if (!status && strcmp(start->origin, "procedural") != 0 && strcmp(start->origin, "public") != 0)
        status = inputs_refuse(err, "start's origin", "procedural or public");
    if (!status)
        status = read_text(item, "images", start->images, sizeof start->images, err);
    if (!status)
        status = read_text(item, "licence", start->licence, sizeof start->licence, err);
    if (!status)
        status = read_text(item, "digest", start->digest, sizeof start->digest, err);
    if (!status && strspn(start->digest, "0123456789abcdef") != sizeof start->digest - 1)
        status = inputs_refuse(err, "start's digest", "of 64 hexadecimal digits");
    return status;
}

static dpdm_status read_claim(const cJSON *json, dpdm_statement_inputs *inputs, dpdm_error *err)
{
    dpdm_statement *statement = &inputs->statement;
    const char *accountant = cJSON_GetStringValue(inputs_get(json, "accountant"));
    int private = 0;
    dpdm_status status = read_flag(json, "private", &private, err);
    if (!status)
        status = read_double(json, "epsilon_upper", 0, 1e300, &inputs->claimed, err);
    if (!status)
        status = read_double(json, "delta", 1e-300, 1, &statement->delta, err);
    if (!status && !(statement->delta < 1))
        status = inputs_refuse(err, "delta", "below 1");
    if (!status && (!accountant || !dpdm_accountant_find(accountant, &statement->accountant)))
        status = inputs_refuse(err, "accountant", "pld or rdp");
    if (status)
        return status;
    statement->seeded = !private;
    return DPDM_OK;
}

dpdm_status dpdm_statement_inputs_read(const cJSON *json, dpdm_statement_inputs *inputs, dpdm_error *err)
{
    memset(inputs, 0, sizeof *inputs);
    dpdm_statement *statement = &inputs->statement;
    dpdm_status status = read_claim(json, inputs, err);
    if (!status)
        status = read_events(json, inputs, err);
    if (!status)
        status = read_unit(json, statement, err);
    if (!status)
        status = read_public(json, statement, err);
    if (!status)
        status = read_start(json, &inputs->start, err);
    statement->start = &inputs->start;
    statement->grid.size = sizeof statement->grid;
    if (!status)
        status = read_double(json, "batch", 1e-300, 1e300, &statement->batch, err);
    if (!status)
        status = read_double(json, "clip", 1e-300, 1e300, &statement->grid.clip, err);
    if (!status)
        status = read_int(json, "grid_bits", 62, &statement->grid.bits, err);
    if (!status && inputs_get(json, "coordinates")) { /* not in statements of before */
        double coordinates = 0;
        status = read_double(json, "coordinates", 1, 9007199254740992.0, &coordinates, err);
        statement->coordinates = status ? 0 : (uint64_t)coordinates;
    }
    if (!status)
        status = dpdm_grid_check(&statement->grid, err);
    if (status == DPDM_ERANGE && err)
        err->status = status = DPDM_EFORMAT;
    statement->config = inputs_get(json, "config") ? "{}" : NULL;
    return status == DPDM_ERANGE ? DPDM_EFORMAT : status;
}

void dpdm_statement_inputs_destroy(dpdm_statement_inputs *inputs)
{
    free(inputs->events);
    free(inputs->names);
    memset(inputs, 0, sizeof *inputs);
}
