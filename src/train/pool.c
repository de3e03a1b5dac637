/* pool.c - see pool.h. */
#include "train/pool.h"

#include <string.h>

size_t pool_size(pool_shape shape)
{
    return (size_t)(shape.height / shape.factor) * (size_t)(shape.width / shape.factor) * (size_t)shape.channels;
}

/* Where the shrunk value of place i of a whole image lies. */
static size_t pool_place(pool_shape shape, size_t i)
{
    const size_t channels = (size_t)shape.channels, width = (size_t)shape.width, factor = (size_t)shape.factor;
    const size_t channel = i % channels, column = i / channels % width, row = i / channels / width;
    return (row / factor * (width / factor) + column / factor) * channels + channel;
}

static size_t pool_whole(pool_shape shape)
{
    return (size_t)shape.height * (size_t)shape.width * (size_t)shape.channels;
}

void pool_shrink(pool_shape shape, const float *r, float *low)
{
    if (shape.factor == 1) {
        memmove(low, r, pool_whole(shape) * sizeof *low);
        return;
    }
    memset(low, 0, pool_size(shape) * sizeof *low);
    for (size_t i = 0; i < pool_whole(shape); i++)
        low[pool_place(shape, i)] += r[i] / (float)shape.factor;
}

void pool_widen(pool_shape shape, const double *low, float *r)
{
    for (size_t i = 0; i < pool_whole(shape); i++)
        r[i] = (float)(low[pool_place(shape, i)] / shape.factor);
}
