/* simd_winograd.h - the transforms of F(4x4, 3x3): a 4x4 tile of a 3x3 convolution by 36 multiplications instead of 144.
 *
 * Winograd (1980), as Lavin and Gray (2016) use it: y = A' [(G g G') * (B' d B)] A for a 6x6 tile d of the input. The
 * interpolation points are 0, p, -p, q, -q and infinity with p = 5/8, q = 3/2: with them fp32 rounding stays five times a
 * direct convolution's (rms; the usual p = 1, q = 2 give eleven times). The gradient by the weights uses the transposed
 * matrices: dg = G' [sum over tiles (B' d B) * (A dy A')] G.
 *
 * The last tile of a row or column may be narrower. A tile of 3 needs the five points without -q, a tile of 2 only 0, p, -p
 * and infinity. All sizes share one transformed kernel: what depends on the set of points is a factor of each row of B'.
 * Size and points are constants wherever these functions are used, so that the loops become straight code.
 * Everything works on SIMD_WIDTH channels at once. A transformed tile is up to 36 vectors, `plane` floats apart.
 * Their loops are unrolled so that what lies between two lines stays in registers as far as there are some. */
#ifndef DPDM_NN_SIMD_WINOGRAD_H
#define DPDM_NN_SIMD_WINOGRAD_H

#include "nn/cpu/simd_bf16.h"
#include "nn/cpu/simd_vector.h"

enum { WINO_OUT = 4, WINO_IN = 6, WINO_PLANES = WINO_IN * WINO_IN };

/* The points, their squares, and 1 / (product of the differences to the other points) of 0, +-p and +-q. */
static const float wino_p = 0.625f, wino_q = 1.5f, wino_pp = 0.390625f, wino_qq = 2.25f;
static const float wino_n0 = (float)(1 / (0.390625 * 2.25));
static const float wino_np = (float)(1 / (2 * 0.390625 * (0.390625 - 2.25)));
static const float wino_nq = (float)(1 / (2 * 2.25 * (2.25 - 0.390625)));

/* Which of the six points is the i-th of a tile of this size (4, 3 or 2). */
SIMD_INLINE int wino_point(const int size, int i)
{
    return i == size + 1 ? 5 : i;
}

/* Does a tile of this size use the point? */
static int wino_has_point(int size, int point)
{
    return point == 5 || point <= size;
}

/* v = B' d: size + 2 values each. */
SIMD_INLINE void wino_input_line(const int size, const simd_float *d, simd_float *v)
{
    const simd_float p = simd_set(wino_p), q = simd_set(wino_q), pp = simd_set(wino_pp), qq = simd_set(wino_qq);
    if (size == 4) {
        const simd_float product = simd_set(wino_pp * wino_qq), sum = simd_set(wino_pp + wino_qq);
        const simd_float even_p = d[4] - qq * d[2], odd_p = d[3] - qq * d[1];
        const simd_float even_q = d[4] - pp * d[2], odd_q = d[3] - pp * d[1];
        v[0] = product * d[0] + (d[4] - sum * d[2]);
        v[1] = even_p + p * odd_p;
        v[2] = even_p - p * odd_p;
        v[3] = even_q + q * odd_q;
        v[4] = even_q - q * odd_q;
        v[5] = product * d[1] + (d[5] - sum * d[3]);
    } else if (size == 3) {
        const simd_float sum = simd_set(wino_p + wino_q), difference = simd_set(wino_q - wino_p);
        const simd_float odd_0 = d[3] - pp * d[1], odd_1 = simd_set(wino_p * wino_q) * d[1];
        v[0] = q * (odd_0 - q * (d[2] - pp * d[0]));
        v[1] = sum * (d[3] - difference * d[2] - odd_1);
        v[2] = difference * (d[3] - sum * d[2] + odd_1);
        v[3] = (q + q) * odd_0;
        v[4] = d[4] - pp * d[2] - q * odd_0;
    } else {
        const simd_float scale = simd_set(wino_pp - wino_qq);
        v[0] = qq * (pp * d[0] - d[2]);
        v[1] = scale * (d[2] + p * d[1]);
        v[2] = scale * (d[2] - p * d[1]);
        v[3] = d[3] - pp * d[1];
    }
}

