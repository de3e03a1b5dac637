/* simd_conv.h - the convolutions of a vectorised set: which method does which shape.
 *
 *   winograd  3x3, stride 1, both sides whole vectors of channels: half to a third of the time of direct convolution
 *   narrower  the same, whole vectors of the next smaller width: by the set of that width (SIMD_NARROWER, where there is one)
 *   product   1x1, stride 1, and so linear layers
 *   patches   the rest: a few channels on one side (the ends of a network), strides, other kernels
 * Figures: docs/performance.md. */
#ifndef DPDM_NN_SIMD_CONV_H
#define DPDM_NN_SIMD_CONV_H

#include "nn/cpu/plain.h"
#include "nn/cpu/simd_conv_patches.h"
#include "nn/cpu/simd_conv_product.h"
#include "nn/cpu/simd_conv_winograd.h"

#include <stdlib.h>

enum { CONV_SUM_RUN = 64 /* positions of one partial sum of the bias gradient */ };

typedef struct conv_plan conv_plan;

/* One row a method; contracts as in kernels.h, but `weight` leaves the bias gradient to the caller and is told the
 * convolution of one record. */
typedef struct {
    dpdm_status (*prepare)(dpdm_conv *conv, int training, dpdm_error *err); /* sets the sizes and fills the plan */
    void (*pack)(const dpdm_conv *conv, const float *weight, float *packed);
    void (*forward)(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                    float *scratch);
    void (*data)(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, float *scratch);
    void (*weight)(const dpdm_conv_shape *record, const conv_plan *plan, const float *x, const float *dy,
                   float *gradient, float *scratch);
    void (*unpack)(const dpdm_conv *conv, const float *gradient, float *dweight);
} conv_method;

struct conv_plan {
    const conv_method *method;
    float *zeros;        /* winograd: a pixel outside the picture */
    wino_place *place;   /* winograd: the tiles' pixels */
    wino_grid grid;      /* winograd: the tiles of a batch, */
    wino_grid record;    /* and of one record */
    dpdm_conv *narrower; /* narrower: the other set's */
    int training;
};

static size_t conv_positions(const dpdm_conv_shape *s)
{
    return (size_t)s->batch * s->height * s->width;
}

static size_t conv_windows(const dpdm_conv_shape *s)
{
    return (size_t)s->batch * dpdm_conv_out_height(s) * dpdm_conv_out_width(s);
}

static size_t conv_weights(const dpdm_conv_shape *s)
{
    return (size_t)s->kernel * dpdm_conv_kernel_width(s) * s->in_channels * s->out_channels;
}

/* packed: taps of [rows][columns]; element (r, c) of the weights is the kernel at weight + r * row + c * column. */
static void conv_pack_taps(const float *weight, size_t taps, size_t rows, size_t columns, size_t row, size_t column,
                           int turned, float *packed)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            for (size_t tap = 0; tap < taps; tap++)
                packed[(tap * rows + r) * columns + c] = weight[r * row + c * column + (turned ? taps - 1 - tap : tap)];
}

/* Kernels as taps [in][out]; then, for backward by data, turned by 180 degrees, as taps [out][in]. */
static void conv_pack_both(const dpdm_conv *conv, const float *weight, float *packed)
{
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels, all = conv_weights(&conv->shape);
    const size_t taps = all / in / out;
    conv_pack_taps(weight, taps, in, out, taps, taps * in, 0, packed);
    if (((const conv_plan *)conv->plan)->training)
        conv_pack_taps(weight, taps, out, in, taps * in, taps, 1, packed + all);
}

/* One vector of output channels: from taps of [in][out] to [out][in][tap]. */
SIMD_INLINE void conv_unpack_vector(const size_t taps, size_t in, size_t out, const float *gradient, float *dweight)
{
    float lanes[9][SIMD_WIDTH];
    for (size_t i = 0; i < in; i++) {
        for (size_t tap = 0; tap < taps; tap++)
            memcpy(lanes[tap], gradient + (tap * in + i) * out, sizeof lanes[tap]);
        for (size_t l = 0; l < SIMD_WIDTH; l++)
            for (size_t tap = 0; tap < taps; tap++)
                dweight[(l * in + i) * taps + tap] = lanes[tap][l];
    }
}

