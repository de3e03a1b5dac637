/* pixels.c - see pixels.h. */
#define _DEFAULT_SOURCE /* madvise */
#include "data/pixels.h"
#include "data/readers.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PIXELS_PART ((size_t)32 << 20)

size_t dpdm_dataset_image_bytes(const dpdm_dataset *data)
{
    return (size_t)data->height * (size_t)data->width * (size_t)data->channels;
}

/* The file's first page stands before the pixels. */
static uint8_t *pixels_map(const dpdm_dataset *data)
{
    return data->pixels - DPDM_PIXELS_HEAD;
}

void dpdm_pixels_free(dpdm_dataset *data)
{
    if (data->mapped && data->pixels)
        munmap(pixels_map(data), data->mapped);
    else
        free(data->pixels);
    data->pixels = NULL;
    data->mapped = 0;
}

void dpdm_pixels_release(const dpdm_dataset *data)
{
    if (data->mapped) /* only advice: a failure changes no byte */
        (void)madvise(pixels_map(data), data->mapped, MADV_DONTNEED);
}

void dpdm_pixels_hash(const dpdm_dataset *data, crypto_generichash_state *state)
{
    const size_t bytes = (size_t)data->count * dpdm_dataset_image_bytes(data);
    if (!data->mapped) {
        crypto_generichash_update(state, data->pixels, bytes);
        return;
    }
    for (size_t at = 0; at < bytes; at += PIXELS_PART) {
        crypto_generichash_update(state, data->pixels + at, bytes - at < PIXELS_PART ? bytes - at : PIXELS_PART);
        dpdm_pixels_release(data);
    }
}
