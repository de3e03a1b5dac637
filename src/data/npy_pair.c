/* npy_pair.c - images and labels in two .npy files (and owners in a third), read as an .npz of them would be. */
#include "data/npz.h"
#include "data/folder.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zip.h>
#include <sys/stat.h>

enum { PAIR_FILES = 3 };
static const char *const pair_keys[PAIR_FILES] = {"images", "labels", "owners"};

typedef struct {
    char paths[PAIR_FILES][DPDM_FOLDER_PATH];
    uint8_t *bytes[PAIR_FILES];
    size_t sizes[PAIR_FILES];
} pair;

int dpdm_npy_pair_is_name(const char *path)
{
    const size_t length = strlen(path);
    return length > 4 && !strcasecmp(path + length - 4, ".npy");
}

/* `with` in place of the word at `at`. */
static int pair_rename(const char *images, size_t at, size_t length, const char *with, char path[DPDM_FOLDER_PATH])
{
    int n = snprintf(path, DPDM_FOLDER_PATH, "%.*s%s%s", (int)at, images, with, images + at + length);
    return n > 0 && n < DPDM_FOLDER_PATH;
}

/* The names of the labels and owners: images.npy and labels.npy, train_images.npy and train_labels.npy, x_train.npy and
 * y_train.npy, in the case of the images. */
static dpdm_status pair_names(const char *images, pair *files, dpdm_error *err)
{
    const char *slash = strrchr(images, '/'), *name = slash ? slash + 1 : images, *word = NULL;
    for (const char *at = name; *at; at++)
        if (!strncasecmp(at, "images", 6))
            word = at;
    const size_t start = (size_t)((word ? word : name) - images);
    const int upper = images[start] == 'I';
    int good = snprintf(files->paths[0], DPDM_FOLDER_PATH, "%s", images) < DPDM_FOLDER_PATH;
    if (word)
        good = good && pair_rename(images, start, 6, upper ? "Labels" : "labels", files->paths[1]) &&
               pair_rename(images, start, 6, upper ? "Owners" : "owners", files->paths[2]);
    else if (!strncasecmp(name, "x", 1) && (name[1] == '_' || name[1] == '.'))
        good = good && pair_rename(images, start, 1, "y", files->paths[1]) &&
               pair_rename(images, start, 1, "owners", files->paths[2]);
    else
        return dpdm_error_set(
            err, DPDM_EFORMAT,
            "%s: its name does not tell where its labels are: call the two images.npy and labels.npy (or "
            "x_train.npy and y_train.npy), or save them in one .npz",
            images);
    return good ? DPDM_OK : dpdm_error_set(err, DPDM_EIO, "%.200s...: the path is too long", images);
}

static dpdm_status pair_read(pair *files, dpdm_error *err)
{
    struct stat st;
    for (int i = 0; i < PAIR_FILES; i++) {
        if (stat(files->paths[i], &st) != 0 && i == 2)
            continue; /* owners may be missing; what is there and cannot be read is refused below */
        dpdm_status status = dpdm_file_read(files->paths[i], DPDM_FILE_LIMIT, &files->bytes[i], &files->sizes[i], err);
        if (status)
            return i == 1 ? dpdm_error_prefix(err, status, "the labels of %s", files->paths[0]) : status;
    }
    return DPDM_OK;
}

static int pair_add(zip_t *zip, const pair *files, int i)
{
    char name[16];
    zip_source_t *source = zip_source_buffer(zip, files->bytes[i], files->sizes[i], 0);
    snprintf(name, sizeof name, "%s.npy", pair_keys[i]);
    zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0)
        zip_source_free(source);
    return index < 0 || zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0;
}

/* The archive of the files, unpacked; malloc'ed. */
static dpdm_status pair_pack(const pair *files, uint8_t **bytes, size_t *size, dpdm_error *err)
{
    zip_stat_t st;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_TRUNCATE, NULL) : NULL;
    int failed = !zip;
    if (zip)
        zip_source_keep(source);
    for (int i = 0; i < PAIR_FILES && !failed; i++)
        failed = files->bytes[i] && pair_add(zip, files, i);
    if (zip && (failed || zip_close(zip) != 0)) {
        zip_discard(zip);
        failed = 1;
    }
    *bytes = NULL;
    failed =
        failed || zip_source_stat(source, &st) != 0 || !(*bytes = malloc(st.size + 1)) || zip_source_open(source) != 0;
    if (!failed) {
        failed = zip_source_read(source, *bytes, st.size) != (zip_int64_t)st.size;
        zip_source_close(source);
        *size = (size_t)st.size;
    }
    zip_source_free(source);
    if (!failed)
        return DPDM_OK;
    free(*bytes);
    return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read it", files->paths[0]);
}

dpdm_status dpdm_npy_open_pair(const char *images, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    pair *files = calloc(1, sizeof *files);
    uint8_t *bytes = NULL;
    dpdm_blob file = {images, NULL, 0};
    dpdm_facts plain = *facts;
    plain.images_key = plain.labels_key = NULL;
    if (!files)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read it", images);
    dpdm_status status = pair_names(images, files, err);
    if (!status)
        status = pair_read(files, err);
    if (!status)
        status = pair_pack(files, &bytes, &file.size, err);
    for (int i = 0; i < PAIR_FILES; i++)
        free(files->bytes[i]);
    free(files);
    if (status)
        return status;
    file.bytes = bytes;
    status = dpdm_npz_parse(&file, DPDM_SPLIT_TRAIN, &plain, data, err);
    free(bytes);
    return status;
}
