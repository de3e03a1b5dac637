/* verb_ledger_verify.c - dpdm ledger verify: is the ledger what it was? */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "ledger_options.h"
#include "verbs.h"

typedef struct {
    char anchor[120];
} verify_options;

static const dpdm_option rows[] = {
    {.name = "anchor",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(verify_options, anchor),
     .size = sizeof((verify_options *)0)->anchor,
     .metavar = "N:HASH",
     .group = "Ledger",
     .help = "a head noted earlier: the ledger must still hold it"},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static dpdm_status anchor_read(const char *text, dpdm_ledger_anchor *anchor, dpdm_error *err)
{
    const char *colon = strchr(text, ':');
    if (!colon || !dpdm_number_u64(text, (size_t)(colon - text), &anchor->entry))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "--anchor is a head such as 12:6f0c..., as 'dpdm ledger show' prints it");
    return ledger_bytes("the hash of --anchor", colon + 1, anchor->hash, sizeof anchor->hash, err);
}

static dpdm_status result_print(cli_call *call, const char *path, dpdm_ledger *ledger, dpdm_error *err)
{
    const dpdm_ledger_contents *contents;
    char head[90];
    dpdm_status status = dpdm_ledger_read(ledger, &contents, err);
    if (status)
        return status;
    ledger_head(contents, head);
    if (!call->json) {
        cli_say("%s: %llu entries, all as they should be\nhead %s\n", path, (unsigned long long)contents->entries,
                head);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "ledger", path);
    cJSON_AddBoolToObject(json, "valid", 1);
    cJSON_AddItemToObject(json, "entries", dpdm_json_u64(contents->entries));
    cJSON_AddStringToObject(json, "head", head);
    return cli_print_json(call, json, err);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const verify_options *o = call->options[0];
    const char *path, *const *words;
    dpdm_ledger *ledger = NULL;
    dpdm_ledger_anchor anchor = {0};
    dpdm_status status = ledger_words(call, 0, &path, &words, err);
    if (!status && o->anchor[0])
        status = anchor_read(o->anchor, &anchor, err);
    if (!status)
        status = ledger_open(path, DPDM_LEDGER_READ, NULL, &ledger, err);
    if (!status)
        status = dpdm_ledger_verify(ledger, o->anchor[0] ? &anchor : NULL, err);
    if (!status)
        status = result_print(call, path, ledger, err);
    dpdm_ledger_close(ledger);
    return status;
}

const cli_verb cli_verb_ledger_verify = {
    .name = "ledger verify",
    .group = "Ledger",
    .summary = "Check a ledger through and through",
    .arguments = "[FILE]",
    .arguments_max = 1,
    .description =
        "Checks the database, its schema, the chain of hashes, every entry and the sums. The exit code is 0 if all "
        "hold, "
        "else 1 with what is wrong.\n\n"
        "The chain shows changes by anyone who did not compute all hashes anew. Against those who did, and against "
        "entries cut off at the end, keep a head somewhere else and give it as --anchor.\n\n" LEDGER_FILE_TEXT,
    .examples = "dpdm ledger verify budget.ledger\n"
                "dpdm ledger verify budget.ledger --anchor "
                "12:6f0c0b4f5c1b5a7e3a4c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c",
    .options = {{&table, sizeof(verify_options), NULL}},
    .run = run,
};
