/* image_store.h - room for decoded pictures: memory, or a file that only the user can read, mapped.
 *
 * Pages of a mapped file that are not in use cost no memory: the system takes them back. The file has no name while it is
 * filled, so that nothing of it stays behind whatever happens; one that is to be kept gets its name when it is complete
 * (where the file system cannot name such a file, it is written under a temporary name). It begins with a line that says what
 * it is, its key and a BLAKE2b of the pixels and of data->wide, which is checked when it is used again. */
#ifndef DPDM_DATA_IMAGE_STORE_H
#define DPDM_DATA_IMAGE_STORE_H

#include "data/readers.h"

#define DPDM_IMAGE_STORE_PATH 1200
#define DPDM_IMAGE_STORE_FORMAT 2 /* for keys: a file of another format is not looked at */

typedef struct {
    int descriptor; /* -1: none */
    char path[DPDM_IMAGE_STORE_PATH], temporary[DPDM_IMAGE_STORE_PATH + 8];
    uint8_t *map;
    size_t bytes;
    uint8_t key[32];
} dpdm_image_store;

/* Takes room for the pixels of *data, whose count and shape are set, and points data->pixels there. key: names what will be in
 * it, for reading->cache_keep. *filled: the pixels are there already, of an earlier run. reading: with a cache. */
dpdm_status dpdm_image_store_open(dpdm_image_store *store, const dpdm_reading *reading, const uint8_t key[32],
                                  dpdm_dataset *data, int *filled, dpdm_error *err);
/* The pixels are complete: they become read-only, and the file gets its name where it is kept. */
dpdm_status dpdm_image_store_finish(dpdm_image_store *store, const dpdm_reading *reading, const dpdm_dataset *data,
                                    dpdm_error *err);
/* After a failure: gives up what was not finished; *data has to be destroyed as ever. */
void dpdm_image_store_abandon(dpdm_image_store *store);

#endif
