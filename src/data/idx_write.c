/* idx_write.c - a data set as a folder with an IDX pair. */
#include "data/readers.h"
#include "data/folder.h"

#include <stdlib.h>
#include <string.h>

static dpdm_status idx_write_images(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err);
static dpdm_status idx_write_labels(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err);
static size_t idx_put_header(uint8_t *out, int type, const uint64_t *sizes, int dimensions);

dpdm_status dpdm_idx_write_folder(const dpdm_dataset *data, const char *path, unsigned flags, dpdm_write_watch watch,
                                  dpdm_error *err)
{
    dpdm_folder_writer writer;
    if (data->count > UINT32_MAX)
        return dpdm_error_set(err, DPDM_ERANGE, "%s: IDX holds at most 2^32 - 1 images", path);
    dpdm_status status = dpdm_folder_begin(&writer, path, flags, err);
    if (status)
        return status;
    status = dpdm_write_watched(watch, path, 0, data->count, err);
    if (!status)
        status = idx_write_images(data, &writer, err);
    if (!status)
        status = idx_write_labels(data, &writer, err);
    if (!status)
        return dpdm_folder_commit(&writer, err);
    dpdm_folder_abandon(&writer);
    return status;
}

static dpdm_status idx_write_images(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err)
{
    uint64_t sizes[4] = {data->count, (uint64_t)data->height, (uint64_t)data->width, (uint64_t)data->channels};
    int dimensions = data->channels == 1 ? 3 : 4;
    size_t values = (size_t)data->count * dpdm_dataset_image_bytes(data);
    uint8_t *bytes = malloc(20 + values);
    if (!bytes)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to write it", writer->path);
    size_t used = idx_put_header(bytes, 0x08, sizes, dimensions);
    memcpy(bytes + used, data->pixels, values);
    dpdm_status status = dpdm_folder_add_file(
        writer, dimensions == 3 ? "train-images-idx3-ubyte" : "train-images-idx4-ubyte", bytes, used + values, err);
    free(bytes);
    return status;
}

/* Bytes, or 32-bit integers for more classes than a byte can tell apart. */
static dpdm_status idx_write_labels(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err)
{
    int width = data->classes <= 256 ? 1 : 4;
    uint8_t *bytes = malloc(8 + (size_t)width * (size_t)data->count);
    if (!bytes)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to write it", writer->path);
    size_t used = idx_put_header(bytes, width == 1 ? 0x08 : 0x0c, &data->count, 1);
    for (uint64_t i = 0; i < data->count; i++)
        for (int b = width - 1; b >= 0; b--)
            bytes[used++] = (uint8_t)((uint32_t)data->labels[i] >> (8 * b));
    dpdm_status status = dpdm_folder_add_file(writer, "train-labels-idx1-ubyte", bytes, used, err);
    free(bytes);
    return status;
}

static size_t idx_put_header(uint8_t *out, int type, const uint64_t *sizes, int dimensions)
{
    size_t used = 0;
    out[used++] = 0;
    out[used++] = 0;
    out[used++] = (uint8_t)type;
    out[used++] = (uint8_t)dimensions;
    for (int i = 0; i < dimensions; i++)
        for (int b = 3; b >= 0; b--)
            out[used++] = (uint8_t)(sizes[i] >> (8 * b));
    return used;
}
