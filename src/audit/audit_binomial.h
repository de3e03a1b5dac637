/* audit_binomial.h - tails of the binomial distribution, for the bounds of audits. */
#ifndef DPDM_EVAL_AUDIT_BINOMIAL_H
#define DPDM_EVAL_AUDIT_BINOMIAL_H

#include <stdint.h>

/* ln P[Bin(n, p) = k], 0 <= k <= n, 0 < p < 1. */
double audit_binomial_log_pmf(uint64_t n, uint64_t k, double p);
/* P[Bin(n, p) >= k] and P[Bin(n, p) <= k], 0 < p < 1, to the relative error audit_binomial_slack(n) where the value is
 * below 1/2. */
double audit_binomial_above(uint64_t n, uint64_t k, double p);
double audit_binomial_below(uint64_t n, uint64_t k, double p);
/* How far, relatively, these may be off: rounding in n ln n, with room to spare. */
double audit_binomial_slack(uint64_t n);

#endif
