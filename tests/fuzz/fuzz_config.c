/* fuzz_config.c - training configs: what passes the checks must come back the same from the JSON of a run folder. */
#include "fuzz.h"
#include "train/config.h"

#include <string.h>
#include <cjson/cJSON.h>

static void check_json(const dpdm_train_config *config)
{
    dpdm_train_config back = dpdm_train_config_default();
    dpdm_error err;
    cJSON *json = dpdm_options_to_json(&dpdm_train_option_table, config, 0);
    fuzz_assert(json);
    fuzz_assert(!dpdm_options_from_json(&dpdm_train_option_table, &back, json, &err));
    cJSON_Delete(json);
    for (size_t i = 0; i < dpdm_train_option_table.count; i++) {
        const dpdm_option *row = &dpdm_train_option_table.rows[i];
        char was[2 * DPDM_PATH], is[2 * DPDM_PATH];
        if (row->flags & DPDM_OPTION_NO_FILE)
            continue;
        dpdm_option_get(row, config, was, sizeof was);
        dpdm_option_get(row, &back, is, sizeof is);
        fuzz_assert(!strcmp(was, is));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dpdm_train_config config = dpdm_train_config_default();
    dpdm_error err;
    dpdm_status status =
        dpdm_options_parse_yaml(&dpdm_train_option_table, &config, (const char *)bytes, size, "config", &err);
    if (!status)
        status = dpdm_train_config_check(&config, &err);
    if (status)
        fuzz_check_error(status, &err);
    else
        check_json(&config);
    return 0;
}
