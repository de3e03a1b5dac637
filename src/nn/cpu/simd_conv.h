/* simd_conv.h - the convolutions of a vectorised set: which method does which shape.
 *
 * 3x3 with stride 1 and whole vectors of channels go to Winograd, which takes a third of the time of oneDNN's direct
 * convolution (docs/performance.md); the rest goes to oneDNN, or to the reference's loops in a build without it. */
#ifndef DPDM_NN_SIMD_CONV_H
#define DPDM_NN_SIMD_CONV_H

#include "nn/cpu/plain.h"
#include "nn/cpu/simd_conv_winograd.h"
#if DPDM_HAVE_ONEDNN
#include "nn/cpu/onednn_conv.h"
#define SIMD_OTHER(verb) onednn_conv_##verb
#else
#define SIMD_OTHER(verb) plain_conv_##verb
#endif

#include <stdlib.h>

typedef struct {
    dpdm_conv *other; /* the library's convolution, or NULL: Winograd */
    wino_grid grid;
    float *zeros; /* a pixel outside the picture */
} simd_conv_plan;

static int conv_is_winograd(const dpdm_conv_shape *s)
{
    return s->kernel == 3 && s->stride == 1 && s->in_channels > 0 && s->in_channels % SIMD_WIDTH == 0 &&
           s->out_channels > 0 && s->out_channels % SIMD_WIDTH == 0 && s->batch > 0 && s->height > 1 && s->width > 1;
}

static void simd_conv_destroy(dpdm_conv *conv)
{
    if (!conv)
        return;
    simd_conv_plan *plan = conv->plan;
    if (plan && plan->other)
        SIMD_OTHER(destroy)(plan->other);
    if (plan)
        free(plan->zeros);
    free(plan);
    free(conv);
}

static void conv_sizes_winograd(dpdm_conv *conv, int training)
{
    const size_t weights = (size_t)conv->shape.in_channels * conv->shape.out_channels;
    conv->packed_floats = 9 * weights * (training ? 2 : 1);
    conv->gradient_floats = training ? 9 * weights : 0;
    conv->scratch_bytes = wino_scratch_floats(&conv->shape) * sizeof(float);
}

static dpdm_status simd_conv_create(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err)
{
    dpdm_conv *c = calloc(1, sizeof *c);
    simd_conv_plan *plan = calloc(1, sizeof *plan);
    dpdm_status status = DPDM_OK;
    if (!c || !plan) {
        free(c);
        free(plan);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a convolution plan");
    }
    c->shape = *shape;
    c->plan = plan;
    if (conv_is_winograd(shape)) {
        const size_t widest = shape->in_channels > shape->out_channels ? shape->in_channels : shape->out_channels;
        plan->grid = wino_grid_of(shape);
        plan->zeros = calloc(widest, sizeof *plan->zeros);
        conv_sizes_winograd(c, training);
        if (!plan->zeros)
            status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for a convolution plan");
    } else {
        status = SIMD_OTHER(create)(shape, training, &plan->other, err);
        if (status == DPDM_OK) {
            c->packed_floats = plan->other->packed_floats;
            c->gradient_floats = plan->other->gradient_floats;
            c->scratch_bytes = plan->other->scratch_bytes;
        }
    }
    if (status != DPDM_OK) {
        simd_conv_destroy(c);
        return status;
    }
    *conv = c;
    return DPDM_OK;
}

static void simd_conv_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    const simd_conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels, taps = 9 * in * out;
    if (plan->other) {
        SIMD_OTHER(pack)(plan->other, weight, packed);
        return;
    }
    wino_pack(weight, in, out, 9, 9 * in, 0, packed);
    if (conv->packed_floats > taps)
        wino_pack(weight, out, in, 9 * in, 9, 1, packed + taps);
}

static void simd_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                              void *scratch)
{
    const simd_conv_plan *plan = conv->plan;
    if (plan->other)
        SIMD_OTHER(forward)(plan->other, x, packed, bias, y, scratch);
    else
        wino_convolve(&plan->grid, conv->shape.in_channels, conv->shape.out_channels, x, packed, bias, plan->zeros, y,
                      scratch);
}

static void simd_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx,
                                    void *scratch)
{
    const simd_conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    if (plan->other)
        SIMD_OTHER(backward_data)(plan->other, dy, packed, dx, scratch);
    else
        wino_convolve(&plan->grid, out, in, dy, packed + 9 * in * out, NULL, plan->zeros, dx, scratch);
}

static void simd_conv_backward_weight(const dpdm_conv *conv, const float *x, const float *dy, float *gradient,
                                      float *dbias, void *scratch)
{
    const simd_conv_plan *plan = conv->plan;
    const dpdm_conv_shape *s = &conv->shape;
    if (plan->other) {
        SIMD_OTHER(backward_weight)(plan->other, x, dy, gradient, dbias, scratch);
        return;
    }
    wino_weight_gradient(&plan->grid, s->in_channels, s->out_channels, x, dy, plan->zeros, gradient, scratch);
    if (dbias)
        wino_bias_gradient((size_t)s->batch * s->height * s->width, s->out_channels, dy, dbias);
}

static void simd_conv_unpack_gradient(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const simd_conv_plan *plan = conv->plan;
    const size_t in = conv->shape.in_channels, out = conv->shape.out_channels;
    if (plan->other) {
        SIMD_OTHER(unpack_gradient)(plan->other, gradient, dweight);
        return;
    }
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            for (size_t tap = 0; tap < 9; tap++)
                *dweight++ = gradient[(tap * in + i) * out + o];
}

#endif
