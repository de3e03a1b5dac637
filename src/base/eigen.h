/* eigen.h - leading eigenpairs of a symmetric matrix. */
#ifndef DPDM_BASE_EIGEN_H
#define DPDM_BASE_EIGEN_H

#include <stddef.h>
#include "dpdm/status.h"

/* The `rank` eigenpairs of matrix [n, n] (symmetric, row-major, finite) with the largest eigenvalues, as far as these
 * stand out in absolute value: vectors [rank, n] receives orthonormal rows, values [rank] their Rayleigh quotients,
 * descending. By subspace iteration (Stewart 1969) with a fixed number of rounds: where eigenvalues lie close together the
 * rows span nearly their space. Needs 2 (rank + 8) n doubles of memory. Deterministic: one thread, fixed start. */
dpdm_status dpdm_eigen_leading(const double *matrix, size_t n, size_t rank, double *vectors, double *values,
                               dpdm_error *err);

#endif
