/* fuzz_statement.c - privacy statements: shown without a control character, compared without believing anything. */
#include "fuzz.h"
#include "privacy/statement_json.h"

#include <stdlib.h>
#include <string.h>

/* A true statement to compare with. */
static cJSON *true_statement(void)
{
    static const dpdm_event events[] = {{1, 8, 1}, {1, 20, 4}};
    static const char *const names[] = {"class means", "steps"};
    dpdm_statement statement = {.events = events,
                                .names = names,
                                .count = 2,
                                .delta = 1e-5,
                                .grid = {sizeof(dpdm_grid), 1, 40},
                                .batch = 10,
                                .height = 8,
                                .width = 8,
                                .channels = 1,
                                .classes = 3,
                                .records = 40,
                                .owner = {.cap = 2},
                                .config = "{}"};
    char *text;
    fuzz_assert(!dpdm_statement_write(&statement, &text, NULL));
    cJSON *tree = cJSON_Parse(text);
    free(text);
    fuzz_assert(tree);
    return tree;
}

static void check_text(const char *json, size_t size)
{
    char *text;
    dpdm_error err;
    dpdm_status status = dpdm_statement_text(json, size, "statement", &text, &err);
    if (status) {
        fuzz_check_error(status, &err);
        fuzz_assert(!text);
        return;
    }
    for (const char *at = text; *at; at++)
        fuzz_assert(*at == '\n' || (*at >= ' ' && *at <= '~'));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static cJSON *again;
    const char *json = (const char *)bytes;
    dpdm_statement_inputs inputs;
    dpdm_error err;
    cJSON *tree;
    if (!again)
        again = true_statement();
    check_text(json, size);
    dpdm_status status = dpdm_statement_parse(json, size, "statement", &tree, &err);
    if (status) {
        fuzz_check_error(status, &err);
        return 0;
    }
    status = dpdm_statement_inputs_read(tree, &inputs, &err);
    if (status) {
        fuzz_check_error(status, &err);
    } else {
        fuzz_assert(inputs.statement.count >= 1 && inputs.statement.delta > 0 && inputs.statement.delta < 1);
        fuzz_assert(inputs.statement.owner.cap >= 0 && inputs.statement.owner.cap <= DPDM_GROUP_MAX);
        status = dpdm_statement_check_config(tree, &inputs.statement, &err);
        if (status)
            fuzz_check_error(status, &err);
    }
    status = dpdm_statement_compare(tree, again, &err);
    if (status)
        fuzz_check_error(status, &err);
    dpdm_statement_inputs_destroy(&inputs);
    cJSON_Delete(tree);
    return 0;
}
