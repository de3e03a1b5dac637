/* safetensors.c - reading: every claim of the header is checked before it is used. */
#include "base/safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"

#define SAFETENSORS_METADATA "__metadata__"

static dpdm_status safetensors_header(const uint8_t *bytes, size_t size, const char *name, cJSON **header,
                                      size_t *header_size, dpdm_error *err);
static dpdm_status safetensors_list(dpdm_safetensors *file, const uint8_t *data, size_t size, const char *name,
                                    dpdm_error *err);
static dpdm_status safetensors_check_metadata(const cJSON *metadata, const char *name, dpdm_error *err);
static dpdm_status safetensors_check_cover(dpdm_safetensors *file, const uint8_t *data, size_t size, const char *name,
                                           dpdm_error *err);

static int safetensors_compare_names(const void *a, const void *b)
{
    return strcmp(((const dpdm_safetensor *)a)->name, ((const dpdm_safetensor *)b)->name);
}

dpdm_status dpdm_safetensors_parse(const uint8_t *bytes, size_t size, const char *name, dpdm_safetensors *file,
                                   dpdm_error *err)
{
    size_t header_size = 0;
    memset(file, 0, sizeof *file);
    dpdm_status status = safetensors_header(bytes, size, name, &file->header, &header_size, err);
    if (status)
        return status;
    const uint8_t *data = bytes + 8 + header_size;
    size_t data_size = size - 8 - header_size;
    status = safetensors_list(file, data, data_size, name, err);
    if (!status)
        status = safetensors_check_cover(file, data, data_size, name, err);
    if (status)
        dpdm_safetensors_destroy(file);
    else if (file->count)
        qsort(file->tensors, file->count, sizeof *file->tensors, safetensors_compare_names);
    return status;
}

void dpdm_safetensors_destroy(dpdm_safetensors *file)
{
    free(file->tensors);
    cJSON_Delete(file->header);
    memset(file, 0, sizeof *file);
}

const dpdm_safetensor *dpdm_safetensors_find(const dpdm_safetensors *file, const char *name)
{
    dpdm_safetensor key = {.name = name};
    if (!file->count)
        return NULL;
    return bsearch(&key, file->tensors, file->count, sizeof key, safetensors_compare_names);
}

const char *dpdm_safetensors_metadata(const dpdm_safetensors *file, const char *key)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(file->header, SAFETENSORS_METADATA);
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, key));
}

void dpdm_safetensor_floats(const dpdm_safetensor *tensor, float *out)
{
    for (uint64_t i = 0; i < tensor->count; i++) {
        const uint8_t *b = tensor->bytes + 4 * i;
        uint32_t word = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        memcpy(&out[i], &word, sizeof word);
    }
}

static dpdm_status safetensors_header(const uint8_t *bytes, size_t size, const char *name, cJSON **header,
                                      size_t *header_size, dpdm_error *err)
{
    uint64_t length = 0;
    if (size < 8)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: too short to be a safetensors file (%zu bytes)", name, size);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    if (length > DPDM_SAFETENSORS_HEADER_LIMIT)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: not a safetensors file, or its header is longer than the %zu bytes dpdm reads", name,
                              DPDM_SAFETENSORS_HEADER_LIMIT);
    if (length > size - 8)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: cut off inside the header; copy the file again", name);
    if (length == 0 || bytes[8] != '{')
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: not a safetensors file (the header is no JSON object)", name);
    *header_size = (size_t)length;
    return dpdm_json_parse((const char *)bytes + 8, (size_t)length, name, header, err);
}

/* A whole number in [0, limit], limit <= 2^53. */
static int safetensors_whole(const cJSON *item, uint64_t limit, uint64_t *value)
{
    double number = cJSON_IsNumber(item) ? item->valuedouble : -1.0;
    if (!(number >= 0.0 && number <= (double)limit && number == floor(number)))
        return 0;
    *value = (uint64_t)number;
    return 1;
}

