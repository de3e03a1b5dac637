/* simd_conv.h - the convolutions of a vectorised set: which method does which shape.
 *
 * 3x3 with stride 1 go to Winograd, which takes half to a third of the time of oneDNN's direct convolution; 1x1 (and so
 * linear layers) are plain products, which avoid the library's cost of a call. Both want channels that fill whole vectors.
 * The rest goes to oneDNN, or to the reference's loops in a build without it. Figures: docs/performance.md. */
#ifndef DPDM_NN_SIMD_CONV_H
#define DPDM_NN_SIMD_CONV_H

#include "nn/cpu/plain.h"
#include "nn/cpu/simd_conv_product.h"
#include "nn/cpu/simd_conv_winograd.h"
#if DPDM_HAVE_ONEDNN
#include "nn/cpu/onednn_conv.h"
#define SIMD_OTHER(verb) onednn_conv_##verb
#else
#define SIMD_OTHER(verb) plain_conv_##verb
#endif

#include <stdlib.h>

enum {
    CONV_SUM_RUN = 64, /* positions of one partial sum of the bias gradient */
    CONV_MAX_TAPS = 9  /* of a kernel that is not the library's */
};

typedef enum { CONV_OTHER, CONV_WINOGRAD, CONV_PRODUCT } conv_method;

typedef struct {
    conv_method method;
    dpdm_conv *other; /* CONV_OTHER: the library's */
    wino_grid grid;   /* CONV_WINOGRAD */
    float *zeros;     /* CONV_WINOGRAD: a pixel outside the picture */
} conv_plan;

static conv_method conv_choose(const dpdm_conv_shape *s)
{
    const int whole = s->in_channels > 0 && s->in_channels % SIMD_WIDTH == 0 && s->out_channels > 0 &&
                      s->out_channels % SIMD_WIDTH == 0;
    if (!whole || s->stride != 1 || s->batch < 1 || s->height < 1 || s->width < 1)
        return CONV_OTHER;
    return s->kernel == 1 ? CONV_PRODUCT : s->kernel == 3 && s->height > 1 && s->width > 1 ? CONV_WINOGRAD : CONV_OTHER;
}

static size_t conv_positions(const dpdm_conv_shape *s)
{
    return (size_t)s->batch * s->height * s->width;
}

static size_t conv_weights(const dpdm_conv_shape *s)
{
    return (size_t)s->kernel * s->kernel * s->in_channels * s->out_channels;
}

static void simd_conv_destroy(dpdm_conv *conv)
{
    if (!conv)
        return;
    conv_plan *plan = conv->plan;
    if (plan->other)
        SIMD_OTHER(destroy)(plan->other);
    free(plan->zeros);
    free(plan);
    free(conv);
}

/* Sets the sizes of *c and what the method needs. */
static dpdm_status conv_prepare(dpdm_conv *c, int training, dpdm_error *err)
{
    const dpdm_conv_shape *s = &c->shape;
    conv_plan *plan = c->plan;
    if (plan->method == CONV_OTHER) {
        const dpdm_status status = SIMD_OTHER(create)(s, training, &plan->other, err);
        if (status == DPDM_OK) {
            c->packed_floats = plan->other->packed_floats;
            c->gradient_floats = plan->other->gradient_floats;
            c->scratch_bytes = plan->other->scratch_bytes;
        }
        return status;
    }
    c->packed_floats = conv_weights(s) * (training ? 2 : 1);
    c->gradient_floats = training ? conv_weights(s) : 0;
    if (plan->method == CONV_PRODUCT)
        return DPDM_OK;
    plan->grid = wino_grid_of(s);
    plan->zeros = calloc(s->in_channels > s->out_channels ? s->in_channels : s->out_channels, sizeof *plan->zeros);
    c->scratch_bytes = wino_scratch_floats(s) * sizeof(float);
    return plan->zeros ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for a convolution plan");
}

