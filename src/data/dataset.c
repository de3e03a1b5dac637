/* dataset.c - labelled images in memory: room, copies, labels checked, digest, pixel scaling. */
#include "dpdm/dataset.h"
#include "data/class_names.h"
#include "data/pixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>

static dpdm_status dataset_bytes(uint64_t count, size_t image, size_t *bytes, dpdm_error *err);
static void dataset_hash_labels(crypto_generichash_state *state, const dpdm_dataset *data);
static void dataset_hash_numbers(crypto_generichash_state *state, const uint64_t *numbers, size_t n);

dpdm_status dpdm_dataset_create(uint64_t count, int height, int width, int channels, int classes, dpdm_dataset *data,
                                dpdm_error *err)
{
    memset(data, 0, sizeof *data);
    if (height < 1 || height > DPDM_IMAGE_SIDE || width < 1 || width > DPDM_IMAGE_SIDE)
        return dpdm_error_set(err, DPDM_ERANGE, "images of %d x %d pixels: sides of 1 to %d are supported", height,
                              width, DPDM_IMAGE_SIDE);
    if (channels < 1 || channels > DPDM_IMAGE_CHANNELS)
        return dpdm_error_set(err, DPDM_ERANGE, "%d channels: 1 to %d are supported", channels, DPDM_IMAGE_CHANNELS);
    if (classes < 1 || classes > DPDM_CLASSES)
        return dpdm_error_set(err, DPDM_ERANGE, "%d classes: 1 to %d are supported", classes, DPDM_CLASSES);
    size_t bytes = 0;
    dpdm_status status = dataset_bytes(count, (size_t)height * (size_t)width * (size_t)channels, &bytes, err);
    if (status)
        return status;
    data->pixels = calloc(bytes ? bytes : 1, 1);
    data->labels = calloc(count ? (size_t)count : 1, sizeof *data->labels);
    if (!data->pixels || !data->labels) {
        dpdm_dataset_destroy(data);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %llu images of %d x %d x %d", (unsigned long long)count,
                              height, width, channels);
    }
    data->count = count;
    data->height = height;
    data->width = width;
    data->channels = channels;
    data->classes = classes;
    return DPDM_OK;
}

void dpdm_dataset_destroy(dpdm_dataset *data)
{
    if (!data)
        return;
    dpdm_pixels_free(data);
    free(data->labels);
    free(data->owners);
    free(data->left_out);
    dpdm_class_names_free(data->class_names, data->classes);
    memset(data, 0, sizeof *data);
}

dpdm_status dpdm_dataset_seal(dpdm_dataset *data, dpdm_error *err)
{
    for (uint64_t i = 0; i < data->count; i++)
        if (data->labels[i] < 0 || data->labels[i] >= data->classes)
            return dpdm_error_set(
                err, DPDM_EFORMAT,
                "image %llu has label %d, but with %d classes labels are 0 to %d: state the right number "
                "of classes or mend the labels",
                (unsigned long long)i, (int)data->labels[i], data->classes, data->classes - 1);
    if (sodium_init() < 0)
        return dpdm_error_set(err, DPDM_EINTERNAL, "libsodium could not be started");
    static const unsigned char tag[] = "dpdm data set 1";
    uint64_t shape[5] = {data->count, (uint64_t)data->height, (uint64_t)data->width, (uint64_t)data->channels,
                         (uint64_t)data->classes};
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof data->digest);
    crypto_generichash_update(&state, tag, sizeof tag);
    dataset_hash_numbers(&state, shape, 5);
    dpdm_pixels_hash(data, &state);
    dataset_hash_labels(&state, data);
    if (data->owners) {
        static const unsigned char owned[] = "owners";
        crypto_generichash_update(&state, owned, sizeof owned);
        dataset_hash_numbers(&state, data->owners, (size_t)data->count);
    }
    crypto_generichash_final(&state, data->digest, sizeof data->digest);
    return DPDM_OK;
}