/* Reads "shape"; count becomes its product, in 1..limit. */
static int safetensors_shape(const cJSON *shape, uint64_t limit, dpdm_safetensor *tensor)
{
    const cJSON *item;
    if (!cJSON_IsArray(shape))
        return 0;
    tensor->count = 1;
    cJSON_ArrayForEach(item, shape)
    {
        uint64_t extent;
        if (tensor->rank == DPDM_SAFETENSORS_RANK || !safetensors_whole(item, limit, &extent))
            return 0;
        if (extent == 0 || tensor->count > limit / extent)
            return 0;
        tensor->count *= extent;
        tensor->shape[tensor->rank++] = extent;
    }
    return 1;
}

/* Reads one entry of the header; data and size bound where its values may lie. */
static dpdm_status safetensors_entry(const cJSON *entry, const uint8_t *data, size_t size, const char *name,
                                     dpdm_safetensor *tensor, dpdm_error *err)
{
    const char *problem = NULL;
    const char *dtype = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "dtype"));
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    uint64_t begin = 0, end = 0;

    memset(tensor, 0, sizeof *tensor);
    tensor->name = entry->string;
    if (!cJSON_IsObject(entry) || cJSON_GetArraySize(entry) != 3)
        problem = "is not an object of dtype, shape and data_offsets";
    else if (!dtype || strcmp(dtype, "F32") != 0)
        problem = "is not of dtype F32, the only one dpdm uses";
    else if (!safetensors_shape(cJSON_GetObjectItemCaseSensitive(entry, "shape"), size / 4, tensor))
        problem = "has a shape that is malformed or larger than the file";
    else if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
             !safetensors_whole(cJSON_GetArrayItem(offsets, 0), size, &begin) ||
             !safetensors_whole(cJSON_GetArrayItem(offsets, 1), size, &end) || begin > end)
        problem = "has data_offsets outside the file; it may be cut off";
    else if (end - begin != 4 * tensor->count)
        problem = "has a shape that does not fit its data_offsets";
    if (problem)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: tensor '%.100s' %s", name, entry->string, problem);
    tensor->bytes = data + begin;
    return DPDM_OK;
}

static dpdm_status safetensors_list(dpdm_safetensors *file, const uint8_t *data, size_t size, const char *name,
                                    dpdm_error *err)
{
    int entries = cJSON_GetArraySize(file->header);
    if (entries > DPDM_SAFETENSORS_TENSOR_LIMIT)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: more than %d tensors", name, DPDM_SAFETENSORS_TENSOR_LIMIT);
    file->tensors = calloc((size_t)entries + 1, sizeof *file->tensors);
    if (!file->tensors)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for %d tensors", name, entries);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, file->header)
    {
        dpdm_status status;
        if (strcmp(entry->string, SAFETENSORS_METADATA) != 0)
            status = safetensors_entry(entry, data, size, name, &file->tensors[file->count++], err);
        else
            status = safetensors_check_metadata(entry, name, err);
        if (status)
            return status;
    }
    return DPDM_OK;
}

static dpdm_status safetensors_check_metadata(const cJSON *metadata, const char *name, dpdm_error *err)
{
    const cJSON *item;
    if (!cJSON_IsObject(metadata))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: '%s' is not an object", name, SAFETENSORS_METADATA);
    cJSON_ArrayForEach(item, metadata)
    {
        if (!cJSON_IsString(item))
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: metadata '%.100s' is not a text", name, item->string);
    }
    return DPDM_OK;
}

static int safetensors_compare_places(const void *a, const void *b)
{
    const dpdm_safetensor *left = a, *right = b;
    if (left->bytes != right->bytes)
        return left->bytes < right->bytes ? -1 : 1;
    return left->count < right->count ? -1 : left->count > right->count;
}

/* Tensors must fill the data from its first to its last byte, each beginning where the one before ends. */
static dpdm_status safetensors_check_cover(dpdm_safetensors *file, const uint8_t *data, size_t size, const char *name,
                                           dpdm_error *err)
{
    const uint8_t *expected = data;
    qsort(file->tensors, file->count, sizeof *file->tensors, safetensors_compare_places);
    for (size_t i = 0; i < file->count; i++) {
        if (file->tensors[i].bytes != expected)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: tensor '%.100s' overlaps another or leaves a hole before it",
                                  name, file->tensors[i].name);
        expected += 4 * file->tensors[i].count;
    }
    if (expected != data + size)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: %zu bytes after the last tensor", name,
                              (size_t)(data + size - expected));
    return DPDM_OK;
}
