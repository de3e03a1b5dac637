/* find.h - verbs by name. */
#ifndef DPDM_CLI_FIND_H
#define DPDM_CLI_FIND_H

#include "verb.h"

/* The verb that words[0..count) begin with, and in *used how many of them name it; --help, -h and --version stand for
 * the verbs. NULL with DPDM_EUSAGE in *err and the nearest known name if there is none. */
const cli_verb *cli_verb_find(int count, char *const *words, int *used, dpdm_error *err);
/* The verb of a whole name, or NULL. */
const cli_verb *cli_verb_named(const char *name);
/* Is verb one of the family `name` ("data info" of "data")? */
int cli_verb_in_family(const cli_verb *verb, const char *name);

/* A new struct of a table with its defaults in; NULL when out of memory. Caller: free. */
void *cli_options_create(const cli_options *options);

#endif
