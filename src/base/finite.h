/* finite.h - are all values numbers? */
#ifndef DPDM_BASE_FINITE_H
#define DPDM_BASE_FINITE_H

#include <stddef.h>

/* 1 if none of values[0..n) is a NaN or an infinity. */
int dpdm_all_finite(const float *values, size_t n);

#endif
