/* grid.h - many images as one PNG in memory: what dpdm_grid_png_write writes. */
#ifndef DPDM_DATA_GRID_H
#define DPDM_DATA_GRID_H

#include "dpdm/dataset.h"

/* name stands for the picture in messages; *png is malloc'ed; height and width are those of the picture. captions: names of
 * classes, where the data have any, are written above the images: once above a column of one class, else above each. */
dpdm_status dpdm_grid_png_encode(const dpdm_dataset *data, int columns, int scale, int captions, const char *name,
                                 uint8_t **png, size_t *size, uint32_t *height, uint32_t *width, dpdm_error *err);

/* Height in pixels of a line of names above images that are so wide in the picture. */
uint64_t dpdm_grid_strip(uint64_t width);

/* Columns of a picture of images whose classes come in turn, so that each column is of one class: as many as classes, from
 * 10 to 20; where there are fewer than 10 classes, each several times, so that the picture is no tower; else 10. */
int dpdm_grid_columns(int classes);

#endif
