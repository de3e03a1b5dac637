/* grid_sum.h - the inner loops of the grid: a norm, and the sum of truncated multiples.
 *
 * Each set of functions gives the same bits as every other: the norm is a fixed tree of double additions, and everything
 * else is in integers. So the set, like the number of threads, decides time only. */
#ifndef DPDM_PRIVACY_GRID_SUM_H
#define DPDM_PRIVACY_GRID_SUM_H

#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 dpdm_grid_u128;

typedef struct {
    const char *name;
    /* The L2 norm of v[0..n), rounded. Not finite exactly if a coordinate is not. At least as large as every coordinate. */
    double (*norm)(const float *v, size_t n);
    /* sum += sign * trunc(v factor), sign 1 or -1; returns the exact square of the norm of trunc(v factor).
     * |v factor| < 2^45 in every coordinate. */
    dpdm_grid_u128 (*add)(const float *v, size_t n, double factor, int64_t sign, int64_t *sum);
} dpdm_grid_sums;

/* All sets that this CPU can run, the portable one first; returns their number, at most DPDM_GRID_SETS. */
enum { DPDM_GRID_SETS = 2 };
int dpdm_grid_sum_sets(const dpdm_grid_sums *sets[DPDM_GRID_SETS]);

#endif
