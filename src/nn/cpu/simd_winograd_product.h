/* simd_winograd_product.h - the products of one plane of a Winograd convolution, in fp32 or in pairs of bfloat16. Transforms, and
 * sums of products, are fp32 in both. */
#ifndef DPDM_NN_SIMD_WINOGRAD_PRODUCT_H
#define DPDM_NN_SIMD_WINOGRAD_PRODUCT_H

#include "nn/cpu/simd_bf16.h"
#include "nn/cpu/simd_gemm.h"

/* What transformed inputs of a convolution are kept as, side by side along channels. */
static const simd_element wino_element = SIMD_BF16 ? SIMD_PAIRS : SIMD_FLOATS;

/* Floats' places of so many channels of a tile. */
static inline size_t wino_row(const simd_element element, size_t channels)
{
    return element == SIMD_PAIRS ? channels / 2 : channels;
}

#if SIMD_BF16

/* rows [count][channels] become pairs [(count + 1) / 2][channels] of neighbouring rows, in their place. */
static void wino_pair_rows(float *rows, size_t count, size_t channels)
{
    for (size_t r = 0; r < count; r += 2)
        for (size_t c = 0; c < channels; c += SIMD_WIDTH) {
            const float *first = rows + r * channels + c;
            const simd_float second = r + 1 < count ? simd_load(first + channels) : simd_set(0);
            simd_store(rows + r / 2 * channels + c, simd_pair(simd_load(first), second));
        }
}

/* Makes a plane of weights [in][out] ready for wino_product. */
static void wino_weights(size_t in, size_t out, float *u)
{
    wino_pair_rows(u, in, out);
}

/* m [tiles][out] = v [tiles][in] u [in][out], v as wino_element. */
static void wino_product(size_t tiles, size_t in, size_t out, const float *v, const float *u, float *m)
{
    simd_gemm_pairs(tiles, out, in / 2, (simd_matrix){v, in / 2, 1}, u, out, (simd_target){m, out, 1, 0, NULL});
}

/* u [in][out] = or (add) += v' z, of v [tiles][in] and z [tiles][out], which it overwrites. */
static void wino_gradient_product(size_t tiles, size_t in, size_t out, float *v, float *z, int add, float *u)
{
    wino_pair_rows(v, tiles, in);
    wino_pair_rows(z, tiles, out);
    simd_gemm_pairs(in, out, (tiles + 1) / 2, (simd_matrix){v, 1, in}, z, out, (simd_target){u, out, 1, add, NULL});
}

#else

static void wino_weights(size_t in, size_t out, float *u)
{
    (void)in;
    (void)out;
    (void)u;
}

static void wino_product(size_t tiles, size_t in, size_t out, const float *v, const float *u, float *m)
{
    simd_gemm_direct(tiles, out, in, (simd_matrix){v, in, 1}, u, out, (simd_target){m, out, 1, 0, NULL});
}

static void wino_gradient_product(size_t tiles, size_t in, size_t out, float *v, float *z, int add, float *u)
{
    simd_gemm_direct(in, out, tiles, (simd_matrix){v, 1, in}, z, out, (simd_target){u, out, 1, add, NULL});
}

#endif

#endif
