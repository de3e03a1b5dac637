/* kid.c - the kernel distance of two sets (fidelity.h), by draws of rows. */
#include "dpdm/fidelity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/rng.h"
#include "eval/fidelity_rows.h"
#include "eval/products.h"

/* Draws are worked on one by one; a task is one row of tiles of one of the three products. */
typedef struct {
    const products_team *team;
    const dpdm_feature_rows *sets[2];
    float *drawn[2]; /* [size, dimension] */
    uint64_t *order[2];
    size_t size;
    double *sums; /* [tasks] */
} kid_run;

static double kid_kernel(double product, double dimension)
{
    const double x = product / dimension + 1;
    return x * x * x;
}

/* Tasks: first the pairs within the real rows, then within the synthetic ones, then across. Within a set, pairs of a row
 * with itself are left out and the tiles below the diagonal count twice. */
static void kid_tiles(void *context, int worker, uint64_t task)
{
    kid_run *run = context;
    const size_t blocks = products_blocks(run->size), d = run->sets[0]->dimension;
    const size_t kind = task / blocks, index = task % blocks;
    const products_rows a = {.floats = run->drawn[kind == 1], .row = d, .column = 1};
    const products_rows b = {.floats = run->drawn[kind >= 1], .row = d, .column = 1};
    const size_t i0 = index * PRODUCTS_TILE, rows = products_block_rows(run->size, index);
    double sum = 0;
    for (size_t j = 0; j < (kind == 2 ? blocks : index + 1); j++) {
        const size_t columns = products_block_rows(run->size, j);
        const double *tile = products_team_tile(run->team, worker, &a, i0, rows, &b, j * PRODUCTS_TILE, columns, d);
        const double weight = kind < 2 && j < index ? 2 : 1;
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++)
                if (kind == 2 || j < index || r != c)
                    sum += weight * kid_kernel(tile[r * PRODUCTS_TILE + c], (double)d);
    }
    run->sums[task] = sum;
}

/* Moves a random choice of `size` rows to the front of the order (Fisher and Yates) and copies them. */
static void kid_draw(kid_run *run, int set, dpdm_stream *stream)
{
    const size_t d = run->sets[set]->dimension;
    uint64_t *order = run->order[set];
    for (size_t i = 0; i < run->size; i++) {
        const uint64_t j = i + dpdm_stream_below(stream, run->sets[set]->count - i), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
        memcpy(run->drawn[set] + i * d, run->sets[set]->values + order[i] * d, d * sizeof(float));
    }
}

/* The unbiased estimate of one draw. */
static double kid_estimate(kid_run *run)
{
    const size_t blocks = products_blocks(run->size);
    const double n = (double)run->size;
    double within = 0, across = 0;
    dpdm_pool_run(run->team->pool, 3 * blocks, kid_tiles, run);
    for (size_t i = 0; i < 2 * blocks; i++)
        within += run->sums[i];
    for (size_t i = 2 * blocks; i < 3 * blocks; i++)
        across += run->sums[i];
    return within / (n * (n - 1)) - 2 * across / (n * n);
}

static void kid_loop(kid_run *run, const dpdm_kid_config *config, dpdm_kid *kid)
{
    double mean = 0, squares = 0; /* Welford */
    dpdm_key key;
    dpdm_key_from_seed(&key, config->seed);
    for (int s = 0; s < config->subsets; s++) {
        for (int set = 0; set < 2; set++) {
            dpdm_stream stream;
            dpdm_stream_init(&stream, &key, DPDM_PURPOSE_CLASSIFIER, (uint64_t)s, (uint64_t)set);
            kid_draw(run, set, &stream);
        }
        const double x = kid_estimate(run), step = x - mean;
        mean += step / (s + 1);
        squares += step * (x - mean);
    }
    kid->mean = mean;
    kid->deviation = config->subsets > 1 ? sqrt(squares / (config->subsets - 1)) : 0;
    kid->size = (int)run->size;
}

static dpdm_status kid_memory(kid_run *run, dpdm_error *err)
{
    const size_t d = run->sets[0]->dimension;
    run->sums = malloc(3 * products_blocks(run->size) * sizeof *run->sums);
    int have = run->sums != NULL;
    for (int set = 0; set < 2; set++) {
        run->drawn[set] = malloc(run->size * d * sizeof(float));
        run->order[set] = malloc(run->sets[set]->count * sizeof(uint64_t));
        have = have && run->drawn[set] && run->order[set];
        for (uint64_t i = 0; run->order[set] && i < run->sets[set]->count; i++)
            run->order[set][i] = i;
    }
    return have ? DPDM_OK
                : dpdm_error_set(err, DPDM_ENOMEM, "no memory to draw %zu rows of %zu features; draw fewer", run->size,
                                 d);
}

dpdm_status dpdm_fidelity_kid(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic,
                              const dpdm_kid_config *config, int threads, dpdm_kid *kid, dpdm_error *err)
{
    dpdm_status status = fidelity_rows_check(real, synthetic, 2, err);
    if (!status && (config->subsets < 1 || config->size < 2))
        status = dpdm_error_set(err, DPDM_EUSAGE, "KID needs at least 1 draw of at least 2 rows, not %d of %d",
                                config->subsets, config->size);
    products_team team;
    if (!status)
        status = products_team_create(threads, 0, &team, err);
    if (status)
        return status;
    kid_run run = {.team = &team, .sets = {real, synthetic}, .size = (size_t)config->size};
    for (int set = 0; set < 2; set++)
        if (run.sets[set]->count < run.size)
            run.size = run.sets[set]->count;
    status = kid_memory(&run, err);
    if (!status)
        kid_loop(&run, config, kid);
    for (int set = 0; set < 2; set++) {
        free(run.drawn[set]);
        free(run.order[set]);
    }
    free(run.sums);
    products_team_destroy(&team);
    return status;
}
