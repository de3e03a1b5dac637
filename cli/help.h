/* help.h - help texts and the man page, from the tables of the verbs. */
#ifndef DPDM_CLI_HELP_H
#define DPDM_CLI_HELP_H

#include <stdio.h>
#include "verb.h"

/* Three lines for someone who typed just "dpdm". */
void cli_help_usage(FILE *out);
/* The list of verbs; family NULL for all, or e.g. "data". */
void cli_help_list(FILE *out, const char *family);
void cli_help_verb(FILE *out, const cli_verb *verb);
/* Everything as one JSON object (caller: cJSON_Delete); NULL when out of memory. */
cJSON *cli_help_json(void);
/* dpdm.1 in roff (man macros). */
void cli_man_print(FILE *out);

/* The tables of a verb with the common one last; returns their number. */
int cli_verb_tables(const cli_verb *verb, cli_options tables[CLI_TABLES + 1]);
/* How an option is written in help: "--noise-multiplier S". */
void cli_option_usage(const dpdm_option *option, char *text, size_t size);
/* The default as shown, from the struct `object` of the table: empty where there is none worth showing. */
void cli_option_default(const dpdm_option *option, const void *object, char *text, size_t size);

#endif
