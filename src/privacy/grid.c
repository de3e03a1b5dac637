/* grid.c - clip, scale, truncate, sum: the part of the mechanism whose sensitivity must hold in integers.
 *
 * Floating point only proposes a factor; the promise is certified on the very integers that are added. The order of
 * every sum depends on n alone, so that the result does not depend on threads or instruction sets. */
#include "privacy/grid.h"

#include <math.h>
#include "base/sized.h"
#include "privacy/grid_sum.h"

enum {
    GRID_BITS_LOWEST = 20,
    GRID_BITS_HIGHEST = 44,
    GRID_FIRST_SHRINK = 40,
    GRID_NOISE_REACH = 64 /* standard deviations; the noise is beyond with probability below 2^-2950 */
};

dpdm_status dpdm_grid_read(const dpdm_grid *given, dpdm_grid *grid, dpdm_error *err)
{
    *grid = (dpdm_grid){.bits = DPDM_GRID_BITS};
    const dpdm_status status =
        dpdm_sized_read("dpdm_grid", given, offsetof(dpdm_grid, clip) + sizeof grid->clip, grid, sizeof *grid, err);
    if (status)
        return status;
    if (!(grid->clip >= 1e-30 && grid->clip <= 1e30))
        return dpdm_error_set(err, DPDM_ERANGE, "the clipping norm is %g; it must lie between 1e-30 and 1e30",
                              grid->clip);
    if (grid->bits < GRID_BITS_LOWEST || grid->bits > GRID_BITS_HIGHEST)
        return dpdm_error_set(err, DPDM_ERANGE, "the grid has %d bits; it must have %d to %d (%d is usual)", grid->bits,
                              GRID_BITS_LOWEST, GRID_BITS_HIGHEST, DPDM_GRID_BITS);
    return DPDM_OK;
}

dpdm_status dpdm_grid_check(const dpdm_grid *grid, dpdm_error *err)
{
    dpdm_grid own;
    return dpdm_grid_read(grid, &own, err);
}

/* Each unit moves a coordinate by at most its norm, 2^bits; the noise by less than its reach. */
uint64_t dpdm_grid_capacity(const dpdm_grid *given, double sigma)
{
    dpdm_grid grid;
    if (dpdm_grid_read(given, &grid, NULL))
        return 0;
    double reach = ldexp(sigma * GRID_NOISE_REACH, grid.bits);
    if (!(reach >= 0 && reach < 0x1p63))
        return 0;
    return ((uint64_t)INT64_MAX - (uint64_t)ceil(reach)) >> grid.bits;
}

dpdm_status dpdm_grid_add(const dpdm_grid *given, const float *v, size_t n, int64_t *sum, double *norm, dpdm_error *err)
{
    dpdm_grid grid;
    dpdm_status status = dpdm_grid_read(given, &grid, err);
    if (status)
        return status;
    const dpdm_grid_sums *sets[DPDM_GRID_SETS], *sums = sets[dpdm_grid_sum_sets(sets) - 1];
    double length = sums->norm(v, n);
    if (norm)
        *norm = isfinite(length) ? length : NAN;
    if (!isfinite(length))
        return DPDM_OK;
    double factor = ldexp(1 / fmax(length, grid.clip), grid.bits);
    dpdm_grid_u128 limit = (dpdm_grid_u128)1 << (2 * grid.bits);
    dpdm_grid_u128 square = sums->add(v, n, factor, 1, sum);
    /* The norm was rounded: should the integers be too long for it, take them back and shorten, at last to nothing. */
    for (int shrink = GRID_FIRST_SHRINK; square > limit; shrink--) {
        sums->add(v, n, factor, -1, sum);
        factor *= 1 - ldexp(1, -shrink);
        square = sums->add(v, n, factor, 1, sum);
    }
    return DPDM_OK;
}

void dpdm_grid_release(const dpdm_grid *given, const int64_t *sum, size_t n, double divisor, float *out)
{
    dpdm_grid grid;
    double step = dpdm_grid_read(given, &grid, NULL) ? NAN : ldexp(grid.clip, -grid.bits) / divisor;
    for (size_t i = 0; i < n; i++)
        out[i] = (float)((double)sum[i] * step);
}
