/* gaussian.c - exact noise for blocks of coordinates, each block from its own stream. */
#include "privacy/exact_gaussian.h"
#include "privacy/grid.h"

dpdm_status dpdm_gaussian_add(const dpdm_grid *given, double sigma, const dpdm_key *key, dpdm_purpose purpose,
                              uint64_t step, size_t first, size_t n, int64_t *sum, dpdm_error *err)
{
    dpdm_exact_gaussian gaussian;
    dpdm_grid grid;
    dpdm_status status = dpdm_grid_read(given, &grid, err);
    if (!status && first % DPDM_NOISE_BLOCK != 0)
        status = dpdm_error_set(err, DPDM_EUSAGE, "noise begins at coordinate %zu, which is not a multiple of %d",
                                first, DPDM_NOISE_BLOCK);
    if (!status)
        status = dpdm_exact_gaussian_init(&gaussian, sigma, grid.bits, err);
    for (size_t at = 0; at < n && !status; at += DPDM_NOISE_BLOCK) {
        size_t count = n - at < DPDM_NOISE_BLOCK ? n - at : DPDM_NOISE_BLOCK;
        dpdm_stream stream;
        dpdm_stream_init(&stream, key, purpose, step, (first + at) / DPDM_NOISE_BLOCK);
        status = dpdm_exact_gaussian_add(&gaussian, &stream, count, sum + at, err);
        dpdm_stream_wipe(&stream);
    }
    return status;
}
