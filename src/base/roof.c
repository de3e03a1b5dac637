/* roof.c - fused multiply-adds in registers and reads, at full speed. */
#include "base/roof.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { CHAINS = 12, LOOPS = 20000, REPEATS = 100 };

#if defined(__x86_64__)
/* CHAINS independent sums hide the latency of one. */
__attribute__((target("avx512f"))) static void burn_avx512(void)
{
    const __m512 b = _mm512_set1_ps(0.999f), c = _mm512_set1_ps(0.001f);
    __m512 a[CHAINS];
    for (int i = 0; i < CHAINS; i++)
        a[i] = _mm512_set1_ps((float)i);
    for (int n = 0; n < LOOPS; n++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            a[i] = _mm512_fmadd_ps(a[i], b, c);
    volatile float sink;
    for (int i = 0; i < CHAINS; i++)
        sink = _mm512_cvtss_f32(a[i]);
    (void)sink;
}

__attribute__((target("avx2,fma"))) static void burn_avx2(void)
{
    const __m256 b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(0.001f);
    __m256 a[CHAINS];
    for (int i = 0; i < CHAINS; i++)
        a[i] = _mm256_set1_ps((float)i);
    for (int n = 0; n < LOOPS; n++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            a[i] = _mm256_fmadd_ps(a[i], b, c);
    volatile float sink;
    for (int i = 0; i < CHAINS; i++)
        sink = _mm256_cvtss_f32(a[i]);
    (void)sink;
}
#endif

/* 128-bit vectors of whatever CPU this is built for; multiply and add apart unless its flags allow a fused one. */
static void burn_generic(void)
{
    typedef float vector __attribute__((vector_size(16)));
    const vector b = {0.999f, 0.999f, 0.999f, 0.999f}, c = {0.001f, 0.001f, 0.001f, 0.001f};
    vector a[CHAINS] = {{0}};
    volatile float sink;
    for (int n = 0; n < LOOPS; n++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            a[i] = a[i] * b + c;
    for (int i = 0; i < CHAINS; i++)
        sink = a[i][0];
    (void)sink;
}

double dpdm_roof_multiply_adds(const char *set)
{
    void (*burn)(void) = burn_generic;
    int lanes = 4;
#if defined(__x86_64__)
    if (strncmp(set, "avx512", 6) == 0) {
        burn = burn_avx512;
        lanes = 16;
    } else if (strcmp(set, "avx2") == 0) {
        burn = burn_avx2;
        lanes = 8;
    }
#endif
    double best = 1e9;
    (void)set;
    for (int r = 0; r < REPEATS; r++) {
        double t = dpdm_clock_seconds();
        burn();
        t = dpdm_clock_seconds() - t;
        best = t < best ? t : best;
    }
    return 2.0 * lanes * CHAINS * LOOPS / best * 1e-9;
}

double dpdm_roof_read(unsigned long bytes)
{
    const size_t n = bytes / sizeof(double);
    double *x = calloc(n, sizeof *x), best = 1e9;
    volatile double sink = 0;
    if (!x)
        return 0;
    for (size_t i = 0; i < n; i++)
        x[i] = (double)i;
    const int times = bytes > 16u << 20 ? 1 : (int)((16u << 20) / bytes);
    for (int r = 0; r < REPEATS / 5; r++) {
        double t = dpdm_clock_seconds(), sum[8] = {0};
        for (int k = 0; k < times; k++)
            for (size_t i = 0; i + 8 <= n; i += 8)
                for (int j = 0; j < 8; j++)
                    sum[j] += x[i + j];
        sink = sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
        t = dpdm_clock_seconds() - t;
        best = t < best ? t : best;
    }
    (void)sink;
    free(x);
    return (double)n * sizeof *x * times / best * 1e-9;
}
