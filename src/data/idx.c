/* idx.c - the IDX format: a magic number 0 0 type dimensions, big-endian sizes, then the values, row-major
 * (LeCun, Cortes and Burges: THE MNIST DATABASE). */
#include "data/unpack.h"

#include <stdlib.h>
#include <string.h>

#define IDX_DIMENSIONS 4
enum { IDX_U8 = 0x08, IDX_I8 = 0x09, IDX_I16 = 0x0b, IDX_I32 = 0x0c };

typedef struct {
    int type, width, dimensions; /* width: bytes a value */
    uint64_t sizes[IDX_DIMENSIONS];
    uint64_t values;
} idx_header;

static dpdm_status idx_read_images(const dpdm_blob *file, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
static dpdm_status idx_read_labels(const dpdm_blob *file, dpdm_dataset *data, dpdm_error *err);
static dpdm_status idx_take_labels(dpdm_unpacker *in, const char *name, const idx_header *header, int32_t *labels,
                                   dpdm_error *err);
static dpdm_status idx_read_header(dpdm_unpacker *in, const char *name, idx_header *header, dpdm_error *err);
static dpdm_status idx_check_size(dpdm_unpacker *in, const char *name, idx_header *header, dpdm_error *err);
static dpdm_status idx_read_values(dpdm_unpacker *in, const char *name, void *out, size_t n, dpdm_error *err);
static int32_t idx_label(const uint8_t *bytes, int type);
static uint32_t idx_u32(const uint8_t *bytes);

dpdm_status dpdm_idx_parse(const dpdm_blob *images, const dpdm_blob *labels, const dpdm_facts *facts,
                           dpdm_dataset *data, dpdm_error *err)
{
    memset(data, 0, sizeof *data);
    dpdm_status status = idx_read_images(images, facts, data, err);
    if (!status)
        status = idx_read_labels(labels, data, err);
    if (status) {
        dpdm_dataset_destroy(data);
        return status;
    }
    return dpdm_facts_seal(facts, labels->name, data, err);
}

static dpdm_status idx_read_images(const dpdm_blob *file, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    dpdm_unpacker *in;
    idx_header header = {.width = 1};
    dpdm_status status = dpdm_unpacker_open(file, &in, err);
    if (!status)
        status = idx_read_header(in, file->name, &header, err);
    if (!status && (header.type != IDX_U8 || header.dimensions < 3))
        status =
            dpdm_error_set(err, DPDM_EFORMAT,
                           "%s: holds values of type 0x%02x in %d dimensions; images are unsigned bytes (0x08) in 3 "
                           "([N,H,W]) or 4 ([N,H,W,C])",
                           file->name, (unsigned)header.type, header.dimensions);
    if (!status)
        status = dpdm_facts_check(facts, file->name, header.sizes[0], header.sizes[1], header.sizes[2],
                                  header.dimensions == 4 ? header.sizes[3] : 1, err);
    if (!status)
        status = idx_check_size(in, file->name, &header, err);
    if (!status)
        status = dpdm_dataset_create(header.sizes[0], (int)header.sizes[1], (int)header.sizes[2],
                                     header.dimensions == 4 ? (int)header.sizes[3] : 1, 1, data, err);
    if (!status)
        status = idx_read_values(in, file->name, data->pixels, (size_t)header.values, err);
    dpdm_unpacker_close(in);
    return status;
}

static dpdm_status idx_read_labels(const dpdm_blob *file, dpdm_dataset *data, dpdm_error *err)
{
    dpdm_unpacker *in;
    idx_header header = {.width = 1};
    dpdm_status status = dpdm_unpacker_open(file, &in, err);
    if (!status)
        status = idx_read_header(in, file->name, &header, err);
    if (!status && header.dimensions != 1)
        status =
            dpdm_error_set(err, DPDM_EFORMAT, "%s: has %d dimensions; labels have one", file->name, header.dimensions);
    if (!status && header.sizes[0] != data->count)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: holds %llu labels for %llu images", file->name,
                                (unsigned long long)header.sizes[0], (unsigned long long)data->count);
    if (!status)
        status = idx_check_size(in, file->name, &header, err);
    if (!status)
        status = idx_take_labels(in, file->name, &header, data->labels, err);
    dpdm_unpacker_close(in);
    return status;
}

