/* unit_audit_bounds.c - catches bounds that are not bounds: wrong tails, a wrong side, a delta term left out. Reference
 * values: exact sums in Python (math.comb, fsum); the one-run p-value by the formula of Steinke et al. 2023. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "dpdm/audit.h"
#include "audit/audit_binomial.h"

static void near_to(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Against sums of all terms, each a product: no logarithms, no ratios. */
static void tails_are_those_of_all_terms(void **state)
{
    (void)state;
    const double rates[] = {0.01, 0.3, 0.5, 0.97};
    for (uint64_t n = 1; n <= 40; n += 13)
        for (int r = 0; r < 4; r++)
            for (uint64_t k = 0; k <= n; k++) {
                double above = 0, below = 0;
                for (uint64_t i = 0; i <= n; i++) {
                    double term = 1;
                    for (uint64_t j = 0; j < i; j++)
                        term *= (double)(n - j) / (double)(j + 1) * rates[r];
                    term *= pow(1 - rates[r], (double)(n - i));
                    above += i >= k ? term : 0;
                    below += i <= k ? term : 0;
                }
                near_to(audit_binomial_above(n, k, rates[r]), above, 1e-11);
                near_to(audit_binomial_below(n, k, rates[r]), below, 1e-11);
            }
}

static void clopper_pearson_has_known_values(void **state)
{
    (void)state;
    near_to(dpdm_audit_rate_upper(0, 100, 0.025), 0.036216692645176, 1e-9);
    near_to(dpdm_audit_rate_lower(3, 100, 0.025), 0.0062299715383064, 1e-9);
    near_to(dpdm_audit_rate_upper(3, 100, 0.025), 0.085176052974279, 1e-9);
    near_to(dpdm_audit_rate_lower(37, 100, 0.025), 0.27556657961455, 1e-9);
    near_to(dpdm_audit_rate_upper(37, 100, 0.025), 0.47235164055168, 1e-9);
    near_to(dpdm_audit_rate_lower(100, 100, 0.025), 0.96378330735482, 1e-9);
    near_to(dpdm_audit_rate_upper(5, 1000000, 0.025), 1.1668293174803e-5, 1e-6);
    near_to(dpdm_audit_rate_upper(120, 4000000, 0.025), 3.5872541010759e-5, 1e-6);
    assert_true(dpdm_audit_rate_lower(0, 100, 0.025) == 0);
    assert_true(dpdm_audit_rate_upper(100, 100, 0.025) == 1);
    assert_true(dpdm_audit_rate_upper(0, 0, 0.025) == 1 && dpdm_audit_rate_lower(0, 0, 0.025) == 0);
}

/* The definition: at the bound, the tail is the risk, and not above it. */
static void bounds_hold_for_large_counts(void **state)
{
    (void)state;
    const uint64_t trials[] = {1000, 1000000, 100000000}, hits[] = {1, 17, 900};
    for (int t = 0; t < 3; t++)
        for (int h = 0; h < 3; h++)
            for (double risk = 1e-6; risk < 0.5; risk *= 20) {
                double low = dpdm_audit_rate_lower(hits[h], trials[t], risk);
                double high = dpdm_audit_rate_upper(hits[h], trials[t], risk);
                double at_low = audit_binomial_above(trials[t], hits[h], low);
                double at_high = audit_binomial_below(trials[t], hits[h], high);
                assert_true(at_low <= risk && at_low > 0.999 * risk);
                assert_true(at_high <= risk && at_high > 0.999 * risk);
            }
}

static void epsilon_of_rates(void **state)
{
    (void)state;
    near_to(dpdm_audit_epsilon(0.5, 0.1, 0), log(5), 1e-14);
    near_to(dpdm_audit_epsilon(0.5, 0.1, 0.1), log(4), 1e-14);
    assert_true(dpdm_audit_epsilon(0.1, 0.1, 0) == 0);
    assert_true(dpdm_audit_epsilon(0.1, 0.2, 0) == 0);
    assert_true(dpdm_audit_epsilon(0.1, 0, 0.2) == 0);
    assert_true(isinf(dpdm_audit_epsilon(0.1, 0, 0.01)));
}

