/* statement_verify.c - a statement computed again from what it says itself, and compared.
 *
 * The numbers that nothing else in the statement implies (events, constants, facts) are read, the whole statement is
 * written anew from them, and the two must agree key by key; the config beside them must agree with the constants. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "privacy/statement_json.h"

/* How far a bound may lie from the one computed here: to the unsafe side for other roundings, to the safe side for
 * accountants that prove a little less. */
static const double UNSAFE = 1e-6, SAFE = 1e-2;

static const double DYADIC = 0x1p-63; /* a rate is rounded down to a multiple of 2^-64 */

enum { VERIFY_PATH = 160 };

static dpdm_status compare_value(const char *path, const cJSON *given, const cJSON *again, dpdm_error *err);

dpdm_status dpdm_statement_verify(const char *json, size_t size, const char *name, int *claims, dpdm_error *err)
{
    cJSON *given = NULL, *again = NULL;
    char *text = NULL;
    dpdm_statement_inputs inputs = {0};
    if (claims)
        *claims = 0;
    dpdm_status status = dpdm_statement_parse(json, size, name, &given, err);
    if (status)
        return status;
    status = dpdm_statement_inputs_read(given, &inputs, err);
    if (!status)
        status = dpdm_statement_write_claim(&inputs.statement, inputs.claimed, &text, err);
    if (!status)
        status = dpdm_json_parse(text, strlen(text), "the statement computed again", &again, err);
    if (!status)
        status = dpdm_statement_compare(given, again, err);
    if (!status)
        status = dpdm_statement_check_config(given, &inputs.statement, err);
    if (!status && claims)
        *claims = !inputs.statement.seeded;
    dpdm_statement_inputs_destroy(&inputs);
    cJSON_Delete(again);
    cJSON_Delete(given);
    free(text);
    if (!status || status == DPDM_ENOMEM)
        return status;
    if (err)
        err->status = DPDM_EFORMAT; /* also where no bound can be proven: then the claim is not */
    return dpdm_error_prefix(err, DPDM_EFORMAT, "%s", name);
}

dpdm_status dpdm_statement_compare(const cJSON *given, const cJSON *again, dpdm_error *err)
{
    static const char key[] = "epsilon_upper"; /* first: other values follow from it */
    const cJSON *claimed = cJSON_GetObjectItemCaseSensitive(given, key);
    dpdm_status status =
        claimed ? compare_value(key, claimed, cJSON_GetObjectItemCaseSensitive(again, key), err) : DPDM_OK;
    return status ? status : compare_value("", given, again, err);
}

/* ---- comparison ---- */

static dpdm_status compare_fail(const char *path, const char *given, const char *again, dpdm_error *err)
{
    return dpdm_error_set(err, DPDM_EFORMAT, "does not hold: %s is %s, but what stands in the statement comes to %s",
                          path, given, again);
}

static void compare_show(const cJSON *item, char text[120])
{
    char *printed = item ? cJSON_PrintUnformatted(item) : NULL;
    snprintf(text, 120, "%.110s", printed ? printed : "missing");
    cJSON_free(printed);
}

static dpdm_status compare_differ(const char *path, const cJSON *given, const cJSON *again, dpdm_error *err)
{
    char is[120], comes[120];
    compare_show(given, is);
    compare_show(again, comes);
    return compare_fail(path, is, comes, err);
}

/* Which values may differ, and how. */
typedef enum { COMPARE_EXACT, COMPARE_UPPER, COMPARE_LOWER, COMPARE_KIND } compare_rule;

static compare_rule compare_rule_of(const char *path)
{
    const char *dot = strrchr(path, '.'), *key = dot ? dot + 1 : path;
    if (!strcmp(key, "epsilon_upper"))
        return COMPARE_UPPER;
    if (!strcmp(key, "epsilon_lower"))
        return COMPARE_LOWER;
    if (!strcmp(path, "version") || !strcmp(path, "config") || !strcmp(key, "unproven"))
        return COMPARE_KIND;
    return COMPARE_EXACT;
}

