/* verbs.c - the list of verbs, in the order in which the help shows them. */
#include "verbs.h"

const cli_verb *const cli_verbs[] = {
    &cli_verb_version,
    &cli_verb_completion,
    &cli_verb_help,
    NULL,
};
