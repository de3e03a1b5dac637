/* verb_data_fetch.c - dpdm data fetch: gets a known public data set. */
#include <stdio.h>
#include "dpdm/fetch.h"
#include "interrupt.h"
#include "verbs.h"

typedef struct {
    char data_dir[1024];
} fetch_options;

static const dpdm_option rows[] = {
    {.name = "data-dir",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(fetch_options, data_dir),
     .size = sizeof((fetch_options *)0)->data_dir,
     .metavar = "DIR",
     .group = "Data",
     .help = "folder to put it in; else $DPDM_DATA_DIR, $XDG_DATA_HOME/dpdm or ~/.local/share/dpdm"},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static int announce(void *context, const char *url, uint64_t bytes)
{
    cli_note(context, "downloading %s (%.1f MB)", url, (double)bytes / 1e6);
    return cli_interrupt_pending();
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const fetch_options *options = call->options[0];
    char path[4096];
    cli_interrupt_catch();
    dpdm_status status = dpdm_fetch(call->arguments[0], options->data_dir[0] ? options->data_dir : NULL, announce, call,
                                    path, sizeof path, err);
    if (status)
        return status;
    if (!call->json) {
        cli_say("%s\n", path);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "data", call->arguments[0]);
    cJSON_AddStringToObject(json, "path", path);
    return cli_print_json(call, json, err);
}

const cli_verb cli_verb_data_fetch = {
    .name = "data fetch",
    .group = "Data",
    .summary = "Get a known public data set",
    .arguments = "NAME",
    .arguments_min = 1,
    .arguments_max = 1,
    .description = "Prints where a known data set lies, and first downloads it where it is missing: mnist, cifar10 or "
                   "pneumoniamnist, by curl or wget, checked by SHA-256 before it is put in place. fashion-mnist comes "
                   "with Debian's "
                   "package dataset-fashion-mnist.",
    .examples = "dpdm data fetch mnist\ndpdm data fetch cifar10 --data-dir data",
    .options = {{&table, sizeof(fetch_options), NULL}},
    .run = run,
};
