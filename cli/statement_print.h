/* statement_print.h - privacy statements shown: by dry runs before any datum is read, and of releases. */
#ifndef DPDM_CLI_STATEMENT_PRINT_H
#define DPDM_CLI_STATEMENT_PRINT_H

#include "dpdm/statement.h"
#include "verb.h"

/* Shows a statement (JSON, which is freed) as text, or in `json` where that is not NULL: as the key "statement", and from it
 * "epsilon_replace_one" (null where unproven) and "warnings". */
dpdm_status statement_show(char *statement, cJSON *json, dpdm_error *err);
/* Prints the statement's warnings on standard error, whatever --quiet says: before a run, which may end without one. As
 * dpdm_delta_warning. */
void statement_warn(double delta, uint64_t records, double batch, double rate);

#endif