/* ---- winograd ---- */

static dpdm_status winograd_prepare(dpdm_conv *conv, int training, dpdm_error *err)
{
    const dpdm_conv_shape *s = &conv->shape;
    conv_plan *plan = conv->plan;
    conv->packed_floats = conv_weights(s) * (training ? 2 : 1);
    conv->gradient_floats = training ? conv_weights(s) : 0;
    conv->scratch_bytes = wino_scratch_floats(s) * sizeof(float);
    plan->zeros = calloc(s->in_channels > s->out_channels ? s->in_channels : s->out_channels, sizeof *plan->zeros);
    plan->place = malloc(wino_places(s) * sizeof *plan->place);
    if (!plan->zeros || !plan->place)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a convolution plan");
    plan->grid = wino_grid_of(s, plan->place);
    plan->record = wino_grid_batch(&plan->grid, dpdm_conv_record(s).batch);
    return DPDM_OK;
}

static void winograd_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                             float *scratch)
{
    const conv_plan *plan = conv->plan;
    wino_convolve(&plan->grid, conv->shape.in_channels, conv->shape.out_channels, x, packed, bias, plan->zeros, y,
                  scratch);
}

static void winograd_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, float *scratch)
{
    const conv_plan *plan = conv->plan;
    wino_convolve(&plan->grid, conv->shape.out_channels, conv->shape.in_channels, dy,
                  packed + conv_weights(&conv->shape), NULL, plan->zeros, dx, scratch);
}

static void winograd_weight(const dpdm_conv_shape *record, const conv_plan *plan, const float *x, const float *dy,
                            float *gradient, float *scratch)
{
    wino_weight_gradient(&plan->record, record->in_channels, record->out_channels, x, dy, plan->zeros, gradient,
                         scratch);
}

static void winograd_unpack(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    for (size_t o = 0; o < out; o += SIMD_WIDTH)
        conv_unpack_vector(9, in, out, gradient + o, dweight + o * in * 9);
}

static const conv_method conv_winograd = {winograd_prepare, conv_pack_both,  winograd_forward,
                                          winograd_data,    winograd_weight, winograd_unpack};

/* ---- product ---- */

static size_t product_forward_floats(const dpdm_conv_shape *s)
{
    return s->in_channels * simd_whole(s->out_channels);
}

static dpdm_status product_prepare(dpdm_conv *conv, int training, dpdm_error *err)
{
    const dpdm_conv_shape *s = &conv->shape;
    (void)err;
    conv->packed_floats = product_forward_floats(s) + (training ? s->out_channels * simd_whole(s->in_channels) : 0);
    conv->gradient_floats = training ? conv_weights(s) : 0;
    return DPDM_OK;
}

static void product_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    const size_t in_row = simd_whole(in), out_row = simd_whole(out);
    float *turned = packed + in * out_row;
    const int training = ((const conv_plan *)conv->plan)->training;
    memset(packed, 0, conv->packed_floats * sizeof *packed);
    for (size_t i = 0; i < in; i++)
        for (size_t o = 0; o < out; o++)
            packed[i * out_row + o] = weight[o * in + i];
    for (size_t o = 0; training && o < out; o++)
        memcpy(turned + o * in_row, weight + o * in, in * sizeof *weight);
}

static void product_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                            float *scratch)
{
    const dpdm_conv_shape *s = &conv->shape;
    (void)scratch;
    product_convolve(conv_positions(s), s->in_channels, s->out_channels, x, packed, bias, y);
}

static void product_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, float *scratch)
{
    const dpdm_conv_shape *s = &conv->shape;
    (void)scratch;
    product_convolve(conv_positions(s), s->out_channels, s->in_channels, dy, packed + product_forward_floats(s), NULL,
                     dx);
}

static void product_weight(const dpdm_conv_shape *record, const conv_plan *plan, const float *x, const float *dy,
                           float *gradient, float *scratch)
{
    (void)plan;
    (void)scratch;
    product_gradient(conv_positions(record), record->in_channels, record->out_channels, x, dy, gradient);
}

