/* images.c - sets of images behind a handle. */
#include <stdlib.h>
#include <string.h>
#include "api/handles.h"

static dpdm_status images_take(dpdm_images **images, dpdm_error *err)
{
    *images = calloc(1, sizeof **images);
    return *images ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for images");
}

static dpdm_status images_fill(dpdm_dataset *data, const uint8_t *pixels, const int64_t *labels, const uint64_t *owners,
                               dpdm_error *err)
{
    size_t size = (size_t)data->height * (size_t)data->width * (size_t)data->channels;
    if (data->count)
        memcpy(data->pixels, pixels, data->count * size);
    for (uint64_t i = 0; i < data->count; i++) {
        if (labels[i] < 0 || labels[i] >= data->classes)
            return dpdm_error_set(err, DPDM_EUSAGE, "labels[%llu] is %lld: labels run from 0 to classes - 1 = %d",
                                  (unsigned long long)i, (long long)labels[i], data->classes - 1);
        data->labels[i] = (int32_t)labels[i];
    }
    dpdm_status status = owners ? dpdm_dataset_set_owners(data, owners, err) : DPDM_OK;
    return status ? status : dpdm_dataset_seal(data, err);
}

dpdm_status dpdm_images_create(const uint8_t *pixels, const int64_t *labels, const uint64_t *owners, uint64_t count,
                               int height, int width, int channels, int classes, dpdm_images **images, dpdm_error *err)
{
    dpdm_status status = images_take(images, err);
    if (!status)
        status = dpdm_dataset_create(count, height, width, channels, classes, &(*images)->data, err);
    if (!status)
        status = images_fill(&(*images)->data, pixels, labels, owners, err);
    if (status) {
        dpdm_images_destroy(*images);
        *images = NULL;
    }
    return status;
}

dpdm_status dpdm_images_open(const char *spec, const char *data_dir, int test, dpdm_images **images, dpdm_error *err)
{
    const dpdm_facts any = {0};
    dpdm_status status = images_take(images, err);
    if (!status)
        status =
            dpdm_dataset_open(spec, data_dir, test ? DPDM_SPLIT_TEST : DPDM_SPLIT_TRAIN, &any, &(*images)->data, err);
    if (status) {
        free(*images);
        *images = NULL;
    }
    return status;
}

void dpdm_images_destroy(dpdm_images *images)
{
    if (images)
        dpdm_dataset_destroy(&images->data);
    free(images);
}

uint64_t dpdm_images_count(const dpdm_images *images)
{
    return images->data.count;
}

void dpdm_images_shape(const dpdm_images *images, int *height, int *width, int *channels, int *classes)
{
    int *const out[] = {height, width, channels, classes};
    const int shape[] = {images->data.height, images->data.width, images->data.channels, images->data.classes};
    for (int i = 0; i < 4; i++)
        if (out[i])
            *out[i] = shape[i];
}

const uint8_t *dpdm_images_pixels(const dpdm_images *images)
{
    return images->data.pixels;
}

const int32_t *dpdm_images_labels(const dpdm_images *images)
{
    return images->data.labels;
}

dpdm_status dpdm_images_write(const dpdm_images *images, const char *format, const char *path, int overwrite,
                              dpdm_error *err)
{
    static const char *const names[] = {"npz", "png", "idx"}; /* in the order of dpdm_format */
    for (int i = 0; i < 3; i++)
        if (!strcmp(format, names[i]))
            return dpdm_dataset_write(&images->data, (dpdm_format)i, path, overwrite ? DPDM_WRITE_OVERWRITE : 0, err);
    return dpdm_error_set(err, DPDM_EUSAGE, "unknown format '%.60s'; known are npz, png and idx", format);
}
