/* ledger_options.h - what the verbs about ledgers share. */
#ifndef DPDM_CLI_LEDGER_OPTIONS_H
#define DPDM_CLI_LEDGER_OPTIONS_H

#include "dpdm/ledger.h"
#include "verb.h"

typedef struct {
    char who[DPDM_LEDGER_TEXT];
} ledger_options;

extern const dpdm_option_table ledger_options_table;

/* Said wherever spending is added up without a filter. */
#define LEDGER_PLANNED_TEXT                                                                                            \
    "the sum of this budget is proven only where the settings of all its runs were chosen without looking at the "     \
    "results of earlier ones (docs/privacy/ledger.md)"

#define LEDGER_FILE_TEXT "FILE is the ledger; without it, $DPDM_LEDGER is."

/* Splits the words of a call into the ledger, named or from the environment, and `count` words after it. */
dpdm_status ledger_words(const cli_call *call, int count, const char **path, const char *const **words,
                         dpdm_error *err);
/* Opens it; who: NULL or "" for user@host. */
dpdm_status ledger_open(const char *path, dpdm_ledger_mode mode, const char *who, dpdm_ledger **ledger,
                        dpdm_error *err);

/* Fills path[size] from $DPDM_LEDGER, unless it is named or the run has a seed, for which no ledger pays. */
void ledger_default(char *path, size_t size, int has_seed);
/* What the ledger says to the plan of a run: a part of json, or with NULL a line on standard output (nothing for a
 * refusal: that is the error of the verb). */
void ledger_budget_show(const char *path, const dpdm_ledger_receipt *receipt, const dpdm_error *refusal, cJSON *json);

/* Exactly `size` bytes from hexadecimal digits; `what` names them in the message. DPDM_EUSAGE otherwise. */
dpdm_status ledger_bytes(const char *what, const char *text, uint8_t *bytes, size_t size, dpdm_error *err);
/* Fills an empty unit with what a training says that protects people with at most `group` images (owner.h); 0: nothing. */
void ledger_unit(uint64_t group, char *unit, size_t size);
/* A reservation's number. */
dpdm_status ledger_number(const char *text, uint64_t *id, dpdm_error *err);
/* digits: 2 * size + 1 characters. */
const char *ledger_digits(const uint8_t *bytes, size_t size, char *digits);
/* "12:6f0c...", at most 90 characters with the end. */
void ledger_head(const dpdm_ledger_contents *contents, char head[90]);

#endif
