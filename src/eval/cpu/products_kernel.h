/* products_kernel.h - the inner kernel of products.h, for one instruction set: the file that includes this says how many
 * doubles a vector holds and how many rows and vectors of sums stay in registers. */
#include "eval/products.h"

#include <string.h>

enum { COLUMNS = PRODUCTS_VECTORS * PRODUCTS_WIDTH };

typedef double products_vector __attribute__((vector_size(8 * PRODUCTS_WIDTH)));

_Static_assert(PRODUCTS_TILE % PRODUCTS_ROWS == 0 && PRODUCTS_TILE % COLUMNS == 0, "tiles are whole numbers of panels");

/* Copies terms [from, from + depth) of `count` rows to panels of `width` rows: panel, term, row; zeros fill the last. */
static void products_pack(const products_rows *m, size_t first, size_t count, size_t from, size_t depth, size_t width,
                          double *panel)
{
    for (size_t base = 0; base < count; base += width, panel += depth * width)
        for (size_t r = 0; r < width; r++) {
            const size_t i = first + base + r;
            if (base + r >= count) {
                for (size_t k = 0; k < depth; k++)
                    panel[k * width + r] = 0;
                continue;
            }
            const double shift = m->row_shift ? m->row_shift[i] : 0;
            const size_t at = i * m->row + from * m->column;
            if (m->floats)
                for (size_t k = 0; k < depth; k++)
                    panel[k * width + r] = (double)m->floats[at + k * m->column] - shift;
            else
                for (size_t k = 0; k < depth; k++)
                    panel[k * width + r] = m->doubles[at + k * m->column] - shift;
            for (size_t k = 0; m->column_shift && k < depth; k++)
                panel[k * width + r] -= m->column_shift[from + k];
        }
}

static inline __attribute__((always_inline)) products_vector products_load(const double *p)
{
    products_vector v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* tile[r][c] += sum over k of a's row r times b's row c, of one panel each. */
static inline __attribute__((always_inline)) void products_micro(const double *a, const double *b, size_t depth,
                                                                 double *tile)
{
    products_vector sum[PRODUCTS_ROWS][PRODUCTS_VECTORS]; /* stays in registers: its address is never taken */
    for (size_t r = 0; r < PRODUCTS_ROWS; r++)
        for (size_t v = 0; v < PRODUCTS_VECTORS; v++)
            sum[r][v] = (products_vector){0};
    for (size_t k = 0; k < depth; k++, a += PRODUCTS_ROWS, b += COLUMNS) {
        products_vector line[PRODUCTS_VECTORS];
        for (size_t v = 0; v < PRODUCTS_VECTORS; v++)
            line[v] = products_load(b + v * PRODUCTS_WIDTH);
        for (size_t r = 0; r < PRODUCTS_ROWS; r++)
            for (size_t v = 0; v < PRODUCTS_VECTORS; v++)
                sum[r][v] += a[r] * line[v];
    }
    for (size_t r = 0; r < PRODUCTS_ROWS; r++)
        for (size_t v = 0; v < PRODUCTS_VECTORS; v++) {
            double *at = tile + r * PRODUCTS_TILE + v * PRODUCTS_WIDTH;
            const products_vector total = products_load(at) + sum[r][v];
            memcpy(at, &total, sizeof total);
        }
}

void PRODUCTS_NAME(const products_rows *a, size_t a_first, size_t a_count, const products_rows *b, size_t b_first,
                   size_t b_count, size_t depth, double *scratch, double *tile)
{
    double *left = scratch, *right = scratch + (size_t)PRODUCTS_TILE * PRODUCTS_DEPTH;
    memset(tile, 0, PRODUCTS_TILE_DOUBLES * sizeof *tile);
    for (size_t from = 0; from < depth; from += PRODUCTS_DEPTH) {
        const size_t now = depth - from < PRODUCTS_DEPTH ? depth - from : PRODUCTS_DEPTH;
        products_pack(a, a_first, a_count, from, now, PRODUCTS_ROWS, left);
        products_pack(b, b_first, b_count, from, now, COLUMNS, right);
        for (size_t j = 0; j < b_count; j += COLUMNS)
            for (size_t i = 0; i < a_count; i += PRODUCTS_ROWS)
                products_micro(left + i * now, right + j * now, now, tile + i * PRODUCTS_TILE + j);
    }
}
