/* exif.h - which way up a picture is, as its EXIF data say (CIPA DC-008, tag 0x0112, in image file directory 0). */
#ifndef DPDM_DATA_EXIF_H
#define DPDM_DATA_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* tiff: the EXIF data from their byte order ("II" or "MM") on; any bytes. 1..8; 1, upright, where they do not say. */
int dpdm_exif_orientation(const uint8_t *tiff, size_t size);

#endif