static int compare_number(compare_rule rule, double given, double again)
{
    if (rule == COMPARE_EXACT)
        return given == again;
    double sign = rule == COMPARE_UPPER ? 1 : -1, over = sign * (given - again);
    return over >= -UNSAFE * fabs(again) && over <= SAFE * fabs(again) + 1e-9;
}

static dpdm_status compare_object(const char *path, const cJSON *given, const cJSON *again, dpdm_error *err)
{
    char below[VERIFY_PATH];
    const cJSON *item;
    cJSON_ArrayForEach(item, again)
    {
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(given, item->string);
        snprintf(below, sizeof below, "%s%s%.40s", path, *path ? "." : "", item->string);
        dpdm_status status = found ? compare_value(below, found, item, err) : compare_differ(below, NULL, item, err);
        if (status)
            return status;
    }
    cJSON_ArrayForEach(item, given)
    {
        if (!cJSON_GetObjectItemCaseSensitive(again, item->string))
            return dpdm_error_set(err, DPDM_EFORMAT, "does not hold: %s%s%.40s is nothing that a statement says", path,
                                  *path ? "." : "", item->string);
    }
    return DPDM_OK;
}

static dpdm_status compare_array(const char *path, const cJSON *given, const cJSON *again, dpdm_error *err)
{
    const cJSON *a = given->child, *b = again->child;
    dpdm_status status = DPDM_OK;
    for (int i = 0; !status && a && b; i++, a = a->next, b = b->next) {
        char below[VERIFY_PATH];
        snprintf(below, sizeof below, "%.100s[%d]", path, i);
        status = compare_value(below, a, b, err);
    }
    return status || (!a && !b) ? status
                                : dpdm_error_set(err, DPDM_EFORMAT, "does not hold: %s has %d entries, not %d", path,
                                                 cJSON_GetArraySize(given), cJSON_GetArraySize(again));
}

/* Depth is bounded by dpdm_json_parse. */
static dpdm_status compare_value(const char *path, const cJSON *given, const cJSON *again, dpdm_error *err)
{
    compare_rule rule = compare_rule_of(path);
    int same = (given->type & 0xff) == (again->type & 0xff);
    if (same && rule == COMPARE_KIND)
        return DPDM_OK;
    if (same && cJSON_IsObject(given))
        return compare_object(path, given, again, err);
    if (same && cJSON_IsArray(given))
        return compare_array(path, given, again, err);
    if (same && cJSON_IsNumber(given))
        same = compare_number(rule, given->valuedouble, again->valuedouble);
    else if (same && cJSON_IsString(given))
        same = !strcmp(given->valuestring, again->valuestring);
    return same ? DPDM_OK : compare_differ(path, given, again, err);
}

/* ---- the config beside the figures ---- */

typedef struct {
    const cJSON *training;
    dpdm_error *err;
} config_check;

static double config_number(const cJSON *training, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(training, key);
    return cJSON_IsNumber(item) ? item->valuedouble : cJSON_IsTrue(item) ? 1 : 0;
}

/* A setting that the config has must be the figure; one of 0 may mean "chosen" where `chosen` is set. */
static dpdm_status config_same(const config_check *check, const char *key, double figure, int chosen)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(check->training, key);
    double value = config_number(check->training, key);
    if (!item || (chosen && value == 0) || fabs(value - figure) <= 1e-9 * fabs(figure) + DYADIC)
        return DPDM_OK;
    return dpdm_error_set(check->err, DPDM_EFORMAT,
                          "does not hold: %s is %.10g in the config and %.10g in the statement", key, value, figure);
}

