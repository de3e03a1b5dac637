/* singular.h - the sum of the singular values of a matrix. */
#ifndef DPDM_EVAL_SINGULAR_H
#define DPDM_EVAL_SINGULAR_H

#include <stddef.h>
#include "base/pool.h"

/* *sum = the sum of the singular values of matrix [m, n], row-major, finite, which is used up. Each has an absolute error
 * of a few roundings of the largest, so ranks below full do no harm. By Householder bidiagonalisation (Golub and Kahan
 * 1965) and the implicit QL method on the tridiagonal matrix that holds the two diagonals in turn. Takes 8/3 n^3
 * operations, bound by memory; depends on the matrix only, not on the pool's threads. */
dpdm_status singular_sum(double *matrix, size_t m, size_t n, dpdm_pool *pool, double *sum, dpdm_error *err);

#endif
