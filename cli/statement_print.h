/* statement_print.h - privacy statements shown: by dry runs before any datum is read, and of releases. */
#ifndef DPDM_CLI_STATEMENT_PRINT_H
#define DPDM_CLI_STATEMENT_PRINT_H

#include "dpdm/statement.h"
#include "verb.h"

/* Shows a statement (JSON, which is freed) as text, or as the key "statement" of `json` where that is not NULL. */
dpdm_status statement_show(char *statement, cJSON *json, dpdm_error *err);

#endif
