/* statement_json.h - statements read back, and compared with what they should say. */
#ifndef DPDM_PRIVACY_STATEMENT_JSON_H
#define DPDM_PRIVACY_STATEMENT_JSON_H

#include <cjson/cJSON.h>
#include "dpdm/statement.h"

#define DPDM_STATEMENT_FORMAT "dpdm-statement-3"

/* dpdm_statement_write with the epsilon that the line "claim" states; 0: the bound. */
dpdm_status dpdm_statement_write_claim(const dpdm_statement *statement, double claimed, char **json, dpdm_error *err);

/* Parses; DPDM_EFORMAT for what is not an object of the format. */
dpdm_status dpdm_statement_parse(const char *json, size_t size, const char *name, cJSON **tree, dpdm_error *err);

/* What a statement says that is not derived from anything else in it: enough to write it again. */
typedef struct {
    dpdm_statement statement; /* points to the fields below; config is "{}" or NULL */
    double claimed;
    dpdm_event *events;
    const char **names;
    dpdm_start start;
} dpdm_statement_inputs;

/* Reads and checks them; names point into json. Destroy after any outcome. */
dpdm_status dpdm_statement_inputs_read(const cJSON *json, dpdm_statement_inputs *inputs, dpdm_error *err);
void dpdm_statement_inputs_destroy(dpdm_statement_inputs *inputs);

/* Do the settings in the statement's config agree with its figures? */
dpdm_status dpdm_statement_check_config(const cJSON *json, const dpdm_statement *statement, dpdm_error *err);

/* Is `given` what `again` says, key by key? version, config and reasons for what is unproven may differ, bounds as
 * dpdm_statement_verify says. DPDM_EFORMAT names the first key that does not hold. */
dpdm_status dpdm_statement_compare(const cJSON *given, const cJSON *again, dpdm_error *err);

#endif
