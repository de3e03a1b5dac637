/* dp_classifier_release.c - the release of a DP-SGD classifier: weights, public config, statement, and nothing else. */
#include "eval/dp_classifier.h"

#include <stdlib.h>
#include <cjson/cJSON.h>
#include "base/file.h"
#include "base/safetensors.h"

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
    char *config = dpdm_dp_classifier_public_json(&c->config, &c->plan);
    if (!config)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the public config");
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, DPDM_FILE_SHARED, err);
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
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, DPDM_FILE_SHARED, err);
    if (!status)
        dpdm_file_abandon(&writer);
    return status;
}
