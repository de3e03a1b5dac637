/* simd_vector.h - vectors of SIMD_WIDTH floats, for the kernels that one source gives every instruction set.
 *
 * The file that includes this (simd_avx512.c, simd_avx2.c, simd_generic.c) says how wide a vector is and is compiled
 * with the flags of its instruction set; everything here is static, so no code of one set can leak into another.
 * Vectors are the compilers' own (GCC and clang, any CPU); intrinsics appear only where the compilers' own do worse. */
#ifndef DPDM_NN_SIMD_VECTOR_H
#define DPDM_NN_SIMD_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define SIMD_INLINE static inline __attribute__((always_inline))

typedef float simd_float __attribute__((vector_size(4 * SIMD_WIDTH)));
typedef int32_t simd_int __attribute__((vector_size(4 * SIMD_WIDTH)));

/* n floats, filled up to whole vectors. */
SIMD_INLINE size_t simd_whole(size_t n)
{
    return (n + SIMD_WIDTH - 1) / SIMD_WIDTH * SIMD_WIDTH;
}

SIMD_INLINE simd_float simd_load(const float *p)
{
    simd_float v;
    memcpy(&v, p, sizeof v);
    return v;
}

SIMD_INLINE void simd_store(float *p, simd_float v)
{
    memcpy(p, &v, sizeof v);
}

SIMD_INLINE simd_float simd_set(float x)
{
    return x - (simd_float){0};
}

#if SIMD_WIDTH == 16 && defined(__AVX512F__)

SIMD_INLINE simd_float simd_load_first(const float *p, size_t count)
{
    return (simd_float)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}

SIMD_INLINE void simd_store_first(float *p, simd_float v, size_t count)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
}

#elif SIMD_WIDTH == 8 && defined(__AVX2__)

/* The first `count` lanes set. */
SIMD_INLINE __m256i simd_first(size_t count)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

SIMD_INLINE simd_float simd_load_first(const float *p, size_t count)
{
    return (simd_float)_mm256_maskload_ps(p, simd_first(count));
}

SIMD_INLINE void simd_store_first(float *p, simd_float v, size_t count)
{
    _mm256_maskstore_ps(p, simd_first(count), (__m256)v);
}

#else

/* The first `count` (below SIMD_WIDTH) floats at p, zeros after them. */
SIMD_INLINE simd_float simd_load_first(const float *p, size_t count)
{
    float part[SIMD_WIDTH] = {0};
    for (size_t i = 0; i < count; i++)
        part[i] = p[i];
    return simd_load(part);
}

SIMD_INLINE void simd_store_first(float *p, simd_float v, size_t count)
{
    float part[SIMD_WIDTH];
    simd_store(part, v);
    for (size_t i = 0; i < count; i++)
        p[i] = part[i];
}

#endif

/* count floats: a whole vector where count is SIMD_WIDTH, which costs nothing when the compiler knows it. */
SIMD_INLINE simd_float simd_load_some(const float *p, size_t count)
{
    return count == SIMD_WIDTH ? simd_load(p) : simd_load_first(p, count);
}

SIMD_INLINE void simd_store_some(float *p, simd_float v, size_t count)
{
    if (count == SIMD_WIDTH)
        simd_store(p, v);
    else
        simd_store_first(p, v, count);
}

/* mask (lanes all ones or all zeros) ? a : b */
SIMD_INLINE simd_float simd_select(simd_int mask, simd_float a, simd_float b)
{
    return (simd_float)((mask & (simd_int)a) | (~mask & (simd_int)b));
}

/* Larger and smaller of two; a NaN in `b` comes through. */
#if SIMD_WIDTH == 16 && defined(__AVX512F__)
SIMD_INLINE simd_float simd_max(simd_float a, simd_float b)
{
    return (simd_float)_mm512_max_ps((__m512)a, (__m512)b);
}

SIMD_INLINE simd_float simd_min(simd_float a, simd_float b)
{
    return (simd_float)_mm512_min_ps((__m512)a, (__m512)b);
}
#elif SIMD_WIDTH == 8 && defined(__AVX2__)
SIMD_INLINE simd_float simd_max(simd_float a, simd_float b)
{
    return (simd_float)_mm256_max_ps((__m256)a, (__m256)b);
}

SIMD_INLINE simd_float simd_min(simd_float a, simd_float b)
{
    return (simd_float)_mm256_min_ps((__m256)a, (__m256)b);
}
#else
SIMD_INLINE simd_float simd_max(simd_float a, simd_float b)
{
    return simd_select((simd_int)(a > b), a, b);
}

SIMD_INLINE simd_float simd_min(simd_float a, simd_float b)
{
    return simd_select((simd_int)(a < b), a, b);
}
#endif

/* The sum and the largest of all lanes, halves first. */
#if defined(__AVX2__) && SIMD_WIDTH >= 8
SIMD_INLINE float simd_sum(simd_float v)
{
#if SIMD_WIDTH == 16
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256((__m512)v), _mm512_extractf32x8_ps((__m512)v, 1));
#else
    const __m256 eight = (__m256)v;
#endif
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

SIMD_INLINE float simd_top(simd_float v)
{
#if SIMD_WIDTH == 16
    const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256((__m512)v), _mm512_extractf32x8_ps((__m512)v, 1));
#else
    const __m256 eight = (__m256)v;
#endif
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}
#else
SIMD_INLINE float simd_sum(simd_float v)
{
    float lanes[SIMD_WIDTH];
    simd_store(lanes, v);
    for (int half = SIMD_WIDTH / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lanes[i] += lanes[i + half];
    return lanes[0];
}

SIMD_INLINE float simd_top(simd_float v)
{
    float lanes[SIMD_WIDTH];
    simd_store(lanes, v);
    for (int half = SIMD_WIDTH / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
    return lanes[0];
}
#endif

/* e^x with the argument held to [-80, 80]: no infinities and no denormal numbers; NaN stays NaN. Within 2 units in the
 * last place: x = n ln 2 + r with |r| <= ln(2)/2, and the polynomial of the Cephes library (Moshier 1992) for e^r. */
SIMD_INLINE simd_float simd_exp(simd_float x)
{
    const simd_float magic = simd_set(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */
    x = simd_min(simd_set(80.0f), simd_max(simd_set(-80.0f), x));
    const simd_float shifted = x * simd_set(1.44269504f) + magic;
    const simd_float n = shifted - magic;
    const simd_float r = (x - n * simd_set(0.693359375f)) + n * simd_set(2.12194440e-4f);
    simd_float p = simd_set(1.9875691500e-4f);
    p = p * r + simd_set(1.3981999507e-3f);
    p = p * r + simd_set(8.3334519073e-3f);
    p = p * r + simd_set(4.1665795894e-2f);
    p = p * r + simd_set(1.6666665459e-1f);
    p = p * r + simd_set(5.0000001201e-1f);
    p = p * (r * r) + (r + simd_set(1.0f));
    return (simd_float)((simd_int)p + ((simd_int)shifted << 23));
}

SIMD_INLINE simd_float simd_sigmoid(simd_float x)
{
    return simd_set(1.0f) / (simd_set(1.0f) + simd_exp(-x));
}

/* Derivative of x sigmoid(x). */
SIMD_INLINE simd_float simd_silu_slope(simd_float x)
{
    const simd_float s = simd_sigmoid(x);
    return s * (simd_set(1.0f) + x * (simd_set(1.0f) - s));
}

#endif
