/* jpeg.h - single JPEG images in memory, through libjpeg-turbo: baseline, progressive and arithmetic-coded ones of 8 bits, grey
 * or coloured.
 *
 * The decoder's exact integer transform and its smooth upsampling of colours are used, which give the same pixels on any
 * machine. Refused (DPDM_EFORMAT): CMYK, whose colours depend on inks; 12 bits; whatever makes the decoder warn (damaged, cut
 * short), because it would fill in what is missing; more scans than any camera writes, which take very long. */
#ifndef DPDM_DATA_JPEG_H
#define DPDM_DATA_JPEG_H

#include "data/raster.h"

/* As dpdm_raster_decode. */
dpdm_status dpdm_jpeg_decode(const dpdm_blob *file, dpdm_raster_gate *gate, dpdm_raster *picture, dpdm_error *err);

#endif
