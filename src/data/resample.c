/* resample.c - see resample.h. */
#include "data/resample.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESIZE_BITS = 22 };

/* Of each new place: the first old one under the filter, how many, and their weights, which add up to 2^RESIZE_BITS. */
typedef struct {
    int *first, *count;
    int32_t *weights; /* [places, room] */
    int room;
} resize_weights;

double dpdm_filter_reach(dpdm_filter filter)
{
    static const double reach[] = {2, 3, 1, 0.5}; /* by dpdm_filter */
    return reach[filter];
}

static double resize_sinc(double x)
{
    const double angle = x * 3.14159265358979323846;
    return x == 0 ? 1 : sin(angle) / angle;
}

double dpdm_filter_value(dpdm_filter filter, double x)
{
    const double a = -0.5, d = fabs(x);
    switch (filter) {
    case DPDM_FILTER_BICUBIC: /* Keys 1981, a = -1/2 */
        return d < 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    case DPDM_FILTER_LANCZOS: /* Duchon 1979, three lobes */
        return x >= -3 && x < 3 ? resize_sinc(x) * resize_sinc(x / 3) : 0;
    case DPDM_FILTER_BILINEAR:
        return d < 1 ? 1 - d : 0;
    case DPDM_FILTER_BOX:
        break;
    }
    return x > -0.5 && x <= 0.5;
}

static void resize_weights_free(resize_weights *weights)
{
    free(weights->first);
    free(weights->count);
    free(weights->weights);
}

/* The weights of one new place, in doubles and then rounded away from half. */
static void resize_place(dpdm_filter filter, int from, double scale, int place, double *row, resize_weights *weights)
{
    const double grow = scale < 1 ? 1 : scale, reach = dpdm_filter_reach(filter) * grow;
    const double centre = (place + 0.5) * scale, shrink = 1 / grow;
    int first = (int)(centre - reach + 0.5), last = (int)(centre + reach + 0.5);
    first = first < 0 ? 0 : first;
    last = last > from ? from : last;
    double sum = 0;
    for (int i = 0; i < last - first; i++)
        sum += row[i] = dpdm_filter_value(filter, (i + first - centre + 0.5) * shrink);
    int64_t size = 0;
    for (int i = 0; i < last - first; i++) {
        const double share = (sum != 0 ? row[i] * (1 / sum) : row[i]) * (1 << RESIZE_BITS);
        const int32_t weight = (int32_t)(share < 0 ? share - 0.5 : share + 0.5);
        weights->weights[(size_t)place * (size_t)weights->room + (size_t)i] = weight;
        size += abs(weight);
    }
    assert(size * 255 + (1 << (RESIZE_BITS - 1)) <= INT32_MAX); /* sums of pixels fit in 32 bits */
    (void)size;
    weights->first[place] = first;
    weights->count[place] = last - first;
}

static dpdm_status resize_prepare(dpdm_filter filter, int from, int to, resize_weights *weights, dpdm_error *err)
{
    const double scale = (double)from / to;
    weights->room = (int)ceil(dpdm_filter_reach(filter) * (scale < 1 ? 1 : scale)) * 2 + 1;
    const size_t places = (size_t)to, room = (size_t)weights->room;
    double *row = malloc(room * sizeof *row);
    weights->first = malloc(places * sizeof *weights->first);
    weights->count = malloc(places * sizeof *weights->count);
    weights->weights = malloc(places * room * sizeof *weights->weights);
    const int good = row && weights->first && weights->count && weights->weights;
    for (int place = 0; good && place < to; place++)
        resize_place(filter, from, scale, place, row, weights);
    free(row);
    if (good)
        return DPDM_OK;
    resize_weights_free(weights);
    return dpdm_error_set(err, DPDM_ENOMEM, "no memory to resize a picture");
}

static uint8_t resize_round(int32_t sum)
{
    sum >>= RESIZE_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* One row in another width. */
static void resize_row(const resize_weights *weights, int to, int channels, const uint8_t *in, uint8_t *out)
{
    for (int x = 0; x < to; x++) {
        const int32_t *w = weights->weights + (size_t)x * (size_t)weights->room;
        const uint8_t *p = in + (size_t)weights->first[x] * (size_t)channels;
        for (int c = 0; c < channels; c++) {
            int32_t sum = 1 << (RESIZE_BITS - 1);
            for (int i = 0; i < weights->count[x]; i++)
                sum += w[i] * p[i * channels + c];
            *out++ = resize_round(sum);
        }
    }
}

/* All rows of another height from rows of `length` bytes that lie `stride` bytes apart. */
static void resize_columns(const resize_weights *weights, int to, size_t length, const uint8_t *in, size_t stride,
                           uint8_t *out, size_t out_stride)
{
    for (int y = 0; y < to; y++) {
        const int32_t *w = weights->weights + (size_t)y * (size_t)weights->room;
        const uint8_t *p = in + (size_t)weights->first[y] * stride;
        for (size_t x = 0; x < length; x++) {
            int32_t sum = 1 << (RESIZE_BITS - 1);
            for (int i = 0; i < weights->count[y]; i++)
                sum += w[i] * p[(size_t)i * stride + x];
            out[(size_t)y * out_stride + x] = resize_round(sum);
        }
    }
}

static dpdm_status resize_rows(const dpdm_resample *r, const uint8_t *pixels, uint8_t *out, size_t out_stride,
                               dpdm_error *err)
{
    resize_weights weights;
    dpdm_status status = resize_prepare(r->filter, r->width, r->to_width, &weights, err);
    if (status)
        return status;
    for (int y = 0; y < r->height; y++)
        resize_row(&weights, r->to_width, r->channels, pixels + (size_t)y * r->stride, out + (size_t)y * out_stride);
    resize_weights_free(&weights);
    return DPDM_OK;
}

dpdm_status dpdm_resample_run(const dpdm_resample *r, const uint8_t *pixels, uint8_t *out, dpdm_error *err)
{
    const size_t length = (size_t)r->to_width * (size_t)r->channels;
    if (r->height == r->to_height && r->width == r->to_width) {
        for (int y = 0; y < r->height; y++)
            memcpy(out + (size_t)y * r->out_stride, pixels + (size_t)y * r->stride, length);
        return DPDM_OK;
    }
    if (r->height == r->to_height)
        return resize_rows(r, pixels, out, r->out_stride, err);
    uint8_t *between = NULL;
    dpdm_status status = DPDM_OK;
    if (r->width != r->to_width) {
        between = malloc((size_t)r->height * length);
        status = between ? resize_rows(r, pixels, between, length, err)
                         : dpdm_error_set(err, DPDM_ENOMEM, "no memory to resize a picture");
    }
    resize_weights weights;
    if (!status)
        status = resize_prepare(r->filter, r->height, r->to_height, &weights, err);
    if (!status) {
        resize_columns(&weights, r->to_height, length, between ? between : pixels, between ? length : r->stride, out,
                       r->out_stride);
        resize_weights_free(&weights);
    }
    free(between);
    return status;
}
