/* picture.c - PNG files to be put into the page. */
#include "report/picture.h"

#include <dirent.h>
#include <spng.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "data/grid.h"
#include "report/html.h"

#define PICTURE_BYTES ((size_t)1 << 25)
#define PICTURE_SIDE 16384

enum { PREVIEWS_MOST = 100000, PREVIEW_PATH = 1024 };

static dpdm_status picture_check(dpdm_picture *picture, const char *path, dpdm_error *err);
static int steps_list(const char *folder, uint64_t **steps, size_t *count);

dpdm_status dpdm_picture_read(const char *path, dpdm_picture *picture, dpdm_error *err)
{
    *picture = (dpdm_picture){0};
    dpdm_status status = dpdm_file_read(path, PICTURE_BYTES, &picture->png, &picture->size, err);
    if (!status)
        status = picture_check(picture, path, err);
    if (status)
        dpdm_picture_destroy(picture);
    return status;
}

dpdm_status dpdm_picture_grid(const dpdm_dataset *data, int columns, int scale, dpdm_picture *picture, dpdm_error *err)
{
    *picture = (dpdm_picture){0};
    return dpdm_grid_png_encode(data, columns, scale, 0, "the report", &picture->png, &picture->size, &picture->height,
                                &picture->width, err);
}

void dpdm_picture_destroy(dpdm_picture *picture)
{
    free(picture->png);
    *picture = (dpdm_picture){0};
}

dpdm_status dpdm_picture_previews(const char *run, int max, dpdm_picture *pictures, uint64_t *steps, int *count,
                                  dpdm_error *err)
{
    char path[PREVIEW_PATH];
    uint64_t *all = NULL;
    size_t n = 0;
    *count = 0;
    snprintf(path, sizeof path, "%.900s/preview", run);
    if (!steps_list(path, &all, &n))
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the list of previews");
    int shown = n < (size_t)max ? (int)n : max;
    dpdm_status status = DPDM_OK;
    for (int i = 0; i < shown && !status; i++) {
        steps[i] = all[shown > 1 ? (size_t)i * (n - 1) / (size_t)(shown - 1) : n - 1];
        snprintf(path, sizeof path, "%.900s/preview/step-%08llu.png", run, (unsigned long long)steps[i]);
        status = dpdm_picture_read(path, &pictures[i], err);
        if (!status)
            (*count)++;
    }
    free(all);
    while (status && *count)
        dpdm_picture_destroy(&pictures[--*count]);
    return status;
}

int dpdm_picture_is_grid(const dpdm_picture *picture, int columns, int height, int width)
{
    uint64_t row = (uint64_t)columns * (uint64_t)width;
    if (columns < 1 || height < 1 || width < 1 || picture->width < row || picture->width % row)
        return 0;
    const uint64_t scale = picture->width / row, cell = scale * (uint64_t)height;
    const uint64_t strip = dpdm_grid_strip(scale * (uint64_t)width);
    return picture->height % cell == 0 || (picture->height > strip && (picture->height - strip) % cell == 0);
}

void dpdm_picture_put(FILE *out, const dpdm_picture *picture, const char *alt)
{
    dpdm_html_put(out, "<img alt=\"%s\" width=\"%d\" height=\"%d\" src=\"", alt, (int)picture->width,
                  (int)picture->height);
    dpdm_html_data_uri(out, "image/png", picture->png, picture->size);
    dpdm_html_put(out, "\">");
}

/* ---- is it a picture? ---- */

/* Decodes row by row, so that no more memory than a row is needed. */
static int picture_decode(spng_ctx *context, dpdm_picture *picture)
{
    struct spng_ihdr header;
    int result = spng_get_ihdr(context, &header);
    if (!result)
        result = spng_decode_image(context, NULL, 0, SPNG_FMT_RGBA8, SPNG_DECODE_PROGRESSIVE);
    if (result)
        return result;
    picture->width = header.width;
    picture->height = header.height;
    uint8_t *row = malloc((size_t)header.width * 4);
    if (!row)
        return SPNG_EMEM;
    do
        result = spng_decode_row(context, row, (size_t)header.width * 4);
    while (!result);
    free(row);
    return result == SPNG_EOI ? 0 : result;
}

static dpdm_status picture_check(dpdm_picture *picture, const char *path, dpdm_error *err)
{
    spng_ctx *context = spng_ctx_new(0);
    if (!context)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read the picture", path);
    int result = spng_set_image_limits(context, PICTURE_SIDE, PICTURE_SIDE);
    if (!result)
        result = spng_set_png_buffer(context, picture->png, picture->size);
    if (!result)
        result = picture_decode(context, picture);
    spng_ctx_free(context);
    if (result == SPNG_EMEM)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read the picture", path);
    return result ? dpdm_error_set(err, DPDM_EFORMAT, "%s: not a PNG picture that can be shown: %s", path,
                                   spng_strerror(result))
                  : DPDM_OK;
}

/* ---- previews ---- */

static int step_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* step- and eight digits, as dpdm train writes them. */
static int step_name(const char *name)
{
    return strncmp(name, "step-", 5) == 0 && strspn(name + 5, "0123456789") == 8 && strcmp(name + 13, ".png") == 0;
}

/* The steps of the previews in a folder, sorted; 0 when out of memory. */
static int steps_list(const char *folder, uint64_t **steps, size_t *count)
{
    DIR *entries = opendir(folder);
    size_t room = 0;
    for (struct dirent *entry; entries && *count < PREVIEWS_MOST && (entry = readdir(entries));) {
        if (!step_name(entry->d_name))
            continue;
        if (*count == room) {
            uint64_t *more = realloc(*steps, (room = room ? 2 * room : 32) * sizeof *more);
            if (!more) {
                closedir(entries);
                free(*steps);
                return 0;
            }
            *steps = more;
        }
        (*steps)[(*count)++] = strtoull(entry->d_name + 5, NULL, 10);
    }
    if (entries)
        closedir(entries);
    if (*count)
        qsort(*steps, *count, sizeof **steps, step_compare);
    return 1;
}