static dpdm_status idx_take_labels(dpdm_unpacker *in, const char *name, const idx_header *header, int32_t *labels,
                                   dpdm_error *err)
{
    size_t width = (size_t)header->width, bytes = (size_t)header->values * width;
    uint8_t *values = malloc(bytes + 1);
    if (!values)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for %zu bytes", name, bytes);
    dpdm_status status = idx_read_values(in, name, values, bytes, err);
    for (size_t i = 0; !status && i < header->values; i++)
        labels[i] = idx_label(values + i * width, header->type);
    free(values);
    return status;
}

static dpdm_status idx_read_header(dpdm_unpacker *in, const char *name, idx_header *header, dpdm_error *err)
{
    uint8_t magic[4], sizes[4 * IDX_DIMENSIONS];
    size_t got;
    dpdm_status status = dpdm_unpacker_read(in, magic, sizeof magic, &got, err);
    if (status)
        return status;
    if (got < sizeof magic || magic[0] || magic[1] || magic[3] < 1 || magic[3] > IDX_DIMENSIONS)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is not an IDX file of 1 to 4 dimensions", name);
    header->type = magic[2];
    header->dimensions = magic[3];
    switch (header->type) {
    case IDX_U8:
    case IDX_I8:
        header->width = 1;
        break;
    case IDX_I16:
        header->width = 2;
        break;
    case IDX_I32:
        header->width = 4;
        break;
    default:
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: IDX values of type 0x%02x; only integers are supported", name,
                              (unsigned)header->type);
    }
    status = dpdm_unpacker_read(in, sizes, 4 * (size_t)header->dimensions, &got, err);
    if (status)
        return status;
    if (got < 4 * (size_t)header->dimensions)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is cut short inside its header", name);
    for (int i = 0; i < header->dimensions; i++)
        header->sizes[i] = idx_u32(sizes + 4 * (size_t)i);
    return DPDM_OK;
}

/* Counts the values and compares with what the file can hold, before any memory is taken. */
static dpdm_status idx_check_size(dpdm_unpacker *in, const char *name, idx_header *header, dpdm_error *err)
{
    uint64_t most = dpdm_unpacker_most(in), values = 1;
    if (most > SIZE_MAX / 2)
        most = SIZE_MAX / 2;
    for (int i = 0; i < header->dimensions; i++) {
        if (header->sizes[i] && values > most / header->sizes[i])
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: the header announces more values than the file holds", name);
        values *= header->sizes[i];
    }
    if (values > most / (uint64_t)header->width)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: the header announces more values than the file holds", name);
    header->values = values;
    return DPDM_OK;
}

/* Reads n bytes, which must be all that is left. */
static dpdm_status idx_read_values(dpdm_unpacker *in, const char *name, void *out, size_t n, dpdm_error *err)
{
    size_t got, rest;
    uint8_t extra;
    dpdm_status status = dpdm_unpacker_read(in, out, n, &got, err);
    if (status)
        return status;
    if (got < n)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is cut short: %zu of %zu bytes of values", name, got, n);
    status = dpdm_unpacker_read(in, &extra, 1, &rest, err);
    if (!status && rest)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: goes on after the %zu bytes its header announces", name, n);
    return status;
}

static int32_t idx_label(const uint8_t *bytes, int type)
{
    switch (type) {
    case IDX_U8:
        return bytes[0];
    case IDX_I8:
        return (int8_t)bytes[0];
    case IDX_I16:
        return (int16_t)(uint16_t)(bytes[0] << 8 | bytes[1]);
    default:
        return (int32_t)idx_u32(bytes);
    }
}

static uint32_t idx_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}
