/* grid_sum.c - one body of each loop, compiled for every CPU and for AVX-512.
 *
 * For the square of the norm an integer z, |z| < 2^45, is split: z = a 2^23 + b, 0 <= b < 2^23, |a| <= 2^22, so that
 * z^2 = a^2 2^46 + a b 2^24 + b^2. A block's sums of a^2, a b and b^2 fit in 64 bits: 2^12 terms below 2^46. */
#include "privacy/grid_sum.h"

#include <float.h>
#include <math.h>

_Static_assert(FLT_EVAL_METHOD == 0, "what was added must be found again to be taken back");

__extension__ typedef __int128 grid_i128;

enum {
    GRID_LANES = 16, /* partial sums of the norm */
    GRID_BLOCK = 1 << 12,
    GRID_HALF = 23
};

typedef struct {
    int64_t high, mixed, low; /* sums of a^2, a b and b^2 */
} grid_square;

#define GRID_BODY static inline __attribute__((always_inline))

/* Squares of floats are exact in double and their sum cannot overflow, so that it is not finite exactly if a coordinate
 * is not; and rounded addition of what is not negative never makes less. */
GRID_BODY double norm_body(const float *v, size_t n)
{
    double lane[GRID_LANES] = {0};
    size_t i = 0;
    for (; i + GRID_LANES <= n; i += GRID_LANES)
        for (size_t k = 0; k < GRID_LANES; k++)
            lane[k] += (double)v[i + k] * v[i + k];
    for (size_t k = 0; i + k < n; k++)
        lane[k] += (double)v[i + k] * v[i + k];
    for (size_t width = GRID_LANES / 2; width > 0; width /= 2)
        for (size_t k = 0; k < width; k++)
            lane[k] += lane[k + width];
    return sqrt(lane[0]);
}

GRID_BODY grid_square block_body(const float *restrict v, size_t n, double factor, int64_t sign, int64_t *restrict sum)
{
    int64_t high = 0, mixed = 0, low = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t z = (int64_t)(v[i] * factor);
        int64_t a = z >> GRID_HALF, b = z & ((1 << GRID_HALF) - 1);
        high += a * a;
        mixed += a * b;
        low += b * b;
        sum[i] = (int64_t)((uint64_t)sum[i] + (uint64_t)(sign * z));
    }
    return (grid_square){high, mixed, low};
}

GRID_BODY dpdm_grid_u128 add_body(const float *v, size_t n, double factor, int64_t sign, int64_t *sum)
{
    grid_i128 square = 0;
    for (size_t i = 0; i < n; i += GRID_BLOCK) {
        grid_square part = block_body(v + i, n - i < GRID_BLOCK ? n - i : GRID_BLOCK, factor, sign, sum + i);
        square +=
            part.high * ((grid_i128)1 << (2 * GRID_HALF)) + part.mixed * ((grid_i128)1 << (GRID_HALF + 1)) + part.low;
    }
    return (dpdm_grid_u128)square;
}

static double norm_portable(const float *v, size_t n)
{
    return norm_body(v, n);
}

static dpdm_grid_u128 add_portable(const float *v, size_t n, double factor, int64_t sign, int64_t *sum)
{
    return add_body(v, n, factor, sign, sum);
}

static const dpdm_grid_sums portable = {"portable", norm_portable, add_portable};

#if defined(__x86_64__)
#define GRID_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl")))

GRID_AVX512 static double norm_avx512(const float *v, size_t n)
{
    return norm_body(v, n);
}

GRID_AVX512 static dpdm_grid_u128 add_avx512(const float *v, size_t n, double factor, int64_t sign, int64_t *sum)
{
    return add_body(v, n, factor, sign, sum);
}

static const dpdm_grid_sums avx512 = {"avx512", norm_avx512, add_avx512};

static const dpdm_grid_sums *grid_sum_best(void)
{
    int able =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return able ? &avx512 : NULL;
}
#else
static const dpdm_grid_sums *grid_sum_best(void)
{
    return NULL;
}
#endif

int dpdm_grid_sum_sets(const dpdm_grid_sums *sets[DPDM_GRID_SETS])
{
    sets[0] = &portable;
    sets[1] = grid_sum_best();
    return sets[1] ? 2 : 1;
}
