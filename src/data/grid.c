/* grid.c - many images as one picture. */
#include "data/grid.h"
#include "base/file.h"
#include "data/png.h"

#include <stdlib.h>
#include <string.h>

enum { GRID_COLUMNS = 10 };
#define GRID_SIDE 32768
#define GRID_BYTES ((uint64_t)1 << 30)

static void grid_paint(const dpdm_dataset *data, uint64_t columns, uint64_t scale, uint8_t *canvas);

dpdm_status dpdm_grid_png_write(const dpdm_dataset *data, int columns, int scale, const char *path, int overwrite,
                                dpdm_error *err)
{
    uint8_t *png;
    size_t size;
    uint32_t height, width;
    dpdm_status status = dpdm_grid_png_encode(data, columns, scale, path, &png, &size, &height, &width, err);
    if (status)
        return status;
    status = dpdm_file_write(path, png, size, overwrite, DPDM_FILE_SHARED, err);
    free(png);
    return status;
}

dpdm_status dpdm_grid_png_encode(const dpdm_dataset *data, int columns, int scale, const char *name, uint8_t **png,
                                 size_t *size, uint32_t *height, uint32_t *width, dpdm_error *err)
{
    *png = NULL;
    if (!data->count || columns < 1 || scale < 1)
        return dpdm_error_set(err, DPDM_ERANGE,
                              "%s: a grid of %llu images, %d a row, %d times as large: each must be at least 1", name,
                              (unsigned long long)data->count, columns, scale);
    uint64_t across = data->count < (uint64_t)columns ? data->count : (uint64_t)columns;
    uint64_t down = (data->count - 1) / across + 1;
    uint64_t cell_width = (uint64_t)data->width * (uint64_t)scale,
             cell_height = (uint64_t)data->height * (uint64_t)scale;
    uint64_t channels = (uint64_t)data->channels;
    if (across > GRID_SIDE / cell_width || down > GRID_SIDE / cell_height ||
        across * cell_width * down * cell_height > GRID_BYTES / channels)
        return dpdm_error_set(
            err, DPDM_ERANGE,
            "%s: the grid would be larger than a picture can be: show fewer images or a smaller scale", name);
    *height = (uint32_t)(down * cell_height);
    *width = (uint32_t)(across * cell_width);
    uint8_t *canvas = calloc((size_t)*height * *width, (size_t)channels);
    if (!canvas)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the grid", name);
    grid_paint(data, across, (uint64_t)scale, canvas);
    dpdm_status status = dpdm_png_encode(canvas, *height, *width, data->channels, png, size, err);
    free(canvas);
    return status;
}

int dpdm_grid_columns(int classes)
{
    if (classes < 1 || classes > 2 * GRID_COLUMNS)
        return GRID_COLUMNS;
    return classes < GRID_COLUMNS ? GRID_COLUMNS / classes * classes : classes;
}

static void grid_paint(const dpdm_dataset *data, uint64_t columns, uint64_t scale, uint8_t *canvas)
{
    size_t channels = (size_t)data->channels;
    uint64_t width = (uint64_t)data->width, height = (uint64_t)data->height, row = columns * width * scale;
    for (uint64_t i = 0; i < data->count; i++) {
        const uint8_t *image = data->pixels + i * dpdm_dataset_image_bytes(data);
        uint64_t left = i % columns * width * scale, top = i / columns * height * scale;
        for (uint64_t y = 0; y < height * scale; y++)
            for (uint64_t x = 0; x < width * scale; x++)
                memcpy(canvas + ((top + y) * row + left + x) * channels,
                       image + (y / scale * width + x / scale) * channels, channels);
    }
}
