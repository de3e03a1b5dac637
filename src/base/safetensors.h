/* safetensors.h - named fp32 tensors and text metadata in one file that Python's `safetensors` opens.
 *
 * Layout: 8 bytes little-endian length of the header; the header, a JSON object {"name": {"dtype": "F32", "shape":
 * [..], "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text"}}, which may end in spaces; the data,
 * little-endian. Offsets count from the start of the data; tensors fill it without holes or overlaps. dpdm knows dtype
 * F32 only. */
#ifndef DPDM_BASE_SAFETENSORS_H
#define DPDM_BASE_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "dpdm/status.h"

#define DPDM_SAFETENSORS_RANK 8
#define DPDM_SAFETENSORS_HEADER_LIMIT ((size_t)16 << 20)
#define DPDM_SAFETENSORS_TENSOR_LIMIT 65536

typedef struct {
    const char *name;
    int rank;
    uint64_t shape[DPDM_SAFETENSORS_RANK];
    uint64_t count;       /* product of shape */
    const uint8_t *bytes; /* 4 * count little-endian bytes, not aligned */
} dpdm_safetensor;

/* A parsed file. Tensors are sorted by name; they and the metadata point into `header` and into the caller's bytes. */
typedef struct {
    dpdm_safetensor *tensors;
    size_t count;
    struct cJSON *header;
} dpdm_safetensors;

/* Parses a file held in memory, which must outlive *file. name stands for the path in messages. A file that breaks any
 * rule above, has other dtypes, duplicate names or bytes left over: DPDM_EFORMAT. */
dpdm_status dpdm_safetensors_parse(const uint8_t *bytes, size_t size, const char *name, dpdm_safetensors *file,
                                   dpdm_error *err);
void dpdm_safetensors_destroy(dpdm_safetensors *file);
/* The tensor of a name, or NULL. */
const dpdm_safetensor *dpdm_safetensors_find(const dpdm_safetensors *file, const char *name);
/* The metadata text of a key, or NULL. */
const char *dpdm_safetensors_metadata(const dpdm_safetensors *file, const char *key);
/* out[0..tensor->count) = the values. */
void dpdm_safetensor_floats(const dpdm_safetensor *tensor, float *out);

/* What to write. */
typedef struct {
    const char *name;
    int rank;
    uint64_t shape[DPDM_SAFETENSORS_RANK];
    const float *values; /* product of shape */
} dpdm_safetensor_source;

typedef struct {
    const char *key, *text;
} dpdm_safetensors_text;

/* Writes a whole file to stream, in the order given. Errors of the stream itself are left to its owner (ferror). */
dpdm_status dpdm_safetensors_write(FILE *stream, const dpdm_safetensor_source *tensors, size_t count,
                                   const dpdm_safetensors_text *metadata, size_t metadata_count, dpdm_error *err);

#endif
