/* idx_files.c - finds the two files of an IDX data set and reads them. */
#include "data/readers.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDX_PATH 4096

static const char *const idx_endings[] = {"", ".gz", ".xz"};

static int idx_find(const char *folder, const char *prefix, const char *kind, const char *rank, char *path);
static int idx_find_images(const char *folder, const char *prefix, char *path);
static int idx_find_labels_beside(const char *images, char *path);
static dpdm_status idx_open_pair(const char *images, const char *labels, const dpdm_facts *facts, dpdm_dataset *data,
                                 dpdm_error *err);

/* Prefixes of file names by split; the first is the one dpdm writes. */
static const char *const idx_prefixes[][4] = {
    {"train", NULL}, {"test", "t10k", NULL}, {"val", "valid", "validation", NULL}};

int dpdm_idx_in_folder(const char *folder)
{
    char path[IDX_PATH];
    for (size_t split = 0; split < sizeof idx_prefixes / sizeof *idx_prefixes; split++)
        for (int i = 0; idx_prefixes[split][i]; i++)
            if (idx_find_images(folder, idx_prefixes[split][i], path))
                return 1;
    return 0;
}

dpdm_status dpdm_idx_open_folder(const char *folder, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                                 dpdm_error *err)
{
    char images[IDX_PATH], labels[IDX_PATH];
    for (int i = 0; idx_prefixes[split][i]; i++) {
        const char *prefix = idx_prefixes[split][i];
        if (!idx_find_images(folder, prefix, images))
            continue;
        if (!idx_find(folder, prefix, "labels", "idx1", labels))
            return dpdm_error_set(err, DPDM_ENOENT, "%s: %s-labels-idx1-ubyte[.gz] is missing beside %s", folder,
                                  prefix, images);
        return idx_open_pair(images, labels, facts, data, err);
    }
    return dpdm_error_set(
        err, DPDM_ENOENT,
        "%s: holds no %s split (%s-images-idx3-ubyte[.gz]): name the images file itself to use another", folder,
        dpdm_split_name(split), idx_prefixes[split][0]);
}

dpdm_status dpdm_idx_open_file(const char *images, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    char labels[IDX_PATH];
    if (!idx_find_labels_beside(images, labels))
        return dpdm_error_set(
            err, DPDM_ENOENT,
            "%s: its labels were not found beside it: the two are named like train-images-idx3-ubyte and "
            "train-labels-idx1-ubyte, each plain or .gz",
            images);
    return idx_open_pair(images, labels, facts, data, err);
}

static dpdm_status idx_open_pair(const char *images, const char *labels, const dpdm_facts *facts, dpdm_dataset *data,
                                 dpdm_error *err)
{
    uint8_t *image_bytes = NULL, *label_bytes = NULL;
    dpdm_blob image_file = {images, NULL, 0}, label_file = {labels, NULL, 0};
    dpdm_status status = dpdm_file_read(images, DPDM_FILE_LIMIT, &image_bytes, &image_file.size, err);
    if (!status)
        status = dpdm_file_read(labels, DPDM_FILE_LIMIT, &label_bytes, &label_file.size, err);
    image_file.bytes = image_bytes;
    label_file.bytes = label_bytes;
    if (!status)
        status = dpdm_idx_parse(&image_file, &label_file, facts, data, err);
    free(image_bytes);
    free(label_bytes);
    return status;
}

static int idx_find_images(const char *folder, const char *prefix, char *path)
{
    return idx_find(folder, prefix, "images", "idx3", path) || idx_find(folder, prefix, "images", "idx4", path);
}

/* "train-images-idx3-ubyte" and, as some tools unpack it, "train-images.idx3-ubyte". */
static int idx_find(const char *folder, const char *prefix, const char *kind, const char *rank, char *path)
{
    for (const char *mark = "-."; *mark; mark++)
        for (size_t i = 0; i < sizeof idx_endings / sizeof *idx_endings; i++) {
            int n = snprintf(path, IDX_PATH, "%s/%s-%s%c%s-ubyte%s", folder, prefix, kind, *mark, rank, idx_endings[i]);
            if (n < IDX_PATH && access(path, R_OK) == 0)
                return 1;
        }
    return 0;
}

/* The images' name with images -> labels and idx3 or idx4 -> idx1, packed in any way. */
static int idx_find_labels_beside(const char *images, char *path)
{
    const char *slash = strrchr(images, '/'), *base = slash ? slash + 1 : images;
    const char *word = strstr(base, "images"), *rank = word ? strstr(word, "idx3") : NULL;
    if (word && !rank)
        rank = strstr(word, "idx4");
    if (!rank)
        return 0;
    int length = (int)strlen(rank + 4);
    const char *dot = strrchr(rank, '.');
    if (dot && (!strcmp(dot, ".gz") || !strcmp(dot, ".xz")))
        length = (int)(dot - (rank + 4));
    for (size_t i = 0; i < sizeof idx_endings / sizeof *idx_endings; i++) {
        int n = snprintf(path, IDX_PATH, "%.*slabels%.*sidx1%.*s%s", (int)(word - images), images,
                         (int)(rank - word) - 6, word + 6, length, rank + 4, idx_endings[i]);
        if (n < IDX_PATH && access(path, R_OK) == 0)
            return 1;
    }
    return 0;
}
