/* fidelity.h - how near a synthetic set lies to a real one, measured on features of the images.
 *
 * Features are rows of floats, one an image (features.h makes them); all measures are symmetric functions of the rows
 * of each set, so the order of images does not matter beyond rounding. Sums are in double. Results depend on the
 * arguments and on the CPU's instruction set, never on the number of threads.
 *
 * Every figure computed here from real images TOUCHES PRIVATE DATA: it is no part of what a privacy guarantee covers.
 * Formulas, sizes and costs: docs/fid.md. */
#ifndef DPDM_FIDELITY_H
#define DPDM_FIDELITY_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* values: [count, dimension], row-major, all finite; the caller's. */
typedef struct {
    const float *values;
    uint64_t count;
    size_t dimension;
} dpdm_feature_rows;

/* All functions below return DPDM_EUSAGE if the sets have different dimensions or too few images, DPDM_ERANGE if a
 * feature is NaN or infinite (naming the row) and DPDM_ENOMEM. threads: 0 for all cores. */

/* The Frechet distance between the Gaussians fitted to both sets (Dowson and Landau 1982; Heusel et al. 2017):
 * |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1 S2)^1/2), S the unbiased covariances (n - 1). With S = L L^T the last trace
 * is the sum of the singular values of L1^T L2, so no matrix is ever rooted: it is exact to rounding for singular
 * covariances too, as those of sets with fewer images than features. Both sets need at least two images. Rounding below
 * zero is cut off. Takes about 3 (dimension^2 8 bytes) of memory; 2048 features: seconds. */
DPDM_API dpdm_status dpdm_fidelity_frechet(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic,
                                           int threads, double *distance, dpdm_error *err);

/* KID (Binkowski et al. 2018): the unbiased squared maximum mean discrepancy with the kernel (x.y / dimension + 1)^3,
 * between `size` rows of each set drawn without replacement, over `subsets` draws; mean and standard deviation over the
 * draws. size is cut to the smaller set, and must then be at least 2. The draws are decided by seed. May be negative:
 * it is unbiased. */
typedef struct {
    int subsets; /* >= 1; usual: 100 */
    int size;    /* >= 2; usual: 1000 */
    uint64_t seed;
} dpdm_kid_config;

typedef struct {
    double mean, deviation; /* deviation over the draws; 0 for one draw */
    int size;               /* rows of a draw, as used */
} dpdm_kid;

DPDM_API dpdm_status dpdm_fidelity_kid(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic,
                                       const dpdm_kid_config *config, int threads, dpdm_kid *kid, dpdm_error *err);

/* Whether sets cover each other, by the balls around each row that reach to its k-th nearest other row of its own set
 * (exact; borders included; Euclidean). k: at least 1, below both counts; usual: 5 (Kynkaanniemi et al. use 3).
 *   precision  share of synthetic rows inside some real ball (improved precision, Kynkaanniemi et al. 2019)
 *   recall     share of real rows inside some synthetic ball (improved recall, likewise)
 *   density    mean over synthetic rows of (real balls it lies in) / k; may exceed 1 (Naeem et al. 2020)
 *   coverage   share of real balls that hold some synthetic row (likewise) */
typedef struct {
    double precision, recall, density, coverage;
} dpdm_prdc;

DPDM_API dpdm_status dpdm_fidelity_neighbours(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic, int k,
                                              int threads, dpdm_prdc *result, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
