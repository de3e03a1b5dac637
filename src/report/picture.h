/* picture.h - PNG files to be put into the page. */
#ifndef DPDM_REPORT_PICTURE_H
#define DPDM_REPORT_PICTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "dpdm/dataset.h"

typedef struct {
    uint8_t *png;
    size_t size;
    uint32_t width, height;
} dpdm_picture;

/* Reads a PNG file and checks that it can be shown: DPDM_EFORMAT if it is none or is damaged. */
dpdm_status dpdm_picture_read(const char *path, dpdm_picture *picture, dpdm_error *err);
/* A grid of images in reading order. */
dpdm_status dpdm_picture_grid(const dpdm_dataset *data, int columns, int scale, dpdm_picture *picture, dpdm_error *err);
void dpdm_picture_destroy(dpdm_picture *picture);

/* The previews of a run folder: at most `max` of RUN/preview/step-NUMBER.png, the first, the last and some between, in
 * the order of steps. A folder without any gives 0. */
dpdm_status dpdm_picture_previews(const char *run, int max, dpdm_picture *pictures, uint64_t *steps, int *count,
                                  dpdm_error *err);

/* Is the picture a grid of whole height x width images with `columns` a row, all enlarged alike, perhaps below a line of
 * names? */
int dpdm_picture_is_grid(const dpdm_picture *picture, int columns, int height, int width);

/* <img ...> with the size of the picture; alt: text for those who do not see it. */
void dpdm_picture_put(FILE *out, const dpdm_picture *picture, const char *alt);

#endif
