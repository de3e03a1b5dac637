/* plain.c - the reference kernel set: its table and the elementwise kernels. Runs on any CPU. */
#include "nn/cpu/plain.h"

#include <math.h>

static int plain_supported(void)
{
    return 1;
}

static void plain_silu_forward(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] / (1.0f + expf(-x[i]));
}

static void plain_silu_backward(size_t n, const float *x, const float *dy, float *dx)
{
    for (size_t i = 0; i < n; i++) {
        const float s = 1.0f / (1.0f + expf(-x[i]));
        dx[i] = dy[i] * s * (1.0f + x[i] * (1.0f - s));
    }
}

static void plain_relu_forward(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : 0;
}

static void plain_relu_backward(size_t n, const float *x, const float *dy, float *dx)
{
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : 0;
}

static void plain_add_scale(size_t n, const float *a, const float *b, float scale, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (a[i] + b[i]) * scale;
}

static void plain_scale(size_t n, const float *x, float scale, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * scale;
}

static void plain_accumulate(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

const dpdm_kernels dpdm_kernels_plain = {
    .name = "plain",
    .supported = plain_supported,
    .conv_create = plain_conv_create,
    .conv_destroy = plain_conv_destroy,
    .conv_pack = plain_conv_pack,
    .conv_forward = plain_conv_forward,
    .conv_backward_data = plain_conv_backward_data,
    .conv_backward_weight = plain_conv_backward_weight,
    .conv_unpack_gradient = plain_conv_unpack_gradient,
    .group_norm_forward = plain_group_norm_forward,
    .group_norm_backward = plain_group_norm_backward,
    .silu_forward = plain_silu_forward,
    .silu_backward = plain_silu_backward,
    .relu_forward = plain_relu_forward,
    .relu_backward = plain_relu_backward,
    .add_scale = plain_add_scale,
    .scale = plain_scale,
    .accumulate = plain_accumulate,
    .up2_forward = plain_up2_forward,
    .up2_backward = plain_up2_backward,
    .down2_forward = plain_down2_forward,
    .down2_backward = plain_down2_backward,
    .attention_forward = plain_attention_forward,
    .attention_backward = plain_attention_backward,
    .max_pool2_forward = plain_max_pool2_forward,
    .max_pool2_backward = plain_max_pool2_backward,
};
