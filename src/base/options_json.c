/* options_json.c - options to and from JSON objects. */
#include "base/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "base/print.h"

static cJSON *list_to_json(const dpdm_option *option, const void *object)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; list && i < option->size; i++) {
        int value;
        memcpy(&value, (const char *)object + option->offset + i * sizeof value, sizeof value);
        if (!value)
            break;
        if (!cJSON_AddItemToArray(list, cJSON_CreateNumber(value))) {
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

static cJSON *field_to_json(const dpdm_option *option, const void *object)
{
    const char *field = (const char *)object + option->offset;
    int integer;
    uint64_t wide;
    double number;
    switch (option->type) {
    case DPDM_OPTION_FLAG:
        memcpy(&integer, field, sizeof integer);
        return cJSON_CreateBool(integer != 0);
    case DPDM_OPTION_INT:
        memcpy(&integer, field, sizeof integer);
        return cJSON_CreateNumber(integer);
    case DPDM_OPTION_U64:
        memcpy(&wide, field, sizeof wide);
        return dpdm_json_u64(wide);
    case DPDM_OPTION_DOUBLE:
        memcpy(&number, field, sizeof number);
        return dpdm_json_double(number);
    case DPDM_OPTION_STRING:
        return cJSON_CreateString(field);
    case DPDM_OPTION_CHOICE:
        memcpy(&integer, field, sizeof integer);
        return cJSON_CreateString(option->choices[integer]);
    case DPDM_OPTION_INT_LIST:
        return list_to_json(option, object);
    }
    return NULL;
}

cJSON *dpdm_options_to_json(const dpdm_option_table *table, const void *object, unsigned flags)
{
    cJSON *json = cJSON_CreateObject();
    for (size_t i = 0; json && i < table->count; i++) {
        const dpdm_option *option = &table->rows[i];
        if ((option->flags & flags) != flags || option->flags & DPDM_OPTION_NO_FILE)
            continue;
        char key[64];
        dpdm_option_key(option->name, key, sizeof key);
        if (!cJSON_AddItemToObject(json, key, field_to_json(option, object))) {
            cJSON_Delete(json);
            return NULL;
        }
    }
    return json;
}

/* A number as the text of an option: whole ones without exponent, so that the whole-number rows take them. */
static void number_to_text(double value, char *text, size_t size)
{
    if (value == floor(value) && fabs(value) <= 9007199254740992.0)
        dpdm_print_text(text, size, "%.0f", value);
    else
        dpdm_number_format(value, text, size);
}

static int list_to_text(const cJSON *list, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (const cJSON *item = list->child; item; item = item->next) {
        char number[40];
        if (!cJSON_IsNumber(item))
            return 0;
        number_to_text(item->valuedouble, number, sizeof number);
        used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "", number);
        if (used >= size)
            return 0;
    }
    return 1;
}

/* Does the kind of JSON value suit the row? Whole numbers above 2^53 are strings (dpdm_json_u64). */
static int kind_suits(const dpdm_option *option, const cJSON *item)
{
    switch (option->type) {
    case DPDM_OPTION_FLAG:
        return cJSON_IsBool(item);
    case DPDM_OPTION_U64:
        return cJSON_IsNumber(item) || cJSON_IsRaw(item) || cJSON_IsString(item);
    case DPDM_OPTION_INT:
    case DPDM_OPTION_DOUBLE:
        return cJSON_IsNumber(item) || cJSON_IsRaw(item);
    case DPDM_OPTION_STRING:
    case DPDM_OPTION_CHOICE:
        return cJSON_IsString(item);
    case DPDM_OPTION_INT_LIST:
        return cJSON_IsArray(item);
    }
    return 0;
}

static dpdm_status field_from_json(const dpdm_option *option, void *object, const cJSON *item, dpdm_error *err)
{
    char text[400];
    const char *value = text;
    if (!kind_suits(option, item))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s has a value of the wrong kind", option->name);
    if (cJSON_IsBool(item))
        value = cJSON_IsTrue(item) ? "true" : "false";
    else if (cJSON_IsString(item) || cJSON_IsRaw(item))
        value = item->valuestring;
    else if (cJSON_IsNumber(item))
        number_to_text(item->valuedouble, text, sizeof text);
    else if (!list_to_text(item, text, sizeof text))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s must be a list of whole numbers", option->name);
    dpdm_status status = dpdm_option_set(option, object, value, err);
    if (status && err)
        err->status = DPDM_EFORMAT;
    return status ? DPDM_EFORMAT : DPDM_OK;
}

dpdm_status dpdm_options_from_json(const dpdm_option_table *table, void *object, const cJSON *json, dpdm_error *err)
{
    if (!cJSON_IsObject(json))
        return dpdm_error_set(err, DPDM_EFORMAT, "options must be a JSON object");
    for (const cJSON *item = json->child; item; item = item->next) {
        const dpdm_option *option = dpdm_option_find(table, item->string, strlen(item->string));
        if (!option || option->flags & DPDM_OPTION_NO_FILE) {
            const char *near = dpdm_option_nearest(table, item->string);
            char key[64] = "";
            if (near)
                dpdm_option_key(near, key, sizeof key);
            return dpdm_error_set(err, DPDM_EFORMAT, "unknown key '%.60s'%s%s%s", item->string,
                                  near ? "; did you mean '" : "", key, near ? "'?" : "");
        }
        dpdm_status status = field_from_json(option, object, item, err);
        if (status)
            return status;
    }
    return DPDM_OK;
}
