/* exact_gaussian_limbs.c - arithmetic of long fractions, by the schoolbook: it is needed once in 10,000 draws. */
#include "privacy/exact_gaussian_limbs.h"

#include <string.h>

__extension__ typedef unsigned __int128 limbs_u128;

bool dpdm_limbs_less(const uint64_t *a, const uint64_t *b, size_t n)
{
    while (n-- > 0)
        if (a[n] != b[n])
            return a[n] < b[n];
    return false;
}

void dpdm_limbs_subtract(uint64_t *a, const uint64_t *b, size_t n)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < n; i++) {
        limbs_u128 difference = (limbs_u128)a[i] - b[i] - borrow;
        a[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
}

void dpdm_limbs_shift(uint64_t *a, size_t n, uint64_t bits)
{
    uint64_t whole = bits / 64;
    unsigned part = (unsigned)(bits % 64);
    for (size_t i = 0; i < n; i++) {
        uint64_t low = whole < n - i ? a[i + whole] : 0;
        uint64_t high = n - i > 1 && whole < n - i - 1 ? a[i + whole + 1] : 0;
        a[i] = part == 0 ? low : low >> part | high << (64 - part);
    }
}

void dpdm_limbs_divide(uint64_t *quotient, const uint64_t *a, size_t n, uint64_t k)
{
    uint64_t rest = 0;
    while (n-- > 0) {
        uint64_t high = rest << 32 | a[n] >> 32;
        uint64_t low = (high % k) << 32 | (a[n] & 0xffffffff);
        quotient[n] = (high / k) << 32 | low / k;
        rest = low % k;
    }
}

void dpdm_limbs_multiply(uint64_t *product, const uint64_t *a, const uint64_t *b, size_t n, uint64_t *scratch)
{
    memset(scratch, 0, n * sizeof *scratch);
    for (size_t i = 0; i < n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < n; j++) {
            limbs_u128 sum = (limbs_u128)a[i] * b[j] + scratch[i + j] + carry;
            scratch[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        scratch[i + n] = carry;
    }
    memcpy(product, scratch + n, n * sizeof *product);
}
