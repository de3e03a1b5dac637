/* owners_npz.c - owners under a key of .npz. */
#include "data/owners.h"
#include "data/npz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_ROOM 64

static dpdm_status owners_key(const dpdm_npz *npz, const char *name, const char *images, dpdm_split split,
                              const char *asked, char key[KEY_ROOM], dpdm_error *err);
static dpdm_status owners_check_hints(const dpdm_npz *npz, const char *name, const char *images, const char *key,
                                      dpdm_split split, dpdm_error *err);
static dpdm_status owners_from_integers(const dpdm_npz *npz, const char *key, dpdm_npy *npy, dpdm_dataset *data,
                                        dpdm_error *err);
static dpdm_status owners_from_floats(const dpdm_npz *npz, const char *key, const dpdm_npy *npy, dpdm_dataset *data,
                                      dpdm_error *err);
static dpdm_status owners_from_texts(const dpdm_npz *npz, const char *name, const char *key, dpdm_npy *npy,
                                     dpdm_dataset *data, dpdm_error *err);

dpdm_status dpdm_owners_from_npz(const dpdm_npz *npz, const char *name, const char *images, dpdm_split split,
                                 const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    char key[KEY_ROOM], shape[96];
    dpdm_npy npy;
    if (facts->owners == DPDM_OWNERS_NOT_NEEDED)
        return DPDM_OK;
    if (facts->owners == DPDM_OWNERS_FOLDER)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "%s: has no folders that could be owners: leave out 'owners folder' (owners stand under a "
            "key, see owners-key)",
            name);
    dpdm_status status = owners_key(npz, name, images, split, facts->owners_key, key, err);
    if (!status && !dpdm_npz_has(npz, key))
        return owners_check_hints(npz, name, images, key, split, err);
    if (!status)
        status = dpdm_npz_header(npz, key, &npy, err);
    if (!status && (npy.values != data->count || npy.dimensions < 1 || npy.sizes[0] != data->count))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s[%s]: has shape %s for %llu images; owners are [N] or [N,1]",
                                name, key, dpdm_npy_shape(&npy, shape), (unsigned long long)data->count);
    if (status)
        return status;
    if (npy.kind == 'U' || npy.kind == 'S')
        return owners_from_texts(npz, name, key, &npy, data, err);
    data->owners = malloc(((size_t)data->count + 1) * sizeof *data->owners);
    if (!data->owners)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s[%s]: no memory to read it", name, key);
    if (npy.kind == 'u' && npy.width == 8)
        return dpdm_npz_values(npz, key, &npy, data->owners, err);
    status = npy.kind == 'f' ? owners_from_floats(npz, key, &npy, data, err)
                             : owners_from_integers(npz, key, &npy, data, err);
    return status ? dpdm_error_prefix(err, status, "%s", name) : DPDM_OK;
}

/* The key that was asked for, else the one beside that of the images. Owners under a name that is not read would be images without
 * protection. */
static dpdm_status owners_key(const dpdm_npz *npz, const char *name, const char *images, dpdm_split split,
                              const char *asked, char key[KEY_ROOM], dpdm_error *err)
{
    const char *word = dpdm_split_name(split);
    if (asked && *asked) {
        char keys[300];
        dpdm_npz_keys(npz, keys, sizeof keys);
        snprintf(key, KEY_ROOM, "%s", asked);
        return strlen(asked) < KEY_ROOM && dpdm_npz_has(npz, key)
                   ? DPDM_OK
                   : dpdm_error_set(err, DPDM_EUSAGE, "%s: has no key '%.64s', as owners-key says; there are: %s", name,
                                    asked, keys);
    }
    if (!strcmp(images, "images"))
        snprintf(key, KEY_ROOM, "owners");
    else
        snprintf(key, KEY_ROOM, images[0] == 'x' && images[1] == '_' ? "owners_%s" : "%s_owners", word);
    if (dpdm_npz_has(npz, key) || !dpdm_npz_has(npz, "owners"))
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EFORMAT, "%s: holds owners, but beside %s they are called %s: give them that name",
                          name, images, key);
}

