/* fuzz_json.c - JSON: the strict reader, options, the output of eval, and the network of a model's config. */
#include "fuzz.h"
#include "base/json.h"
#include "base/sample_options.h"
#include "diffusion/model_config.h"
#include "report/input.h"

#include <stdlib.h>
#include <string.h>

static void read_config(const uint8_t *bytes, size_t size)
{
    dpdm_network_description shape;
    dpdm_denoiser denoiser;
    dpdm_error err;
    char *text = malloc(size + 1);
    fuzz_assert(text);
    memcpy(text, bytes, size);
    text[size] = '\0';
    dpdm_status status = dpdm_model_config_read(text, "model", &shape, &denoiser, &err);
    if (status)
        fuzz_check_error(status, &err);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    cJSON *json;
    dpdm_error err;
    sample options = {0};
    dpdm_status status = dpdm_json_parse((const char *)bytes, size, "text", &json, &err);
    if (status) {
        fuzz_check_error(status, &err);
        return 0;
    }
    status = dpdm_options_from_json(&sample_table, &options, json, &err);
    if (status)
        fuzz_check_error(status, &err);
    const cJSON *best;
    status = dpdm_report_eval_check(json, 3, "eval", &best, &err);
    fuzz_assert(!status == !!best);
    if (status)
        fuzz_check_error(status, &err);
    cJSON_Delete(json);
    read_config(bytes, size);
    return 0;
}
