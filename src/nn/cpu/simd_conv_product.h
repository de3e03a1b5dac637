/* simd_conv_product.h - 1x1 convolutions and linear layers as matrix products, positions x channels.
 *
 * Packed weights: [in][out], then (training) [out][in], their rows filled up to whole vectors; the gradient: [in][out].
 * Long sides are cut so that what is read again stays in the caches. */
#ifndef DPDM_NN_SIMD_CONV_PRODUCT_H
#define DPDM_NN_SIMD_CONV_PRODUCT_H

#include "nn/cpu/simd_gemm.h"

enum { PRODUCT_ROWS = GEMM_RUN /* positions at a time */, PRODUCT_DEPTH = 240 /* the same for the gradient */ };

/* y [positions][out] = x [positions][in] weight + bias */
static void product_convolve(size_t positions, size_t in, size_t out, const float *x, const float *weight,
                             const float *bias, float *y)
{
    for (size_t first = 0; first < positions; first += PRODUCT_ROWS) {
        const size_t rows = positions - first < PRODUCT_ROWS ? positions - first : PRODUCT_ROWS;
        simd_gemm_direct(rows, out, in, (simd_matrix){x + first * in, in, 1}, weight, simd_whole(out),
                         (simd_target){y + first * out, out, 1, 0, bias});
    }
}

/* gradient [in][out] += x' dy */
static void product_gradient(size_t positions, size_t in, size_t out, const float *x, const float *dy, float *gradient)
{
    for (size_t first = 0; first < positions; first += PRODUCT_DEPTH) {
        const size_t depth = positions - first < PRODUCT_DEPTH ? positions - first : PRODUCT_DEPTH;
        simd_gemm_lines(in, out, depth, (simd_matrix){x + first * in, 1, in}, dy + first * out,
                        (simd_target){gradient, out, 1, 1, NULL});
    }
}

#endif
