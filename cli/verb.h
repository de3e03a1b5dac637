/* verb.h - what a verb of the program is.
 *
 * Every verb is one file, verb_NAME.c, that defines one cli_verb; verbs.c lists them. The program finds and parses
 * verbs by that list, and prints the help, the man page and the completions from it. */
#ifndef DPDM_CLI_VERB_H
#define DPDM_CLI_VERB_H

#include <stddef.h>
#include <cjson/cJSON.h>
#include "base/options.h"

#define CLI_TABLES 4
#define CLI_ARGUMENTS 8

/* A table of options with the struct it fills: its size, and the function that puts the defaults in (NULL: zeros). */
typedef struct {
    const dpdm_option_table *table;
    size_t size;
    void (*defaults)(void *object);
} cli_options;

struct cli_verb;

/* One call of a verb. */
typedef struct {
    const struct cli_verb *verb;
    void *options[CLI_TABLES];            /* the structs, filled, in the order of verb->options */
    const char *arguments[CLI_ARGUMENTS]; /* the positional words */
    int argument_count;
    int json, quiet, help; /* options that every verb has */
    int printed;           /* a JSON object was printed */
    int argc;              /* the words after the verb */
    char *const *argv;
} cli_call;

typedef struct cli_verb {
    const char *name;      /* "account"; two words for one of a family: "data info" */
    const char *group;     /* heading in the list of verbs */
    const char *summary;   /* one line, capital letter first, no full stop */
    const char *arguments; /* as shown in the usage line: "MODEL", "[NAME]"; NULL for none */
    int arguments_min, arguments_max;
    const char *description; /* prose for help and man page; paragraphs end with "\n\n" */
    const char *examples;    /* whole commands, one a line; NULL for none */
    cli_options options[CLI_TABLES];
    /* Does the work. Results go to standard output: text, or with call->json one object by cli_print_json, and nothing
     * else. On failure the message in *err is printed by the caller; DPDM_EUSAGE gives exit code 2, anything else 1. */
    dpdm_status (*run)(cli_call *call, dpdm_error *err);
} cli_verb;

/* The verbs in the order of the help; NULL at the end. */
extern const cli_verb *const cli_verbs[];

/* The options that every verb has (--json, --quiet, --help), bound to a cli_call. */
extern const dpdm_option_table cli_common_options;

/* Applies the command line again over what the structs now hold: for verbs that read a config file into one of them
 * first. */
dpdm_status cli_call_reparse(cli_call *call, dpdm_error *err);

/* Prints the one JSON object of a call and deletes it; json NULL counts as out of memory. */
dpdm_status cli_print_json(cli_call *call, cJSON *json, dpdm_error *err);

/* printf to standard output for lines that hold texts from outside: paths, names, messages. What is no valid UTF-8, and
 * control characters but tab and new line, come out as '?'. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A message for the person at the terminal, made safe as by cli_say: a line on standard error, unless --quiet. */
void cli_note(const cli_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Finds and runs a verb; returns the exit code. The whole program but for its name. */
int cli_run(int argc, char *const *argv);

#endif
