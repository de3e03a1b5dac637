/* grid.c - many images as one picture, with the names of their classes above them. */
#include "data/grid.h"
#include "base/file.h"
#include "data/lettering.h"
#include "data/png.h"

#include <stdlib.h>
#include <string.h>

enum { GRID_COLUMNS = 10, GRID_STRIP = DPDM_LETTER_HEIGHT + 2, GRID_LETTERS = 10 };
#define GRID_SIDE 32768
#define GRID_BYTES ((uint64_t)1 << 30)

/* Sizes in pixels of the picture. strip: height of a line of names, 0 for none; each: there is one above every row of images. */
typedef struct {
    uint64_t across, down, scale, cell_width, cell_height, strip;
    int each;
} grid_layout;

static int grid_by_column(const dpdm_dataset *data, uint64_t columns);
static uint64_t grid_letter(uint64_t width);
static uint64_t grid_top(const grid_layout *layout, uint64_t row);
static dpdm_status grid_paint_names(const dpdm_dataset *data, const grid_layout *layout, const char *name,
                                    uint8_t *canvas, dpdm_error *err);
static void grid_paint(const dpdm_dataset *data, const grid_layout *layout, uint8_t *canvas);

dpdm_status dpdm_grid_png_write(const dpdm_dataset *data, int columns, int scale, const char *path, int overwrite,
                                dpdm_error *err)
{
    uint8_t *png;
    size_t size;
    uint32_t height, width;
    dpdm_status status = dpdm_grid_png_encode(data, columns, scale, 1, path, &png, &size, &height, &width, err);
    if (status)
        return status;
    status = dpdm_file_write(path, png, size, overwrite, DPDM_FILE_SHARED, err);
    free(png);
    return status;
}

dpdm_status dpdm_grid_png_encode(const dpdm_dataset *data, int columns, int scale, int captions, const char *name,
                                 uint8_t **png, size_t *size, uint32_t *height, uint32_t *width, dpdm_error *err)
{
    *png = NULL;
    if (!data->count || columns < 1 || scale < 1)
        return dpdm_error_set(err, DPDM_ERANGE,
                              "%s: a grid of %llu images, %d a row, %d times as large: each must be at least 1", name,
                              (unsigned long long)data->count, columns, scale);
    grid_layout layout = {.across = data->count < (uint64_t)columns ? data->count : (uint64_t)columns,
                          .scale = (uint64_t)scale,
                          .cell_width = (uint64_t)data->width * (uint64_t)scale,
                          .cell_height = (uint64_t)data->height * (uint64_t)scale};
    layout.down = (data->count - 1) / layout.across + 1;
    if (captions && data->class_names) {
        layout.strip = dpdm_grid_strip(layout.cell_width);
        layout.each = !grid_by_column(data, layout.across);
    }
    uint64_t channels = (uint64_t)data->channels, row_height = layout.cell_height + layout.strip;
    if (layout.across > GRID_SIDE / layout.cell_width || layout.down > GRID_SIDE / row_height ||
        layout.across * layout.cell_width * layout.down * row_height > GRID_BYTES / channels)
        return dpdm_error_set(
            err, DPDM_ERANGE,
            "%s: the grid would be larger than a picture can be: show fewer images or a smaller scale", name);
    *height = (uint32_t)grid_top(&layout, layout.down) - (uint32_t)(layout.each ? layout.strip : 0);
    *width = (uint32_t)(layout.across * layout.cell_width);
    uint8_t *canvas = calloc((size_t)*height * *width, (size_t)channels);
    dpdm_status status = canvas ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the grid", name);
    if (!status && layout.strip)
        status = grid_paint_names(data, &layout, name, canvas, err);
    if (!status) {
        grid_paint(data, &layout, canvas);
        status = dpdm_png_encode(canvas, *height, *width, data->channels, png, size, err);
    }
    free(canvas);
    return status;
}

uint64_t dpdm_grid_strip(uint64_t width)
{
    return GRID_STRIP * grid_letter(width);
}

int dpdm_grid_columns(int classes)
{
    if (classes < 1 || classes > 2 * GRID_COLUMNS)
        return GRID_COLUMNS;
    return classes < GRID_COLUMNS ? GRID_COLUMNS / classes * classes : classes;
}

/* Whether the images of each column are of one class. */
static int grid_by_column(const dpdm_dataset *data, uint64_t columns)
{
    for (uint64_t i = columns; i < data->count; i++)
        if (data->labels[i] != data->labels[i - columns])
            return 0;
    return 1;
}

/* Pixels of a point of a letter: larger where ten letters fit above an image all the same. */
static uint64_t grid_letter(uint64_t width)
{
    return width >= (uint64_t)2 * GRID_LETTERS * DPDM_LETTER_WIDTH ? 2 : 1;
}

/* Where the images of a row begin. */
static uint64_t grid_top(const grid_layout *layout, uint64_t row)
{
    return layout->strip + row * (layout->cell_height + (layout->each ? layout->strip : 0));
}

/* Names in white, above the first row of images or above each. */
static dpdm_status grid_paint_names(const dpdm_dataset *data, const grid_layout *layout, const char *name,
                                    uint8_t *canvas, dpdm_error *err)
{
    const uint64_t width = layout->across * layout->cell_width, letter = grid_letter(layout->cell_width);
    const size_t channels = (size_t)data->channels;
    uint8_t *strip = malloc((size_t)(width * layout->strip));
    if (!strip)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the names of the classes", name);
    for (uint64_t row = 0; row < (layout->each ? layout->down : 1); row++) {
        memset(strip, 0, (size_t)(width * layout->strip));
        for (uint64_t i = row * layout->across; i < data->count && i < (row + 1) * layout->across; i++)
            dpdm_lettering_draw(
                data->class_names[data->labels[i]], (size_t)(layout->cell_width - letter), (size_t)letter, 255,
                strip + letter * width + i % layout->across * layout->cell_width + letter, (size_t)width);
        uint8_t *out = canvas + (grid_top(layout, row) - layout->strip) * width * channels;
        for (uint64_t p = 0; p < width * layout->strip; p++)
            memset(out + p * channels, strip[p], channels);
    }
    free(strip);
    return DPDM_OK;
}

static void grid_paint(const dpdm_dataset *data, const grid_layout *layout, uint8_t *canvas)
{
    size_t channels = (size_t)data->channels;
    uint64_t width = (uint64_t)data->width, height = (uint64_t)data->height, scale = layout->scale;
    uint64_t row = layout->across * layout->cell_width;
    for (uint64_t i = 0; i < data->count; i++) {
        const uint8_t *image = data->pixels + i * dpdm_dataset_image_bytes(data);
        uint64_t left = i % layout->across * layout->cell_width, top = grid_top(layout, i / layout->across);
        for (uint64_t y = 0; y < height * scale; y++)
            for (uint64_t x = 0; x < width * scale; x++)
                memcpy(canvas + ((top + y) * row + left + x) * channels,
                       image + (y / scale * width + x / scale) * channels, channels);
    }
}
