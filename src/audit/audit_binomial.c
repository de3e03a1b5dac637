/* audit_binomial.c - see audit_binomial.h: sums of terms from the mean's side of the tail outwards. */
#include "audit/audit_binomial.h"

#include <float.h>
#include <math.h>

enum { FACTORIAL_EXACT = 16 }; /* below: factorials are exact doubles; from there on: Stirling's series */

/* ln n!; the first term left out of the series is below n^-9 / 1188, 2e-14 at 16. */
static double log_factorial(double n)
{
    if (n < FACTORIAL_EXACT) {
        double product = 1;
        for (double i = 2; i <= n; i++)
            product *= i;
        return log(product);
    }
    double half_log_two_pi = 0.91893853320467274178, inverse = 1 / n, square = inverse * inverse;
    double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    return (n + 0.5) * log(n) - n + half_log_two_pi + series;
}

double audit_binomial_log_pmf(uint64_t n, uint64_t k, double p)
{
    double all = (double)n, hits = (double)k, rest = (double)(n - k);
    return log_factorial(all) - log_factorial(hits) - log_factorial(rest) + hits * log(p) + rest * log1p(-p);
}

double audit_binomial_slack(uint64_t n)
{
    double slack = 1e-12 + 8 * DBL_EPSILON * (double)n * log((double)n + 1);
    return slack < 0.5 ? slack : 0.5;
}

/* P[X >= k] for k above the mean: each term is less than the one before it. */
static double tail_above(uint64_t n, uint64_t k, double p)
{
    double odds = p / (1 - p), term = 1, sum = 1;
    for (uint64_t i = k; i < n && term > sum * DBL_EPSILON / 4; i++) {
        term *= (double)(n - i) / (double)(i + 1) * odds;
        sum += term;
    }
    return exp(audit_binomial_log_pmf(n, k, p)) * sum;
}

/* P[X <= k] for k at or below the mean. */
static double tail_below(uint64_t n, uint64_t k, double p)
{
    double odds = (1 - p) / p, term = 1, sum = 1;
    for (uint64_t i = k; i > 0 && term > sum * DBL_EPSILON / 4; i--) {
        term *= (double)i / (double)(n - i + 1) * odds;
        sum += term;
    }
    return exp(audit_binomial_log_pmf(n, k, p)) * sum;
}

static double probability(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

double audit_binomial_above(uint64_t n, uint64_t k, double p)
{
    if (k == 0 || k > n)
        return k == 0;
    return probability((double)k > (double)n * p ? tail_above(n, k, p) : 1 - tail_below(n, k - 1, p));
}

double audit_binomial_below(uint64_t n, uint64_t k, double p)
{
    if (k >= n)
        return 1;
    return probability((double)k <= (double)n * p ? tail_below(n, k, p) : 1 - tail_above(n, k + 1, p));
}
