/* png.h - single PNG images in memory, through libspng.
 *
 * Nothing is lost or guessed on reading. Grey of 1, 2 and 4 bits is spread over 0..255, 16 bits are rounded to 8,
 * palettes become colours. An image becomes [H,W,channels]: 1 needs equal red, green and blue in every pixel; 1 and 3
 * need full opacity; 2 and 4 keep the alpha channel. Grey becomes three equal channels where 3 or 4 are asked for.
 * Colour profiles and gamma are not applied. */
#ifndef DPDM_DATA_PNG_H
#define DPDM_DATA_PNG_H

#include "data/readers.h"

typedef struct {
    uint32_t height, width;
    int channels;  /* what the file holds: 1 grey, 2 grey + alpha, 3 colour, 4 colour + alpha */
    uint8_t *rgba; /* [height, width, 4] */
} dpdm_png;

dpdm_status dpdm_png_decode(const dpdm_blob *file, dpdm_png *png, dpdm_error *err);
/* Writes [height, width, channels] to out. */
dpdm_status dpdm_png_convert(const dpdm_png *png, const char *name, int channels, uint8_t *out, dpdm_error *err);
void dpdm_png_destroy(dpdm_png *png);

/* pixels: [height, width, channels]; *bytes is malloc'ed. */
dpdm_status dpdm_png_encode(const uint8_t *pixels, uint32_t height, uint32_t width, int channels, uint8_t **bytes,
                            size_t *size, dpdm_error *err);

#endif
