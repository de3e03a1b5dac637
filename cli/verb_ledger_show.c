/* verb_ledger_show.c - dpdm ledger show: budgets, spending and runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "ledger_options.h"
#include "privacy_options.h"
#include "privacy/events_json.h"
#include "verbs.h"

typedef struct {
    dpdm_bound bound;
    dpdm_error unproven; /* status: why there is no bound */
    unsigned counts[5];  /* reservations by state */
} show_sum;

static void show_add_up(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set, show_sum *sum)
{
    *sum = (show_sum){.unproven = {.status = DPDM_OK}};
    sum->unproven.status = dpdm_ledger_bound(contents, set, &sum->bound, &sum->unproven);
    for (size_t i = 0; i < contents->reservation_count; i++)
        if (contents->reservations[i].data_set == set->id)
            sum->counts[contents->reservations[i].state]++;
}

static cJSON *reservation_json(const dpdm_ledger_reservation *r)
{
    char digits[65];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "id", dpdm_json_u64(r->id));
    cJSON_AddStringToObject(json, "run", ledger_digits(r->run, 16, digits));
    cJSON_AddStringToObject(json, "state", dpdm_ledger_state_name(r->state));
    cJSON_AddStringToObject(json, "time", r->time);
    cJSON_AddStringToObject(json, "who", r->who);
    cJSON_AddItemToObject(
        json, "config", r->has_config ? cJSON_CreateString(ledger_digits(r->config, 32, digits)) : cJSON_CreateNull());
    cJSON_AddItemToObject(json, "events", dpdm_events_to_json(r->events, r->event_count));
    cJSON_AddItemToObject(json, "epsilon_after", dpdm_json_double(r->epsilon_after));
    cJSON_AddItemToObject(json, "release",
                          r->has_release ? cJSON_CreateString(ledger_digits(r->release, 32, digits))
                                         : cJSON_CreateNull());
    if (r->reason[0])
        cJSON_AddStringToObject(json, "reason", r->reason);
    return json;
}

static cJSON *data_set_json(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set, const show_sum *sum)
{
    char digits[65];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", set->name);
    cJSON_AddItemToObject(json, "digest",
                          set->has_digest ? cJSON_CreateString(ledger_digits(set->digest, 32, digits))
                                          : cJSON_CreateNull());
    cJSON_AddStringToObject(json, "unit", set->unit);
    cJSON_AddItemToObject(json, "group", dpdm_json_u64(set->group));
    cJSON_AddStringToObject(json, "neighbours", "add or remove one unit");
    cJSON_AddItemToObject(json, "epsilon", dpdm_json_double(set->epsilon));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(set->delta));
    cJSON_AddStringToObject(json, "accountant", dpdm_accountant_name(set->accountant));
    cJSON_AddBoolToObject(json, "adaptive", set->order > 0);
    if (set->order > 0)
        cJSON_AddItemToObject(json, "order", dpdm_json_double(set->order));
    cJSON_AddItemToObject(json, "spent",
                          sum->unproven.status ? cJSON_CreateNull() : dpdm_json_double(sum->bound.epsilon_upper));
    if (sum->unproven.status)
        cJSON_AddStringToObject(json, "unproven", sum->unproven.message);
    else
        cJSON_AddItemToObject(json, "left", dpdm_json_double(fmax(set->epsilon - sum->bound.epsilon_upper, 0)));
    cJSON *list = cJSON_AddArrayToObject(json, "reservations");
    for (size_t i = 0; i < contents->reservation_count; i++)
        if (contents->reservations[i].data_set == set->id)
            cJSON_AddItemToArray(list, reservation_json(&contents->reservations[i]));
    return json;
}

static void reservation_print(const dpdm_ledger_reservation *r)
{
    printf("  %5llu  %-9s  %s  %-20s  all spent <= %.5g", (unsigned long long)r->id, dpdm_ledger_state_name(r->state),
           r->time, r->who, dpdm_bound_round(r->epsilon_after, 1));
    for (size_t i = 0; i < r->event_count && i < 3; i++)
        printf("%s q %.4g, noise %.4g, %llu steps", i ? ";" : " ", r->events[i].sampling_rate,
               r->events[i].noise_multiplier, (unsigned long long)r->events[i].steps);
    cli_say("%s%s%s\n", r->event_count > 3 ? "; ..." : "", r->reason[0] ? ": " : "", r->reason);
}

