/* products.c - the kernel of this CPU, and threads with the memory it needs. */
#include "eval/products.h"

#include <stdint.h>
#include <stdlib.h>

products_fn products_kernel(size_t index)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && index-- == 0)
        return products_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && index-- == 0)
        return products_avx2;
#endif
    return index == 0 ? products_generic : NULL;
}

dpdm_status products_team_create(int threads, size_t own, products_team *team, dpdm_error *err)
{
    *team = (products_team){.kernel = products_kernel(0)};
    dpdm_status status = dpdm_pool_create(threads, &team->pool, err);
    if (status)
        return status;
    const size_t line = 8, workers = (size_t)dpdm_pool_threads(team->pool);
    team->stride = (PRODUCTS_TILE_DOUBLES + PRODUCTS_SCRATCH + own + line - 1) / line * line;
    if (team->stride >= own && team->stride <= SIZE_MAX / sizeof(double) / workers)
        team->memory = aligned_alloc(line * sizeof(double), workers * team->stride * sizeof(double));
    if (team->memory)
        return DPDM_OK;
    products_team_destroy(team);
    return dpdm_error_set(err, DPDM_ENOMEM, "no memory for products of features on %zu threads; try fewer", workers);
}

void products_team_destroy(products_team *team)
{
    dpdm_pool_destroy(team->pool);
    free(team->memory);
    *team = (products_team){0};
}

double *products_team_own(const products_team *team, int worker)
{
    return team->memory + (size_t)worker * team->stride + PRODUCTS_TILE_DOUBLES + PRODUCTS_SCRATCH;
}

const double *products_team_tile(const products_team *team, int worker, const products_rows *a, size_t a_first,
                                 size_t a_count, const products_rows *b, size_t b_first, size_t b_count, size_t depth)
{
    double *tile = team->memory + (size_t)worker * team->stride;
    team->kernel(a, a_first, a_count, b, b_first, b_count, depth, tile + PRODUCTS_TILE_DOUBLES, tile);
    return tile;
}

size_t products_blocks(size_t n)
{
    return (n + PRODUCTS_TILE - 1) / PRODUCTS_TILE;
}

size_t products_block_rows(size_t n, size_t index)
{
    const size_t left = n - index * PRODUCTS_TILE;
    return left < PRODUCTS_TILE ? left : PRODUCTS_TILE;
}
