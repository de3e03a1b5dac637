/* cifar.c - the CIFAR-10 binary format: records of one label byte and 3 planes (red, green, blue) of 32 x 32 bytes
 * (Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009). */
#include "data/unpack.h"

#include <stdlib.h>
#include <string.h>

enum { CIFAR_SIDE = 32, CIFAR_CHANNELS = 3, CIFAR_PLANE = CIFAR_SIDE * CIFAR_SIDE, CIFAR_CLASSES = 10 };
#define CIFAR_RECORD (1 + CIFAR_CHANNELS * CIFAR_PLANE)
#define CIFAR_FILE_LIMIT ((uint64_t)1 << 34)

static dpdm_status cifar_count(const dpdm_blob *file, uint64_t *records, dpdm_error *err);
static dpdm_status cifar_read(const dpdm_blob *file, dpdm_dataset *data, uint64_t first, uint64_t records,
                              dpdm_error *err);
static void cifar_interleave(const uint8_t *planes, uint8_t *pixels);

dpdm_status dpdm_cifar_parse(const dpdm_blob *files, size_t n, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err)
{
    uint64_t total = 0, records[DPDM_CIFAR_FILES];
    dpdm_facts full = *facts;
    dpdm_status status = DPDM_OK;
    memset(data, 0, sizeof *data);
    if (n < 1 || n > DPDM_CIFAR_FILES)
        return dpdm_error_set(err, DPDM_EFORMAT, "%zu CIFAR-10 files: 1 to %d are read together", n, DPDM_CIFAR_FILES);
    for (size_t i = 0; !status && i < n; i++) {
        status = cifar_count(&files[i], &records[i], err);
        total += status ? 0 : records[i];
    }
    if (!status)
        status = dpdm_facts_check(facts, files[0].name, total, CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS, err);
    if (!status)
        status = dpdm_dataset_create(total, CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS, CIFAR_CLASSES, data, err);
    uint64_t first = 0;
    for (size_t i = 0; !status && i < n; i++) {
        status = cifar_read(&files[i], data, first, records[i], err);
        first += records[i];
    }
    if (status) {
        dpdm_dataset_destroy(data);
        return status;
    }
    if (!full.classes)
        full.classes = CIFAR_CLASSES;
    return dpdm_facts_seal(&full, files[0].name, data, err);
}

/* Unpacks once to count, so that a small file cannot make us take a large memory before its bytes are seen. */
static dpdm_status cifar_count(const dpdm_blob *file, uint64_t *records, dpdm_error *err)
{
    static const size_t chunk = 1 << 16;
    dpdm_unpacker *in;
    uint64_t total = 0;
    size_t got = chunk;
    uint8_t *scratch = malloc(chunk);
    if (!scratch)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read it", file->name);
    dpdm_status status = dpdm_unpacker_open(file, &in, err);
    while (!status && got == chunk && total <= CIFAR_FILE_LIMIT) {
        status = dpdm_unpacker_read(in, scratch, chunk, &got, err);
        total += got;
    }
    dpdm_unpacker_close(in);
    free(scratch);
    if (!status && total > CIFAR_FILE_LIMIT)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: unpacks to more than %llu bytes", file->name,
                                (unsigned long long)CIFAR_FILE_LIMIT);
    if (!status && (!total || total % CIFAR_RECORD))
        status = dpdm_error_set(err, DPDM_EFORMAT,
                                "%s: is not CIFAR-10 binary: its %llu bytes are not a number of records of %d bytes",
                                file->name, (unsigned long long)total, CIFAR_RECORD);
    *records = total / CIFAR_RECORD;
    return status;
}

static dpdm_status cifar_read(const dpdm_blob *file, dpdm_dataset *data, uint64_t first, uint64_t records,
                              dpdm_error *err)
{
    dpdm_unpacker *in;
    uint8_t record[CIFAR_RECORD];
    dpdm_status status = dpdm_unpacker_open(file, &in, err);
    for (uint64_t i = 0; !status && i < records; i++) {
        size_t got;
        status = dpdm_unpacker_read(in, record, sizeof record, &got, err);
        if (status)
            break;
        if (got != sizeof record) {
            status = dpdm_error_set(err, DPDM_EFORMAT, "%s: is cut short", file->name);
        } else if (record[0] >= CIFAR_CLASSES) {
            status = dpdm_error_set(err, DPDM_EFORMAT,
                                    "%s: record %llu has label %d; CIFAR-10 has labels 0 to 9: the file is damaged",
                                    file->name, (unsigned long long)i, record[0]);
        } else {
            data->labels[first + i] = record[0];
            cifar_interleave(record + 1, data->pixels + (first + i) * (CIFAR_RECORD - 1));
        }
    }
    dpdm_unpacker_close(in);
    return status;
}

static void cifar_interleave(const uint8_t *planes, uint8_t *pixels)
{
    for (int i = 0; i < CIFAR_PLANE; i++)
        for (int c = 0; c < CIFAR_CHANNELS; c++)
            pixels[CIFAR_CHANNELS * i + c] = planes[CIFAR_PLANE * c + i];
}
