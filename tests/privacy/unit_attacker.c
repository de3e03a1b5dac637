/* unit_attacker.c - the attacker's view and groups, against the exact curves of cases that have one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dpdm/attacker.h"

static double normal_upper(double x)
{
    return erfc(x / sqrt(2)) / 2;
}

static double normal_quantile(double probability_above)
{
    double low = -40, high = 40;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        *(normal_upper(middle) > probability_above ? &low : &high) = middle;
    }
    return low;
}

/* One subsampled step (q = 1: a plain Gaussian): the best test is a threshold on the noisy sum. */
static double exact_true_positive(double q, double sigma, double false_positive)
{
    double u = normal_quantile(false_positive);
    return (1 - q) * false_positive + q * normal_upper(u - 1 / sigma);
}

static void curve_is_that_of_the_best_test(void **state)
{
    (void)state;
    static const double rates[] = {1, 1, 0.6}, sigmas[] = {0.5, 4, 1.5};
    double x[] = {1e-5, 1e-3, 0.01, 0.1, 0.5, 0.9}, y[6];
    for (size_t i = 0; i < 3; i++) {
        dpdm_event event = {rates[i], sigmas[i], 1};
        assert_int_equal(dpdm_attack_curve(&event, 1, 1, x, 6, y, NULL), DPDM_OK);
        for (size_t j = 0; j < 6; j++) {
            double exact = exact_true_positive(rates[i], sigmas[i], x[j]);
            assert_true(y[j] >= exact * (1 - 1e-12));
            assert_true(y[j] <= exact + 1e-4 * fmin(exact, 0.05));
        }
    }
}

static void curve_has_the_shape_of_one(void **state)
{
    (void)state;
    dpdm_event events[] = {{0.0683, 5, 4395}, {0.01, 3, 10}};
    double x[] = {0, 0.001, 0.01, 0.1, 0.2, 0.5, 1}, y[7];
    assert_int_equal(dpdm_attack_curve(events, 2, 1, x, 7, y, NULL), DPDM_OK);
    assert_true(y[0] < 1e-9 && y[6] == 1);
    for (size_t i = 1; i < 7; i++) {
        assert_true(y[i] > y[i - 1] && y[i] >= x[i]);
        if (i > 1) /* concave */
            assert_true((y[i] - y[i - 1]) / (x[i] - x[i - 1]) <= (y[i - 1] - y[i - 2]) / (x[i - 1] - x[i - 2]) + 1e-6);
    }
    double one;
    assert_int_equal(dpdm_attack_true_positive(events, 2, 1, 0.01, &one, NULL), DPDM_OK);
    assert_true(one == y[2]);
}

static void success_and_belief_of_a_gaussian(void **state)
{
    (void)state;
    static const double priors[] = {0.001, 0.1, 0.5, 0.8, 0.999}, sigmas[] = {0.4, 1, 10};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 5; j++) {
            dpdm_event event = {1, sigmas[i], 1};
            double mu = 1 / sigmas[i], p = priors[j], odds = log((1 - p) / p), success, belief, risk = 1e-3;
            double exact = p * normal_upper(odds / mu - mu / 2) + (1 - p) * normal_upper(-(odds / mu + mu / 2));
            assert_int_equal(dpdm_attack_success(&event, 1, 1, p, &success, NULL), DPDM_OK);
            assert_true(success >= exact * (1 - 1e-13) && success <= exact + 1e-9);
            double loss = mu * mu / 2 + mu * normal_quantile(risk), held = p / (p + (1 - p) * exp(-loss));
            assert_int_equal(dpdm_attack_posterior(&event, 1, 1, p, risk, &belief, NULL), DPDM_OK);
            double loose = p / (p + (1 - p) * exp(-(mu * mu / 2 + mu * (normal_quantile(risk) + 1))));
            assert_true(belief >= held && belief <= loose);
        }
}

/* m records: exact at rate 1 (a Gaussian of m times the shift); elsewhere within the textbook bound, and growing. */
static void groups_are_bounded(void **state)
{
    (void)state;
    dpdm_event plain = {1, 8, 3}, shifted = {1, 2, 3}, event = {0.0683, 5, 500};
    dpdm_bound a, b;
    assert_int_equal(dpdm_account_group(&plain, 1, 4, 1e-6, DPDM_ACCOUNTANT_PLD, &a, NULL), DPDM_OK);
    assert_int_equal(dpdm_account(&shifted, 1, 1e-6, DPDM_ACCOUNTANT_PLD, &b, NULL), DPDM_OK);
    assert_true(fabs(a.epsilon_upper - b.epsilon_upper) < 1e-9);
    double last = 0;
    for (unsigned m = 1; m <= 16; m *= 2) {
        assert_int_equal(dpdm_account_group(&event, 1, m, 1e-6, DPDM_ACCOUNTANT_PLD, &a, NULL), DPDM_OK);
        assert_int_equal(dpdm_account_group(&event, 1, m, 1e-6, DPDM_ACCOUNTANT_RDP, &b, NULL), DPDM_OK);
        assert_true(a.epsilon_lower > last && a.epsilon_upper - a.epsilon_lower < 1e-6 * a.epsilon_upper);
        assert_true(b.epsilon_upper >= a.epsilon_lower);
        last = a.epsilon_upper;
        for (double epsilon = 0.1; epsilon < 1; epsilon *= 2) {
            double one, nothing, many;
            assert_int_equal(dpdm_account_delta(&event, 1, epsilon, DPDM_ACCOUNTANT_PLD, &one, &nothing, NULL),
                             DPDM_OK);
            assert_int_equal(
                dpdm_account_group_delta(&event, 1, m, m * epsilon, DPDM_ACCOUNTANT_PLD, &many, &nothing, NULL),
                DPDM_OK);
            assert_true(nothing <= one * expm1(m * epsilon) / expm1(epsilon));
        }
    }
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    dpdm_event event = {0.1, 1, 10}, bad = {2, 1, 1};
    static const double out[] = {-0.1, 1.1, NAN};
    static const double ends[] = {0, 1, NAN};
    double value;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(dpdm_attack_true_positive(&event, 1, 1, out[i], &value, NULL), DPDM_EUSAGE);
        assert_int_equal(dpdm_attack_success(&event, 1, 1, ends[i], &value, NULL), DPDM_EUSAGE);
        assert_int_equal(dpdm_attack_posterior(&event, 1, 1, ends[i], 0.1, &value, NULL), DPDM_EUSAGE);
        assert_int_equal(dpdm_attack_posterior(&event, 1, 1, 0.1, ends[i], &value, NULL), DPDM_EUSAGE);
        assert_true(value == 1);
    }
    assert_int_equal(dpdm_attack_true_positive(&bad, 1, 1, 0.1, &value, NULL), DPDM_EUSAGE);
    assert_int_equal(dpdm_attack_success(&event, 1, 0, 0.5, &value, NULL), DPDM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_is_that_of_the_best_test),
        cmocka_unit_test(curve_has_the_shape_of_one),
        cmocka_unit_test(success_and_belief_of_a_gaussian),
        cmocka_unit_test(groups_are_bounded),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