static void product_unpack(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    size_t o = 0;
    for (; o + SIMD_WIDTH <= out; o += SIMD_WIDTH)
        conv_unpack_vector(1, in, out, gradient + o, dweight + o * in);
    for (; o < out; o++)
        for (size_t i = 0; i < in; i++)
            dweight[o * in + i] = gradient[i * out + o];
}

static const conv_method conv_product = {product_prepare, product_pack,   product_forward,
                                         product_data,    product_weight, product_unpack};

/* ---- patches ---- */

static dpdm_status patches_prepare(dpdm_conv *conv, int training, dpdm_error *err)
{
    const patch_shape s = patch_shape_of(&conv->shape);
    const size_t forth = patch_forth_floats(&s), back = patch_back_floats(&s);
    (void)err;
    conv->packed_floats = training ? forth + back : s.turned ? back : forth;
    conv->gradient_floats = training ? conv_weights(&conv->shape) : 0;
    conv->scratch_bytes = patch_scratch_floats(&s) * sizeof(float);
    return DPDM_OK;
}

/* Packed weights hold what forward needs, then (training) what backward by data needs. */
static size_t patches_forward_floats(const patch_shape *s)
{
    return s->turned ? patch_back_floats(s) : patch_forth_floats(s);
}

static void patches_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    const patch_shape s = patch_shape_of(&conv->shape);
    float *data = ((const conv_plan *)conv->plan)->training ? packed + patches_forward_floats(&s) : NULL;
    patch_pack(&s, weight, s.turned ? data : packed, s.turned ? packed : data);
}

static void patches_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                            float *scratch)
{
    const patch_shape s = patch_shape_of(&conv->shape);
    (s.turned ? patches_back : patches_forth)(&s, x, packed, bias, y, scratch);
}

static void patches_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, float *scratch)
{
    const patch_shape s = patch_shape_of(&conv->shape);
    (s.turned ? patches_forth : patches_back)(&s, dy, packed + patches_forward_floats(&s), NULL, dx, scratch);
}

static void patches_weight(const dpdm_conv_shape *record, const conv_plan *plan, const float *x, const float *dy,
                           float *gradient, float *scratch)
{
    const patch_shape s = patch_shape_of(record);
    (void)plan;
    patches_gradient(&s, s.turned ? dy : x, s.turned ? x : dy, gradient, scratch);
}

static void patches_unpack(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const patch_shape s = patch_shape_of(&conv->shape);
    patch_unpack(&s, gradient, dweight);
}

static const conv_method conv_patches = {patches_prepare, patches_pack,   patches_forward,
                                         patches_data,    patches_weight, patches_unpack};

/* ---- narrower ---- */

#ifdef SIMD_NARROWER

static dpdm_status narrower_prepare(dpdm_conv *conv, int training, dpdm_error *err)
{
    conv_plan *plan = conv->plan;
    const dpdm_status status = SIMD_NARROWER.conv_create(&conv->shape, training, &plan->narrower, err);
    if (status)
        return status;
    conv->packed_floats = plan->narrower->packed_floats;
    conv->gradient_floats = plan->narrower->gradient_floats;
    conv->scratch_bytes = plan->narrower->scratch_bytes;
    return DPDM_OK;
}

static void narrower_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    SIMD_NARROWER.conv_pack(((const conv_plan *)conv->plan)->narrower, weight, packed);
}

static void narrower_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                             float *scratch)
{
    SIMD_NARROWER.conv_forward(((const conv_plan *)conv->plan)->narrower, x, packed, bias, y, scratch);
}

static void narrower_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, float *scratch)
{
    SIMD_NARROWER.conv_backward_data(((const conv_plan *)conv->plan)->narrower, dy, packed, dx, scratch);
}

static void narrower_weight(const dpdm_conv_shape *record, const conv_plan *plan, const float *x, const float *dy,
                            float *gradient, float *scratch)
{
    (void)record;
    SIMD_NARROWER.conv_backward_weight(plan->narrower, x, dy, gradient, NULL, scratch);
}

