/* frechet.c - the Frechet distance of the Gaussians fitted to two sets (fidelity.h).
 *
 * tr((S1 S2)^1/2) is the sum of the singular values of G1 G2^T for any G with S = G^T G: the eigenvalues of S1 S2 are those
 * of (G1 G2^T)(G1 G2^T)^T. A set of no more rows than features is its own G, once centred and divided by sqrt(n - 1); else
 * G is a Cholesky factor of the covariance. */
#include "dpdm/fidelity.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "eval/cholesky.h"
#include "eval/fidelity_rows.h"
#include "eval/singular.h"

/* One set with its factor: rows of `dimension`, times scale. */
typedef struct {
    const dpdm_feature_rows *rows;
    double *mean, *deviations; /* [dimension] */
    double *factor;            /* [dimension, dimension], or NULL where the rows are the factor */
    products_rows view;
    size_t rank;
    double scale, trace; /* trace: of the covariance */
} frechet_side;

/* Tiles to fill: target [row_count, column_count] = scale a b^T. */
typedef struct {
    const products_team *team;
    products_rows a, b;
    size_t rows, columns, depth;
    double scale;
    int symmetric; /* a and b are the same: the upper tiles are mirrored */
    double *target;
} frechet_fill;

static void frechet_fill_row(void *context, int worker, uint64_t index)
{
    const frechet_fill *f = context;
    const size_t i0 = index * PRODUCTS_TILE, rows = products_block_rows(f->rows, index);
    const size_t last = f->symmetric ? index + 1 : products_blocks(f->columns);
    for (size_t j = 0; j < last; j++) {
        const size_t j0 = j * PRODUCTS_TILE, columns = products_block_rows(f->columns, j);
        const double *tile = products_team_tile(f->team, worker, &f->a, i0, rows, &f->b, j0, columns, f->depth);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++) {
                const double value = f->scale * tile[r * PRODUCTS_TILE + c];
                f->target[(i0 + r) * f->columns + j0 + c] = value;
                if (f->symmetric && j < index)
                    f->target[(j0 + c) * f->columns + i0 + r] = value;
            }
    }
}

static double *frechet_matrix(size_t rows, size_t columns, dpdm_error *err)
{
    double *matrix =
        columns && rows > SIZE_MAX / sizeof *matrix / columns ? NULL : malloc(rows * columns * sizeof *matrix);
    if (!matrix)
        dpdm_error_set(err, DPDM_ENOMEM, "no memory for a %zu x %zu matrix: use an extractor of fewer features", rows,
                       columns);
    return matrix;
}

/* Replaces the rows by a factor of their covariance. */
static dpdm_status frechet_factorise(frechet_side *side, const products_team *team, dpdm_error *err)
{
    const size_t d = side->rows->dimension;
    double *covariance = frechet_matrix(d, d, err);
    side->factor = covariance ? frechet_matrix(d, d, err) : NULL;
    if (!side->factor) {
        free(covariance);
        return DPDM_ENOMEM;
    }
    const products_rows features = {.floats = side->rows->values, .row = 1, .column = d, .row_shift = side->mean};
    frechet_fill fill = {.team = team,
                         .a = features,
                         .b = features,
                         .rows = d,
                         .columns = d,
                         .depth = side->rows->count,
                         .scale = 1 / ((double)side->rows->count - 1),
                         .symmetric = 1,
                         .target = covariance};
    dpdm_pool_run(team->pool, products_blocks(d), frechet_fill_row, &fill);
    cholesky_pivoted(covariance, d, team, side->deviations, side->factor, &side->rank);
    side->view = (products_rows){.doubles = side->factor, .row = d, .column = 1};
    side->scale = 1;
    free(covariance);
    return DPDM_OK;
}

static dpdm_status frechet_prepare(frechet_side *side, const dpdm_feature_rows *rows, const products_team *team,
                                   dpdm_error *err)
{
    const size_t d = rows->dimension;
    *side = (frechet_side){.rows = rows, .mean = malloc(2 * d * sizeof *side->mean)};
    if (!side->mean)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the means of %zu features", d);
    side->deviations = side->mean + d;
    fidelity_rows_moments(rows, side->mean, side->deviations);
    for (size_t k = 0; k < d; k++)
        side->trace += side->deviations[k] / ((double)rows->count - 1);
    side->rank = rows->count;
    side->scale = 1 / sqrt((double)rows->count - 1);
    side->view = (products_rows){.floats = rows->values, .row = d, .column = 1, .column_shift = side->mean};
    return rows->count > d ? frechet_factorise(side, team, err) : DPDM_OK;
}

/* *sum = the sum of the singular values of G1 G2^T. */
static dpdm_status frechet_cross(const frechet_side *a, const frechet_side *b, const products_team *team, double *sum,
                                 dpdm_error *err)
{
    *sum = 0;
    if (a->rank == 0 || b->rank == 0)
        return DPDM_OK;
    double *product = frechet_matrix(a->rank, b->rank, err);
    if (!product)
        return DPDM_ENOMEM;
    frechet_fill fill = {.team = team,
                         .a = a->view,
                         .b = b->view,
                         .rows = a->rank,
                         .columns = b->rank,
                         .depth = a->rows->dimension,
                         .scale = a->scale * b->scale,
                         .target = product};
    dpdm_pool_run(team->pool, products_blocks(a->rank), frechet_fill_row, &fill);
    dpdm_status status = singular_sum(product, a->rank, b->rank, team->pool, sum, err);
    free(product);
    return status;
}

static double frechet_means(const frechet_side *a, const frechet_side *b)
{
    double square = 0;
    for (size_t k = 0; k < a->rows->dimension; k++)
        square += (a->mean[k] - b->mean[k]) * (a->mean[k] - b->mean[k]);
    return square;
}

dpdm_status dpdm_fidelity_frechet(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic, int threads,
                                  double *distance, dpdm_error *err)
{
    frechet_side a = {0}, b = {0};
    products_team team;
    double cross = 0;
    dpdm_status status = fidelity_rows_check(real, synthetic, 2, err);
    if (!status)
        status = products_team_create(threads, 0, &team, err);
    if (status)
        return status;
    status = frechet_prepare(&a, real, &team, err);
    if (!status)
        status = frechet_prepare(&b, synthetic, &team, err);
    if (!status)
        status = frechet_cross(&a, &b, &team, &cross, err);
    if (!status)
        *distance = fmax(0, frechet_means(&a, &b) + a.trace + b.trace - 2 * cross);
    free(a.mean);
    free(a.factor);
    free(b.mean);
    free(b.factor);
    products_team_destroy(&team);
    return status;
}
