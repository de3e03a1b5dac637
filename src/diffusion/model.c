/* model.c - the release artefact: read without trust, written beside its name and renamed. */
#include "dpdm/model.h"

#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/finite.h"
#include "base/json.h"
#include "base/safetensors.h"
#include "diffusion/model_config.h"
#include "diffusion/model_prior.h"
#include "nn/network_read.h"

#define MODEL_CONFIG "dpdm.config"
#define MODEL_STATEMENT "dpdm.statement"
#define MODEL_START "dpdm.start"
#define MODEL_SIZE_LIMIT ((size_t)1 << 31)

static dpdm_status model_build(dpdm_model *model, const dpdm_safetensors *file, const char *name, dpdm_error *err);
static dpdm_status model_load(dpdm_model *model, const dpdm_safetensors *file, const char *name, dpdm_error *err);
static dpdm_status model_check(const dpdm_model *model, dpdm_error *err);
static dpdm_status model_put(FILE *stream, const dpdm_model *model, dpdm_error *err);

dpdm_status dpdm_model_read(const char *path, dpdm_model *model, dpdm_error *err)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    memset(model, 0, sizeof *model);
    dpdm_status status = dpdm_file_read(path, MODEL_SIZE_LIMIT, &bytes, &size, err);
    if (!status)
        status = dpdm_model_parse(bytes, size, path, model, err);
    free(bytes);
    return status;
}

dpdm_status dpdm_model_parse(const uint8_t *bytes, size_t size, const char *name, dpdm_model *model, dpdm_error *err)
{
    dpdm_safetensors file;
    memset(model, 0, sizeof *model);
    dpdm_status status = dpdm_safetensors_parse(bytes, size, name, &file, err);
    if (status)
        return status;
    status = model_build(model, &file, name, err);
    if (!status)
        status = model_load(model, &file, name, err);
    dpdm_safetensors_destroy(&file);
    if (status)
        dpdm_model_destroy(model);
    return status;
}

dpdm_status dpdm_model_write(const char *path, const dpdm_model *model, int overwrite, dpdm_error *err)
{
    dpdm_file_writer writer;
    dpdm_status status = model_check(model, err);
    if (!status)
        status = dpdm_file_begin(&writer, path, overwrite, DPDM_FILE_SHARED, err);
    if (status)
        return status;
    status = model_put(writer.stream, model, err);
    if (!status)
        return dpdm_file_commit(&writer, err);
    dpdm_file_abandon(&writer);
    return status;
}

void dpdm_model_destroy(dpdm_model *model)
{
    dpdm_network_destroy(model->network);
    free(model->params);
    dpdm_prior_destroy(&model->prior);
    free(model->class_names);
    free(model->config_json);
    free(model->statement_json);
    free(model->start_json);
    memset(model, 0, sizeof *model);
}

void dpdm_model_claim(const dpdm_model *model, char *text, size_t size)
{
    cJSON *statement = NULL;
    if (model->statement_json)
        dpdm_json_parse(model->statement_json, strlen(model->statement_json), "statement", &statement, NULL);
    const char *claim = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(statement, "claim"));
    const char *none = model->start_json
                           ? "no privacy claim: a public start, made without private data as its file says"
                           : "no privacy claim: the file has no privacy statement";
    snprintf(text, size, "%s", claim ? claim : none);
    for (char *c = text; *c; c++) /* a file must not steer the terminal */
        if ((unsigned char)*c < ' ' || (unsigned char)*c == 127)
            *c = '?';
    cJSON_Delete(statement);
}

