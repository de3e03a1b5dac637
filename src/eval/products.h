/* products.h - tiles of products of rows in double: what covariances, distances and kernels of features are made of.
 *
 * One inner kernel is compiled for each instruction set (cpu/products_*.c) and chosen at run time. A product of two rows
 * is summed in one fixed order wherever it stands in a tile, so equal pairs of rows give equal bits. */
#ifndef DPDM_EVAL_PRODUCTS_H
#define DPDM_EVAL_PRODUCTS_H

#include <stddef.h>
#include "base/pool.h"

enum {
    PRODUCTS_TILE = 192,  /* most rows of each side of a tile */
    PRODUCTS_DEPTH = 128, /* terms of a partial sum */
    PRODUCTS_TILE_DOUBLES = PRODUCTS_TILE * PRODUCTS_TILE,
    PRODUCTS_SCRATCH = 2 * PRODUCTS_TILE * PRODUCTS_DEPTH /* doubles */
};

/* Rows to multiply: element k of row i is values[i * row + k * column] - row_shift[i] - column_shift[k]. */
typedef struct {
    const float *floats; /* the values; or */
    const double *doubles;
    size_t row, column;
    const double *row_shift, *column_shift; /* NULL: 0 */
} products_rows;

/* tile[i * PRODUCTS_TILE + j] = sum over k < depth of row a_first + i of a times row b_first + j of b, for i < a_count and
 * j < b_count, both at most PRODUCTS_TILE; the rest of the tile is overwritten with anything. scratch: PRODUCTS_SCRATCH
 * doubles. tile and scratch are 64-byte aligned. */
typedef void (*products_fn)(const products_rows *a, size_t a_first, size_t a_count, const products_rows *b,
                            size_t b_first, size_t b_count, size_t depth, double *scratch, double *tile);

void products_generic(const products_rows *a, size_t a_first, size_t a_count, const products_rows *b, size_t b_first,
                      size_t b_count, size_t depth, double *scratch, double *tile);
#if defined(__x86_64__)
void products_avx2(const products_rows *a, size_t a_first, size_t a_count, const products_rows *b, size_t b_first,
                   size_t b_count, size_t depth, double *scratch, double *tile);
void products_avx512(const products_rows *a, size_t a_first, size_t a_count, const products_rows *b, size_t b_first,
                     size_t b_count, size_t depth, double *scratch, double *tile);
#endif

/* The index-th of them that this CPU can run, fastest first; NULL past the end. */
products_fn products_kernel(size_t index);

/* Threads with a tile and scratch each, and `own` doubles more for the caller's use. */
typedef struct {
    dpdm_pool *pool;
    products_fn kernel;
    double *memory;
    size_t stride;
} products_team;

dpdm_status products_team_create(int threads, size_t own, products_team *team, dpdm_error *err);
void products_team_destroy(products_team *team);
double *products_team_own(const products_team *team, int worker);
/* The tile of a worker, filled by the kernel; valid until its next call. */
const double *products_team_tile(const products_team *team, int worker, const products_rows *a, size_t a_first,
                                 size_t a_count, const products_rows *b, size_t b_first, size_t b_count, size_t depth);

/* Tiles that cover n rows, and the rows of the index-th. */
size_t products_blocks(size_t n);
size_t products_block_rows(size_t n, size_t index);

#endif
