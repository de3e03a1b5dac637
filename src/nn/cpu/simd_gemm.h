/* simd_gemm.h - small matrix products: for attention, for 1x1 convolutions and inside Winograd convolutions.
 *
 * The inner kernel, gemm_tile, keeps rows x vectors sums in registers: up to 16 of the 32 with AVX-512, 12 of 16
 * elsewhere. (gcc 12 keeps an array of more than 16 in memory.) It is inlined with constant sizes, which turns its loops
 * into straight code. */
#ifndef DPDM_NN_SIMD_GEMM_H
#define DPDM_NN_SIMD_GEMM_H

#include "nn/cpu/simd_bf16.h"

enum {
    GEMM_VECTORS = SIMD_WIDTH == 16 ? 4 : 2, /* the widest tile */
    GEMM_SUMS = SIMD_WIDTH == 16 ? 16 : 12,  /* sums in registers */
    GEMM_COLUMNS = GEMM_VECTORS * SIMD_WIDTH,
    GEMM_DEPTH = 256, /* of a panel of simd_gemm */
    GEMM_RUN =
        SIMD_WIDTH == 16 ? 96 : 48 /* rows at a time where their operand should stay in the caches: whole tiles */
};

/* Element (i, j) is at[i * row + j * column]. */
typedef struct {
    const float *at;
    size_t row, column;
} simd_matrix;

/* sum[r * vectors + v] = sum over k < depth of a(r, k) b(k, v-th vector); b's columns lie side by side. */
SIMD_INLINE void gemm_tile(const simd_element element, const size_t rows, const size_t vectors, simd_matrix a,
                           const float *b, size_t b_row, size_t depth, simd_float *sum)
{
    simd_float s[GEMM_SUMS];
    for (size_t i = 0; i < rows * vectors; i++)
        s[i] = simd_set(0);
    for (size_t k = 0; k < depth; k++) {
        simd_float line[GEMM_VECTORS];
        for (size_t v = 0; v < vectors; v++)
            line[v] = simd_load(b + k * b_row + v * SIMD_WIDTH);
        for (size_t r = 0; r < rows; r++) {
            const float *x = a.at + r * a.row + k * a.column;
            for (size_t v = 0; v < vectors; v++)
                s[r * vectors + v] = simd_add_product(element, s[r * vectors + v], x, line[v]);
        }
    }
    for (size_t i = 0; i < rows * vectors; i++)
        sum[i] = s[i];
}

/* How sums reach memory: c = alpha * sum + (c if add, or bias[column] if not NULL). */
typedef struct {
    float *at;
    size_t row;
    float alpha;
    int add;
    const float *bias;
} simd_target;

SIMD_INLINE void gemm_write(const size_t vectors, const simd_float *sum, size_t rows, size_t columns, simd_target c)
{
    for (size_t v = 0; v < vectors && v * SIMD_WIDTH < columns; v++) {
        const size_t left = columns - v * SIMD_WIDTH, count = left < SIMD_WIDTH ? left : SIMD_WIDTH;
        const simd_float start = c.bias ? simd_load_some(c.bias + v * SIMD_WIDTH, count) : simd_set(0);
        for (size_t r = 0; r < rows; r++) {
            float *to = c.at + r * c.row + v * SIMD_WIDTH;
            const simd_float old = c.add ? simd_load_some(to, count) : start;
            simd_store_some(to, old + simd_set(c.alpha) * sum[r * vectors + v], count);
        }
    }
}

/* As many whole tiles of `rows` rows as m still has. */
SIMD_INLINE void gemm_rows(const simd_element element, const size_t rows, const size_t vectors, size_t *m,
                           size_t columns, size_t k, simd_matrix *a, const float *b, size_t b_row, simd_target *c)
{
    simd_float sum[GEMM_SUMS];
    for (; *m >= rows; *m -= rows, a->at += rows * a->row, c->at += rows * c->row) {
        gemm_tile(element, rows, vectors, *a, b, b_row, k, sum);
        gemm_write(vectors, sum, rows, columns, *c);
    }
}

/* Rows of the first choice of tile. With 32 registers 8 sums of one vector do better than 16: they need not wait for each
 * other any more, and fewer rows are left over. */
SIMD_INLINE size_t gemm_tall(const size_t vectors)
{
    const size_t rows = GEMM_SUMS / vectors;
    return SIMD_WIDTH == 16 && rows > 8 ? 8 : rows;
}

/* One column of tiles: c [m x columns] from a [m x k] b, columns <= vectors * SIMD_WIDTH; b has whole vectors. The last
 * rows go to smaller tiles, as large as they can be: few sums at a time wait for each other. */
