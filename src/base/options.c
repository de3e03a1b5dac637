/* options.c - one field of a struct from and to text, by its row of the table. */
#include "base/options.h"

#include <ctype.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/number.h"
#include "base/suggest.h"

static int names_equal(const char *name, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char a = name[i] == '_' ? '-' : name[i], b = text[i] == '_' ? '-' : text[i];
        if (!a || a != b)
            return 0;
    }
    return name[length] == '\0';
}

const dpdm_option *dpdm_option_find(const dpdm_option_table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->count; i++)
        if (names_equal(table->rows[i].name, name, length))
            return &table->rows[i];
    return NULL;
}

void dpdm_option_key(const char *name, char *key, size_t size)
{
    snprintf(key, size, "%s", name);
    for (char *c = key; *c; c++)
        if (*c == '-')
            *c = '_';
}

const char *dpdm_option_nearest(const dpdm_option_table *table, const char *name)
{
    dpdm_suggestion suggestion = dpdm_suggest_begin(name);
    for (size_t i = 0; i < table->count; i++)
        dpdm_suggest_offer(&suggestion, table->rows[i].name);
    return suggestion.best;
}

static void *field_of(const dpdm_option *option, void *object)
{
    return (char *)object + option->offset;
}

static const void *field_read(const dpdm_option *option, const void *object)
{
    return (const char *)object + option->offset;
}

/* "must be ..." in words, for a number outside min..max. */
static void range_describe(const dpdm_option *option, char *text, size_t size)
{
    char low[40], high[40];
    dpdm_number_format(option->min, low, sizeof low);
    dpdm_number_format(option->max, high, sizeof high);
    int open_top = option->max >= DBL_MAX, positive = option->min > 0 && option->min < 1e-300;
    if (open_top && positive)
        snprintf(text, size, "greater than 0");
    else if (open_top)
        snprintf(text, size, "at least %s", low);
    else if (positive)
        snprintf(text, size, "greater than 0 and at most %s", high);
    else if (option->min <= -DBL_MAX)
        snprintf(text, size, "at most %s", high);
    else
        snprintf(text, size, "between %s and %s", low, high);
}

static dpdm_status range_check(const dpdm_option *option, double value, const char *text, dpdm_error *err)
{
    if (option->min == 0 && option->max == 0)
        return DPDM_OK;
    if (value >= option->min && value <= option->max)
        return DPDM_OK;
    char words[128];
    range_describe(option, words, sizeof words);
    return dpdm_error_set(err, DPDM_EUSAGE, "%s must be %s, but is %.60s", option->name, words, text);
}

/* Is text the word, in small letters, in capitals, or with its first letter a capital? */
static int word_equal(const char *text, const char *word)
{
    int small = 1, rest_small = 1, capital = 1;
    size_t length = strlen(word);
    for (size_t i = 0; i < length; i++) {
        int letter = word[i] >= 'a' && word[i] <= 'z', big = letter ? word[i] - 'a' + 'A' : word[i];
        small = small && text[i] == word[i];
        capital = capital && text[i] == big;
        rest_small = rest_small && text[i] == (i ? word[i] : big);
        if (!small && !capital && !rest_small)
            return 0;
    }
    return text[length] == '\0';
}

static dpdm_status flag_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    /* YAML 1.1 (bool type) writes each of them in three ways: yes, Yes, YES. */
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "n", "y", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (word_equal(text, words[i])) {
            int value = (int)(i % 2);
            memcpy(field_of(option, object), &value, sizeof value);
            return DPDM_OK;
        }
    return dpdm_error_set(err, DPDM_EUSAGE, "%s must be true or false, but is '%.60s'", option->name, text);
}

static dpdm_status int_parse(const dpdm_option *option, const char *text, size_t length, int *value, dpdm_error *err)
{
    int64_t wide;
    if (!dpdm_number_i64(text, length, &wide))
        return dpdm_error_set(err, DPDM_EUSAGE, "%s must be a whole number, but is '%.*s'", option->name,
                              (int)(length > 60 ? 60 : length), text);
    if (wide < INT_MIN || wide > INT_MAX)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s is far out of range: %lld", option->name, (long long)wide);
    *value = (int)wide;
    return range_check(option, *value, text, err);
}

static dpdm_status int_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    int value = 0;
    dpdm_status status = int_parse(option, text, strlen(text), &value, err);
    if (!status)
        memcpy(field_of(option, object), &value, sizeof value);
    return status;
}

static dpdm_status u64_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    uint64_t value;
    if (!dpdm_number_u64(text, strlen(text), &value))
        return dpdm_error_set(err, DPDM_EUSAGE, "%s must be a whole number from 0 to %llu, but is '%.60s'",
                              option->name, (unsigned long long)UINT64_MAX, text);
    dpdm_status status = range_check(option, (double)value, text, err);
    if (!status)
        memcpy(field_of(option, object), &value, sizeof value);
    return status;
}

