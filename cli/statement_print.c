/* statement_print.c - see statement_print.h. */
#include "statement_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "privacy/delta.h"

static int statement_lift(const char *statement, cJSON *json)
{
    cJSON *tree = cJSON_Parse(statement);
    const cJSON *replaced = cJSON_GetObjectItemCaseSensitive(tree, "replace_one");
    const cJSON *upper = cJSON_GetObjectItemCaseSensitive(replaced, "epsilon_upper");
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(tree, "warnings");
    cJSON *warnings = given ? cJSON_Duplicate(given, 1) : cJSON_CreateArray();
    const int good =
        tree && warnings &&
        cJSON_AddItemToObject(json, "epsilon_replace_one",
                              cJSON_IsNumber(upper) ? dpdm_json_double(upper->valuedouble) : cJSON_CreateNull());
    if (!good || !cJSON_AddItemToObject(json, "warnings", warnings))
        cJSON_Delete(warnings);
    cJSON_Delete(tree);
    return good && cJSON_AddRawToObject(json, "statement", statement) != NULL;
}

void statement_warn(double delta, uint64_t records, double batch, double rate)
{
    char text[DPDM_DELTA_TEXT];
    if (dpdm_delta_warning(delta, records, batch, rate, text))
        fprintf(stderr, "WARNING: %s\n", text);
}

dpdm_status statement_show(char *statement, cJSON *json, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    char *text = NULL;
    if (json && !statement_lift(statement, json))
        status = dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    if (!json)
        status = dpdm_statement_text(statement, strlen(statement), "the statement", &text, err);
    if (text)
        cli_say("%s", text);
    free(text);
    free(statement);
    return status;
}
