/* fuzz_yaml.c - configs: options that are read must be written so that they read the same. */
#include "fuzz.h"
#include "base/sample_options.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    sample options = {0};
    dpdm_error err;
    dpdm_status status = dpdm_options_parse_yaml(&sample_table, &options, (const char *)bytes, size, "config", &err);
    if (status) {
        fuzz_check_error(status, &err);
        return 0;
    }
    for (size_t i = 0; i < sample_table.count; i++) {
        const dpdm_option *row = &sample_table.rows[i];
        char text[256], again[256];
        sample other = options;
        dpdm_option_get(row, &options, text, sizeof text);
        if (dpdm_option_set(row, &other, text, &err))
            continue; /* a default that lies outside of the range */
        dpdm_option_get(row, &other, again, sizeof again);
        fuzz_assert(!strcmp(text, again));
    }
    return 0;
}