/* y = A' m: size + 2 values to size. */
SIMD_INLINE void wino_output_line(const int size, const simd_float *m, simd_float *y)
{
    const simd_float p = simd_set(wino_p), q = simd_set(wino_q), pp = simd_set(wino_pp), qq = simd_set(wino_qq);
    const simd_float even_p = m[1] + m[2], odd_p = m[1] - m[2];
    if (size == 4) {
        const simd_float even_q = m[3] + m[4], odd_q = m[3] - m[4];
        y[0] = m[0] + even_p + even_q;
        y[1] = p * odd_p + q * odd_q;
        y[2] = pp * even_p + qq * even_q;
        y[3] = p * pp * odd_p + (q * qq * odd_q + m[5]);
    } else if (size == 3) {
        y[0] = m[0] + even_p + m[3];
        y[1] = p * odd_p + q * m[3];
        y[2] = pp * even_p + (qq * m[3] + m[4]);
    } else {
        y[0] = m[0] + even_p;
        y[1] = p * odd_p + m[3];
    }
}

/* z = A y: size values to size + 2. */
SIMD_INLINE void wino_slope_line(const int size, const simd_float *y, simd_float *z)
{
    const simd_float p = simd_set(wino_p), q = simd_set(wino_q), pp = simd_set(wino_pp), qq = simd_set(wino_qq);
    z[0] = y[0];
    z[size + 1] = y[size - 1];
    if (size == 4) {
        const simd_float even_p = y[0] + pp * y[2], odd_p = y[1] + pp * y[3];
        const simd_float even_q = y[0] + qq * y[2], odd_q = y[1] + qq * y[3];
        z[1] = even_p + p * odd_p;
        z[2] = even_p - p * odd_p;
        z[3] = even_q + q * odd_q;
        z[4] = even_q - q * odd_q;
    } else if (size == 3) {
        const simd_float even = y[0] + pp * y[2];
        z[1] = even + p * y[1];
        z[2] = even - p * y[1];
        z[3] = y[0] + q * (y[1] + q * y[2]);
    } else {
        z[1] = y[0] + p * y[1];
        z[2] = y[0] - p * y[1];
    }
}

/* u = G g */
SIMD_INLINE void wino_kernel_line(const simd_float g[3], simd_float u[6])
{
    const simd_float even_p = g[0] + simd_set(wino_pp) * g[2], even_q = g[0] + simd_set(wino_qq) * g[2];
    u[0] = simd_set(wino_n0) * g[0];
    u[1] = simd_set(wino_np) * (even_p + simd_set(wino_p) * g[1]);
    u[2] = simd_set(wino_np) * (even_p - simd_set(wino_p) * g[1]);
    u[3] = simd_set(wino_nq) * (even_q + simd_set(wino_q) * g[1]);
    u[4] = simd_set(wino_nq) * (even_q - simd_set(wino_q) * g[1]);
    u[5] = g[2];
}

/* g = G' u */
SIMD_INLINE void wino_gradient_line(const simd_float u[6], simd_float g[3])
{
    const simd_float even_p = simd_set(wino_np) * (u[1] + u[2]), odd_p = simd_set(wino_np) * (u[1] - u[2]);
    const simd_float even_q = simd_set(wino_nq) * (u[3] + u[4]), odd_q = simd_set(wino_nq) * (u[3] - u[4]);
    g[0] = simd_set(wino_n0) * u[0] + (even_p + even_q);
    g[1] = simd_set(wino_p) * odd_p + simd_set(wino_q) * odd_q;
    g[2] = simd_set(wino_pp) * even_p + (simd_set(wino_qq) * even_q + u[5]);
}

/* v = B' d B for a tile of rows x columns; at: where its (rows + 2) x (columns + 2) pixels are, WINO_IN to a row, of which
 * the vectors at `c` are taken, and written as `element`. */
