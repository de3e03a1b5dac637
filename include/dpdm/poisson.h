/* poisson.h - Poisson sampling of records.
 *
 * Each record is in the batch of a step with probability q, independently, decided by 64 bits of its own: word r of
 * the stream (key, DPDM_PURPOSE_POISSON, step, 0) belongs to record r and to nobody else, so adding a record changes
 * nobody else's draw. q is held as a 64-bit dyadic threshold t, q = t / 2^64, never above the rate asked for, so the
 * sampling probability is exactly t / 2^64. Accountants take dpdm_rate_value. Proof: docs/privacy/poisson.md. */
#ifndef DPDM_POISSON_H
#define DPDM_POISSON_H

#include "dpdm/key.h"

#ifdef __cplusplus
extern "C" {
#endif

/* threshold / 2^64; `all` set means q = 1 (then threshold is not read). */
typedef struct {
    uint64_t threshold;
    int all;
} dpdm_rate;

/* The largest representable rate not above q. DPDM_ERANGE unless 0 <= q <= 1 (a NaN is refused). */
DPDM_API dpdm_status dpdm_rate_from(double q, dpdm_rate *rate, dpdm_error *err);
/* A double not below the exact rate (for accountants: an upper bound on q). */
DPDM_API double dpdm_rate_value(const dpdm_rate *rate);

/* Writes the indices of the records of [0, count) that are in the batch of `step` to chosen[], ascending;
 * chosen must have room for count. *n receives their number: a private value. Takes the same time whoever is chosen. */
DPDM_API void dpdm_poisson_select(const dpdm_key *key, uint64_t step, uint64_t count, const dpdm_rate *rate,
                                  uint64_t *chosen, uint64_t *n);

#ifdef __cplusplus
}
#endif
#endif
