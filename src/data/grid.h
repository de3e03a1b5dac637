/* grid.h - many images as one PNG in memory: what dpdm_grid_png_write writes. */
#ifndef DPDM_DATA_GRID_H
#define DPDM_DATA_GRID_H

#include "dpdm/dataset.h"

/* name stands for the picture in messages; *png is malloc'ed; height and width are those of the picture. */
dpdm_status dpdm_grid_png_encode(const dpdm_dataset *data, int columns, int scale, const char *name, uint8_t **png,
                                 size_t *size, uint32_t *height, uint32_t *width, dpdm_error *err);

#endif
