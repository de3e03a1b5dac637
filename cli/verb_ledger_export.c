/* verb_ledger_export.c - dpdm ledger export: every entry with its hash, one JSON object a line. */
#include <stdio.h>
#include "ledger_options.h"
#include "verbs.h"

static int line_print(void *context, const char *line)
{
    (void)context;
    return puts(line) < 0;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const char *path, *const *words;
    dpdm_ledger *ledger = NULL;
    dpdm_status status = ledger_words(call, 0, &path, &words, err);
    if (!status)
        status = ledger_open(path, DPDM_LEDGER_READ, NULL, &ledger, err);
    if (!status) {
        call->printed = 1;
        status = dpdm_ledger_export(ledger, line_print, NULL, err);
    }
    if (!status)
        status = dpdm_ledger_verify(ledger, NULL, err);
    dpdm_ledger_close(ledger);
    return status;
}

const cli_verb cli_verb_ledger_export = {
    .name = "ledger export",
    .group = "Ledger",
    .summary = "Print every entry of a ledger as a line of JSON",
    .arguments = "[FILE]",
    .arguments_max = 1,
    .description =
        "Each line holds the number of an entry, its hash and its text; docs/ledger-format.md says what is in them and "
        "how to check the hashes with other means. With or without --json the output is the same. The ledger is then "
        "verified: entries are printed also where it does not hold, but the exit code is 1.\n\n" LEDGER_FILE_TEXT,
    .examples = "dpdm ledger export budget.ledger > entries.jsonl",
    .run = run,
};
