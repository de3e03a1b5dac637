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
#define DPDM_CIFAR_FILES 16               /* at most so many make one data set */
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

/* CIFAR-10 binary: 32 x 32 x 3, records of label and planes; files[0..n) in turn, each plain, gzip or xz. */
dpdm_status dpdm_cifar_parse(const dpdm_blob *files, size_t n, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err);

/* .npz: uint8 images [N,H,W] or [N,H,W,C] and integer labels [N] or [N,1], under the keys SPLIT_images and SPLIT_labels
 * (MedMNIST), x_SPLIT and y_SPLIT (Keras), or images and labels (one set, whatever the split); integer owners [N] or
 * [N,1] under SPLIT_owners, owners_SPLIT or owners, as the images are named. */
dpdm_status dpdm_npz_parse(const dpdm_blob *file, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                           dpdm_error *err);

/* Opens an IDX pair of a folder, by its usual names, or of an images file with its labels beside it. */
dpdm_status dpdm_idx_open_folder(const char *folder, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                                 dpdm_error *err);
dpdm_status dpdm_idx_open_file(const char *images, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
/* Whether a folder holds an images file with a usual name, of any split. */
int dpdm_idx_in_folder(const char *folder);

/* CIFAR-10 files by name: data_batch_N.bin (train), test_batch.bin, or any .bin; .gz and .xz as well. */
dpdm_status dpdm_cifar_open_folder(const char *folder, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                                   dpdm_error *err);
dpdm_status dpdm_cifar_open_file(const char *path, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
int dpdm_cifar_in_folder(const char *folder);
int dpdm_cifar_is_name(const char *path);

dpdm_status dpdm_npz_open_file(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                               dpdm_error *err);

/* An .npy file of images, with its labels (and owners) in .npy files beside it: images.npy and labels.npy, train_images.npy and
 * train_labels.npy, or x_train.npy and y_train.npy; owners.npy, train_owners.npy, owners_train.npy. */
dpdm_status dpdm_npy_open_pair(const char *images, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
int dpdm_npy_pair_is_name(const char *path);

/* Class folders of PNG and JPEG files: tree.h has the rules for what lies in them, raster.h and rule.h those for sizes and
 * colours, owners.h those for owners.csv. */
dpdm_status dpdm_picture_open_folder(const char *folder, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);

/* Writers; path: final name, as dpdm_dataset_write. PNG: a folder of class folders 0, 1, ... and files numbered as in
 * the set. IDX: a folder with train-images-idx3-ubyte (idx4 for more than one channel) and train-labels-idx1-ubyte. */
typedef struct {
    dpdm_write_fn watch; /* NULL: none */
    void *context;
} dpdm_write_watch;
dpdm_status dpdm_png_write_folder(const dpdm_dataset *data, const char *path, unsigned flags, dpdm_write_watch watch,
                                  dpdm_error *err);
dpdm_status dpdm_idx_write_folder(const dpdm_dataset *data, const char *path, unsigned flags, dpdm_write_watch watch,
                                  dpdm_error *err);
dpdm_status dpdm_npz_write_dataset(const dpdm_dataset *data, const char *path, unsigned flags, dpdm_write_watch watch,
                                   dpdm_error *err);
/* The split that a name stands for (train, training, Test, val, validation, ..., in any case), or -1. */
int dpdm_split_named(const char *name);
/* DPDM_ECANCELLED, in words for the writing of path. */
dpdm_status dpdm_write_stopped(const char *path, dpdm_error *err);
/* The same if the watch wants the writing of path to stop. */
dpdm_status dpdm_write_watched(dpdm_write_watch watch, const char *path, uint64_t done, uint64_t total,
                               dpdm_error *err);

size_t dpdm_dataset_image_bytes(const dpdm_dataset *data);
/* Takes room for more images, zeroed; a failure leaves the data as it was. */
dpdm_status dpdm_dataset_grow(dpdm_dataset *data, uint64_t count, dpdm_error *err);
/* All four are stated, be it by the rule. */
int dpdm_facts_complete(const dpdm_facts *facts);
/* Checks the shape a file has against the stated facts (0: not stated); no images are refused unless all are stated. */
dpdm_status dpdm_facts_check(const dpdm_facts *facts, const char *name, uint64_t count, uint64_t height, uint64_t width,
                             uint64_t channels, dpdm_error *err);
/* Sets data->classes from the facts, or from the labels where not stated, and seals; destroys *data on failure.
 * name: the file that holds the labels. */
dpdm_status dpdm_facts_seal(const dpdm_facts *facts, const char *name, dpdm_dataset *data, dpdm_error *err);
const char *dpdm_split_name(dpdm_split split); /* "train", "test", "val" */

#endif
