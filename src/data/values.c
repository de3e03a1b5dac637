/* values.c - see values.h and dataset.h. */
#include "data/values.h"
#include "data/pixels.h"
#include "data/readers.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

enum { VALUES_HASH = 16, VALUES_PART = 1024 };

typedef struct {
    uint8_t hash[VALUES_HASH];
    uint64_t record;
} values_image;

static int values_compare(const void *a, const void *b)
{
    const values_image *x = a, *y = b;
    int order = memcmp(x->hash, y->hash, VALUES_HASH);
    return order ? order : (x->record > y->record) - (x->record < y->record);
}

dpdm_status dpdm_values_measure(const dpdm_dataset *data, dpdm_values *values, dpdm_error *err)
{
    size_t size = dpdm_dataset_image_bytes(data);
    values_image *images = malloc(((size_t)data->count + 1) * sizeof *images);
    *values = (dpdm_values){.lowest = 255, .wide = data->wide};
    if (!images || sodium_init() < 0) {
        free(images);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to look at %llu images", (unsigned long long)data->count);
    }
    for (uint64_t i = 0; i < data->count; i++) {
        const uint8_t *pixels = data->pixels + i * size;
        uint8_t low = 255, high = 0;
        for (size_t p = 0; p < size; p++) {
            low = pixels[p] < low ? pixels[p] : low;
            high = pixels[p] > high ? pixels[p] : high;
        }
        values->lowest = low < values->lowest ? low : values->lowest;
        values->highest = high > values->highest ? high : values->highest;
        values->constant += low == high;
        images[i].record = i;
        crypto_generichash(images[i].hash, VALUES_HASH, pixels, size, NULL, 0);
        if (i % VALUES_PART == VALUES_PART - 1)
            dpdm_pixels_release(data);
    }
    qsort(images, (size_t)data->count, sizeof *images, values_compare);
    for (uint64_t i = 1, first = 0; i < data->count; i++) {
        if (memcmp(images[i].hash, images[first].hash, VALUES_HASH) != 0) {
            first = i;
            continue;
        }
        values->duplicates++;
        values->contradictions += data->labels[images[i].record] != data->labels[images[first].record];
    }
    free(images);
    return DPDM_OK;
}
