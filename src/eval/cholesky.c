/* cholesky.c - see cholesky.h.
 *
 * Columns keep their places: the factor is that of a permuted matrix, permuted back. Rows of the factor are made in blocks;
 * a block is subtracted from the rest of the matrix at once, by tiles. */
#include "eval/cholesky.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

typedef struct {
    double *matrix, *factor;
    size_t n, first, count; /* rows of the factor that are to be subtracted */
    const products_team *team;
} cholesky_update;

/* Subtracts factor^T factor, of the rows of a block, from one row of tiles; the upper ones are mirrored. */
static void cholesky_subtract(void *context, int worker, uint64_t index)
{
    cholesky_update *u = context;
    const products_rows columns = {.doubles = u->factor + u->first * u->n, .row = 1, .column = u->n};
    const size_t i0 = index * PRODUCTS_TILE, rows = products_block_rows(u->n, index);
    for (size_t j = 0; j <= index; j++) {
        const size_t j0 = j * PRODUCTS_TILE, width = products_block_rows(u->n, j);
        const double *tile = products_team_tile(u->team, worker, &columns, i0, rows, &columns, j0, width, u->count);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < width; c++) {
                double *at = u->matrix + (i0 + r) * u->n + j0 + c;
                *at -= tile[r * PRODUCTS_TILE + c];
                if (j < index)
                    u->matrix[(j0 + c) * u->n + i0 + r] = *at;
            }
    }
}

/* The next row of the factor, from row p of the matrix less the rows of this block; a used pivot has diagonal -1. */
static void cholesky_row(const cholesky_update *u, size_t p, double *diagonal, double *row)
{
    const size_t n = u->n;
    const double root = sqrt(diagonal[p]);
    memcpy(row, u->matrix + p * n, n * sizeof *row);
    for (size_t k = 0; k < u->count; k++) {
        const double *above = u->factor + (u->first + k) * n;
        const double along = above[p];
        for (size_t j = 0; j < n; j++)
            row[j] -= along * above[j];
    }
    for (size_t j = 0; j < n; j++) {
        row[j] = diagonal[j] < 0 ? 0 : row[j] / root;
        if (diagonal[j] >= 0)
            diagonal[j] = fmax(0, diagonal[j] - row[j] * row[j]);
    }
    row[p] = root;
    diagonal[p] = -1;
}

static size_t cholesky_pivot(const double *diagonal, size_t n)
{
    size_t p = 0;
    for (size_t j = 1; j < n; j++)
        if (diagonal[j] > diagonal[p])
            p = j;
    return p;
}

void cholesky_pivoted(double *matrix, size_t n, const products_team *team, double *diagonal, double *factor,
                      size_t *rank)
{
    cholesky_update u = {.matrix = matrix, .factor = factor, .n = n, .team = team};
    for (size_t j = 0; j < n; j++)
        diagonal[j] = matrix[j * n + j];
    const double limit = (double)n * DBL_EPSILON * diagonal[cholesky_pivot(diagonal, n)];
    for (*rank = 0; *rank < n; ++*rank) {
        const size_t p = cholesky_pivot(diagonal, n);
        if (!(diagonal[p] > limit))
            break;
        if (u.count == BLOCK) {
            dpdm_pool_run(team->pool, products_blocks(n), cholesky_subtract, &u);
            u.first += u.count;
            u.count = 0;
        }
        cholesky_row(&u, p, diagonal, factor + *rank * n);
        u.count++;
    }
}
