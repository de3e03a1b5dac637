/* npz_dataset.c - data sets from and to .npz. */
#include "data/npz.h"
#include "base/file.h"
#include "data/class_names.h"
#include "data/owners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NPZ_KEY = 64 };
#define NPZ_NAMES "class_names" /* of the whole file, whatever the split */

static dpdm_status npz_read_names(const dpdm_npz *npz, const char *name, dpdm_facts *facts, dpdm_dataset *data,
                                  dpdm_error *err);
static dpdm_status npz_choose(const dpdm_npz *npz, const char *name, dpdm_split split, const dpdm_facts *facts,
                              char images[NPZ_KEY], char labels[NPZ_KEY], dpdm_error *err);
static dpdm_status npz_read_images(const dpdm_npz *npz, const char *name, const char *key, const dpdm_facts *facts,
                                   dpdm_dataset *data, dpdm_error *err);
static dpdm_status npz_read_labels(const dpdm_npz *npz, const char *name, const char *key, dpdm_dataset *data,
                                   dpdm_error *err);

dpdm_status dpdm_npz_parse(const dpdm_blob *file, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                           dpdm_error *err)
{
    char images[NPZ_KEY], labels[NPZ_KEY];
    dpdm_npz *npz;
    memset(data, 0, sizeof *data);
    dpdm_status status = dpdm_npz_open(file, &npz, err);
    if (!status)
        status = npz_choose(npz, file->name, split, facts, images, labels, err);
    if (!status)
        status = npz_read_images(npz, file->name, images, facts, data, err);
    if (!status)
        status = npz_read_labels(npz, file->name, labels, data, err);
    if (!status)
        status = dpdm_owners_from_npz(npz, file->name, images, split, facts, data, err);
    dpdm_facts full = *facts;
    if (!status && dpdm_npz_has(npz, NPZ_NAMES))
        status = npz_read_names(npz, file->name, &full, data, err);
    dpdm_npz_close(npz);
    if (status) {
        dpdm_dataset_destroy(data);
        return status;
    }
    return dpdm_facts_seal(&full, file->name, data, err);
}

dpdm_status dpdm_npz_open_file(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                               dpdm_error *err)
{
    uint8_t *bytes;
    dpdm_blob file = {path, NULL, 0};
    dpdm_status status = dpdm_file_read(path, DPDM_FILE_LIMIT, &bytes, &file.size, err);
    if (status)
        return status;
    file.bytes = bytes;
    status = dpdm_npz_parse(&file, split, facts, data, err);
    free(bytes);
    return status;
}

dpdm_status dpdm_npz_write_dataset(const dpdm_dataset *data, const char *path, unsigned flags, dpdm_write_watch watch,
                                   dpdm_error *err)
{
    uint64_t sizes[4] = {data->count, (uint64_t)data->height, (uint64_t)data->width, (uint64_t)data->channels};
    int64_t *labels = malloc((size_t)data->count * sizeof *labels);
    if (!labels)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the labels", path);
    for (uint64_t i = 0; i < data->count; i++)
        labels[i] = data->labels[i];
    dpdm_npz_array arrays[4] = {
        {"images", dpdm_npy_make('u', 1, data->channels == 1 ? 3 : 4, sizes), data->pixels},
        {"labels", dpdm_npy_make('i', 8, 1, sizes), labels},
    };
    size_t n = 2;
    void *names = NULL;
    dpdm_status status = DPDM_OK;
    if (data->owners)
        arrays[n++] = (dpdm_npz_array){"owners", dpdm_npy_make('u', 8, 1, sizes), data->owners};
    if (data->class_names) {
        status = dpdm_npz_from_texts((const char *const *)data->class_names, (size_t)data->classes, &arrays[n].npy,
                                     &names, err);
        arrays[n].key = NPZ_NAMES;
        arrays[n++].values = names;
    }
    if (!status)
        status = dpdm_npz_write_watched(path, arrays, n, flags, watch, data->count, err);
    free(names);
    free(labels);
    return status;
}

/* Keys that were given, whatever the split; else keys of the split go before keys of the whole. */
static dpdm_status npz_choose(const dpdm_npz *npz, const char *name, dpdm_split split, const dpdm_facts *facts,
                              char images[NPZ_KEY], char labels[NPZ_KEY], dpdm_error *err)
{
    const char *word = dpdm_split_name(split);
    char keys[300];
    dpdm_npz_keys(npz, keys, sizeof keys);
    if (facts->images_key && *facts->images_key) {
        snprintf(images, NPZ_KEY, "%s", facts->images_key);
        snprintf(labels, NPZ_KEY, "%s", facts->labels_key ? facts->labels_key : "");
        const char *missing = dpdm_npz_has(npz, images) ? dpdm_npz_has(npz, labels) ? NULL : labels : images;
        return missing ? dpdm_error_set(err, DPDM_EFORMAT, "%s: has no key '%s'; there are: %s", name, missing,
                                        keys[0] ? keys : "none")
                       : DPDM_OK;
    }
    snprintf(images, NPZ_KEY, "%s_images", word);
    snprintf(labels, NPZ_KEY, "%s_labels", word);
    if (!dpdm_npz_has(npz, images)) {
        snprintf(images, NPZ_KEY, "x_%s", word);
        snprintf(labels, NPZ_KEY, "y_%s", word);
    }
    if (!dpdm_npz_has(npz, images)) {
        snprintf(images, NPZ_KEY, "images");
        snprintf(labels, NPZ_KEY, "labels");
    }
    if (dpdm_npz_has(npz, images) && dpdm_npz_has(npz, labels))
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EFORMAT,
                          "%s: holds no %s images with labels: keys %s_images and %s_labels, or images and labels, are "
                          "expected (or name them: --images-key, --labels-key), and there are: %s",
                          name, word, word, word, keys[0] ? keys : "none");
}