SIMD_INLINE void gemm_column(const simd_element element, const size_t vectors, size_t m, size_t columns, size_t k,
                             simd_matrix a, const float *b, size_t b_row, simd_target c)
{
    gemm_rows(element, gemm_tall(vectors), vectors, &m, columns, k, &a, b, b_row, &c);
    if (gemm_tall(vectors) > 8)
        gemm_rows(element, 8, vectors, &m, columns, k, &a, b, b_row, &c);
    if (gemm_tall(vectors) > 4)
        gemm_rows(element, 4, vectors, &m, columns, k, &a, b, b_row, &c);
    gemm_rows(element, 1, vectors, &m, columns, k, &a, b, b_row, &c);
}

/* Copies rows [0, depth) and columns [0, columns) of b to a panel of GEMM_COLUMNS columns, zeros to the right. */
static void gemm_panel(simd_matrix b, size_t depth, size_t columns, float *panel)
{
    for (size_t k = 0; k < depth; k++, panel += GEMM_COLUMNS) {
        if (b.column == 1)
            memcpy(panel, b.at + k * b.row, columns * sizeof *panel);
        else
            for (size_t j = 0; j < columns; j++)
                panel[j] = b.at[k * b.row + j * b.column];
        for (size_t j = columns; j < GEMM_COLUMNS; j++)
            panel[j] = 0;
    }
}

SIMD_INLINE void gemm_direct(const simd_element element, size_t m, size_t n, size_t k, simd_matrix a, const float *b,
                             size_t b_row, simd_target c)
{
    const size_t pair = 2 * (size_t)SIMD_WIDTH;
    for (size_t j = 0, columns; j < n; j += columns) {
        const simd_target to = {c.at + j, c.row, c.alpha, c.add, c.bias ? c.bias + j : NULL};
        columns = n - j >= GEMM_COLUMNS ? GEMM_COLUMNS : n - j >= pair ? pair : n - j;
        if (columns == GEMM_COLUMNS)
            gemm_column(element, GEMM_VECTORS, m, GEMM_COLUMNS, k, a, b + j, b_row, to);
        else if (columns == pair)
            gemm_column(element, 2, m, pair, k, a, b + j, b_row, to);
        else if (columns > SIMD_WIDTH)
            gemm_column(element, 2, m, columns, k, a, b + j, b_row, to);
        else if (columns == SIMD_WIDTH)
            gemm_column(element, 1, m, SIMD_WIDTH, k, a, b + j, b_row, to);
        else
            gemm_column(element, 1, m, columns, k, a, b + j, b_row, to);
    }
}

/* c [m x n] from a [m x k] b; b's columns lie side by side and its rows end in whole vectors, whatever stands beyond n. */
static void simd_gemm_direct(size_t m, size_t n, size_t k, simd_matrix a, const float *b, size_t b_row, simd_target c)
{
    gemm_direct(SIMD_FLOATS, m, n, k, a, b, b_row, c);
}

#if SIMD_BF16
/* The same of pairs: k counts them. */
static void simd_gemm_pairs(size_t m, size_t n, size_t k, simd_matrix a, const float *b, size_t b_row, simd_target c)
{
    gemm_direct(SIMD_PAIRS, m, n, k, a, b, b_row, c);
}
#endif

/* simd_gemm_direct for any b, which may be transposed through its strides: it is copied to the stack, panel by panel. */
static void simd_gemm(size_t m, size_t n, size_t k, simd_matrix a, simd_matrix b, simd_target c)
{
    float panel[GEMM_DEPTH * GEMM_COLUMNS] __attribute__((aligned(64)));
    for (size_t j = 0; j < n; j += GEMM_COLUMNS)
        for (size_t p = 0; p < k; p += GEMM_DEPTH) {
            const size_t columns = n - j < GEMM_COLUMNS ? n - j : GEMM_COLUMNS;
            const size_t depth = k - p < GEMM_DEPTH ? k - p : GEMM_DEPTH;
            const simd_matrix left = {a.at + p * a.column, a.row, a.column};
            const simd_matrix part = {b.at + p * b.row + j * b.column, b.row, b.column};
            const simd_target to = {c.at + j, c.row, c.alpha, c.add || p > 0, c.bias ? c.bias + j : NULL};
            gemm_panel(part, depth, columns, panel);
            simd_gemm_direct(m, columns, depth, left, panel, GEMM_COLUMNS, to);
        }
}

/* simd_gemm_direct for rows of b of n floats each and nothing behind the last. */
static void simd_gemm_lines(size_t m, size_t n, size_t k, simd_matrix a, const float *b, simd_target c)
{
    if (n % SIMD_WIDTH == 0)
        simd_gemm_direct(m, n, k, a, b, n, c);
    else
        simd_gemm(m, n, k, a, (simd_matrix){b, n, 1}, c);
}

#endif
