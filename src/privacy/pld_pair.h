/* pld_pair.h - the dominating pair of one step, its loss, and certified moments of the likelihood ratio.
 *
 * One step of the Poisson-subsampled Gaussian mechanism with rate q and noise multiplier sigma, where one unit owns
 * m records (m = 1: one image), is dominated by the pair P = sum_k Binomial(m, q)(k) N(k, sigma^2) against
 * Q = N(0, sigma^2), in both directions. With z = sigma u, u ~ N(0, 1) under Q, the likelihood ratio is
 *
 *     f(u) = sum_k c_k exp(k u / sigma - k^2 / (2 sigma^2)),   L(u) = log f(u).
 *
 * Everything the accountants need is A(s) = E[f(u)^s], computed by the trapezoidal rule, whose error has a closed
 * bound because f has no zero in the strip |Im u| < pi sigma / m. Proofs: docs/privacy/accounting.md.
 *
 * Rounding: u denotes 2^-53 below; exp, expm1, log, log1p, sin and cos are taken to be within 2 units in the last
 * place (the C library states 1). */
#ifndef DPDM_PRIVACY_PLD_PAIR_H
#define DPDM_PRIVACY_PLD_PAIR_H

#include <stddef.h>

#define DPDM_PLD_GROUP_MAX 256 /* DPDM_GROUP_MAX of attacker.h */
#define DPDM_PLD_ROUNDOFF 0x1p-53

typedef struct {
    double rate, sigma; /* 0 < rate < 1 */
    unsigned group;     /* m, 1..DPDM_PLD_GROUP_MAX */
    double log_weight[DPDM_PLD_GROUP_MAX + 1], weight_error[DPDM_PLD_GROUP_MAX + 1];
} dpdm_pld_pair;

/* L(u) at one point, its first two derivatives, and a bound on the rounding error of L. */
typedef struct {
    double value, slope, curvature, error;
} dpdm_pld_ratio;

/* Where the integrand exp(-u^2/2) f^order is not negligible. A trimmed right end is nearer than the full one, and what
 * is cut off there has been added up: cells of width `cell` whose largest values sum to `cut`. */
typedef struct {
    double left, right;
    double cell, cut;
} dpdm_pld_range;

/* Nodes u_j = (first + j) * step, j = 0..count-1 (exact in double). discretisation: bound on the error of the infinite
 * trapezoidal sum for A(order + i * frequency), relative to A(order). */
typedef struct {
    double step, first;
    size_t count;
    double discretisation;
} dpdm_pld_rule;

/* log A(s) with a bound on its absolute error; mean and variance of L under the tilted law (not certified). */
typedef struct {
    double log_value, error;
    double mean, variance;
} dpdm_pld_moment;

void dpdm_pld_pair_init(dpdm_pld_pair *pair, double rate, double sigma, unsigned group);
dpdm_pld_ratio dpdm_pld_pair_ratio(const dpdm_pld_pair *pair, double u);

dpdm_pld_range dpdm_pld_range_full(const dpdm_pld_pair *pair, double order);
/* The same with the right end trimmed (order > 1; a full range else): worth its time where many nodes follow. */
dpdm_pld_range dpdm_pld_range_trim(const dpdm_pld_pair *pair, double order);

/* Chooses the rule for real part `order` and imaginary parts of size up to `frequency` >= 0. Returns 0 if it would need
 * more than `limit` nodes. */
int dpdm_pld_rule_choose(const dpdm_pld_pair *pair, double order, double frequency, const dpdm_pld_range *range,
                         size_t limit, dpdm_pld_rule *rule);
/* Bound on what the nodes outside the rule add to step * sum exp(-u^2/2) f^order, divided by exp(shift). */
double dpdm_pld_rule_tail(const dpdm_pld_pair *pair, double order, const dpdm_pld_range *range,
                          const dpdm_pld_rule *rule, double shift);

/* log A(order), order != 0, 1. Returns 0 if it needs too many nodes (the order is too large for this sigma). */
int dpdm_pld_pair_moment(const dpdm_pld_pair *pair, double order, dpdm_pld_moment *moment);

#endif
