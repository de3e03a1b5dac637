/* verb_ledger_reserve.c - dpdm ledger reserve: what another program is going to spend. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "dpdm/events.h"
#include "dpdm/rng.h"
#include "ledger_options.h"
#include "privacy_options.h"
#include "verbs.h"

typedef struct {
    char name[DPDM_LEDGER_TEXT], events[1024], run[40], config[80], unit[DPDM_LEDGER_TEXT];
    uint64_t group;
} reserve_options;

#define TEXT(member)                                                                                                   \
    .type = DPDM_OPTION_STRING, .offset = offsetof(reserve_options, member),                                           \
    .size = sizeof((reserve_options *)0)->member, .group = "Reservation"

static const dpdm_option rows[] = {
    {.name = "data-set", TEXT(name), .metavar = "NAME", .help = "which data set of the ledger"},
    {.name = "events",
     TEXT(events),
     .metavar = "FILE",
     .help = "JSON list [{\"sampling_rate\": Q, \"noise_multiplier\": S, \"steps\": T}, ...] of all that will be done"},
    {.name = "run",
     TEXT(run),
     .metavar = "HEX",
     .help = "name of the run, 32 digits: asking again for the same run costs nothing again; empty: random"},
    {.name = "config", TEXT(config), .metavar = "HEX", .help = "digest of all that decides the run, 64 digits"},
    {.name = "unit", TEXT(unit), .metavar = "TEXT", .help = "what the run protects; empty: " DPDM_LEDGER_UNIT},
    {.name = "group",
     .type = DPDM_OPTION_U64,
     .offset = offsetof(reserve_options, group),
     .metavar = "M",
     .group = "Reservation",
     .help = "it protects people with at most M images, together; 0: single images"},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

/* The request but for its events. config: room for its digest. */
static dpdm_status request_make(reserve_options *o, uint8_t config[32], dpdm_ledger_request *request, dpdm_error *err)
{
    dpdm_key key;
    dpdm_status status = DPDM_OK;
    if (!o->name[0] || !o->events[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--%s is missing", o->name[0] ? "events" : "data-set");
    ledger_unit(o->group, o->unit, sizeof o->unit);
    *request = (dpdm_ledger_request){.data_set = o->name, .unit = o->unit[0] ? o->unit : NULL, .group = o->group};
    if (o->run[0]) {
        status = ledger_bytes("--run", o->run, request->run, sizeof request->run, err);
    } else {
        status = dpdm_key_generate(&key, err);
        memcpy(request->run, key.bytes, sizeof request->run);
    }
    if (!status && o->config[0]) {
        status = ledger_bytes("--config", o->config, config, 32, err);
        request->config = config;
    }
    return status;
}

static dpdm_status receipt_print(cli_call *call, const dpdm_ledger_request *request, const dpdm_ledger_receipt *receipt,
                                 dpdm_error *err)
{
    char digits[33];
    ledger_digits(request->run, 16, digits);
    if (!call->json) {
        printf("reservation %llu for run %s", (unsigned long long)receipt->id, digits);
        if (receipt->fresh)
            printf(": all spending <= %.5g of %.6g\n", dpdm_bound_round(receipt->bound.epsilon_upper, 1),
                   receipt->budget);
        else
            printf(", made before, is %s; nothing is charged again\n", dpdm_ledger_state_name(receipt->state));
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "reservation", dpdm_json_u64(receipt->id));
    cJSON_AddStringToObject(json, "run", digits);
    cJSON_AddStringToObject(json, "state", dpdm_ledger_state_name(receipt->state));
    cJSON_AddBoolToObject(json, "fresh", receipt->fresh);
    cJSON_AddItemToObject(json, "epsilon_after",
                          receipt->fresh ? dpdm_json_double(receipt->bound.epsilon_upper) : cJSON_CreateNull());
    cJSON_AddItemToObject(json, "budget", dpdm_json_double(receipt->budget));
    cJSON_AddBoolToObject(json, "planned_only", receipt->planned_only);
    return cli_print_json(call, json, err);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    reserve_options *o = call->options[0];
    const ledger_options *common = call->options[1];
    const char *path, *const *words;
    dpdm_ledger *ledger = NULL;
    dpdm_ledger_request request;
    dpdm_ledger_receipt receipt;
    dpdm_event *events = NULL;
    uint8_t config[32];
    dpdm_status status = ledger_words(call, 0, &path, &words, err);
    if (!status)
        status = request_make(o, config, &request, err);
    if (!status)
        status = dpdm_events_read(o->events, &events, &request.event_count, err);
    if (!status)
        status = ledger_open(path, DPDM_LEDGER_WRITE, common->who, &ledger, err);
    if (!status) {
        request.events = events;
        status = dpdm_ledger_reserve(ledger, &request, &receipt, err);
    }
    if (!status)
        status = receipt_print(call, &request, &receipt, err);
    if (!status && receipt.planned_only)
        cli_note(call, "WARNING: " LEDGER_PLANNED_TEXT);
    dpdm_ledger_close(ledger);
    free(events);
    return status;
}

const cli_verb cli_verb_ledger_reserve = {
    .name = "ledger reserve",
    .group = "Ledger",
    .summary = "Reserve the cost of a run of another program",
    .arguments = "[FILE]",
    .arguments_max = 1,
    .description =
        "'dpdm train' reserves by itself. For anything else that is done with the data - another program, a statistic "
        "- "
        "reserve its events first, then say with 'dpdm ledger mark' what becomes of it. A reservation counts for ever, "
        "unless it is cancelled before it runs.\n\n" LEDGER_FILE_TEXT,
    .examples = "dpdm ledger reserve budget.ledger --data-set scans --events plan.json",
    .options = {{&table, sizeof(reserve_options), NULL}, {&ledger_options_table, sizeof(ledger_options), NULL}},
    .run = run,
};
