/* exact_gaussian_limbs.h - fractions in [0, 1) of n limbs of 64 bits, the least significant limb first.
 *
 * A unit is the last place, 2^-64n. Every operation rounds down, so its error is in [0, 1) unit. n >= 1. */
#ifndef DPDM_PRIVACY_EXACT_GAUSSIAN_LIMBS_H
#define DPDM_PRIVACY_EXACT_GAUSSIAN_LIMBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool dpdm_limbs_less(const uint64_t *a, const uint64_t *b, size_t n);
/* a -= b; b <= a. */
void dpdm_limbs_subtract(uint64_t *a, const uint64_t *b, size_t n);
/* a = floor(a 2^-bits), for any number of bits. */
void dpdm_limbs_shift(uint64_t *a, size_t n, uint64_t bits);
/* quotient = floor(a / k), 0 < k < 2^32. quotient may be a. */
void dpdm_limbs_divide(uint64_t *quotient, const uint64_t *a, size_t n, uint64_t k);
/* product = floor(a b); product may be a or b; scratch: 2n limbs. */
void dpdm_limbs_multiply(uint64_t *product, const uint64_t *a, const uint64_t *b, size_t n, uint64_t *scratch);

#endif