static dpdm_status simd_conv_create(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err)
{
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
    const dpdm_status status = conv_prepare(c, training, err);
    if (status != DPDM_OK) {
        simd_conv_destroy(c);
        return status;
    }
    *conv = c;
    return DPDM_OK;
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

/* Kernels as taps [in][out]; for backward by data, turned by 180 degrees, as taps [out][in]. */
static void simd_conv_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    const conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels, all = conv_weights(&conv->shape);
    const size_t taps = all / in / out;
    if (plan->method == CONV_OTHER) {
        SIMD_OTHER(pack)(plan->other, weight, packed);
        return;
    }
    conv_pack_taps(weight, taps, in, out, taps, taps * in, 0, packed);
    if (conv->packed_floats > all)
        conv_pack_taps(weight, taps, out, in, taps * in, taps, 1, packed + all);
}

static void simd_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                              void *scratch)
{
    const conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    if (plan->method == CONV_WINOGRAD)
        wino_convolve(&plan->grid, in, out, x, packed, bias, plan->zeros, y, scratch);
    else if (plan->method == CONV_PRODUCT)
        product_convolve(conv_positions(&conv->shape), in, out, x, packed, bias, y);
    else
        SIMD_OTHER(forward)(plan->other, x, packed, bias, y, scratch);
}

static void simd_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx,
                                    void *scratch)
{
    const conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    const float *turned = packed + conv_weights(&conv->shape);
    if (plan->method == CONV_WINOGRAD)
        wino_convolve(&plan->grid, out, in, dy, turned, NULL, plan->zeros, dx, scratch);
    else if (plan->method == CONV_PRODUCT)
        product_convolve(conv_positions(&conv->shape), out, in, dy, turned, NULL, dx);
    else
        SIMD_OTHER(backward_data)(plan->other, dy, packed, dx, scratch);
}

/* sum[c] += sum over the positions of dy. */
static void conv_bias_gradient(size_t positions, size_t channels, const float *dy, float *sum)
{
    for (size_t c = 0; c < channels; c += SIMD_WIDTH)
        for (size_t start = 0; start < positions; start += CONV_SUM_RUN) {
            const size_t end = positions - start < CONV_SUM_RUN ? positions : start + CONV_SUM_RUN;
            simd_float s = simd_set(0);
            for (size_t p = start; p < end; p++)
                s += simd_load(dy + p * channels + c);
            simd_store(sum + c, simd_load(sum + c) + s);
        }
}

static void simd_conv_backward_weight(const dpdm_conv *conv, const float *x, const float *dy, float *gradient,
                                      float *dbias, void *scratch)
{
    const conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels, positions = conv_positions(&conv->shape);
    if (plan->method == CONV_OTHER) {
        SIMD_OTHER(backward_weight)(plan->other, x, dy, gradient, dbias, scratch);
        return;
    }
    if (plan->method == CONV_WINOGRAD)
        wino_weight_gradient(&plan->grid, in, out, x, dy, plan->zeros, gradient, scratch);
    else
        product_gradient(positions, in, out, x, dy, gradient);
    if (dbias)
        conv_bias_gradient(positions, out, dy, dbias);
}

/* One vector of output channels: from taps of [in][out] to [out][in][tap]. */
SIMD_INLINE void conv_unpack_vector(const size_t taps, size_t in, size_t out, const float *gradient, float *dweight)
{
    float lanes[CONV_MAX_TAPS][SIMD_WIDTH];
    for (size_t i = 0; i < in; i++) {
        for (size_t tap = 0; tap < taps; tap++)
            memcpy(lanes[tap], gradient + (tap * in + i) * out, sizeof lanes[tap]);
        for (size_t l = 0; l < SIMD_WIDTH; l++)
            for (size_t tap = 0; tap < taps; tap++)
                dweight[(l * in + i) * taps + tap] = lanes[tap][l];
    }
}

static void simd_conv_unpack_gradient(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    if (plan->method == CONV_OTHER) {
        SIMD_OTHER(unpack_gradient)(plan->other, gradient, dweight);
        return;
    }
    for (size_t o = 0; o < out; o += SIMD_WIDTH)
        if (plan->method == CONV_PRODUCT)
            conv_unpack_vector(1, in, out, gradient + o, dweight + o * in);
        else
            conv_unpack_vector(9, in, out, gradient + o, dweight + o * in * 9);
}

#endif
