/* png.h - single PNG images in memory, through libspng. */
#ifndef DPDM_DATA_PNG_H
#define DPDM_DATA_PNG_H

#include "data/raster.h"

/* As dpdm_raster_decode. */
dpdm_status dpdm_png_decode(const dpdm_blob *file, dpdm_raster_gate *gate, dpdm_raster *png, dpdm_error *err);

/* pixels: [height, width, channels]; *bytes is malloc'ed. */
dpdm_status dpdm_png_encode(const uint8_t *pixels, uint32_t height, uint32_t width, int channels, uint8_t **bytes,
                            size_t *size, dpdm_error *err);

#endif
