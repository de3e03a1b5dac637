/* verb_help.c - dpdm help [VERB]. */
#include <string.h>
#include "find.h"
#include "help.h"
#include "verbs.h"

typedef struct {
    int man;
} help_options;

static const dpdm_option rows[] = {
    {.name = "man",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(help_options, man),
     .help = "print the whole manual in roff, as installed for man(1)"},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static int family_exists(const char *name)
{
    for (size_t i = 0; cli_verbs[i]; i++)
        if (cli_verb_in_family(cli_verbs[i], name))
            return 1;
    return 0;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const help_options *options = call->options[0];
    if (call->json)
        return cli_print_json(call, cli_help_json(), err);
    if (options->man) {
        cli_man_print(stdout);
        return DPDM_OK;
    }
    if (call->argument_count == 0) {
        cli_help_list(stdout, NULL);
        return DPDM_OK;
    }
    if (call->argument_count == 1 && family_exists(call->arguments[0]) && !cli_verb_named(call->arguments[0])) {
        cli_help_list(stdout, call->arguments[0]);
        return DPDM_OK;
    }
    int used;
    const cli_verb *verb = cli_verb_find(call->argument_count, (char *const *)call->arguments, &used, err);
    if (!verb)
        return DPDM_EUSAGE;
    if (used < call->argument_count)
        return dpdm_error_set(err, DPDM_EUSAGE, "unexpected argument '%.60s'", call->arguments[used]);
    cli_help_verb(stdout, verb);
    return DPDM_OK;
}

const cli_verb cli_verb_help = {
    .name = "help",
    .group = "Program",
    .summary = "Explain the program or a verb",
    .arguments = "[VERB]",
    .arguments_max = 2,
    .description =
        "Without VERB, lists the verbs. With one, shows what it does, its options and examples. With --json, prints "
        "all verbs and options for programs to read.",
    .examples = "dpdm help train\ndpdm help data info",
    .options = {{&table, sizeof(help_options), NULL}},
    .run = run,
};