dpdm_status dpdm_dataset_slice(const dpdm_dataset *source, uint64_t first, uint64_t count, dpdm_dataset *out,
                               dpdm_error *err)
{
    memset(out, 0, sizeof *out);
    if (first > source->count)
        return dpdm_error_set(err, DPDM_ERANGE, "a slice from image %llu of a data set of %llu images",
                              (unsigned long long)first, (unsigned long long)source->count);
    if (count > source->count - first)
        count = source->count - first;
    dpdm_status status =
        dpdm_dataset_create(count, source->height, source->width, source->channels, source->classes, out, err);
    if (status)
        return status;
    size_t image = dpdm_dataset_image_bytes(source);
    memcpy(out->pixels, source->pixels + first * image, (size_t)count * image);
    memcpy(out->labels, source->labels + first, (size_t)count * sizeof *out->labels);
    if (source->owners)
        status = dpdm_dataset_set_owners(out, source->owners + first, err);
    if (!status && source->class_names)
        status = dpdm_class_names_copy((const char *const *)source->class_names, (size_t)source->classes,
                                       &out->class_names, err);
    out->labels_by_folder = source->labels_by_folder;
    out->deep = source->deep;
    out->wide = source->wide;
    if (!status)
        status = dpdm_dataset_seal(out, err);
    if (status)
        dpdm_dataset_destroy(out);
    return status;
}

void dpdm_dataset_image(const dpdm_dataset *data, uint64_t record, float *out)
{
    size_t image = dpdm_dataset_image_bytes(data);
    const uint8_t *pixels = data->pixels + record * image;
    for (size_t i = 0; i < image; i++)
        out[i] = (float)pixels[i] / 127.5f - 1.0f;
}

void dpdm_pixels_from_float(const float *x, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        float value = x[i] > -1.0f ? (x[i] < 1.0f ? x[i] : 1.0f) : -1.0f; /* NaN becomes -1 */
        out[i] = (uint8_t)lrintf((value + 1.0f) * 127.5f);
    }
}

dpdm_status dpdm_dataset_grow(dpdm_dataset *data, uint64_t count, dpdm_error *err)
{
    size_t bytes = 0, image = dpdm_dataset_image_bytes(data);
    dpdm_status status = dataset_bytes(count, image, &bytes, err);
    if (status || count <= data->count)
        return status;
    uint8_t *pixels = realloc(data->pixels, bytes + 1);
    if (pixels)
        data->pixels = pixels;
    int32_t *labels = pixels ? realloc(data->labels, (size_t)count * sizeof *labels) : NULL;
    if (!labels)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %llu images", (unsigned long long)count);
    data->labels = labels;
    memset(pixels + (size_t)data->count * image, 0, bytes - (size_t)data->count * image);
    memset(labels + data->count, 0, (size_t)(count - data->count) * sizeof *labels);
    data->count = count;
    return DPDM_OK;
}

/* The bytes of all pixels; refuses what overflows and what this machine could never hold. */
static dpdm_status dataset_bytes(uint64_t count, size_t image, size_t *bytes, dpdm_error *err)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t memory = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
    uint64_t limit = memory < SIZE_MAX / 2 ? memory : SIZE_MAX / 2;
    if (count > limit / (image + sizeof(int32_t)))
        return dpdm_error_set(err, DPDM_ENOMEM, "%llu images of %zu bytes are more than the memory of this machine",
                              (unsigned long long)count, image);
    *bytes = (size_t)count * image;
    return DPDM_OK;
}

/* Numbers are hashed as eight little-endian bytes, so that a digest is the same on any machine. */
static void dataset_hash_numbers(crypto_generichash_state *state, const uint64_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[8];
        for (int b = 0; b < 8; b++)
            bytes[b] = (uint8_t)(numbers[i] >> (8 * b));
        crypto_generichash_update(state, bytes, sizeof bytes);
    }
}

static void dataset_hash_labels(crypto_generichash_state *state, const dpdm_dataset *data)
{
    uint8_t bytes[4096];
    size_t used = 0;
    for (uint64_t i = 0; i < data->count; i++) {
        for (int b = 0; b < 4; b++)
            bytes[used++] = (uint8_t)((uint32_t)data->labels[i] >> (8 * b));
        if (used == sizeof bytes) {
            crypto_generichash_update(state, bytes, used);
            used = 0;
        }
    }
    crypto_generichash_update(state, bytes, used);
}
