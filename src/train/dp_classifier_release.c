/* dp_classifier_release.c - the release of a DP-SGD classifier: weights, public config, statement, and nothing else. */
#include "train/dp_classifier.h"

#include <stdlib.h>
#include <cjson/cJSON.h>
#include "base/file.h"
#include "base/json.h"
#include "base/safetensors.h"

dpdm_status dpdm_dp_classifier_describe(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                        const char *training, char **json, dpdm_error *err)
{
    (void)config;
    cJSON *object = cJSON_CreateObject();
    int good = object && cJSON_AddStringToObject(object, "format", "dpdm-classifier-1") &&
               cJSON_AddRawToObject(object, "training", training) &&
               cJSON_AddItemToObject(object, "sampling_rate", dpdm_json_double(plan->sampling_rate)) &&
               cJSON_AddItemToObject(object, "noise_multiplier", dpdm_json_double(plan->noise_multiplier)) &&
               cJSON_AddItemToObject(object, "steps", dpdm_json_u64(plan->steps)) &&
               cJSON_AddStringToObject(object, "kernels", plan->kernels) &&
               cJSON_AddNumberToObject(object, "chunk", plan->chunk) &&
               cJSON_AddStringToObject(object, "input", "pixels / 127.5 - 1, height x width x channels") &&
               cJSON_AddStringToObject(object, "output", "logits of the classes");
    *json = good ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return *json ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the public config");
}

static dpdm_status release_stream(FILE *stream, const dpdm_network *network, const float *params,
                                  const char *config_json, const char *statement, dpdm_error *err)
{
    size_t tensors = dpdm_network_tensors(network);
    const dpdm_safetensors_text texts[] = {{"dpdm.config", config_json}, {"dpdm.statement", statement}};
    dpdm_safetensor_source *sources = calloc(tensors, sizeof *sources);
    if (!sources)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a list of %zu tensors", tensors);
    for (size_t i = 0; i < tensors; i++) {
        dpdm_tensor_info info = dpdm_network_tensor(network, i);
        sources[i] = (dpdm_safetensor_source){.name = info.name, .rank = info.rank, .values = params + info.offset};
        for (int d = 0; d < info.rank; d++)
            sources[i].shape[d] = (uint64_t)info.shape[d];
    }
    dpdm_status status = dpdm_safetensors_write(stream, sources, tensors, texts, 2, err);
    free(sources);
    return status;
}

dpdm_status dpdm_dp_classifier_put(const dpdm_network *network, const float *params, const char *config_json,
                                   const char *statement, const char *path, int overwrite, dpdm_error *err)
{
    dpdm_file_writer writer;
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, DPDM_FILE_SHARED, err);
    if (status)
        return status;
    status = release_stream(writer.stream, network, params, config_json, statement, err);
    if (!status)
        return dpdm_file_commit(&writer, err);
    dpdm_file_abandon(&writer);
    return status;
}

dpdm_status dpdm_dp_classifier_write(const dpdm_dp_classifier *c, const char *path, int overwrite, dpdm_error *err)
{
    dpdm_ledger_payment payment = c->payment;
    dpdm_status status =
        dpdm_dp_classifier_put(c->network, c->params, c->config_json, c->statement, path, overwrite, err);
    return status ? status : dpdm_ledger_payment_finish(&payment, path, err);
}

dpdm_status dpdm_dp_classifier_write_check(const char *path, int overwrite, dpdm_error *err)
{
    dpdm_file_writer writer;
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, DPDM_FILE_SHARED, err);
    if (!status)
        dpdm_file_abandon(&writer);
    return status;
}
