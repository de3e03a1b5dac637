/* json.c - JSON read strictly and written exactly. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "base/print.h"

#define DEPTH 16
#define WHOLE ((uint64_t)1 << 53)

static size_t line_of(const char *text, const char *at)
{
    size_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* Is text nested at most DEPTH deep? Brackets inside strings do not count. Sets *at to where it is not. */
static int depth_check(const char *text, size_t size, const char **at)
{
    int depth = 0, quoted = 0;
    for (size_t i = 0; i < size; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = 0;
        } else if (text[i] == '"') {
            quoted = 1;
        } else if (text[i] == '[' || text[i] == '{') {
            *at = text + i;
            if (++depth > DEPTH)
                return 0;
        } else if (text[i] == ']' || text[i] == '}') {
            depth--;
        }
    }
    return 1;
}

/* Does a string hold an escaped zero byte? cJSON would cut it there. */
static const char *zero_find(const char *text, size_t size)
{
    for (size_t i = 0; i + 6 <= size; i++) {
        if (text[i] != '\\')
            continue;
        if (!memcmp(text + i, "\\u0000", 6))
            return text + i;
        i++;
    }
    return memchr(text, '\0', size);
}

static int key_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A key that stands twice in `object`, or NULL; *full is set when out of memory. */
static const char *twice_find(const cJSON *object, int *full)
{
    size_t count = (size_t)cJSON_GetArraySize(object), n = 0;
    if (!cJSON_IsObject(object) || count < 2)
        return NULL;
    const char **keys = malloc(count * sizeof *keys), *found = NULL;
    if (!keys) {
        *full = 1;
        return NULL;
    }
    for (const cJSON *item = object->child; item; item = item->next)
        keys[n++] = item->string;
    qsort(keys, n, sizeof *keys, key_compare);
    for (size_t i = 1; i < n && !found; i++)
        if (!strcmp(keys[i - 1], keys[i]))
            found = keys[i];
    free(keys);
    return found;
}

/* Checks what cJSON lets pass; depth is bounded by depth_check. */
static dpdm_status tree_check(const cJSON *json, const char *name, dpdm_error *err)
{
    int full = 0;
    const char *twice = twice_find(json, &full);
    if (full)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: out of memory", name);
    if (twice)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: key '%.60s' is given twice", name, twice);
    if (cJSON_IsNumber(json) && !isfinite(json->valuedouble))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: a number is too large", name);
    for (const cJSON *item = json->child; item; item = item->next) {
        dpdm_status status = tree_check(item, name, err);
        if (status)
            return status;
    }
    return DPDM_OK;
}

/* cJSON before 1.7.18 may look one byte past the end of a text that is not terminated (CVE-2023-53154), so it gets a
 * copy that is. *end: where it stopped, in text; NULL when out of memory. */
static cJSON *terminated_parse(const char *text, size_t size, const char **end)
{
    char *copy = malloc(size + 1);
    *end = NULL;
    if (!copy)
        return NULL;
    if (size)
        memcpy(copy, text, size);
    copy[size] = '\0';
    const char *stop = copy;
    cJSON *tree = cJSON_ParseWithOpts(copy, &stop, 0);
    *end = text + (stop - copy);
    free(copy);
    return tree;
}

dpdm_status dpdm_json_parse(const char *text, size_t size, const char *name, cJSON **json, dpdm_error *err)
{
    const char *at = text, *end;
    *json = NULL;
    if (!depth_check(text, size, &at))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s:%zu: nested more than %d deep", name, line_of(text, at), DEPTH);
    if ((at = zero_find(text, size)))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s:%zu: holds a zero byte", name, line_of(text, at));
    cJSON *tree = terminated_parse(text, size, &end);
    if (!end)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: out of memory", name);
    if (!tree)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s:%zu: is not JSON here", name, line_of(text, end));
    while (end < text + size && strchr(" \t\r\n", *end))
        end++;
    dpdm_status status =
        end < text + size
            ? dpdm_error_set(err, DPDM_EFORMAT, "%s:%zu: something follows the JSON value", name, line_of(text, end))
            : tree_check(tree, name, err);
    if (status)
        cJSON_Delete(tree);
    else
        *json = tree;
    return status;
}

cJSON *dpdm_json_double(double value)
{
    if (!isfinite(value))
        return cJSON_CreateNull();
    char digits[64];
    dpdm_print_text(digits, sizeof digits, "%.15g", value); /* what cJSON prints */
    if (dpdm_print_read(digits, NULL) == value)
        return cJSON_CreateNumber(value);
    dpdm_number_format(value, digits, sizeof digits);
    return cJSON_CreateRaw(digits);
}

double dpdm_json_number(const cJSON *item)
{
    double value = NAN;
    if (cJSON_IsNumber(item))
        return item->valuedouble;
    if (cJSON_IsRaw(item) && !dpdm_number_double(item->valuestring, strlen(item->valuestring), &value))
        return NAN;
    return value;
}

cJSON *dpdm_json_u64(uint64_t value)
{
    if (value <= WHOLE)
        return dpdm_json_double((double)value);
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    return cJSON_CreateString(digits);
}
