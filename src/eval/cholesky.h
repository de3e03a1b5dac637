/* cholesky.h - a factor of a covariance that may be singular. */
#ifndef DPDM_EVAL_CHOLESKY_H
#define DPDM_EVAL_CHOLESKY_H

#include "eval/products.h"

/* Rows factor [*rank, n] with matrix = factor^T factor up to rounding; matrix [n, n] is symmetric, positive semidefinite
 * and used up. Takes the largest diagonal element that is left as pivot, and ends when that falls below n roundings of
 * the largest of all (Higham 2002, section 10.3): what is left out has less than that on its whole diagonal. factor has
 * room for [n, n], diagonal for [n]: it is used on the way. Depends on the matrix and the kernel only. */
void cholesky_pivoted(double *matrix, size_t n, const products_team *team, double *diagonal, double *factor,
                      size_t *rank);

#endif
