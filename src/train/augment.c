/* augment.c - random views of an image. */
#include "train/augment.h"

#include <string.h>

static int augment_draw(dpdm_stream *stream, int reach)
{
    return (int)dpdm_stream_below(stream, 2 * (uint64_t)reach + 1) - reach;
}

static int augment_clamp(int at, int size)
{
    return at < 0 ? 0 : at < size ? at : size - 1;
}

void dpdm_augment(const dpdm_augmentation *how, const float *image, dpdm_stream *stream, float *view)
{
    const int down = augment_draw(stream, how->shift), right = augment_draw(stream, how->shift);
    const int mirrored = (int)dpdm_stream_below(stream, 2) && how->mirror;
    const size_t channels = (size_t)how->channels;
    for (int y = 0; y < how->height; y++) {
        const float *row = image + (size_t)augment_clamp(y - down, how->height) * (size_t)how->width * channels;
        for (int x = 0; x < how->width; x++, view += channels) {
            int from = augment_clamp((mirrored ? how->width - 1 - x : x) - right, how->width);
            memcpy(view, row + (size_t)from * channels, channels * sizeof *view);
        }
    }
}