static dpdm_status double_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    double value;
    if (!dpdm_number_double(text, strlen(text), &value))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "%s must be a finite decimal number such as 0.5 or 1e-5, but is '%.60s'", option->name,
                              text);
    dpdm_status status = range_check(option, value, text, err);
    if (!status)
        memcpy(field_of(option, object), &value, sizeof value);
    return status;
}

static dpdm_status string_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    size_t length = strlen(text);
    if (length >= option->size)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s is %zu characters long; at most %zu fit", option->name, length,
                              option->size - 1);
    memcpy(field_of(option, object), text, length + 1);
    return DPDM_OK;
}

static dpdm_status choice_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    dpdm_suggestion suggestion = dpdm_suggest_begin(text);
    char list[400] = "";
    size_t used = 0;
    for (int i = 0; option->choices[i]; i++) {
        if (names_equal(option->choices[i], text, strlen(text))) {
            memcpy(field_of(option, object), &i, sizeof i);
            return DPDM_OK;
        }
        dpdm_suggest_offer(&suggestion, option->choices[i]);
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", option->choices[i]);
    }
    if (suggestion.best)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s cannot be '%.60s'; did you mean '%s'? (one of: %s)", option->name,
                              text, suggestion.best, list);
    return dpdm_error_set(err, DPDM_EUSAGE, "%s cannot be '%.60s'; it is one of: %s", option->name, text, list);
}

static dpdm_status list_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    char *field = field_of(option, object);
    if (!*text || !strcmp(text, "none") || !strcmp(text, "0")) {
        memset(field, 0, option->size * sizeof(int));
        return DPDM_OK;
    }
    /* Twice over the text, so that a bad entry leaves the field as it was. */
    for (int pass = 0; pass < 2; pass++) {
        size_t count = 0;
        for (const char *entry = text; entry; count++) {
            size_t length = strcspn(entry, ",");
            int value = 0;
            dpdm_status status = int_parse(option, entry, length, &value, err);
            if (status)
                return status;
            if (value == 0 || count >= option->size)
                return dpdm_error_set(err, DPDM_EUSAGE,
                                      "%s takes at most %zu whole numbers other than 0, such as 1,2,2", option->name,
                                      option->size);
            if (pass)
                memcpy(field + count * sizeof(int), &value, sizeof value);
            entry = entry[length] ? entry + length + 1 : NULL;
        }
        if (pass)
            memset(field + count * sizeof(int), 0, (option->size - count) * sizeof(int));
    }
    return DPDM_OK;
}

dpdm_status dpdm_option_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err)
{
    static dpdm_status (*const setters[])(const dpdm_option *, void *, const char *, dpdm_error *) = {
        [DPDM_OPTION_FLAG] = flag_set,     [DPDM_OPTION_INT] = int_set,       [DPDM_OPTION_U64] = u64_set,
        [DPDM_OPTION_DOUBLE] = double_set, [DPDM_OPTION_STRING] = string_set, [DPDM_OPTION_CHOICE] = choice_set,
        [DPDM_OPTION_INT_LIST] = list_set,
    };
    dpdm_status status = setters[option->type](option, object, text, err);
    if (!status && option->given_offset) {
        int one = 1;
        memcpy((char *)object + option->given_offset, &one, sizeof one);
    }
    return status;
}

static void list_get(const dpdm_option *option, const void *field, char *text, size_t size)
{
    size_t used = 0;
    snprintf(text, size, "none");
    for (size_t i = 0; i < option->size && used < size; i++) {
        int value;
        memcpy(&value, (const char *)field + i * sizeof value, sizeof value);
        if (!value)
            break;
        used += (size_t)snprintf(text + used, size - used, "%s%d", i ? "," : "", value);
    }
}

void dpdm_option_get(const dpdm_option *option, const void *object, char *text, size_t size)
{
    const void *field = field_read(option, object);
    int integer = 0;
    uint64_t wide;
    double number;
    switch (option->type) {
    case DPDM_OPTION_FLAG:
        memcpy(&integer, field, sizeof integer);
        snprintf(text, size, "%s", integer ? "true" : "false");
        break;
    case DPDM_OPTION_INT:
        memcpy(&integer, field, sizeof integer);
        snprintf(text, size, "%d", integer);
        break;
    case DPDM_OPTION_U64:
        memcpy(&wide, field, sizeof wide);
        snprintf(text, size, "%llu", (unsigned long long)wide);
        break;
    case DPDM_OPTION_DOUBLE:
        memcpy(&number, field, sizeof number);
        dpdm_number_format(number, text, size);
        break;
    case DPDM_OPTION_STRING:
        snprintf(text, size, "%s", (const char *)field);
        break;
    case DPDM_OPTION_CHOICE:
        memcpy(&integer, field, sizeof integer);
        snprintf(text, size, "%s", option->choices[integer]);
        break;
    case DPDM_OPTION_INT_LIST:
        list_get(option, field, text, size);
        break;
    }
}