static void narrower_unpack(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    SIMD_NARROWER.conv_unpack_gradient(((const conv_plan *)conv->plan)->narrower, gradient, dweight);
}

static const conv_method conv_narrower = {narrower_prepare, narrower_pack,   narrower_forward,
                                          narrower_data,    narrower_weight, narrower_unpack};

#endif

/* ---- the calls of the table ---- */

/* Do both sides fill vectors of so many channels? */
static int conv_whole(const dpdm_conv_shape *s, int width)
{
    return s->in_channels % width == 0 && s->out_channels % width == 0;
}

static const conv_method *conv_choose(const dpdm_conv_shape *s)
{
    const int padded = s->stride == 1 && !s->valid, square = dpdm_conv_kernel_width(s) == s->kernel;
    if (s->stride == 1 && square && s->kernel == 1)
        return &conv_product;
    if (!(padded && square && s->kernel == 3 && s->height > 1 && s->width > 1))
        return &conv_patches;
    if (conv_whole(s, SIMD_WIDTH))
        return &conv_winograd;
#ifdef SIMD_NARROWER
    if (conv_whole(s, SIMD_WIDTH / 2))
        return &conv_narrower;
#endif
    return &conv_patches;
}

static void simd_conv_destroy(dpdm_conv *conv)
{
    if (!conv)
        return;
    conv_plan *plan = conv->plan;
#ifdef SIMD_NARROWER
    SIMD_NARROWER.conv_destroy(plan->narrower);
#endif
    free(plan->zeros);
    free(plan->place);
    free(plan);
    free(conv);
}

static dpdm_status simd_conv_create(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err)
{
    if (dpdm_conv_check(shape, err))
        return DPDM_EUNSUPPORTED;
    dpdm_conv *c = calloc(1, sizeof *c);
    conv_plan *plan = calloc(1, sizeof *plan);
    if (!c || !plan) {
        free(c);
        free(plan);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a convolution plan");
    }
    c->shape = *shape;
    c->plan = plan;
    plan->method = conv_choose(shape);
    plan->training = training;
    const dpdm_status status = plan->method->prepare(c, training, err);
    if (status) {
        simd_conv_destroy(c);
        return status;
    }
    *conv = c;
    return DPDM_OK;
}

static void simd_conv_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    const conv_plan *plan = conv->plan;
    plan->method->pack(conv, weight, packed);
}

static void simd_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                              void *scratch)
{
    const conv_plan *plan = conv->plan;
    plan->method->forward(conv, x, packed, bias, y, scratch);
}

static void simd_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx,
                                    void *scratch)
{
    const conv_plan *plan = conv->plan;
    plan->method->data(conv, dy, packed, dx, scratch);
}

/* sum[c] += sum over the positions of dy, for `count` channels. */
SIMD_INLINE void conv_bias_vector(size_t positions, size_t channels, size_t count, const float *dy, float *sum)
{
    for (size_t start = 0; start < positions; start += CONV_SUM_RUN) {
        const size_t end = positions - start < CONV_SUM_RUN ? positions : start + CONV_SUM_RUN;
        simd_float s = simd_set(0);
        for (size_t p = start; p < end; p++)
            s += simd_load_some(dy + p * channels, count);
        simd_store_some(sum, simd_load_some(sum, count) + s, count);
    }
}

static void simd_conv_backward_weight(const dpdm_conv *conv, const float *x, const float *dy, float *gradient,
                                      float *dbias, void *scratch)
{
    const conv_plan *plan = conv->plan;
    const dpdm_conv_shape record = dpdm_conv_record(&conv->shape);
    const size_t out = record.out_channels, positions = conv_windows(&record);
    plan->method->weight(&record, plan, x, dy, gradient, scratch);
    for (size_t c = 0; dbias && c < out; c += SIMD_WIDTH)
        if (out - c >= SIMD_WIDTH)
            conv_bias_vector(positions, out, SIMD_WIDTH, dy + c, dbias + c);
        else
            conv_bias_vector(positions, out, out - c, dy + c, dbias + c);
}

static void simd_conv_unpack_gradient(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const conv_plan *plan = conv->plan;
    plan->method->unpack(conv, gradient, dweight);
}

#endif
