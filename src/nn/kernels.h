/* kernels.h - the small interface between networks and the machine.
 *
 * Everything in src/nn is written once over this table; a kernel set fills it. "plain" (cpu/plain.c) is the reference in
 * straightforward C; the others are tested against it by the same suite. Sets are picked at run time.
 * All buffers are the caller's, 64-byte aligned, fp32, [N, H, W, C] row-major and do not overlap unless said. Every kernel
 * runs on the calling thread only and its result depends on its arguments alone (fixed order of sums). */
#ifndef DPDM_NN_KERNELS_H
#define DPDM_NN_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

/* A convolution of fixed shape: kernel x kernel_width (both odd), stride 1 or 2, zero padding of half the kernel, or none
 * where only whole windows count (valid). A linear layer is a 1x1 convolution with height = width = 1. */
typedef struct {
    int batch, height, width; /* of the input */
    int in_channels, out_channels, kernel, stride;
    int kernel_width; /* 0: as kernel */
    int valid;        /* no padding; the input is at least as large as the kernel */
    int record;       /* examples whose weight gradient is taken at once; 0: the batch */
} dpdm_conv_shape;

enum { DPDM_CONV_KERNEL_MOST = 7 /* of a side of the kernel */ };

/* Is it a convolution as described above? */
dpdm_status dpdm_conv_check(const dpdm_conv_shape *s, dpdm_error *err);

/* The convolution of one record's examples. */
static inline dpdm_conv_shape dpdm_conv_record(const dpdm_conv_shape *s)
{
    dpdm_conv_shape one = *s;
    one.batch = s->record ? s->record : s->batch;
    return one;
}

static inline int dpdm_conv_kernel_width(const dpdm_conv_shape *s)
{
    return s->kernel_width ? s->kernel_width : s->kernel;
}

/* Windows along a side of `size` pixels. */
static inline int dpdm_conv_windows(int size, int kernel, int stride, int valid)
{
    return (size - (valid ? kernel : 1)) / stride + 1;
}

static inline int dpdm_conv_out_height(const dpdm_conv_shape *s)
{
    return dpdm_conv_windows(s->height, s->kernel, s->stride, s->valid);
}

static inline int dpdm_conv_out_width(const dpdm_conv_shape *s)
{
    return dpdm_conv_windows(s->width, dpdm_conv_kernel_width(s), s->stride, s->valid);
}

/* Immutable once created (by conv_create of the same set); may be used by many threads at once, each with its own scratch. */
typedef struct dpdm_conv {
    dpdm_conv_shape shape;
    size_t packed_floats;   /* weights as packed for forward and (if training) backward */
    size_t gradient_floats; /* weight-gradient accumulator, in the kernel's own layout */
    size_t scratch_bytes;   /* one thread's scratch for any of the calls */
    void *plan;             /* the set's own */
} dpdm_conv;

typedef struct {
    int batch, positions, channels, groups; /* positions = H*W; channels divisible by groups */
    float epsilon;
    int silu; /* apply SiLU after the norm */
} dpdm_group_norm_shape;

typedef struct dpdm_kernels {
    const char *name;
    int bf16;               /* 3x3 convolutions multiply in bfloat16: errors of some 1e-3 instead of some 1e-7 */
    int (*supported)(void); /* can this CPU run it? */

    dpdm_status (*conv_create)(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err);
    void (*conv_destroy)(dpdm_conv *conv);
    /* weight: [out, in, kernel, kernel_width]. */
    void (*conv_pack)(const dpdm_conv *conv, const float *weight, float *packed);
    /* y = conv(x) + bias (bias: [out] or NULL). */
    void (*conv_forward)(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                         void *scratch);
    /* dx = transposed conv of dy: overwrites. */
    void (*conv_backward_data)(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, void *scratch);
    /* gradient += weight gradient (kernel's layout: that of the weights, permuted, and perhaps zeros between), dbias +=
     * (NULL: none); x, dy: the shape.record examples of one record. */
    void (*conv_backward_weight)(const dpdm_conv *conv, const float *x, const float *dy, float *gradient, float *dbias,
                                 void *scratch);
    /* dweight[out, in, kernel, kernel_width] = gradient in the plain layout. */
    void (*conv_unpack_gradient)(const dpdm_conv *conv, const float *gradient, float *dweight);

    /* y = act(gamma (x + bias - mean) rstd + beta), mean and rstd over the positions and channels of a group, per example.
     * bias: [N, C] added to x before the statistics, or NULL. stats: [N, G, 2] receives mean and rstd. */
    void (*group_norm_forward)(const dpdm_group_norm_shape *shape, const float *x, const float *bias,
                               const float *gamma, const float *beta, float *y, float *stats);
    /* dx: overwritten; dbias [N, C]: overwritten, or NULL; dgamma, dbeta [C]: added to. */
    void (*group_norm_backward)(const dpdm_group_norm_shape *shape, const float *x, const float *bias,
                                const float *gamma, const float *beta, const float *stats, const float *dy, float *dx,
                                float *dbias, float *dgamma, float *dbeta);

    /* Elementwise over n floats; y may be x, dx may be dy. */
    void (*silu_forward)(size_t n, const float *x, float *y);
    void (*silu_backward)(size_t n, const float *x, const float *dy, float *dx);
    void (*relu_forward)(size_t n, const float *x, float *y);
    void (*relu_backward)(size_t n, const float *x, const float *dy, float *dx);
    void (*add_scale)(size_t n, const float *a, const float *b, float scale,
                      float *y);                                    /* y = (a + b) scale; y may be a or b */
    void (*scale)(size_t n, const float *x, float scale, float *y); /* y = x scale */
    void (*accumulate)(size_t n, const float *x, float *y);         /* y += x */

    /* Nearest up x2 and average down x2 of [N, H, W, C] (H, W: of the input; even for down). backward: transposes, overwrite. */
    void (*up2_forward)(int n, int h, int w, int c, const float *x, float *y);
    void (*up2_backward)(int n, int h, int w, int c, const float *dy, float *dx);
    void (*down2_forward)(int n, int h, int w, int c, const float *x, float *y);
    void (*down2_backward)(int n, int h, int w, int c, const float *dy, float *dx);

    /* One head: p = softmax_j(q_i . k_j / sqrt(c)), o_i = sum_j p_ij v_j; q, k, v, o: [N, P, C]; prob: [N, P, P] is kept for
     * backward. scratch: 2 * P * P floats. */
    void (*attention_forward)(int n, int positions, int c, const float *q, const float *k, const float *v, float *prob,
                              float *o, float *scratch);
    void (*attention_backward)(int n, int positions, int c, const float *q, const float *k, const float *v,
                               const float *prob, const float *dout, float *dq, float *dk, float *dv, float *scratch);

    /* Max-pool 2x2 stride 2 (sizes rounded down). index: [N, H/2, W/2, C] receives 0..3 for backward; dx overwritten. */
    void (*max_pool2_forward)(int n, int h, int w, int c, const float *x, float *y, uint8_t *index);
    void (*max_pool2_backward)(int n, int h, int w, int c, const uint8_t *index, const float *dy, float *dx);
} dpdm_kernels;

/* The kernel set of a name, or the best supported one for NULL; NULL if unknown or not supported here. */
const dpdm_kernels *dpdm_kernels_find(const char *name);

extern const dpdm_kernels dpdm_kernels_plain;

#endif
