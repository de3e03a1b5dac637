/* cifar.c - the CIFAR-10 binary format: records of one label byte and 3 planes (red, green, blue) of 32 x 32 bytes
 * (Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009). */
#include "data/unpack.h"

#include <stdlib.h>
#include <string.h>

enum { CIFAR_SIDE = 32, CIFAR_CHANNELS = 3, CIFAR_PLANE = CIFAR_SIDE * CIFAR_SIDE, CIFAR_CLASSES = 10 };
#define CIFAR_RECORD (1 + CIFAR_CHANNELS * CIFAR_PLANE)
#define CIFAR_UNPACKED_LIMIT ((size_t)1 << 30) /* 34 times an original file */

static dpdm_status cifar_append(const dpdm_blob *file, dpdm_dataset *data, dpdm_error *err);
static dpdm_status cifar_unpack(const dpdm_blob *file, uint8_t **bytes, size_t *size, dpdm_error *err);
static dpdm_status cifar_convert(const dpdm_blob *file, dpdm_dataset *data, dpdm_error *err);
static void cifar_interleave(const uint8_t *planes, uint8_t *pixels);

dpdm_status dpdm_cifar_parse(const dpdm_blob *files, size_t n, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err)
{
    dpdm_facts full = *facts;
    memset(data, 0, sizeof *data);
    if (n < 1 || n > DPDM_CIFAR_FILES)
        return dpdm_error_set(err, DPDM_EFORMAT, "%zu CIFAR-10 files: 1 to %d are read together", n, DPDM_CIFAR_FILES);
    dpdm_status status = dpdm_facts_check(facts, files[0].name, n, CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS, err);
    if (!status)
        status = dpdm_dataset_create(0, CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS, CIFAR_CLASSES, data, err);
    for (size_t i = 0; !status && i < n; i++)
        status = cifar_append(&files[i], data, err);
    if (status) {
        dpdm_dataset_destroy(data);
        return status;
    }
    if (!full.classes)
        full.classes = CIFAR_CLASSES;
    return dpdm_facts_seal(&full, files[0].name, data, err);
}

static dpdm_status cifar_append(const dpdm_blob *file, dpdm_dataset *data, dpdm_error *err)
{
    uint8_t *unpacked = NULL;
    dpdm_blob plain = *file;
    dpdm_status status = DPDM_OK;
    if (dpdm_blob_is_packed(file)) {
        status = cifar_unpack(file, &unpacked, &plain.size, err);
        plain.bytes = unpacked;
    }
    if (!status && (!plain.size || plain.size % CIFAR_RECORD))
        status = dpdm_error_set(err, DPDM_EFORMAT,
                                "%s: is not CIFAR-10 binary: its %zu bytes are not a number of records of %d bytes",
                                file->name, plain.size, CIFAR_RECORD);
    if (!status)
        status = cifar_convert(&plain, data, err);
    free(unpacked);
    return status;
}

/* Takes memory as bytes come, not as a file promises them. */
static dpdm_status cifar_unpack(const dpdm_blob *file, uint8_t **bytes, size_t *size, dpdm_error *err)
{
    size_t room = 0, used = 0;
    dpdm_unpacker *in;
    dpdm_status status = dpdm_unpacker_open(file, &in, err);
    while (!status && used == room) {
        room = room ? 2 * room : 1 << 16;
        uint8_t *grown = realloc(*bytes, room);
        if (!grown) {
            status = dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to unpack it", file->name);
            break;
        }
        *bytes = grown;
        size_t got;
        status = dpdm_unpacker_read(in, grown + used, room - used, &got, err);
        used += got;
        if (!status && used > CIFAR_UNPACKED_LIMIT)
            status = dpdm_error_set(err, DPDM_EFORMAT, "%s: unpacks to more than %zu bytes, which no CIFAR-10 file has",
                                    file->name, CIFAR_UNPACKED_LIMIT);
    }
    dpdm_unpacker_close(in);
    *size = used;
    return status;
}

static dpdm_status cifar_convert(const dpdm_blob *file, dpdm_dataset *data, dpdm_error *err)
{
    uint64_t first = data->count, records = file->size / CIFAR_RECORD;
    dpdm_status status = dpdm_dataset_grow(data, first + records, err);
    for (uint64_t i = 0; !status && i < records; i++) {
        const uint8_t *record = file->bytes + i * CIFAR_RECORD;
        if (record[0] >= CIFAR_CLASSES)
            return dpdm_error_set(err, DPDM_EFORMAT,
                                  "%s: record %llu has label %d; CIFAR-10 has labels 0 to 9: the file is damaged",
                                  file->name, (unsigned long long)i, record[0]);
        data->labels[first + i] = record[0];
        cifar_interleave(record + 1, data->pixels + (first + i) * (CIFAR_RECORD - 1));
    }
    return status;
}

static void cifar_interleave(const uint8_t *planes, uint8_t *pixels)
{
    for (int i = 0; i < CIFAR_PLANE; i++)
        for (int c = 0; c < CIFAR_CHANNELS; c++)
            pixels[CIFAR_CHANNELS * i + c] = planes[CIFAR_PLANE * c + i];
}
