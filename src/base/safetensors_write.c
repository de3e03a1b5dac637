/* safetensors_write.c - writing: the header as JSON, padded so that the data begins at a multiple of 8, then the data.
 */
#include "base/safetensors.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static int safetensors_describe(cJSON *header, const dpdm_safetensor_source *tensor, uint64_t *offset);
static int safetensors_add_metadata(cJSON *header, const dpdm_safetensors_text *metadata, size_t count);
static void safetensors_put_header(FILE *stream, const char *text);
static void safetensors_put_floats(FILE *stream, const float *values, uint64_t count);
static uint64_t safetensors_count(const dpdm_safetensor_source *tensor);

dpdm_status dpdm_safetensors_write(FILE *stream, const dpdm_safetensor_source *tensors, size_t count,
                                   const dpdm_safetensors_text *metadata, size_t metadata_count, dpdm_error *err)
{
    uint64_t offset = 0;
    cJSON *header = cJSON_CreateObject();
    int good = header && safetensors_add_metadata(header, metadata, metadata_count);
    for (size_t i = 0; good && i < count; i++)
        good = safetensors_describe(header, &tensors[i], &offset);
    char *text = good ? cJSON_PrintUnformatted(header) : NULL;
    cJSON_Delete(header);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the header of a model file");
    if (strlen(text) + 8 > DPDM_SAFETENSORS_HEADER_LIMIT) {
        cJSON_free(text);
        return dpdm_error_set(err, DPDM_ERANGE, "the names and metadata of the model file exceed %zu bytes",
                              DPDM_SAFETENSORS_HEADER_LIMIT);
    }
    safetensors_put_header(stream, text);
    cJSON_free(text);
    for (size_t i = 0; i < count; i++)
        safetensors_put_floats(stream, tensors[i].values, safetensors_count(&tensors[i]));
    return DPDM_OK;
}

static uint64_t safetensors_count(const dpdm_safetensor_source *tensor)
{
    uint64_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= tensor->shape[i];
    return count;
}

/* Adds the header entry of a tensor that begins at *offset, and moves *offset past it. */
static int safetensors_describe(cJSON *header, const dpdm_safetensor_source *tensor, uint64_t *offset)
{
    cJSON *entry = cJSON_AddObjectToObject(header, tensor->name);
    int good = entry && cJSON_AddStringToObject(entry, "dtype", "F32") != NULL;
    cJSON *shape = good ? cJSON_AddArrayToObject(entry, "shape") : NULL;
    for (int i = 0; shape && good && i < tensor->rank; i++)
        good = cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensor->shape[i]));
    cJSON *offsets = shape && good ? cJSON_AddArrayToObject(entry, "data_offsets") : NULL;
    good = offsets && cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)*offset));
    *offset += 4 * safetensors_count(tensor);
    return good && cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)*offset));
}

static int safetensors_add_metadata(cJSON *header, const dpdm_safetensors_text *metadata, size_t count)
{
    if (!count)
        return 1;
    cJSON *texts = cJSON_AddObjectToObject(header, "__metadata__");
    for (size_t i = 0; texts && i < count; i++)
        if (!cJSON_AddStringToObject(texts, metadata[i].key, metadata[i].text))
            return 0;
    return texts != NULL;
}

static void safetensors_put_header(FILE *stream, const char *text)
{
    size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    for (int i = 0; i < 8; i++)
        putc((int)((uint64_t)padded >> 8 * i & 255), stream);
    fputs(text, stream);
    for (size_t i = length; i < padded; i++)
        putc(' ', stream);
}

static void safetensors_put_floats(FILE *stream, const float *values, uint64_t count)
{
    uint8_t block[4096];
    size_t used = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, &values[i], sizeof word);
        for (int b = 0; b < 4; b++)
            block[used++] = (uint8_t)(word >> 8 * b);
        if (used == sizeof block || i + 1 == count) {
            fwrite(block, 1, used, stream);
            used = 0;
        }
    }
}
