/* simd_conv.h - the convolutions of a vectorised set: which method does which shape.
 *
 *   winograd  3x3, stride 1, both sides whole vectors of channels: half to a third of the time of direct convolution
 *   product   1x1, stride 1, likewise, and so linear layers
 *   narrow    3x3, stride 1, a few channels on one side: the ends of a network
 *   library   the rest: oneDNN, or the reference's loops in a build without it
 * Figures: docs/performance.md. */
#ifndef DPDM_NN_SIMD_CONV_H
#define DPDM_NN_SIMD_CONV_H

#include "nn/cpu/plain.h"
#include "nn/cpu/simd_conv_narrow.h"
#include "nn/cpu/simd_conv_product.h"
#include "nn/cpu/simd_conv_winograd.h"
#if DPDM_HAVE_ONEDNN
#include "nn/cpu/onednn_conv.h"
#define SIMD_LIBRARY(verb) onednn_conv_##verb
#else
#define SIMD_LIBRARY(verb) plain_conv_##verb
#endif

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
    const conv_method *method; /* NULL: library */
    dpdm_conv *library;
    float *zeros;      /* winograd: a pixel outside the picture */
    wino_place *place; /* winograd: the tiles' pixels */
    wino_grid grid;    /* winograd: the tiles of a batch, */
    wino_grid record;  /* and of one record */
    int training;
};

static size_t conv_positions(const dpdm_conv_shape *s)
{
    return (size_t)s->batch * s->height * s->width;
}

static size_t conv_weights(const dpdm_conv_shape *s)
{
    return (size_t)s->kernel * s->kernel * s->in_channels * s->out_channels;
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

static dpdm_status product_prepare(dpdm_conv *conv, int training, dpdm_error *err)
{
    (void)err;
    conv->packed_floats = conv_weights(&conv->shape) * (training ? 2 : 1);
    conv->gradient_floats = training ? conv_weights(&conv->shape) : 0;
    return DPDM_OK;
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
    product_convolve(conv_positions(s), s->out_channels, s->in_channels, dy, packed + conv_weights(s), NULL, dx);
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
    for (size_t o = 0; o < out; o += SIMD_WIDTH)
        conv_unpack_vector(1, in, out, gradient + o, dweight + o * in);
}

static const conv_method conv_product = {product_prepare, conv_pack_both, product_forward,
                                         product_data,    product_weight, product_unpack};

/* ---- narrow ---- */

static dpdm_status narrow_prepare(dpdm_conv *conv, int training, dpdm_error *err)
{
    const narrow_shape s = narrow_shape_of(&conv->shape);
    (void)err;
    conv->packed_floats = narrow_packed_floats(&s);
    conv->gradient_floats = training ? conv_weights(&conv->shape) : 0;
    conv->scratch_bytes = narrow_scratch_floats(&s) * sizeof(float);
    return DPDM_OK;
}

static void narrow_pack_weights(const dpdm_conv *conv, const float *weight, float *packed)
{
    const narrow_shape s = narrow_shape_of(&conv->shape);
    narrow_pack(&s, weight, packed);
}

static void narrow_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                           float *scratch)
{
    const narrow_shape s = narrow_shape_of(&conv->shape);
    (s.turned ? narrow_scatter : narrow_gather)(&s, x, packed, bias, y, scratch);
}

static void narrow_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, float *scratch)
{
    const narrow_shape s = narrow_shape_of(&conv->shape);
    (s.turned ? narrow_gather : narrow_scatter)(&s, dy, packed, NULL, dx, scratch);
}

static void narrow_weight(const dpdm_conv_shape *record, const conv_plan *plan, const float *x, const float *dy,
                          float *gradient, float *scratch)
{
    const narrow_shape s = narrow_shape_of(record);
    (void)plan;
    narrow_gradient(&s, s.turned ? dy : x, s.turned ? x : dy, gradient, scratch);
}

static void narrow_unpack_weights(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const narrow_shape s = narrow_shape_of(&conv->shape);
    narrow_unpack(&s, gradient, dweight);
}

static const conv_method conv_narrow = {narrow_prepare, narrow_pack_weights, narrow_forward,
                                        narrow_data,    narrow_weight,       narrow_unpack_weights};

/* ---- the calls of the table ---- */

static const conv_method *conv_choose(const dpdm_conv_shape *s)
{
    const int in = s->in_channels, out = s->out_channels;
    if (s->stride != 1 || s->batch < 1 || s->height < 1 || s->width < 1 || in < 1 || out < 1 || s->valid ||
        dpdm_conv_kernel_width(s) != s->kernel)
        return NULL;
    const int whole_in = in % SIMD_WIDTH == 0, whole_out = out % SIMD_WIDTH == 0;
    if (whole_in && whole_out)
        return s->kernel == 1 ? &conv_product : s->kernel == 3 && s->height > 1 && s->width > 1 ? &conv_winograd : NULL;
    if (s->kernel == 3 && ((whole_out && in <= NARROW_MOST) || (whole_in && out <= NARROW_MOST)))
        return &conv_narrow;
    return NULL;
}

static void simd_conv_destroy(dpdm_conv *conv)
{
    if (!conv)
        return;
    conv_plan *plan = conv->plan;
    if (plan->library)
        SIMD_LIBRARY(destroy)(plan->library);
    free(plan->zeros);
    free(plan->place);
    free(plan);
    free(conv);
}

static dpdm_status conv_prepare(dpdm_conv *conv, int training, dpdm_error *err)
{
    conv_plan *plan = conv->plan;
    plan->method = conv_choose(&conv->shape);
    plan->training = training;
    if (plan->method)
        return plan->method->prepare(conv, training, err);
    const dpdm_status status = SIMD_LIBRARY(create)(&conv->shape, training, &plan->library, err);
    if (!status) {
        conv->packed_floats = plan->library->packed_floats;
        conv->gradient_floats = plan->library->gradient_floats;
        conv->scratch_bytes = plan->library->scratch_bytes;
    }
    return status;
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
    const dpdm_status status = conv_prepare(c, training, err);
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
    if (plan->method)
        plan->method->pack(conv, weight, packed);
    else
        SIMD_LIBRARY(pack)(plan->library, weight, packed);
}

static void simd_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                              void *scratch)
{
    const conv_plan *plan = conv->plan;
    if (plan->method)
        plan->method->forward(conv, x, packed, bias, y, scratch);
    else
        SIMD_LIBRARY(forward)(plan->library, x, packed, bias, y, scratch);
}

static void simd_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx,
                                    void *scratch)
{
    const conv_plan *plan = conv->plan;
    if (plan->method)
        plan->method->data(conv, dy, packed, dx, scratch);
    else
        SIMD_LIBRARY(backward_data)(plan->library, dy, packed, dx, scratch);
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
    const size_t out = record.out_channels, positions = conv_positions(&record);
    if (!plan->method) {
        SIMD_LIBRARY(backward_weight)(plan->library, x, dy, gradient, dbias, scratch);
        return;
    }
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
    if (plan->method)
        plan->method->unpack(conv, gradient, dweight);
    else
        SIMD_LIBRARY(unpack_gradient)(plan->library, gradient, dweight);
}

#endif
