/* readers.h - inside of the data room: the limits, the readers from memory behind dpdm_dataset_open, small helpers.
 *
 * Readers take the bytes of whole files, so that tests and fuzz targets can feed them without a disk. `name` stands for
 * the file in messages. Every size that a header states is checked against the bytes there are before memory is taken.
 * A reader that fails leaves *data empty. */
#ifndef DPDM_DATA_READERS_H
#define DPDM_DATA_READERS_H

#include "dpdm/dataset.h"

#define DPDM_IMAGE_SIDE 1024
#define DPDM_IMAGE_CHANNELS 4
#define DPDM_CLASSES 65536
#define DPDM_FILE_LIMIT ((size_t)1 << 36) /* no data file may be larger */

/* Bytes of a file, not owned. */
typedef struct {
    const char *name;
    const uint8_t *bytes;
    size_t size;
} dpdm_blob;

/* IDX: images (idx3 [N,H,W] or idx4 [N,H,W,C], unsigned bytes) and their labels (idx1), each plain, gzip or xz. */
dpdm_status dpdm_idx_parse(const dpdm_blob *images, const dpdm_blob *labels, const dpdm_facts *facts,
                           dpdm_dataset *data, dpdm_error *err);

/* Opens an IDX pair of a folder, by its usual names, or of an images file with its labels beside it. */
dpdm_status dpdm_idx_open_folder(const char *folder, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                                 dpdm_error *err);
dpdm_status dpdm_idx_open_file(const char *images, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
/* Whether a folder holds an images file with a usual name, of any split. */
int dpdm_idx_in_folder(const char *folder);

/* Writers; path: final name, as dpdm_dataset_write. */
dpdm_status dpdm_npz_write(const dpdm_dataset *data, const char *path, int overwrite, dpdm_error *err);

size_t dpdm_dataset_image_bytes(const dpdm_dataset *data);
/* Checks the shape a file has against the stated facts (0: not stated). */
dpdm_status dpdm_facts_check(const dpdm_facts *facts, const char *name, uint64_t count, uint64_t height, uint64_t width,
                             uint64_t channels, dpdm_error *err);
/* Sets data->classes from the facts, or from the labels where not stated, and seals; destroys *data on failure.
 * name: the file that holds the labels. */
dpdm_status dpdm_facts_seal(const dpdm_facts *facts, const char *name, dpdm_dataset *data, dpdm_error *err);
const char *dpdm_split_name(dpdm_split split); /* "train", "test", "val" */

#endif
