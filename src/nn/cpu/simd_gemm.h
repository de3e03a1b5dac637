/* simd_gemm.h - small matrix products, for attention and for convolutions written as products.
 *
 * c [m x n] (+)= alpha a b. a and b are read through strides, so that any of them may be transposed; b is copied in
 * panels of GEMM_DEPTH x GEMM_COLUMNS to the stack, where the inner kernel reads it in order. */
#ifndef DPDM_NN_SIMD_GEMM_H
#define DPDM_NN_SIMD_GEMM_H

#include "nn/cpu/simd_vector.h"

/* The inner kernel holds GEMM_ROWS x GEMM_VECTORS sums in registers: 24 of 32 with AVX-512, 12 of 16 elsewhere. */
enum {
    GEMM_ROWS = 6,
    GEMM_VECTORS = SIMD_WIDTH == 16 ? 4 : 2,
    GEMM_COLUMNS = GEMM_VECTORS * SIMD_WIDTH,
    GEMM_DEPTH = 256
};

/* Element (i, j) is at[i * row + j * column]. */
typedef struct {
    const float *at;
    size_t row, column;
} simd_matrix;

/* Copies rows [0, depth) and columns [0, columns) of b, zeros to the right of them. */
static void gemm_panel(simd_matrix b, size_t depth, size_t columns, float *panel)
{
    if (b.column == 1 && columns == GEMM_COLUMNS)
        for (size_t k = 0; k < depth; k++)
            memcpy(panel + k * GEMM_COLUMNS, b.at + k * b.row, GEMM_COLUMNS * sizeof *panel);
    else
        for (size_t k = 0; k < depth; k++) {
            for (size_t j = 0; j < columns; j++)
                panel[k * GEMM_COLUMNS + j] = b.at[k * b.row + j * b.column];
            for (size_t j = columns; j < GEMM_COLUMNS; j++)
                panel[k * GEMM_COLUMNS + j] = 0;
        }
}

/* sum = a[0..GEMM_ROWS) x panel. */
SIMD_INLINE void gemm_tile(const float *const *a, size_t step, const float *panel, size_t depth,
                           simd_float sum[GEMM_ROWS][GEMM_VECTORS])
{
    for (int r = 0; r < GEMM_ROWS; r++)
        for (int v = 0; v < GEMM_VECTORS; v++)
            sum[r][v] = simd_set(0);
    for (size_t k = 0; k < depth; k++) {
        simd_float b[GEMM_VECTORS];
        for (int v = 0; v < GEMM_VECTORS; v++)
            b[v] = simd_load(panel + k * GEMM_COLUMNS + v * SIMD_WIDTH);
        for (int r = 0; r < GEMM_ROWS; r++) {
            const simd_float x = simd_set(a[r][k * step]);
            for (int v = 0; v < GEMM_VECTORS; v++)
                sum[r][v] += x * b[v];
        }
    }
}

/* Writes or adds alpha * sum to rows x columns of c. */
SIMD_INLINE void gemm_write(simd_float sum[GEMM_ROWS][GEMM_VECTORS], float alpha, int add, size_t rows, size_t columns,
                            float *c, size_t row)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v * SIMD_WIDTH < columns; v++) {
            float *to = c + r * row + v * SIMD_WIDTH;
            const size_t left = columns - v * SIMD_WIDTH, count = left < SIMD_WIDTH ? left : SIMD_WIDTH;
            const simd_float old = add ? simd_load_some(to, count) : simd_set(0);
            simd_store_some(to, old + simd_set(alpha) * sum[r][v], count);
        }
}

static void simd_gemm(size_t m, size_t n, size_t k, float alpha, simd_matrix a, simd_matrix b, int add, float *c,
                      size_t row)
{
    float panel[GEMM_DEPTH * GEMM_COLUMNS] __attribute__((aligned(64)));
    for (size_t j = 0; j < n; j += GEMM_COLUMNS)
        for (size_t p = 0; p < k; p += GEMM_DEPTH) {
            const size_t columns = n - j < GEMM_COLUMNS ? n - j : GEMM_COLUMNS;
            const size_t depth = k - p < GEMM_DEPTH ? k - p : GEMM_DEPTH;
            const simd_matrix part = {b.at + p * b.row + j * b.column, b.row, b.column};
            gemm_panel(part, depth, columns, panel);
            for (size_t i = 0; i < m; i += GEMM_ROWS) {
                const size_t rows = m - i < GEMM_ROWS ? m - i : GEMM_ROWS;
                const float *at[GEMM_ROWS]; /* the last rows of a short block are computed from row i and thrown away */
                simd_float sum[GEMM_ROWS][GEMM_VECTORS];
                for (size_t r = 0; r < GEMM_ROWS; r++)
                    at[r] = a.at + (r < rows ? i + r : i) * a.row + p * a.column;
                gemm_tile(at, a.column, panel, depth, sum);
                gemm_write(sum, alpha, add || p > 0, rows, columns, c + i * row + j, row);
            }
        }
}

#endif
