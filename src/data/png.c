/* png.c - PNG images to pixels and back. */
#include "data/png.h"
#include "data/exif.h"

#include <stdlib.h>
#include <string.h>
#include <spng.h>

#define PNG_CHUNK_LIMIT ((size_t)1 << 24)

static dpdm_status png_start(spng_ctx *png, const dpdm_blob *file, dpdm_raster_gate *gate, struct spng_ihdr *header,
                             dpdm_raster *out, dpdm_error *err);
static void png_describe(spng_ctx *png, const struct spng_ihdr *header, dpdm_raster *out);
static dpdm_status png_pixels(spng_ctx *png, const char *name, const struct spng_ihdr *header, dpdm_raster *out,
                              dpdm_error *err);

dpdm_status dpdm_png_decode(const dpdm_blob *file, dpdm_raster_gate *gate, dpdm_raster *png, dpdm_error *err)
{
    memset(png, 0, sizeof *png);
    struct spng_ihdr header = {0};
    spng_ctx *context = spng_ctx_new(0);
    if (!context)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to decode it", file->name);
    dpdm_status status = png_start(context, file, gate, &header, png, err);
    if (!status)
        status = png_pixels(context, file->name, &header, png, err);
    if (!status)
        png_describe(context, &header, png);
    spng_ctx_free(context);
    if (status)
        dpdm_raster_destroy(png);
    return status;
}

dpdm_status dpdm_png_encode(const uint8_t *pixels, uint32_t height, uint32_t width, int channels, uint8_t **bytes,
                            size_t *size, dpdm_error *err)
{
    static const uint8_t types[] = {SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA,
                                    SPNG_COLOR_TYPE_TRUECOLOR, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};
    struct spng_ihdr header = {.width = width, .height = height, .bit_depth = 8, .color_type = types[channels - 1]};
    int result = SPNG_EMEM;
    *bytes = NULL;
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    if (png && !(result = spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1)) && !(result = spng_set_ihdr(png, &header)))
        result = spng_encode_image(png, pixels, (size_t)height * width * (size_t)channels, SPNG_FMT_PNG,
                                   SPNG_ENCODE_FINALIZE);
    if (!result)
        *bytes = spng_get_png_buffer(png, size, &result);
    spng_ctx_free(png);
    if (!*bytes)
        return dpdm_error_set(err, DPDM_ENOMEM, "an image could not be encoded as PNG: %s", spng_strerror(result));
    return DPDM_OK;
}

static dpdm_status png_start(spng_ctx *png, const dpdm_blob *file, dpdm_raster_gate *gate, struct spng_ihdr *header,
                             dpdm_raster *out, dpdm_error *err)
{
    int result = spng_set_chunk_limits(png, PNG_CHUNK_LIMIT, PNG_CHUNK_LIMIT);
    if (!result)
        result = spng_set_png_buffer(png, file->bytes, file->size);
    if (!result)
        result = spng_get_ihdr(png, header);
    if (result)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is not a PNG image: %s", file->name, spng_strerror(result));
    return dpdm_raster_enter(out, file->name, header->height, header->width, gate, err);
}

static void png_describe(spng_ctx *png, const struct spng_ihdr *header, dpdm_raster *out)
{
    struct spng_trns transparency;
    struct spng_exif exif;
    int grey = header->color_type == SPNG_COLOR_TYPE_GRAYSCALE || header->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    int alpha = header->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
                header->color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA || spng_get_trns(png, &transparency) == 0;
    out->channels = (grey ? 1 : 3) + alpha;
    out->orientation =
        spng_get_exif(png, &exif) == 0 ? dpdm_exif_orientation((const uint8_t *)exif.data, exif.length) : 1;
}

/* 16 bits to 8, in place: the write is never ahead of the read. */
static void png_narrow(uint8_t *pixels, size_t values, dpdm_raster *out)
{
    out->wide = 1;
    for (size_t i = 0; i < values; i++) {
        uint16_t value;
        memcpy(&value, pixels + 2 * i, sizeof value);
        if (i % 4 < 3 && value > out->wide_highest) /* opacity is no colour */
            out->wide_highest = value;
        pixels[i] = (uint8_t)(((uint32_t)value * 255 + 32767) / 65535);
    }
}

/* All kinds of PNG come as four channels of 8 or, where the file has them, 16 bits. */
static dpdm_status png_pixels(spng_ctx *png, const char *name, const struct spng_ihdr *header, dpdm_raster *out,
                              dpdm_error *err)
{
    int deep = header->bit_depth == 16, format = deep ? SPNG_FMT_RGBA16 : SPNG_FMT_RGBA8;
    size_t values = 4 * (size_t)header->width * header->height, size = 0;
    int result = spng_decoded_image_size(png, format, &size);
    if (result || size != values * (deep ? 2 : 1))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is damaged: %s", name, spng_strerror(result));
    uint8_t *pixels = malloc(size + 1);
    if (!pixels)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to decode it", name);
    out->rgba = pixels;
    result = spng_decode_image(png, pixels, size, format, SPNG_DECODE_TRNS);
    if (!result)
        result = spng_decode_chunks(png); /* up to the end of the file: finds one cut short */
    if (result)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is damaged: %s", name, spng_strerror(result));
    if (deep)
        png_narrow(pixels, values, out);
    out->height = header->height;
    out->width = header->width;
    return DPDM_OK;
}
