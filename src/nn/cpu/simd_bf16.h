/* simd_bf16.h - pairs of bfloat16 in the place of a float, for kernel sets that multiply in bfloat16 (SIMD_BF16).
 *
 * A float's place holds two numbers rounded to bfloat16 (to nearest, ties to even; what is denormal becomes zero), the first in
 * its lower half, which follow each other along the direction that is summed over. VDPBF16PS multiplies pairs and adds both
 * products to a sum in fp32. */
#ifndef DPDM_NN_SIMD_BF16_H
#define DPDM_NN_SIMD_BF16_H

#include "nn/cpu/simd_vector.h"

#ifndef SIMD_BF16
#define SIMD_BF16 0
#endif

/* What a float's place holds; sets without bfloat16 know SIMD_FLOATS only. */
typedef enum { SIMD_FLOATS, SIMD_PAIRS } simd_element;

#if SIMD_BF16
/* Lane by lane the pair of `first` and `second`. */
SIMD_INLINE simd_float simd_pair(simd_float first, simd_float second)
{
    const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)first));
    const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)second));
    return (simd_float)_mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}
#endif

/* sum + x times each lane of `line`. */
SIMD_INLINE simd_float simd_add_product(const simd_element element, simd_float sum, const float *x, simd_float line)
{
#if SIMD_BF16
    if (element == SIMD_PAIRS) {
        int32_t pair;
        memcpy(&pair, x, sizeof pair);
        return (simd_float)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(pair), (__m512bh)line);
    }
#endif
    (void)element;
    return sum + simd_set(*x) * line;
}

/* Numbers that lie side by side, as SIMD_WIDTH floats or SIMD_WIDTH / 2 pairs of neighbours. */
SIMD_INLINE void simd_put(const simd_element element, float *to, simd_float v)
{
#if SIMD_BF16
    if (element == SIMD_PAIRS) {
        const __m256bh half = _mm512_cvtneps_pbh((__m512)v);
        memcpy(to, &half, sizeof half);
        return;
    }
#endif
    (void)element;
    simd_store(to, v);
}

#endif
