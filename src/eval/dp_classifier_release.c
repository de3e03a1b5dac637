/* dp_classifier_release.c - the release of a DP-SGD classifier: weights, public config, statement, and nothing else. */
#include "eval/dp_classifier.h"

#include <stdlib.h>
#include <cjson/cJSON.h>
#include "base/file.h"
#include "base/json.h"
#include "base/safetensors.h"

/* The public options with the values they came to where they were to be chosen. */
static char *release_config(const dpdm_dp_classifier *c)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *training = dpdm_options_to_json(&dpdm_dp_classifier_option_table, &c->config, DPDM_OPTION_PUBLIC);
    int good = json && training && cJSON_AddStringToObject(json, "format", "dpdm-classifier-1") &&
               cJSON_AddItemToObject(json, "training", training);
    if (!good) {
        cJSON_Delete(training);
        cJSON_Delete(json);
        return NULL;
    }
    good = cJSON_AddItemToObject(json, "sampling_rate", dpdm_json_double(c->plan.sampling_rate)) &&
           cJSON_AddItemToObject(json, "noise_multiplier", dpdm_json_double(c->plan.noise_multiplier)) &&
           cJSON_AddItemToObject(json, "steps", dpdm_json_u64(c->plan.steps)) &&
           cJSON_AddStringToObject(json, "input", "pixels / 127.5 - 1, height x width x channels") &&
           cJSON_AddStringToObject(json, "output", "logits of the classes");
    char *text = good ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    return text;
}

static dpdm_status release_put(FILE *stream, const dpdm_dp_classifier *c, const char *config, dpdm_error *err)
{
    size_t tensors = dpdm_network_tensors(c->network);
    const dpdm_safetensors_text texts[] = {{"dpdm.config", config}, {"dpdm.statement", c->statement}};
    dpdm_safetensor_source *sources = calloc(tensors, sizeof *sources);
    if (!sources)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a list of %zu tensors", tensors);
    for (size_t i = 0; i < tensors; i++) {
        dpdm_tensor_info info = dpdm_network_tensor(c->network, i);
        sources[i] = (dpdm_safetensor_source){.name = info.name, .rank = info.rank, .values = c->average + info.offset};
        for (int d = 0; d < info.rank; d++)
            sources[i].shape[d] = (uint64_t)info.shape[d];
    }
    dpdm_status status = dpdm_safetensors_write(stream, sources, tensors, texts, 2, err);
    free(sources);
    return status;
}

dpdm_status dpdm_dp_classifier_write(const dpdm_dp_classifier *c, const char *path, int overwrite, dpdm_error *err)
{
    dpdm_file_writer writer;
    char *config = release_config(c);
    if (!config)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the public config");
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, 0644, err);
    if (!status) {
        status = release_put(writer.stream, c, config, err);
        if (!status)
            status = dpdm_file_commit(&writer, err);
        else
            dpdm_file_abandon(&writer);
    }
    cJSON_free(config);
    dpdm_ledger_payment payment = c->payment;
    return status ? status : dpdm_ledger_payment_finish(&payment, path, err);
}

dpdm_status dpdm_dp_classifier_write_check(const char *path, int overwrite, dpdm_error *err)
{
    dpdm_file_writer writer;
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, 0644, err);
    if (!status)
        dpdm_file_abandon(&writer);
    return status;
}