/* Another key that is called like owners, unless it is one of another split. */
static dpdm_status owners_check_hints(const dpdm_npz *npz, const char *name, const char *images, const char *key,
                                      dpdm_split split, dpdm_error *err)
{
    static const char separators[] = ", ";
    char keys[4096], *rest = NULL;
    int splits = strcmp(images, "images") != 0;
    dpdm_npz_keys(npz, keys, sizeof keys);
    for (const char *one = strtok_r(keys, separators, &rest); one; one = strtok_r(NULL, separators, &rest)) {
        int other = 0;
        for (int s = DPDM_SPLIT_TRAIN; splits && s <= DPDM_SPLIT_VAL; s++)
            other |= s != (int)split && strstr(one, dpdm_split_name((dpdm_split)s)) != NULL;
        if (!other && dpdm_owners_named(one))
            return dpdm_error_set(
                err, DPDM_EFORMAT,
                "%s[%.64s]: seems to say who owns the images, and is not read: name it with "
                "owners-key, or call it %s, to protect people; leave it out if each image is of another "
                "person",
                name, one, key);
    }
    return DPDM_OK;
}

/* Only which are equal matters. */
static dpdm_status owners_from_integers(const dpdm_npz *npz, const char *key, dpdm_npy *npy, dpdm_dataset *data,
                                        dpdm_error *err)
{
    int64_t *numbers;
    dpdm_status status = dpdm_npz_integers(npz, key, npy, &numbers, err);
    for (uint64_t i = 0; !status && i < data->count; i++) {
        if (numbers[i] == -1)
            status = dpdm_error_set(err, DPDM_EFORMAT,
                                    "[%s]: the owner of image %llu is -1, which often stands for nobody: every image "
                                    "needs its owner (another number, if it is one)",
                                    key, (unsigned long long)i);
        data->owners[i] = (uint64_t)numbers[i];
    }
    free(numbers);
    return status;
}

/* A column with a gap in it often comes as floats. What is no whole number, or may have been rounded to one, is refused: two
 * people could stand under one number, or one under two. */
static dpdm_status owners_from_floats(const dpdm_npz *npz, const char *key, const dpdm_npy *npy, dpdm_dataset *data,
                                      dpdm_error *err)
{
    if (npy->width != 4 && npy->width != 8)
        return dpdm_error_set(err, DPDM_EFORMAT, "[%s]: holds f%d values; owners are integers or texts", key,
                              npy->width);
    uint8_t *raw = malloc(dpdm_npy_bytes(npy) + 1);
    const double largest = npy->width == 4 ? 0x1p24 : 0x1p53;
    dpdm_status status = raw ? dpdm_npz_values(npz, key, npy, raw, err)
                             : dpdm_error_set(err, DPDM_ENOMEM, "[%s]: no memory to read it", key);
    for (uint64_t i = 0; !status && i < data->count; i++) {
        double value;
        float narrow;
        if (npy->width == 4) {
            memcpy(&narrow, raw + 4 * i, 4);
            value = (double)narrow;
        } else {
            memcpy(&value, raw + 8 * i, 8);
        }
        const char *flaw = NULL;
        if (isnan(value) || value == -1)
            flaw = "often stands for nobody: every image needs its owner";
        else if (!(fabs(value) < largest))
            flaw = "is beyond what such a float holds to the last digit: save owners as integers or texts";
        else if (value != floor(value))
            flaw = "is no whole number: save owners as integers or texts";
        if (flaw)
            status = dpdm_error_set(err, DPDM_EFORMAT, "[%s]: the owner of image %llu is %.16g, which %s", key,
                                    (unsigned long long)i, value, flaw);
        else
            data->owners[i] = (uint64_t)(int64_t)value; /* as the integer would be */
    }
    free(raw);
    return status;
}

static dpdm_status owners_from_texts(const dpdm_npz *npz, const char *name, const char *key, dpdm_npy *npy,
                                     dpdm_dataset *data, dpdm_error *err)
{
    char **strings, place[300];
    dpdm_status status = dpdm_npz_texts(npz, key, npy, &strings, err);
    if (status)
        return dpdm_error_prefix(err, status, "%s", name);
    dpdm_owner_text *texts = calloc((size_t)data->count + 1, sizeof *texts);
    uint64_t *owners = malloc(((size_t)data->count + 1) * sizeof *owners);
    snprintf(place, sizeof place, "%.200s[%s]", name, key);
    for (uint64_t i = 0; texts && i < data->count; i++)
        texts[i] = (dpdm_owner_text){.text = strings[i], .length = strlen(strings[i]), .record = i};
    status = texts && owners ? dpdm_owners_number(texts, data->count, place, owners, err)
                             : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read it", place);
    data->owners = status ? NULL : owners;
    if (status)
        free(owners);
    free(texts);
    free(strings);
    return status;
}
