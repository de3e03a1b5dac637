/* png_folder.c - folders of PNG files, one sub-folder a class, written. */
#include "data/png.h"
#include "data/owners.h"
#include "data/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PNG_NAME 320 /* a class name (class_names.c) and a number */

static dpdm_status png_write_all(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_write_watch watch,
                                 dpdm_error *err);
static dpdm_status png_write_owners(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err);
static int png_digits(uint64_t largest);

dpdm_status dpdm_png_write_folder(const dpdm_dataset *data, const char *path, unsigned flags, dpdm_write_watch watch,
                                  dpdm_error *err)
{
    dpdm_folder_writer writer;
    dpdm_status status = dpdm_folder_begin(&writer, path, flags, err);
    if (status)
        return status;
    status = png_write_all(data, &writer, watch, err);
    if (!status && data->owners)
        status = png_write_owners(data, &writer, err);
    if (!status)
        return dpdm_folder_commit(&writer, err);
    dpdm_folder_abandon(&writer);
    return status;
}

static void png_class(const dpdm_dataset *data, int label, char name[PNG_NAME])
{
    if (data->class_names)
        snprintf(name, PNG_NAME, "%.*s", PNG_NAME - 40, data->class_names[label]);
    else
        snprintf(name, PNG_NAME, "%0*d", png_digits((uint64_t)data->classes - 1), label);
}

static void png_name(const dpdm_dataset *data, uint64_t record, char name[PNG_NAME])
{
    int digits = png_digits(data->count - 1);
    png_class(data, (int)data->labels[record], name);
    size_t length = strlen(name);
    snprintf(name + length, PNG_NAME - length, "/%0*llu.png", digits < 6 ? 6 : digits, (unsigned long long)record);
}

static dpdm_status png_write_all(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_write_watch watch,
                                 dpdm_error *err)
{
    char name[PNG_NAME];
    dpdm_status status = DPDM_OK;
    for (int c = 0; !status && c < data->classes; c++) {
        png_class(data, c, name);
        status = dpdm_folder_add_folder(writer, name, err);
    }
    for (uint64_t i = 0; !status && i < data->count; i++) {
        uint8_t *bytes;
        size_t size = 0;
        status = dpdm_write_watched(watch, writer->path, i, data->count, err);
        if (status)
            break;
        png_name(data, i, name);
        status = dpdm_png_encode(data->pixels + i * dpdm_dataset_image_bytes(data), (uint32_t)data->height,
                                 (uint32_t)data->width, data->channels, &bytes, &size, err);
        if (!status)
            status = dpdm_folder_add_file(writer, name, bytes, size, err);
        free(bytes);
    }
    return status;
}

static dpdm_status png_write_owners(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err)
{
    char *text = NULL, name[PNG_NAME];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out) {
        fprintf(out, "%s\n", DPDM_OWNERS_HEAD);
        for (uint64_t i = 0; i < data->count; i++) {
            png_name(data, i, name);
            fprintf(out, "%s,%llu\n", name, (unsigned long long)data->owners[i]);
        }
    }
    int good = out && !ferror(out);
    good = out && fclose(out) == 0 && good;
    dpdm_status status = good ? dpdm_folder_add_file(writer, DPDM_OWNERS_FILE, text, size, err)
                              : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for its owners", writer->path);
    free(text);
    return status;
}

static int png_digits(uint64_t largest)
{
    int digits = 1;
    for (; largest >= 10 && digits < 20; largest /= 10)
        digits++;
    return digits;
}
