/* pictures.h - small JPEG files for tests, with what cameras and attackers put into them. */
#ifndef DPDM_TESTS_DATA_PICTURES_H
#define DPDM_TESTS_DATA_PICTURES_H

#include "support.h"

typedef struct {
    int height, width, channels; /* 1 grey, 3 colour, 4 CMYK */
    int progressive;
    int orientation; /* of its EXIF data; 0: none */
    int big_endian;  /* the EXIF data */
    unsigned seed;   /* of a smooth random picture */
} picture;

/* The JPEG file, malloc'ed. */
uint8_t *picture_jpeg(const picture *p, size_t *size);
void picture_write(const char *folder, const char *name, const picture *p);
/* The pixels that were encoded, [height, width, channels]; malloc'ed. */
uint8_t *picture_pixels(const picture *p);

#endif