/* Takes the texts of the metadata and builds the network they describe. */
static dpdm_status model_build(dpdm_model *model, const dpdm_safetensors *file, const char *name, dpdm_error *err)
{
    const char *config = dpdm_safetensors_metadata(file, MODEL_CONFIG);
    const char *statement = dpdm_safetensors_metadata(file, MODEL_STATEMENT);
    const char *start = dpdm_safetensors_metadata(file, MODEL_START);
    if (!config)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: no model of dpdm (its metadata lacks '%s')", name, MODEL_CONFIG);
    model->config_json = strdup(config);
    if (statement && start)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: says that it is a private release and a public start", name);
    model->statement_json = statement ? strdup(statement) : NULL;
    model->start_json = start ? strdup(start) : NULL;
    if (!model->config_json || (statement && !model->statement_json) || (start && !model->start_json))
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the config", name);
    dpdm_status status = dpdm_model_config_read(config, name, &model->description, &model->denoiser, err);
    if (!status)
        status = dpdm_model_config_class_names(config, name, model->description.classes, &model->class_names, err);
    if (status)
        return status;
    status = dpdm_network_create(&model->description, &model->network, err);
    if (!status || status == DPDM_ENOMEM)
        return status;
    if (err)
        err->status = DPDM_EFORMAT;
    return dpdm_error_prefix(err, DPDM_EFORMAT, "%s", name);
}

static dpdm_status model_load(dpdm_model *model, const dpdm_safetensors *file, const char *name, dpdm_error *err)
{
    size_t extra = dpdm_model_prior_count(file);
    dpdm_status status = dpdm_network_read(model->network, file, extra, name, "the config says", &model->params, err);
    return status || !extra ? status : dpdm_model_prior_load(model, file, name, err);
}

/* Will the file read back as this model? */
static dpdm_status model_check(const dpdm_model *model, dpdm_error *err)
{
    char *described = NULL, *stored = NULL;
    cJSON *statement = NULL;
    if (model->statement_json && model->start_json)
        return dpdm_error_set(err, DPDM_EINTERNAL, "a model is a private release or a public start, not both");
    dpdm_status status = dpdm_model_describe(NULL, &model->description, &model->denoiser, &described, err);
    if (!status) {
        dpdm_network_description shape;
        dpdm_denoiser denoiser;
        status = dpdm_model_config_read(model->config_json, "the model's config", &shape, &denoiser, err);
        if (!status)
            status = dpdm_model_describe(NULL, &shape, &denoiser, &stored, err);
    }
    if (!status && strcmp(described, stored) != 0)
        status = dpdm_error_set(err, DPDM_EINTERNAL, "the model's config describes another network or denoiser");
    if (!status && model->statement_json)
        status = dpdm_json_parse(model->statement_json, strlen(model->statement_json), "the model's statement",
                                 &statement, err);
    if (!status && !dpdm_all_finite(model->params, dpdm_network_parameters(model->network)))
        status =
            dpdm_error_set(err, DPDM_ERANGE, "the weights are not finite: training diverged; lower the learning rate");
    if (!status && model->denoiser.prior)
        status = dpdm_prior_check(model->denoiser.prior, err);
    cJSON_Delete(statement);
    free(described);
    free(stored);
    return status;
}

static dpdm_status model_put(FILE *stream, const dpdm_model *model, dpdm_error *err)
{
    size_t tensors = dpdm_network_tensors(model->network);
    const dpdm_safetensors_text texts[] = {{MODEL_CONFIG, model->config_json},
                                           model->start_json
                                               ? (dpdm_safetensors_text){MODEL_START, model->start_json}
                                               : (dpdm_safetensors_text){MODEL_STATEMENT, model->statement_json}};
    dpdm_safetensor_source *sources = calloc(tensors + MODEL_PRIOR_TENSORS, sizeof *sources);
    if (!sources)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a list of %zu tensors", tensors);
    for (size_t i = 0; i < tensors; i++) {
        dpdm_tensor_info info = dpdm_network_tensor(model->network, i);
        sources[i] =
            (dpdm_safetensor_source){.name = info.name, .rank = info.rank, .values = model->params + info.offset};
        for (int d = 0; d < info.rank; d++)
            sources[i].shape[d] = (uint64_t)info.shape[d];
    }
    tensors += dpdm_model_prior_sources(model, sources + tensors);
    dpdm_status status = dpdm_safetensors_write(stream, sources, tensors, texts,
                                                model->statement_json || model->start_json ? 2 : 1, err);
    free(sources);
    return status;
}
