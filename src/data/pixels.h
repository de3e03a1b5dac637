/* pixels.h - the pixels of a data set, which lie in memory or in a mapped file (image_store.h). */
#ifndef DPDM_DATA_PIXELS_H
#define DPDM_DATA_PIXELS_H

#include <sodium.h>
#include "dpdm/dataset.h"

/* Bytes of a mapped file before its pixels: a page. */
enum { DPDM_PIXELS_HEAD = 4096 };

void dpdm_pixels_free(dpdm_dataset *data);
/* Hands pages back to the system, which reads them from the file again when they are needed; memory stays as it is. */
void dpdm_pixels_release(const dpdm_dataset *data);
/* Hashes all pixels, so that no more of a mapped file than a few megabytes is in memory at once. */
void dpdm_pixels_hash(const dpdm_dataset *data, crypto_generichash_state *state);

#endif
