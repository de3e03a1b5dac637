/* unpack.h - reads a file in memory from front to end, through gzip or xz where its first bytes say so.
 *
 * Nothing is taken by the unpacker but its fixed state: the caller decides how much it wants, so a small file that
 * would unpack to a huge one costs no more than what its own header announces. */
#ifndef DPDM_DATA_UNPACK_H
#define DPDM_DATA_UNPACK_H

#include "data/readers.h"

typedef struct dpdm_unpacker dpdm_unpacker;

int dpdm_blob_is_packed(const dpdm_blob *file);

dpdm_status dpdm_unpacker_open(const dpdm_blob *file, dpdm_unpacker **unpacker, dpdm_error *err);
void dpdm_unpacker_close(dpdm_unpacker *unpacker);
/* Reads n bytes to out, or fewer at the end of the file: *got. */
dpdm_status dpdm_unpacker_read(dpdm_unpacker *unpacker, void *out, size_t n, size_t *got, dpdm_error *err);
/* The most bytes that can still come, from the size of the packed file and the limits of its format. */
uint64_t dpdm_unpacker_most(const dpdm_unpacker *unpacker);

#endif
