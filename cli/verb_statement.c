/* verb_statement.c - dpdm statement: the privacy statement of a release, printed and computed again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "statement_print.h"
#include "verbs.h"

/* One JSON object also where the statement does not hold; what is no JSON at all is left to the error of the verb. */
static dpdm_status result_json(cli_call *call, const char *statement, int claims, const dpdm_error *refusal,
                               dpdm_error *err)
{
    cJSON *tree;
    if (dpdm_json_parse(statement, strlen(statement), call->arguments[0], &tree, NULL))
        return DPDM_OK;
    cJSON_Delete(tree);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file", call->arguments[0]);
    cJSON_AddBoolToObject(json, "verified", !refusal->status);
    cJSON_AddBoolToObject(json, "claims", claims);
    if (refusal->status)
        cJSON_AddStringToObject(json, "problem", refusal->message);
    cJSON_AddRawToObject(json, "statement", statement);
    return cli_print_json(call, json, err);
}

static dpdm_status result_text(const cli_call *call, const char *statement, int claims, const dpdm_error *refusal,
                               dpdm_error *err)
{
    char *text;
    dpdm_status status = dpdm_statement_text(statement, strlen(statement), call->arguments[0], &text, err);
    if (status)
        return status;
    cli_say("%s", text);
    free(text);
    if (refusal->status)
        return DPDM_OK;
    printf("\nverified: every bound was computed again from the events, by both accountants,\n"
           "and text, constants and settings agree with them. A statement is not signed.\n");
    if (!claims)
        printf("No privacy is claimed: the run was seeded.\n");
    return DPDM_OK;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    char *statement;
    int claims = 0;
    dpdm_error refusal = {.status = DPDM_OK};
    dpdm_status status = dpdm_statement_read(call->arguments[0], &statement, err);
    if (status)
        return status;
    refusal.status = dpdm_statement_verify(statement, strlen(statement), call->arguments[0], &claims, &refusal);
    status = call->json ? result_json(call, statement, claims, &refusal, err)
                        : result_text(call, statement, claims, &refusal, err);
    free(statement);
    return refusal.status ? dpdm_error_set(err, refusal.status, "%s", refusal.message) : status;
}

const cli_verb cli_verb_statement = {
    .name = "statement",
    .group = "Privacy",
    .summary = "Print the privacy statement of a release and compute it again",
    .arguments = "FILE",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "FILE is a model or classifier (.safetensors), a statement.json, or a run folder. Prints what is promised, to "
        "whom, under what assumptions, and what is not covered; then computes every bound again from the events in the "
        "statement, by both accountants, and compares all else that it says with its constants and settings. Says "
        "verified, or fails and names the figure that does not hold.\n\n"
        "A statement is not signed: that it agrees with itself does not show who wrote it, nor that the weights beside "
        "it were trained that way.",
    .examples = "dpdm statement run\ndpdm statement run/release/model.safetensors --json",
    .run = run,
};