static void one_run_has_known_values(void **state)
{
    (void)state;
    near_to(dpdm_audit_one_run_p_value(100, 100, 75, log(3), 0), 0.55347082382482, 1e-10);
    near_to(dpdm_audit_one_run_p_value(1000, 100, 75, 1, 1e-4), 0.40055451445361, 1e-10);
    near_to(dpdm_audit_one_run_p_value(1000, 100, 75, 0, 1e-4), 0.0058339968677410, 1e-9);
    near_to(dpdm_audit_one_run_epsilon(1000, 100, 75, 1e-4, 0.05), 0.67298466410742, 3e-6);
    near_to(dpdm_audit_one_run_epsilon(1000, 1000, 600, 1e-5, 0.05), 0.29722695371878, 5e-6);
    near_to(dpdm_audit_one_run_epsilon(1000, 50, 50, 1e-5, 0.05), 2.7562194844523, 1e-6);
    near_to(dpdm_audit_one_run_epsilon(200, 40, 39, 1e-5, 0.05), 2.0550325697733, 1e-6);
    near_to(dpdm_audit_one_run_epsilon(100, 100, 100, 0, 0.05), 3.4929654311523, 1e-6);
}

static void one_run_says_nothing_where_nothing_follows(void **state)
{
    (void)state;
    assert_true(dpdm_audit_one_run_epsilon(1000, 500, 250, 1e-5, 0.05) == 0);
    assert_true(dpdm_audit_one_run_epsilon(1000, 0, 0, 1e-5, 0.05) == 0);
    assert_true(dpdm_audit_one_run_epsilon(1000, 500, 500, 1e-3, 0.05) == 0); /* 2 m delta > 1 */
    assert_true(dpdm_audit_one_run_p_value(100, 10, 0, 1, 1e-5) == 1);
    assert_true(dpdm_audit_one_run_p_value(1000, 1000, 10, 20, 1e-5) == 1);
}

/* Right guesses can only lower the p-value, a larger epsilon and delta only raise it: what the bisection rests on. */
static void one_run_is_monotone(void **state)
{
    (void)state;
    const double deltas[] = {0, 1e-5, 1e-3};
    for (int d = 0; d < 3; d++)
        for (uint64_t right = 1; right <= 60; right++)
            for (double epsilon = 0; epsilon < 8; epsilon += 0.25) {
                double p = dpdm_audit_one_run_p_value(400, 60, right, epsilon, deltas[d]), up = p * (1 + 1e-9);
                assert_true(dpdm_audit_one_run_p_value(400, 60, right, epsilon + 0.25, deltas[d]) >= p * (1 - 1e-9));
                assert_true(dpdm_audit_one_run_p_value(400, 60, right + 1, epsilon, deltas[d]) <= up);
                assert_true(dpdm_audit_one_run_p_value(401, 60, right, epsilon, deltas[d]) >= p * (1 - 1e-9));
            }
}

/* Randomised response, the mechanism for which the bound is exact: guesses right with probability e^eps / (1 + e^eps).
 * The bound may exceed epsilon in 5 % of the cases; over all outcomes, weighted with their probabilities. */
static void one_run_fails_as_seldom_as_it_says(void **state)
{
    (void)state;
    for (double epsilon = 0; epsilon <= 4; epsilon += 0.5) {
        double accuracy = 1 / (1 + exp(-epsilon)), failing = 0;
        for (uint64_t right = 0; right <= 200; right++)
            if (dpdm_audit_one_run_epsilon(200, 200, right, 0, 0.05) > epsilon)
                failing += exp(audit_binomial_log_pmf(200, right, accuracy));
        assert_true(failing <= 0.05 && failing > 0.01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_are_those_of_all_terms), cmocka_unit_test(clopper_pearson_has_known_values),
        cmocka_unit_test(bounds_hold_for_large_counts), cmocka_unit_test(epsilon_of_rates),
        cmocka_unit_test(one_run_has_known_values),     cmocka_unit_test(one_run_says_nothing_where_nothing_follows),
        cmocka_unit_test(one_run_is_monotone),          cmocka_unit_test(one_run_fails_as_seldom_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
