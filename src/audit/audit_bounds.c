/* audit_bounds.c - what counts of right and wrong guesses say about epsilon. Theorems: docs/privacy/audit.md. */
#include "dpdm/audit.h"

#include <math.h>
#include "audit/audit_binomial.h"

enum {
    BOUND_BISECTIONS = 200,
    ONE_RUN_EPSILON_MOST = 20 /* beyond, 1 - accuracy loses digits */
};

/* The largest p whose tail P[Bin(trials, p) >= hits] is surely at most risk: the low end of the bisection. */
double dpdm_audit_rate_lower(uint64_t hits, uint64_t trials, double risk)
{
    if (hits == 0 || hits > trials)
        return 0;
    double low = 0, high = (double)hits / (double)trials, most = risk * (1 - audit_binomial_slack(trials));
    for (int i = 0; i < BOUND_BISECTIONS && nextafter(low, high) < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle < 1 && audit_binomial_above(trials, hits, middle) <= most)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The same about 1 - p, where few hits lose no digits: the low end of the tail P[Bin(trials, p) <= hits]. */
double dpdm_audit_rate_upper(uint64_t hits, uint64_t trials, double risk)
{
    if (hits >= trials)
        return 1;
    double low = (double)hits / (double)trials, high = 1, most = risk * (1 - audit_binomial_slack(trials));
    for (int i = 0; i < BOUND_BISECTIONS && nextafter(low, high) < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle > 0 && audit_binomial_below(trials, hits, middle) <= most)
            high = middle;
        else
            low = middle;
    }
    return high;
}

double dpdm_audit_epsilon(double hit, double false_alarm, double delta)
{
    if (!(hit - delta > false_alarm))
        return 0;
    return false_alarm > 0 ? log((hit - delta) / false_alarm) : INFINITY;
}

/* beta + 2 m delta max_i P[right > W >= right - i] / i, W ~ Bin(guesses, e^epsilon / (1 + e^epsilon)). */
double dpdm_audit_one_run_p_value(uint64_t canaries, uint64_t guesses, uint64_t right, double epsilon, double delta)
{
    if (right == 0 || guesses == 0)
        return 1;
    if (right > guesses)
        return 0;
    double accuracy = 1 / (1 + exp(-epsilon)), odds = exp(-epsilon); /* (1 - accuracy) / accuracy */
    double slack = 1 + audit_binomial_slack(guesses);
    double beta = audit_binomial_above(guesses, right, accuracy) * slack;
    double alpha = 0, reached = 0, log_term = audit_binomial_log_pmf(guesses, right - 1, accuracy);
    for (uint64_t i = 1; i <= right && alpha * (double)i < 1; i++) {
        uint64_t at = right - i;
        reached += exp(log_term);
        if (reached > (double)i * alpha)
            alpha = reached / (double)i;
        if (at > 0)
            log_term += log((double)at / (double)(guesses - at + 1) * odds);
    }
    double p = beta + 2 * (double)canaries * delta * alpha * slack;
    return p < 1 ? p : 1;
}

/* The p-value grows with epsilon where 2 m delta <= 1, so that all below a refuted epsilon are refuted too. */
double dpdm_audit_one_run_epsilon(uint64_t canaries, uint64_t guesses, uint64_t right, double delta, double risk)
{
    double low = 0, high = ONE_RUN_EPSILON_MOST;
    if (2 * (double)canaries * delta > 1)
        return 0;
    while (high - low > 1e-6) {
        double middle = low + (high - low) / 2;
        if (dpdm_audit_one_run_p_value(canaries, guesses, right, middle, delta) < risk)
            low = middle;
        else
            high = middle;
    }
    return low;
}
