/* simd_winograd.h - the transforms of F(4x4, 3x3): a 4x4 tile of a 3x3 convolution by 36 multiplications instead of
 * 144.
 *
 * Winograd (1980), as Lavin and Gray (2016) use it: y = A' [(G g G') * (B' d B)] A for a 6x6 tile d of the input. The
 * interpolation points are 0, +-5/8, +-3/2 and infinity: with them fp32 rounding stays five times a direct
 * convolution's (rms; the usual points 0, +-1, +-2 give eleven times). The gradient by the weights uses the transposed
 * matrices: dg = G' [sum over tiles (B' d B) * (A dy A')] G. Everything works on SIMD_WIDTH channels at once. A
 * transformed tile is 36 vectors, `plane` floats apart. */
#ifndef DPDM_NN_SIMD_WINOGRAD_H
#define DPDM_NN_SIMD_WINOGRAD_H

#include "nn/cpu/simd_vector.h"

enum { WINO_OUT = 4, WINO_IN = 6, WINO_POINTS = WINO_IN * WINO_IN };

/* Points p and q, their squares, and 1 / (product of differences to the other points) of 0, +-p and +-q. */
static const float wino_p = 0.625f, wino_q = 1.5f, wino_pp = 0.390625f, wino_qq = 2.25f;
static const float wino_n0 = (float)(1 / (0.390625 * 2.25));
static const float wino_np = (float)(1 / (2 * 0.390625 * (0.390625 - 2.25)));
static const float wino_nq = (float)(1 / (2 * 2.25 * (2.25 - 0.390625)));

/* v = B' d */
SIMD_INLINE void wino_input_line(const simd_float d[6], simd_float v[6])
{
    const simd_float product = simd_set(wino_pp * wino_qq), sum = simd_set(wino_pp + wino_qq);
    const simd_float even_p = d[4] - simd_set(wino_qq) * d[2], odd_p = d[3] - simd_set(wino_qq) * d[1];
    const simd_float even_q = d[4] - simd_set(wino_pp) * d[2], odd_q = d[3] - simd_set(wino_pp) * d[1];
    v[0] = product * d[0] + (d[4] - sum * d[2]);
    v[1] = even_p + simd_set(wino_p) * odd_p;
    v[2] = even_p - simd_set(wino_p) * odd_p;
    v[3] = even_q + simd_set(wino_q) * odd_q;
    v[4] = even_q - simd_set(wino_q) * odd_q;
    v[5] = product * d[1] + (d[5] - sum * d[3]);
}

/* y = A' m */
SIMD_INLINE void wino_output_line(const simd_float m[6], simd_float y[4])
{
    const simd_float even_p = m[1] + m[2], odd_p = m[1] - m[2], even_q = m[3] + m[4], odd_q = m[3] - m[4];
    y[0] = m[0] + even_p + even_q;
    y[1] = simd_set(wino_p) * odd_p + simd_set(wino_q) * odd_q;
    y[2] = simd_set(wino_pp) * even_p + simd_set(wino_qq) * even_q;
    y[3] = simd_set(wino_p * wino_pp) * odd_p + (simd_set(wino_q * wino_qq) * odd_q + m[5]);
}

/* z = A y */
SIMD_INLINE void wino_slope_line(const simd_float y[4], simd_float z[6])
{
    const simd_float even_p = y[0] + simd_set(wino_pp) * y[2], odd_p = y[1] + simd_set(wino_pp) * y[3];
    const simd_float even_q = y[0] + simd_set(wino_qq) * y[2], odd_q = y[1] + simd_set(wino_qq) * y[3];
    z[0] = y[0];
    z[1] = even_p + simd_set(wino_p) * odd_p;
    z[2] = even_p - simd_set(wino_p) * odd_p;
    z[3] = even_q + simd_set(wino_q) * odd_q;
    z[4] = even_q - simd_set(wino_q) * odd_q;
    z[5] = y[3];
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

/* v = B' d B; at: where the 36 pixels of the tile are, of which the vectors at `c` are taken. */
SIMD_INLINE void wino_input(const float *const at[WINO_POINTS], size_t c, float *v, size_t plane)
{
    simd_float half[6][6], line[6];
    for (int j = 0; j < 6; j++) {
        simd_float d[6];
        for (int i = 0; i < 6; i++)
            d[i] = simd_load(at[i * 6 + j] + c);
        wino_input_line(d, line);
        for (int i = 0; i < 6; i++)
            half[i][j] = line[i];
    }
    for (int i = 0; i < 6; i++) {
        wino_input_line(half[i], line);
        for (int j = 0; j < 6; j++)
            simd_store(v + (i * 6 + j) * plane, line[j]);
    }
}

/* y = A' m A + bias, row by row. */
SIMD_INLINE void wino_output(const float *m, size_t plane, simd_float bias, simd_float y[4][4])
{
    simd_float half[4][6];
    for (int j = 0; j < 6; j++) {
        simd_float column[6], line[4];
        for (int i = 0; i < 6; i++)
            column[i] = simd_load(m + (i * 6 + j) * plane);
        wino_output_line(column, line);
        for (int i = 0; i < 4; i++)
            half[i][j] = line[i];
    }
    for (int i = 0; i < 4; i++) {
        wino_output_line(half[i], y[i]);
        for (int j = 0; j < 4; j++)
            y[i][j] += bias;
    }
}

/* z = A dy A'; at: where the 16 pixels are. */
SIMD_INLINE void wino_slope(const float *const at[WINO_OUT * WINO_OUT], size_t c, float *z, size_t plane)
{
    simd_float half[6][4], line[6];
    for (int j = 0; j < 4; j++) {
        simd_float y[4];
        for (int i = 0; i < 4; i++)
            y[i] = simd_load(at[i * 4 + j] + c);
        wino_slope_line(y, line);
        for (int i = 0; i < 6; i++)
            half[i][j] = line[i];
    }
    for (int i = 0; i < 6; i++) {
        wino_slope_line(half[i], line);
        for (int j = 0; j < 6; j++)
            simd_store(z + (i * 6 + j) * plane, line[j]);
    }
}

/* u = G g G'; the nine taps of g are `tap` floats apart. */
SIMD_INLINE void wino_kernel(const float *g, size_t tap, float *u, size_t plane)
{
    simd_float half[6][3], line[6];
    for (int j = 0; j < 3; j++) {
        const simd_float column[3] = {simd_load(g + j * tap), simd_load(g + (3 + j) * tap),
                                      simd_load(g + (6 + j) * tap)};
        wino_kernel_line(column, line);
        for (int i = 0; i < 6; i++)
            half[i][j] = line[i];
    }
    for (int i = 0; i < 6; i++) {
        wino_kernel_line(half[i], line);
        for (int j = 0; j < 6; j++)
            simd_store(u + (i * 6 + j) * plane, line[j]);
    }
}

/* The nine taps, `tap` floats apart, += G' u G. */
SIMD_INLINE void wino_gradient(const float *u, size_t plane, float *g, size_t tap)
{
    simd_float half[3][6], line[3];
    for (int j = 0; j < 6; j++) {
        simd_float column[6];
        for (int i = 0; i < 6; i++)
            column[i] = simd_load(u + (i * 6 + j) * plane);
        wino_gradient_line(column, line);
        for (int i = 0; i < 3; i++)
            half[i][j] = line[i];
    }
    for (int i = 0; i < 3; i++) {
        wino_gradient_line(half[i], line);
        for (int j = 0; j < 3; j++)
            simd_store(g + (i * 3 + j) * tap, simd_load(g + (i * 3 + j) * tap) + line[j]);
    }
}

#endif
