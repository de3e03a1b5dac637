/* npy.h - headers of NumPy's .npy format (NEP 1): magic, version, length, then a Python dict literal with 'descr',
 * 'fortran_order' and 'shape'. The values follow, row-major. */
#ifndef DPDM_DATA_NPY_H
#define DPDM_DATA_NPY_H

#include "data/readers.h"

#define DPDM_NPY_DIMENSIONS 4
#define DPDM_NPY_TEXT 4096          /* characters of a text */
#define DPDM_NPY_HEADER_LIMIT 65536 /* no header that matters here is longer */

typedef struct {
    char kind;       /* 'u', 'i', 'f', 'b'; 'U' and 'S': texts of `length` characters, zeros after the end */
    int width;       /* bytes a number: 1, 2, 4, 8; a character: 4 ('U', UCS-4), 1 ('S') */
    uint32_t length; /* 1; of texts, characters */
    int big;         /* values are big-endian */
    int dimensions;
    uint64_t sizes[DPDM_NPY_DIMENSIONS];
    uint64_t values; /* product of the sizes; 1 without dimensions */
} dpdm_npy;

/* An array of the machine's own byte order; kind (a number's) and width as above. */
dpdm_npy dpdm_npy_make(char kind, int width, int dimensions, const uint64_t *sizes);
/* Bytes of all values. */
size_t dpdm_npy_bytes(const dpdm_npy *npy);

/* Writes a version 1.0 header, padded to a multiple of 64 bytes, to out[0..size); returns its length, or 0 if size is
 * too small. */
size_t dpdm_npy_format(const dpdm_npy *npy, uint8_t *out, size_t size);

/* The length of the whole header from its first 12 bytes: DPDM_EFORMAT if it is not .npy or longer than the limit. */
#define DPDM_NPY_PREFIX 12
dpdm_status dpdm_npy_length(const char *name, const uint8_t prefix[DPDM_NPY_PREFIX], size_t *length, dpdm_error *err);
/* Reads a header of that length. Refused: Fortran order, records and other types than numbers and texts, more than 4 dimensions,
 * sizes whose product is beyond 2^62 bytes. */
dpdm_status dpdm_npy_parse(const char *name, const uint8_t *header, size_t length, dpdm_npy *npy, dpdm_error *err);

/* The shape as text, e.g. "(60000, 28, 28)". */
const char *dpdm_npy_shape(const dpdm_npy *npy, char text[96]);

/* Puts n values in the machine's byte order. */
void dpdm_npy_to_host(const dpdm_npy *npy, void *values, size_t n);

#endif
