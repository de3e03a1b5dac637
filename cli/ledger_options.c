/* ledger_options.c - see ledger_options.h. */
#include "ledger_options.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "dpdm/owner.h"
#include "privacy_options.h"

static const dpdm_option rows[] = {
    {.name = "who",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(ledger_options, who),
     .size = sizeof((ledger_options *)0)->who,
     .metavar = "NAME",
     .group = "Ledger",
     .help = "who stands in the new entry; empty: user@host"},
};

const dpdm_option_table ledger_options_table = {rows, sizeof rows / sizeof *rows};

dpdm_status ledger_words(const cli_call *call, int count, const char **path, const char *const **words, dpdm_error *err)
{
    int named = call->argument_count > count;
    *path = named ? call->arguments[0] : getenv("DPDM_LEDGER");
    *words = call->arguments + named;
    if (call->argument_count - named < count)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s: something is missing", call->verb->arguments);
    if (!*path || !**path)
        return dpdm_error_set(err, DPDM_EUSAGE, "which ledger? Name its file, or set DPDM_LEDGER");
    return DPDM_OK;
}

dpdm_status ledger_open(const char *path, dpdm_ledger_mode mode, const char *who, dpdm_ledger **ledger, dpdm_error *err)
{
    dpdm_ledger_options options = {.who = who && who[0] ? who : NULL};
    return dpdm_ledger_open(path, mode, &options, ledger, err);
}

void ledger_default(char *path, size_t size, int has_seed)
{
    const char *named = getenv("DPDM_LEDGER");
    if (named && !path[0] && !has_seed)
        snprintf(path, size, "%s", named);
}

void ledger_budget_show(const char *path, const dpdm_ledger_receipt *receipt, const dpdm_error *refusal, cJSON *json)
{
    double after = receipt->bound.epsilon_upper;
    if (json) {
        cJSON *ledger = cJSON_AddObjectToObject(json, "ledger");
        cJSON_AddBoolToObject(ledger, "fits", !refusal->status);
        cJSON_AddItemToObject(ledger, "budget", dpdm_json_double(receipt->budget));
        cJSON_AddBoolToObject(ledger, "planned_only", receipt->planned_only);
        if (after > 0)
            cJSON_AddItemToObject(ledger, "epsilon_after", dpdm_json_double(after));
        if (refusal->status)
            cJSON_AddStringToObject(ledger, "refusal", refusal->message);
    } else if (!refusal->status) {
        cli_say("ledger      %s: with this run epsilon <= %.5g of a budget of %.6g\n", path, dpdm_bound_round(after, 1),
                receipt->budget);
        if (receipt->planned_only)
            puts("            " LEDGER_PLANNED_TEXT);
    }
}

dpdm_status ledger_bytes(const char *what, const char *text, uint8_t *bytes, size_t size, dpdm_error *err)
{
    size_t length = 0;
    const char *end = NULL;
    if (strlen(text) == 2 * size && sodium_hex2bin(bytes, size, text, 2 * size, NULL, &length, &end) == 0 &&
        length == size)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EUSAGE, "%s must be %zu hexadecimal digits, not '%.100s'", what, 2 * size, text);
}

void ledger_unit(uint64_t group, char *unit, size_t size)
{
    char text[DPDM_UNIT_TEXT];
    dpdm_owner_rule rule = {.cap = group <= DPDM_GROUP_MAX ? (int)group : 0};
    if (!unit[0] && group)
        snprintf(unit, size, "%s", dpdm_owner_unit(&rule, text));
}

dpdm_status ledger_number(const char *text, uint64_t *id, dpdm_error *err)
{
    if (dpdm_number_u64(text, strlen(text), id))
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EUSAGE,
                          "'%.100s' is not the number of a reservation; 'dpdm ledger show' lists them", text);
}

const char *ledger_digits(const uint8_t *bytes, size_t size, char *digits)
{
    return sodium_bin2hex(digits, 2 * size + 1, bytes, size);
}

void ledger_head(const dpdm_ledger_contents *contents, char head[90])
{
    char digits[65];
    snprintf(head, 90, "%llu:%s", (unsigned long long)contents->entries, ledger_digits(contents->head, 32, digits));
}
