/* gaussian.h - the exact Gaussian mechanism on an integer grid.
 *
 * A vector v is clipped to ||v||_2 <= C, scaled by 2^s / C and truncated toward zero, so that its integer image z
 * has ||z||_2 <= 2^s exactly; this is checked in integers. Sums of z are exact in int64. Adding round(N),
 * N ~ N(0, (sigma 2^s)^2) drawn exactly, is post-processing of the ideal continuous Gaussian mechanism with noise
 * multiplier sigma, because round(z + N) = z + round(N) for integer z. Unit of privacy: one call of
 * dpdm_grid_add; neighbours: add/remove one. Proof: docs/privacy/gaussian.md. */
#ifndef DPDM_GAUSSIAN_H
#define DPDM_GAUSSIAN_H

#include "dpdm/key.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_GRID_BITS 40

/* Grid of one mechanism. size: sizeof(dpdm_grid), as the caller was compiled; where it ends before a field (a caller of an
 * older library) that field has its default. clip: C, 1e-30 to 1e30, in units of the vector. bits: s, 20..44; default
 * DPDM_GRID_BITS. */
typedef struct {
    size_t size;
    double clip;
    int bits;
} dpdm_grid;

/* Checks size and both ranges; DPDM_ERANGE, also for a size that this library does not know (a caller of a newer one). */
DPDM_API dpdm_status dpdm_grid_check(const dpdm_grid *grid, dpdm_error *err);

/* How many units may be added to one sum before an int64 coordinate could overflow, noise included (up to 64 standard
 * deviations; beyond lies a probability of 2^-2950). 0 if not even one, or if the arguments are out of range. Sums are
 * kept modulo 2^64, so an overflow would spoil the result, never the privacy. */
DPDM_API uint64_t dpdm_grid_capacity(const dpdm_grid *grid, double sigma);

/* Adds the clipped, truncated image of v[0..n) to sum[0..n).
 * v: fp32, any values; a vector with a NaN or an infinity adds nothing.
 * Guarantee: the amount added has integer L2 norm <= 2^bits, certified in integers.
 * norm: if not NULL, receives the L2 norm of v before clipping (NaN if not finite) - a private value.
 * The result depends only on v, n and grid. Thread-safe for distinct sums. */
DPDM_API dpdm_status dpdm_grid_add(const dpdm_grid *grid, const float *v, size_t n, int64_t *sum, double *norm,
                                   dpdm_error *err);

/* Adds exact rounded Gaussian noise of standard deviation sigma * 2^bits to coordinates [first, first + n) of the
 * sum of `step`, in place (sum points at coordinate `first`). The same key, purpose, step and coordinate always
 * give the same noise, whatever the split into calls; first must be a multiple of DPDM_NOISE_BLOCK.
 * sigma: noise multiplier; DPDM_ERANGE unless 2^-4 <= sigma 2^bits < 2^60. After an error the sum must not be used.
 * The time taken depends on the noise drawn, never on the sum. Thread-safe for distinct ranges. */
#define DPDM_NOISE_BLOCK 4096
DPDM_API dpdm_status dpdm_gaussian_add(const dpdm_grid *grid, double sigma, const dpdm_key *key, dpdm_purpose purpose,
                                       uint64_t step, size_t first, size_t n, int64_t *sum, dpdm_error *err);

/* out[i] = sum[i] * C / (2^s * divisor): back to the units of the vector. divisor: the public expected batch size,
 * never the number of records drawn. After the noise this is post-processing: its rounding costs no privacy. NaN for a
 * grid that dpdm_grid_check refuses. */
DPDM_API void dpdm_grid_release(const dpdm_grid *grid, const int64_t *sum, size_t n, double divisor, float *out);

#ifdef __cplusplus
}
#endif
#endif
