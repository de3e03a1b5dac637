/* simd_gemm.h - small matrix products: for attention, for 1x1 convolutions and inside Winograd convolutions.
 *
 * The inner kernel, gemm_tile, keeps rows x vectors sums in registers: 24 of the 32 with AVX-512, 12 of 16 elsewhere.
 * It is inlined with constant sizes, which turns its loops into straight code. */
#ifndef DPDM_NN_SIMD_GEMM_H
#define DPDM_NN_SIMD_GEMM_H

#include "nn/cpu/simd_vector.h"

enum {
    GEMM_VECTORS = SIMD_WIDTH == 16 ? 4 : 2, /* the widest tile */
    GEMM_SUMS = SIMD_WIDTH == 16 ? 24 : 12,  /* sums in registers */
    GEMM_ROWS = GEMM_SUMS / GEMM_VECTORS,    /* rows of the widest tile */
    GEMM_COLUMNS = GEMM_VECTORS * SIMD_WIDTH,
    GEMM_DEPTH = 256 /* of a panel of simd_gemm */
};

/* Element (i, j) is at[i * row + j * column]. */
typedef struct {
    const float *at;
    size_t row, column;
} simd_matrix;

/* sum[r * vectors + v] = sum over k < depth of a(r, k) b(k, v-th vector); b's columns lie side by side. */
SIMD_INLINE void gemm_tile(const size_t rows, const size_t vectors, simd_matrix a, const float *b, size_t b_row,
                           size_t depth, simd_float *sum)
{
    simd_float s[GEMM_SUMS];
    for (size_t i = 0; i < rows * vectors; i++)
        s[i] = simd_set(0);
    for (size_t k = 0; k < depth; k++) {
        simd_float line[GEMM_VECTORS];
        for (size_t v = 0; v < vectors; v++)
            line[v] = simd_load(b + k * b_row + v * SIMD_WIDTH);
        for (size_t r = 0; r < rows; r++) {
            const simd_float x = simd_set(a.at[r * a.row + k * a.column]);
            for (size_t v = 0; v < vectors; v++)
                s[r * vectors + v] += x * line[v];
        }
    }
    for (size_t i = 0; i < rows * vectors; i++)
        sum[i] = s[i];
}

/* Writes (or adds) alpha * sum to rows x columns of c. */
SIMD_INLINE void gemm_write(const size_t vectors, const simd_float *sum, float alpha, int add, size_t rows,
                            size_t columns, float *c, size_t c_row)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors && v * SIMD_WIDTH < columns; v++) {
            float *to = c + r * c_row + v * SIMD_WIDTH;
            const size_t left = columns - v * SIMD_WIDTH, count = left < SIMD_WIDTH ? left : SIMD_WIDTH;
            const simd_float old = add ? simd_load_some(to, count) : simd_set(0);
            simd_store_some(to, old + simd_set(alpha) * sum[r * vectors + v], count);
        }
}

/* One column of tiles: c [m x columns] (+)= alpha a b, columns <= vectors * SIMD_WIDTH; b has whole vectors. */
SIMD_INLINE void gemm_column(const size_t vectors, size_t m, size_t columns, size_t k, float alpha, simd_matrix a,
                             const float *b, size_t b_row, int add, float *c, size_t c_row)
{
    const size_t rows = GEMM_SUMS / vectors;
    simd_float sum[GEMM_SUMS];
    size_t i = 0;
    for (; i + rows <= m; i += rows) {
        const simd_matrix block = {a.at + i * a.row, a.row, a.column};
        gemm_tile(rows, vectors, block, b, b_row, k, sum);
        gemm_write(vectors, sum, alpha, add, rows, columns, c + i * c_row, c_row);
    }
    for (; i < m; i++) {
        const simd_matrix line = {a.at + i * a.row, a.row, a.column};
        gemm_tile(1, vectors, line, b, b_row, k, sum);
        gemm_write(vectors, sum, alpha, add, 1, columns, c + i * c_row, c_row);
    }
}

/* Copies rows [0, depth) and columns [0, columns) of b to a panel of GEMM_COLUMNS columns, zeros to the right. */
static void gemm_panel(simd_matrix b, size_t depth, size_t columns, float *panel)
{
    for (size_t k = 0; k < depth; k++, panel += GEMM_COLUMNS) {
        for (size_t j = 0; j < columns; j++)
            panel[j] = b.at[k * b.row + j * b.column];
        for (size_t j = columns; j < GEMM_COLUMNS; j++)
            panel[j] = 0;
    }
}

/* c [m x n] (+)= alpha a b; a and b may be transposed through their strides. b is copied to the stack, panel by panel.
 */
static void simd_gemm(size_t m, size_t n, size_t k, float alpha, simd_matrix a, simd_matrix b, int add, float *c,
                      size_t c_row)
{
    float panel[GEMM_DEPTH * GEMM_COLUMNS] __attribute__((aligned(64)));
    for (size_t j = 0; j < n; j += GEMM_COLUMNS)
        for (size_t p = 0; p < k; p += GEMM_DEPTH) {
            const size_t columns = n - j < GEMM_COLUMNS ? n - j : GEMM_COLUMNS;
            const size_t depth = k - p < GEMM_DEPTH ? k - p : GEMM_DEPTH;
            const simd_matrix left = {a.at + p * a.column, a.row, a.column};
            const simd_matrix part = {b.at + p * b.row + j * b.column, b.row, b.column};
            gemm_panel(part, depth, columns, panel);
            gemm_column(GEMM_VECTORS, m, columns, depth, alpha, left, panel, GEMM_COLUMNS, add || p > 0, c + j, c_row);
        }
}

/* c [m x n] (+)= a b, n a multiple of SIMD_WIDTH and b's columns side by side: no copy of b. */
static void simd_gemm_direct(size_t m, size_t n, size_t k, simd_matrix a, const float *b, size_t b_row, int add,
                             float *c, size_t c_row)
{
    size_t j = 0;
    for (; j + GEMM_COLUMNS <= n; j += GEMM_COLUMNS)
        gemm_column(GEMM_VECTORS, m, GEMM_COLUMNS, k, 1.0f, a, b + j, b_row, add, c + j, c_row);
    for (; j + 2 * SIMD_WIDTH <= n; j += 2 * SIMD_WIDTH)
        gemm_column(2, m, 2 * SIMD_WIDTH, k, 1.0f, a, b + j, b_row, add, c + j, c_row);
    for (; j < n; j += SIMD_WIDTH)
        gemm_column(1, m, SIMD_WIDTH, k, 1.0f, a, b + j, b_row, add, c + j, c_row);
}

#endif