SIMD_INLINE void wino_input(const int rows, const int columns, const simd_element element, const float *const *at,
                            size_t c, float *v, size_t plane)
{
    simd_float half[6][6], line[6];
#pragma GCC unroll 6
    for (int j = 0; j < columns + 2; j++) {
        simd_float d[6];
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; i++)
            d[i] = simd_load(at[i * WINO_IN + j] + c);
        wino_input_line(rows, d, line);
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; i++)
            half[i][j] = line[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < rows + 2; i++) {
        wino_input_line(columns, half[i], line);
#pragma GCC unroll 6
        for (int j = 0; j < columns + 2; j++)
            simd_put(element, v + (size_t)(wino_point(rows, i) * 6 + wino_point(columns, j)) * plane, line[j]);
    }
}

/* y = A' m A, rows x columns. */
SIMD_INLINE void wino_output(const int rows, const int columns, const float *m, size_t plane,
                             simd_float y[WINO_OUT][WINO_OUT])
{
    simd_float half[4][6];
#pragma GCC unroll 6
    for (int j = 0; j < columns + 2; j++) {
        simd_float column[6], line[4];
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; i++)
            column[i] = simd_load(m + (size_t)(wino_point(rows, i) * 6 + wino_point(columns, j)) * plane);
        wino_output_line(rows, column, line);
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++)
            half[i][j] = line[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++)
        wino_output_line(columns, half[i], y[i]);
}

/* z = A dy A'; at: where its rows x columns pixels are, WINO_IN to a row. */
SIMD_INLINE void wino_slope(const int rows, const int columns, const float *const *at, size_t c, float *z, size_t plane)
{
    simd_float half[6][4], line[6];
#pragma GCC unroll 6
    for (int j = 0; j < columns; j++) {
        simd_float y[4];
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++)
            y[i] = simd_load(at[i * WINO_IN + j] + c);
        wino_slope_line(rows, y, line);
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; i++)
            half[i][j] = line[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < rows + 2; i++) {
        wino_slope_line(columns, half[i], line);
#pragma GCC unroll 6
        for (int j = 0; j < columns + 2; j++)
            simd_store(z + (size_t)(wino_point(rows, i) * 6 + wino_point(columns, j)) * plane, line[j]);
    }
}

/* u = G g G'; the nine taps of g are `tap` floats apart. */
SIMD_INLINE void wino_kernel(const float *g, size_t tap, float *u, size_t plane)
{
    simd_float half[6][3], line[6];
#pragma GCC unroll 6
    for (size_t j = 0; j < 3; j++) {
        const simd_float column[3] = {simd_load(g + j * tap), simd_load(g + (3 + j) * tap),
                                      simd_load(g + (6 + j) * tap)};
        wino_kernel_line(column, line);
#pragma GCC unroll 6
        for (int i = 0; i < 6; i++)
            half[i][j] = line[i];
    }
#pragma GCC unroll 6
    for (size_t i = 0; i < 6; i++) {
        wino_kernel_line(half[i], line);
#pragma GCC unroll 6
        for (size_t j = 0; j < 6; j++)
            simd_store(u + (i * 6 + j) * plane, line[j]);
    }
}

/* The nine taps, `tap` floats apart, += G' u G. */
SIMD_INLINE void wino_gradient(const float *u, size_t plane, float *g, size_t tap)
{
    simd_float half[3][6], line[3];
#pragma GCC unroll 6
    for (size_t j = 0; j < 6; j++) {
        simd_float column[6];
#pragma GCC unroll 6
        for (size_t i = 0; i < 6; i++)
            column[i] = simd_load(u + (i * 6 + j) * plane);
        wino_gradient_line(column, line);
#pragma GCC unroll 6
        for (size_t i = 0; i < 3; i++)
            half[i][j] = line[i];
    }
#pragma GCC unroll 6
    for (size_t i = 0; i < 3; i++) {
        wino_gradient_line(half[i], line);
#pragma GCC unroll 6
        for (size_t j = 0; j < 3; j++)
            simd_store(g + (i * 3 + j) * tap, simd_load(g + (i * 3 + j) * tap) + line[j]);
    }
}

#endif
