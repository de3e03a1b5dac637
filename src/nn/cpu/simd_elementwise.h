/* simd_elementwise.h - kernels that touch each float once: activations, sums, up and down x2.
 *
 * "omp simd" tells the compiler that iterations do not depend on each other, although buffers may be the same. */
#ifndef DPDM_NN_SIMD_ELEMENTWISE_H
#define DPDM_NN_SIMD_ELEMENTWISE_H

#include "nn/cpu/simd_vector.h"

/* The number of floats to handle at i: whole vectors, then the rest. */
SIMD_INLINE size_t simd_step(size_t i, size_t n)
{
    return n - i < SIMD_WIDTH ? n - i : SIMD_WIDTH;
}

SIMD_INLINE simd_float simd_silu(simd_float x)
{
    return x * simd_sigmoid(x);
}

static void simd_silu_forward(size_t n, const float *x, float *y)
{
    for (size_t i = 0, step; i < n; i += step) {
        step = simd_step(i, n);
        simd_store_some(y + i, simd_silu(simd_load_some(x + i, step)), step);
    }
}

static void simd_silu_backward(size_t n, const float *x, const float *dy, float *dx)
{
    for (size_t i = 0, step; i < n; i += step) {
        step = simd_step(i, n);
        const simd_float slope = simd_silu_slope(simd_load_some(x + i, step));
        simd_store_some(dx + i, simd_load_some(dy + i, step) * slope, step);
    }
}

static void simd_relu_forward(size_t n, const float *x, float *y)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : 0;
}

static void simd_relu_backward(size_t n, const float *x, const float *dy, float *dx)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : 0;
}

static void simd_add_scale(size_t n, const float *a, const float *b, float scale, float *y)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = (a[i] + b[i]) * scale;
}

static void simd_scale(size_t n, const float *x, float scale, float *y)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * scale;
}

static void simd_accumulate(size_t n, const float *x, float *y)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

static void simd_up2_forward(int n, int h, int w, int c, const float *x, float *y)
{
    const size_t row = 2 * (size_t)w * c;
    for (size_t i = 0; i < (size_t)n * h; i++, y += 2 * row)
        for (int j = 0; j < w; j++, x += c) {
            float *to = y + 2 * (size_t)j * c;
#pragma omp simd
            for (int d = 0; d < c; d++)
                to[d] = to[c + d] = to[row + d] = to[row + c + d] = x[d];
        }
}

/* y = weight * sum of the four pixels of x that output pixel (i, j) of half the size covers. */
static void simd_sum_quads(int n, int h, int w, int c, float weight, const float *x, float *y)
{
    const size_t row = 2 * (size_t)w * c;
    for (size_t i = 0; i < (size_t)n * h; i++, x += 2 * row)
        for (int j = 0; j < w; j++, y += c) {
            const float *from = x + 2 * (size_t)j * c;
#pragma omp simd
            for (int d = 0; d < c; d++)
                y[d] = weight * ((from[d] + from[c + d]) + (from[row + d] + from[row + c + d]));
        }
}

static void simd_up2_backward(int n, int h, int w, int c, const float *dy, float *dx)
{
    simd_sum_quads(n, h, w, c, 1.0f, dy, dx);
}

static void simd_down2_forward(int n, int h, int w, int c, const float *x, float *y)
{
    simd_sum_quads(n, h / 2, w / 2, c, 0.25f, x, y);
}

static void simd_down2_backward(int n, int h, int w, int c, const float *dy, float *dx)
{
    const size_t row = (size_t)w * c;
    for (size_t i = 0; i < (size_t)n * (h / 2); i++, dx += 2 * row)
        for (int j = 0; j < w / 2; j++, dy += c) {
            float *to = dx + 2 * (size_t)j * c;
#pragma omp simd
            for (int d = 0; d < c; d++)
                to[d] = to[c + d] = to[row + d] = to[row + c + d] = 0.25f * dy[d];
        }
}

#endif
