/* npy.h - headers of NumPy's .npy format (NEP 1): magic, version, length, then a Python dict literal with 'descr',
 * 'fortran_order' and 'shape'. Written and read here; the values follow row-major. */
#ifndef DPDM_DATA_NPY_H
#define DPDM_DATA_NPY_H

#include "data/readers.h"

#define DPDM_NPY_DIMENSIONS 4

typedef struct {
    char kind; /* 'u', 'i', 'f', 'b' */
    int width; /* bytes a value: 1, 2, 4, 8 */
    int big;   /* values are big-endian */
    int dimensions;
    uint64_t sizes[DPDM_NPY_DIMENSIONS];
} dpdm_npy;

/* Writes a version 1.0 header, padded to a multiple of 64 bytes, to out[0..size); returns its length, or 0 if size is
 * too small. */
size_t dpdm_npy_format(const dpdm_npy *npy, uint8_t *out, size_t size);

#endif
