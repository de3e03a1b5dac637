/* npz.h - .npz archives: a zip (libzip) of .npy arrays, one a key. Any arrays of numbers, not only data sets. */
#ifndef DPDM_DATA_NPZ_H
#define DPDM_DATA_NPZ_H

#include "data/npy.h"

typedef struct dpdm_npz dpdm_npz;

/* Opens an archive in memory, which must stay until dpdm_npz_close. */
dpdm_status dpdm_npz_open(const dpdm_blob *file, dpdm_npz **npz, dpdm_error *err);
void dpdm_npz_close(dpdm_npz *npz);
int dpdm_npz_has(const dpdm_npz *npz, const char *key);
/* The keys, comma-separated, cut to size: for messages. */
void dpdm_npz_keys(const dpdm_npz *npz, char *text, size_t size);

/* The shape and type of an array. Refused, before any memory is taken, if its size is not that of the member or more
 * than the packed member can hold. */
dpdm_status dpdm_npz_header(const dpdm_npz *npz, const char *key, dpdm_npy *npy, dpdm_error *err);
/* All values of an array, row-major, in the machine's byte order, to out[0..npy->values). */
dpdm_status dpdm_npz_values(const dpdm_npz *npz, const char *key, const dpdm_npy *npy, void *out, dpdm_error *err);
/* The same converted, malloc'ed: floats from f4 and f8; integers from any integer type and bool (uint64 above 2^63 - 1
 * is DPDM_EFORMAT). */
dpdm_status dpdm_npz_floats(const dpdm_npz *npz, const char *key, dpdm_npy *npy, float **values, dpdm_error *err);
dpdm_status dpdm_npz_integers(const dpdm_npz *npz, const char *key, dpdm_npy *npy, int64_t **values, dpdm_error *err);

/* The texts of an array ('U' or 'S'), as UTF-8; one block of memory for texts[0..npy->values) and their bytes, the
 * caller's to free. A text with a zero byte inside or that is no UTF-8 is DPDM_EFORMAT. */
dpdm_status dpdm_npz_texts(const dpdm_npz *npz, const char *key, dpdm_npy *npy, char ***texts, dpdm_error *err);
/* An array of 'U' texts to write: *values is malloc'ed. */
dpdm_status dpdm_npz_from_texts(const char *const *texts, size_t n, dpdm_npy *npy, void **values, dpdm_error *err);

/* One array to write; values in the machine's byte order. */
typedef struct {
    const char *key;
    dpdm_npy npy;
    const void *values;
} dpdm_npz_array;

/* Writes arrays[0..n) beside the final name and renames. The same arrays give the same bytes: times in the archive are
 * fixed. At most 8 arrays. flags: as dpdm_dataset_write. */
dpdm_status dpdm_npz_write(const char *path, const dpdm_npz_array *arrays, size_t n, unsigned flags, dpdm_error *err);
/* The same, watched as dpdm_dataset_write_watched; total: what counts as all. */
dpdm_status dpdm_npz_write_watched(const char *path, const dpdm_npz_array *arrays, size_t n, unsigned flags,
                                   dpdm_write_watch watch, uint64_t total, dpdm_error *err);

#endif