static dpdm_status npz_read_images(const dpdm_npz *npz, const char *name, const char *key, const dpdm_facts *facts,
                                   dpdm_dataset *data, dpdm_error *err)
{
    dpdm_npy npy;
    char shape[96];
    dpdm_status status = dpdm_npz_header(npz, key, &npy, err);
    if (status)
        return status;
    if (npy.kind != 'u' || npy.width != 1)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s[%s]: holds %c%d values; images are uint8: scale them to 0 to 255 (a cast alone would "
                              "cut values off) and save again",
                              name, key, npy.kind, npy.width);
    if (npy.dimensions != 3 && npy.dimensions != 4)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s[%s]: has shape %s; images are [N,H,W] or [N,H,W,C]", name, key,
                              dpdm_npy_shape(&npy, shape));
    if (npy.dimensions == 4 && npy.sizes[3] > DPDM_IMAGE_CHANNELS && npy.sizes[1] <= DPDM_IMAGE_CHANNELS)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s[%s]: has shape %s, channels first; dpdm reads [N,H,W,C]: transpose and save again",
                              name, key, dpdm_npy_shape(&npy, shape));
    uint64_t channels = npy.dimensions == 4 ? npy.sizes[3] : 1;
    status = dpdm_facts_check(facts, name, npy.sizes[0], npy.sizes[1], npy.sizes[2], channels, err);
    if (!status)
        status = dpdm_dataset_create(npy.sizes[0], (int)npy.sizes[1], (int)npy.sizes[2], (int)channels, 1, data, err);
    if (!status)
        status = dpdm_npz_values(npz, key, &npy, data->pixels, err);
    return status;
}

static dpdm_status npz_read_labels(const dpdm_npz *npz, const char *name, const char *key, dpdm_dataset *data,
                                   dpdm_error *err)
{
    dpdm_npy npy;
    char shape[96];
    int64_t *labels;
    dpdm_status status = dpdm_npz_header(npz, key, &npy, err);
    if (!status && (npy.values != data->count || npy.dimensions < 1 || npy.sizes[0] != data->count))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s[%s]: has shape %s for %llu images; labels are [N] or [N,1]",
                                name, key, dpdm_npy_shape(&npy, shape), (unsigned long long)data->count);
    if (status)
        return status;
    status = dpdm_npz_integers(npz, key, &npy, &labels, err);
    for (uint64_t i = 0; !status && i < data->count; i++) {
        if (labels[i] < INT32_MIN || labels[i] > INT32_MAX)
            status = dpdm_error_set(err, DPDM_EFORMAT, "%s[%s]: label %llu is far out of range", name, key,
                                    (unsigned long long)i);
        data->labels[i] = (int32_t)labels[i];
    }
    free(labels);
    return status;
}

/* The file's own names say how many classes there are. */
static dpdm_status npz_read_names(const dpdm_npz *npz, const char *name, dpdm_facts *facts, dpdm_dataset *data,
                                  dpdm_error *err)
{
    dpdm_npy npy;
    char **texts;
    dpdm_status status = dpdm_npz_texts(npz, NPZ_NAMES, &npy, &texts, err);
    if (!status && (npy.dimensions != 1 || npy.values < 1 || npy.values > DPDM_CLASSES))
        status = dpdm_error_set(err, DPDM_EFORMAT, "[" NPZ_NAMES "]: one name a class is expected");
    if (!status)
        status = dpdm_class_names_check_list(texts, (int)npy.values, err) ? DPDM_EFORMAT : DPDM_OK;
    int named = facts->class_names && *facts->class_names; /* names settle which class is which */
    if (!status && !named && facts->classes && (uint64_t)facts->classes != npy.values)
        status = dpdm_error_set(err, DPDM_EFORMAT, "[" NPZ_NAMES "]: names %llu classes, but %d were stated",
                                (unsigned long long)npy.values, facts->classes);
    if (!status)
        status = dpdm_class_names_copy((const char *const *)texts, (size_t)npy.values, &data->class_names, err);
    free(texts);
    if (status)
        return dpdm_error_prefix(err, status, "%s", name);
    data->classes = facts->classes = (int)npy.values;
    return DPDM_OK;
}
