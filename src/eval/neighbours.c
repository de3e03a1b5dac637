/* neighbours.c - precision, recall, density and coverage of two sets (fidelity.h).
 *
 * Squared distances come in tiles from |a|^2 + |b|^2 - 2 a.b, of rows centred at the real mean. The three terms are summed
 * in the same order by the same kernel, so equal rows have distance zero exactly. Nothing of n x n is ever held. */
#include "dpdm/fidelity.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "eval/fidelity_rows.h"
#include "eval/products.h"

enum { REAL = 0, SYNTHETIC = 1 };

typedef struct {
    const products_team *team;
    products_rows view[2];
    size_t count[2], dimension;
    int k;
    double *square[2];         /* squared norms of the rows */
    double *radius[2];         /* squared distance to the k-th nearest other row of the set */
    int set;                   /* that the current task is about */
    atomic_uchar *covered;     /* [real] by a synthetic row in its ball */
    atomic_uchar *recalled;    /* [real] lies in a synthetic ball */
    uint64_t *precise, *dense; /* [tasks] synthetic rows in a real ball; pairs of a row and a real ball */
} neighbours_run;

static const double *neighbours_tile(const neighbours_run *run, int worker, int a, size_t i, int b, size_t j)
{
    return products_team_tile(run->team, worker, &run->view[a], i * PRODUCTS_TILE,
                              products_block_rows(run->count[a], i), &run->view[b], j * PRODUCTS_TILE,
                              products_block_rows(run->count[b], j), run->dimension);
}

/* Squared norms: the diagonal of a block with itself. */
static void neighbours_norms(void *context, int worker, uint64_t index)
{
    neighbours_run *run = context;
    const double *tile = neighbours_tile(run, worker, run->set, index, run->set, index);
    for (size_t r = 0; r < products_block_rows(run->count[run->set], index); r++)
        run->square[run->set][index * PRODUCTS_TILE + r] = tile[r * PRODUCTS_TILE + r];
}

/* Keeps the k smallest, ascending. */
static void neighbours_keep(double *nearest, int k, double distance)
{
    if (!(distance < nearest[k - 1]))
        return;
    int at = k - 1;
    for (; at > 0 && nearest[at - 1] > distance; at--)
        nearest[at] = nearest[at - 1];
    nearest[at] = distance;
}

static void neighbours_radii(void *context, int worker, uint64_t index)
{
    neighbours_run *run = context;
    const int set = run->set, k = run->k;
    const size_t i0 = index * PRODUCTS_TILE, rows = products_block_rows(run->count[set], index);
    const double *square = run->square[set];
    double *nearest = products_team_own(run->team, worker);
    for (size_t i = 0; i < rows * (size_t)k; i++)
        nearest[i] = INFINITY;
    for (size_t j = 0; j < products_blocks(run->count[set]); j++) {
        const size_t j0 = j * PRODUCTS_TILE, columns = products_block_rows(run->count[set], j);
        const double *tile = neighbours_tile(run, worker, set, index, set, j);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++)
                if (i0 + r != j0 + c)
                    neighbours_keep(nearest + r * (size_t)k, k,
                                    square[i0 + r] + square[j0 + c] - 2 * tile[r * PRODUCTS_TILE + c]);
    }
    for (size_t r = 0; r < rows; r++)
        run->radius[set][i0 + r] = nearest[r * (size_t)k + (size_t)k - 1];
}

/* One block of synthetic rows against all real ones. */
static void neighbours_across(void *context, int worker, uint64_t index)
{
    neighbours_run *run = context;
    const size_t i0 = index * PRODUCTS_TILE, rows = products_block_rows(run->count[SYNTHETIC], index);
    uint64_t inside[PRODUCTS_TILE] = {0};
    for (size_t j = 0; j < products_blocks(run->count[REAL]); j++) {
        const size_t j0 = j * PRODUCTS_TILE, columns = products_block_rows(run->count[REAL], j);
        const double *tile = neighbours_tile(run, worker, SYNTHETIC, index, REAL, j);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++) {
                const double distance =
                    run->square[SYNTHETIC][i0 + r] + run->square[REAL][j0 + c] - 2 * tile[r * PRODUCTS_TILE + c];
                if (distance <= run->radius[REAL][j0 + c]) {
                    inside[r]++;
                    atomic_store_explicit(&run->covered[j0 + c], 1, memory_order_relaxed);
                }
                if (distance <= run->radius[SYNTHETIC][i0 + r])
                    atomic_store_explicit(&run->recalled[j0 + c], 1, memory_order_relaxed);
            }
    }
    run->precise[index] = run->dense[index] = 0;
    for (size_t r = 0; r < rows; r++) {
        run->precise[index] += inside[r] > 0;
        run->dense[index] += inside[r];
    }
}

