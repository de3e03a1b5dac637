/* statement_print.c - see statement_print.h. */
#include "statement_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dpdm_status statement_show(char *statement, cJSON *json, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    char *text = NULL;
    if (json && !cJSON_AddRawToObject(json, "statement", statement))
        status = dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    if (!json)
        status = dpdm_statement_text(statement, strlen(statement), "the statement", &text, err);
    if (text)
        fputs(text, stdout);
    free(text);
    free(statement);
    return status;
}