static dpdm_status config_check_mechanism(const config_check *check, const dpdm_statement *statement)
{
    const dpdm_event *steps = &statement->events[statement->count - 1];
    const double records = config_number(check->training, "records"), batch = config_number(check->training, "batch");
    dpdm_status status = config_same(check, "noise_multiplier", steps->noise_multiplier, 1);
    if (!status)
        status = config_same(check, "steps", (double)steps->steps, 1);
    if (!status)
        status = config_same(check, "sampling_rate", steps->sampling_rate, 1);
    if (!status && config_number(check->training, "sampling_rate") == 0 && records > 0 && batch > 0 &&
        fabs(batch / records - steps->sampling_rate) > 1e-9 * steps->sampling_rate + DYADIC)
        status =
            dpdm_error_set(check->err, DPDM_EFORMAT,
                           "does not hold: the last event has sampling rate %.10g, but the config's batch / records "
                           "is %.10g",
                           steps->sampling_rate, batch / records);
    if (!status)
        status = config_same(check, "batch", statement->batch, 1);
    if (!status)
        status = config_same(check, "clip", statement->grid.clip, 0);
    return status ? status : config_same(check, "grid_bits", statement->grid.bits, 0);
}

/* Each release that the config asks for before the steps must be among the events. */
static dpdm_status config_check_releases(const config_check *check, const dpdm_statement *statement)
{
    static const char *const keys[] = {"prior_means_noise", "prior_covariance_noise", "prior_class_noise"};
    size_t wanted = 1;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        double noise = config_number(check->training, keys[k]);
        size_t i = 0;
        while (i < statement->count && !(statement->events[i].sampling_rate == 1 && statement->events[i].steps >= 1 &&
                                         statement->events[i].noise_multiplier == noise))
            i++;
        wanted += noise > 0;
        if (noise > 0 && i == statement->count)
            return dpdm_error_set(check->err, DPDM_EFORMAT,
                                  "does not hold: the config's %s is %.10g, but no event has that noise", keys[k],
                                  noise);
    }
    return statement->count >= wanted
               ? DPDM_OK
               : dpdm_error_set(check->err, DPDM_EFORMAT,
                                "does not hold: the config makes %zu releases, but there are %zu events", wanted,
                                statement->count);
}

static dpdm_status config_check_facts(const config_check *check, const dpdm_statement *statement)
{
    const struct {
        const char *key;
        double figure;
    } facts[] = {{"height", statement->height},           {"width", statement->width},
                 {"channels", statement->channels},       {"classes", statement->classes},
                 {"records", (double)statement->records}, {"delta", statement->delta},
                 {"owner_cap", statement->owner.cap},     {"owner_cap_asserted", statement->owner.asserted}};
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < sizeof facts / sizeof *facts; i++)
        status = config_same(check, facts[i].key, facts[i].figure, 0);
    const char *names = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(check->training, "class_names"));
    if (!status && strcmp(names ? names : "", statement->class_names ? statement->class_names : "") != 0)
        status = dpdm_error_set(check->err, DPDM_EFORMAT,
                                "does not hold: the classes' names '%.200s' are not those of its config",
                                statement->class_names ? statement->class_names : "");
    return status;
}

dpdm_status dpdm_statement_check_config(const cJSON *json, const dpdm_statement *statement, dpdm_error *err)
{
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(json, "config");
    config_check check = {cJSON_GetObjectItemCaseSensitive(config, "training"), err};
    double target = config_number(check.training, "epsilon"), claimed = config_number(json, "epsilon_upper");
    const char *accountant = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(check.training, "accountant"));
    dpdm_status status = config_check_facts(&check, statement);
    if (!status)
        status = config_check_mechanism(&check, statement);
    if (!status)
        status = config_check_releases(&check, statement);
    if (!status && target > 0 && claimed > target)
        status = dpdm_error_set(
            err, DPDM_EFORMAT, "does not hold: epsilon_upper %.10g is beyond the config's epsilon %g", claimed, target);
    if (!status && accountant && strcmp(accountant, dpdm_accountant_name(statement->accountant)) != 0)
        status = dpdm_error_set(err, DPDM_EFORMAT,
                                "does not hold: the accountant is %.10s in the config and %s in the "
                                "statement",
                                accountant, dpdm_accountant_name(statement->accountant));
    return status;
}