static void neighbours_summarise(const neighbours_run *run, dpdm_prdc *result)
{
    uint64_t precise = 0, dense = 0, covered = 0, recalled = 0;
    for (size_t i = 0; i < products_blocks(run->count[SYNTHETIC]); i++) {
        precise += run->precise[i];
        dense += run->dense[i];
    }
    for (size_t i = 0; i < run->count[REAL]; i++) {
        covered += run->covered[i];
        recalled += run->recalled[i];
    }
    const double real = (double)run->count[REAL], synthetic = (double)run->count[SYNTHETIC];
    *result = (dpdm_prdc){.precision = (double)precise / synthetic,
                          .recall = (double)recalled / real,
                          .density = (double)dense / synthetic / run->k,
                          .coverage = (double)covered / real};
}

static void neighbours_measure(neighbours_run *run, dpdm_prdc *result)
{
    for (run->set = 0; run->set < 2; run->set++) {
        const size_t blocks = products_blocks(run->count[run->set]);
        dpdm_pool_run(run->team->pool, blocks, neighbours_norms, run);
        dpdm_pool_run(run->team->pool, blocks, neighbours_radii, run);
    }
    dpdm_pool_run(run->team->pool, products_blocks(run->count[SYNTHETIC]), neighbours_across, run);
    neighbours_summarise(run, result);
}

static dpdm_status neighbours_memory(neighbours_run *run, dpdm_error *err)
{
    const size_t blocks = products_blocks(run->count[SYNTHETIC]);
    int have = 1;
    for (int set = 0; set < 2; set++) {
        run->square[set] = malloc(run->count[set] * sizeof(double));
        run->radius[set] = malloc(run->count[set] * sizeof(double));
        have = have && run->square[set] && run->radius[set];
    }
    run->covered = calloc(run->count[REAL], sizeof *run->covered);
    run->recalled = calloc(run->count[REAL], sizeof *run->recalled);
    run->precise = malloc(blocks * sizeof *run->precise);
    run->dense = malloc(blocks * sizeof *run->dense);
    if (have && run->covered && run->recalled && run->precise && run->dense)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the distances of %zu and %zu images", run->count[REAL],
                          run->count[SYNTHETIC]);
}

static void neighbours_destroy(neighbours_run *run)
{
    for (int set = 0; set < 2; set++) {
        free(run->square[set]);
        free(run->radius[set]);
    }
    free(run->covered);
    free(run->recalled);
    free(run->precise);
    free(run->dense);
}

dpdm_status dpdm_fidelity_neighbours(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic, int k,
                                     int threads, dpdm_prdc *result, dpdm_error *err)
{
    enum { MOST = 1024 };
    if (k < 1 || k > MOST)
        return dpdm_error_set(err, DPDM_EUSAGE, "balls that reach to neighbour %d: must be 1 to %d", k, MOST);
    dpdm_status status = fidelity_rows_check(real, synthetic, (uint64_t)k + 1, err);
    if (status)
        return status;
    double *mean = malloc(real->dimension * sizeof *mean);
    if (!mean)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the means of %zu features", real->dimension);
    fidelity_rows_moments(real, mean, NULL);
    products_team team;
    neighbours_run run = {
        .team = &team, .count = {real->count, synthetic->count}, .dimension = real->dimension, .k = k};
    const dpdm_feature_rows *sets[] = {real, synthetic};
    for (int set = 0; set < 2; set++)
        run.view[set] =
            (products_rows){.floats = sets[set]->values, .row = run.dimension, .column = 1, .column_shift = mean};
    status = products_team_create(threads, (size_t)k * PRODUCTS_TILE, &team, err);
    if (!status) {
        status = neighbours_memory(&run, err);
        if (!status)
            neighbours_measure(&run, result);
        neighbours_destroy(&run);
        products_team_destroy(&team);
    }
    free(mean);
    return status;
}
