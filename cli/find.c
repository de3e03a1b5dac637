/* find.c - verbs by name. */
#include "find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/suggest.h"

const cli_verb *cli_verb_named(const char *name)
{
    for (size_t i = 0; cli_verbs[i]; i++)
        if (!strcmp(cli_verbs[i]->name, name))
            return cli_verbs[i];
    return NULL;
}

int cli_verb_in_family(const cli_verb *verb, const char *name)
{
    size_t length = strlen(name);
    return !strncmp(verb->name, name, length) && verb->name[length] == ' ';
}

/* Reports that a family needs one of its verbs; returns 0 if `name` is no family. */
static int family_report(const char *name, dpdm_error *err)
{
    char list[300] = "";
    size_t used = 0;
    for (size_t i = 0; cli_verbs[i]; i++)
        if (cli_verb_in_family(cli_verbs[i], name) && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                                     cli_verbs[i]->name + strlen(name) + 1);
    if (used)
        dpdm_error_set(err, DPDM_EUSAGE, "'%s' is followed by one of: %s", name, list);
    return used > 0;
}

static void unknown_report(const char *one, const char *two, dpdm_error *err)
{
    dpdm_suggestion suggestion = dpdm_suggest_begin(one), pair = dpdm_suggest_begin(two);
    for (size_t i = 0; cli_verbs[i]; i++) {
        dpdm_suggest_offer(&suggestion, cli_verbs[i]->name);
        if (strchr(cli_verbs[i]->name, ' '))
            dpdm_suggest_offer(&pair, cli_verbs[i]->name);
    }
    const char *near = *two && pair.best ? pair.best : suggestion.best;
    if (near)
        dpdm_error_set(err, DPDM_EUSAGE, "unknown verb '%.60s'; did you mean '%s'?", one, near);
    else if (one[0] == '-')
        dpdm_error_set(err, DPDM_EUSAGE, "the verb comes first, then its options: dpdm VERB %.60s", one);
    else
        dpdm_error_set(err, DPDM_EUSAGE, "unknown verb '%.60s'", one);
}

const cli_verb *cli_verb_find(int count, char *const *words, int *used, dpdm_error *err)
{
    const char *first = words[0];
    *used = 1;
    if (!strcmp(first, "--help") || !strcmp(first, "-h"))
        first = "help";
    else if (!strcmp(first, "--version"))
        first = "version";
    char pair[128] = "";
    if (count > 1 && words[1][0] != '-')
        snprintf(pair, sizeof pair, "%s %s", first, words[1]);
    const cli_verb *verb = cli_verb_named(pair);
    if (verb)
        *used = 2;
    else
        verb = cli_verb_named(first);
    if (!verb && (*pair || !family_report(first, err)))
        unknown_report(first, pair, err);
    return verb;
}

void *cli_options_create(const cli_options *options)
{
    void *object = calloc(1, options->size);
    if (object && options->defaults)
        options->defaults(object);
    return object;
}
