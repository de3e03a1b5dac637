/* outer.h - a symmetric matrix as a vector of the same norm: r_i^2, and sqrt(2) r_i r_j for i < j, row by row. The vector of
 * r r^T has the norm ||r||^2. */
#ifndef DPDM_TRAIN_OUTER_H
#define DPDM_TRAIN_OUTER_H

#include <stddef.h>

/* Entries of the vector for r of n values. */
size_t outer_size(size_t n);
/* vector[outer_size(n)] from r[n]. */
void outer_fold(const float *r, size_t n, float *vector);
/* The full matrix [n, n] of the vector over count. */
void outer_unfold(const float *vector, double count, size_t n, double *matrix);
/* A variance that is not below what pixels resolve, nor below zero for noise. */
double outer_floor(double variance);

#endif