static void data_set_print(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set, const show_sum *sum)
{
    char digits[65];
    cli_say("\n%s\n", set->name);
    cli_say("  budget  epsilon %.6g at delta %g; %s; %s accountant", set->epsilon, set->delta, set->unit,
            dpdm_accountant_name(set->accountant));
    if (set->group > 1)
        printf("; at most %llu records a unit", (unsigned long long)set->group);
    if (set->order > 0)
        printf(" at order %.6g (runs may be chosen adaptively)", set->order);
    if (set->has_digest)
        printf("\n  digest  %s", ledger_digits(set->digest, 32, digits));
    if (sum->unproven.status)
        cli_say("\n  spent   cannot be bounded: %s", sum->unproven.message);
    else
        printf("\n  spent   epsilon <= %.5g, about %.3g left", dpdm_bound_round(sum->bound.epsilon_upper, 1),
               fmax(set->epsilon - sum->bound.epsilon_upper, 0));
    printf("\n  runs    ");
    for (int state = 0; state < 5; state++)
        printf("%s%u %s", state ? ", " : "", sum->counts[state], dpdm_ledger_state_name((dpdm_ledger_state)state));
    printf("\n");
    for (size_t i = 0; i < contents->reservation_count; i++)
        if (contents->reservations[i].data_set == set->id)
            reservation_print(&contents->reservations[i]);
}

static dpdm_status contents_print_json(cli_call *call, const char *path, const dpdm_ledger_contents *contents,
                                       dpdm_error *err)
{
    char head[90];
    ledger_head(contents, head);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "ledger", path);
    cJSON_AddItemToObject(json, "entries", dpdm_json_u64(contents->entries));
    cJSON_AddStringToObject(json, "head", head);
    cJSON *list = cJSON_AddArrayToObject(json, "data_sets");
    for (size_t i = 0; i < contents->data_set_count; i++) {
        show_sum sum;
        show_add_up(contents, &contents->data_sets[i], &sum);
        cJSON_AddItemToArray(list, data_set_json(contents, &contents->data_sets[i], &sum));
    }
    return cli_print_json(call, json, err);
}

static void contents_print(const char *path, const dpdm_ledger_contents *contents)
{
    char head[90];
    ledger_head(contents, head);
    cli_say("%s: %llu entries\nhead %s\n", path, (unsigned long long)contents->entries, head);
    for (size_t i = 0; i < contents->data_set_count; i++) {
        show_sum sum;
        show_add_up(contents, &contents->data_sets[i], &sum);
        data_set_print(contents, &contents->data_sets[i], &sum);
    }
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const char *path, *const *words;
    dpdm_ledger *ledger = NULL;
    const dpdm_ledger_contents *contents;
    dpdm_status status = ledger_words(call, 0, &path, &words, err);
    if (!status)
        status = ledger_open(path, DPDM_LEDGER_READ, NULL, &ledger, err);
    if (!status)
        status = dpdm_ledger_read(ledger, &contents, err);
    if (!status && call->json)
        status = contents_print_json(call, path, contents, err);
    else if (!status)
        contents_print(path, contents);
    dpdm_ledger_close(ledger);
    return status;
}

const cli_verb cli_verb_ledger_show = {
    .name = "ledger show",
    .group = "Ledger",
    .summary = "Show budgets, what is spent of them, and by which runs",
    .arguments = "[FILE]",
    .arguments_max = 1,
    .description =
        "Prints each data set with its budget, what all its runs have spent together, and the runs. The head is the "
        "hash "
        "of the last entry: a copy of it kept elsewhere shows later whether the ledger was cut or written anew (see "
        "'dpdm ledger verify').\n\n"
        "A ledger says who worked on which data: it is not for release.\n\n" LEDGER_FILE_TEXT,
    .examples = "dpdm ledger show budget.ledger\ndpdm ledger show budget.ledger --json",
    .run = run,
};
