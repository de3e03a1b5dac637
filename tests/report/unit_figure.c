/* unit_figure.c - numbers for people; bounds are never printed smaller than they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include "report/curve.h"
#include "report/figure.h"

static void counts(void **state)
{
    (void)state;
    assert_string_equal(dpdm_figure_count(0).text, "0");
    assert_string_equal(dpdm_figure_count(999).text, "999");
    assert_string_equal(dpdm_figure_count(1000).text, "1,000");
    assert_string_equal(dpdm_figure_count(1753345).text, "1,753,345");
    assert_string_equal(dpdm_figure_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
}

static void numbers(void **state)
{
    (void)state;
    assert_string_equal(dpdm_figure_number(0).text, "0");
    assert_string_equal(dpdm_figure_number(1e-5).text, "1e-5");
    assert_string_equal(dpdm_figure_number(-2.5e-7).text, "-2.5e-7");
    assert_string_equal(dpdm_figure_number(0.001).text, "0.001");
    assert_string_equal(dpdm_figure_number(0.0682666666).text, "0.0682667");
    assert_string_equal(dpdm_figure_number(4096).text, "4096");
    assert_string_equal(dpdm_figure_number(1e30).text, "1e30");
    assert_string_equal(dpdm_figure_number(1e-300).text, "1e-300");
    assert_string_equal(dpdm_figure_number(NAN).text, "none");
    assert_string_equal(dpdm_figure_short(0.123456).text, "0.123");
    assert_string_equal(dpdm_figure_short(0.00012345).text, "1.23e-4");
    assert_string_equal(dpdm_figure_short(23.4567).text, "23.5");
    assert_string_equal(dpdm_figure_short(-0.5).text, "-0.5");
    assert_string_equal(dpdm_figure_short(INFINITY).text, "none");
    assert_string_equal(dpdm_figure_percent(0.8564).text, "85.6 %");
    assert_string_equal(dpdm_figure_percent(INFINITY).text, "none");
    assert_string_equal(dpdm_figure_one_in(1e-5).text, "1 in 100,000");
    assert_string_equal(dpdm_figure_one_in(0.7).text, "1 in 1");
    assert_string_equal(dpdm_figure_one_in(0.0003).text, "1 in 3,333");
    assert_string_equal(dpdm_figure_one_in(0).text, "none");
}

static void bounds_are_rounded_up(void **state)
{
    (void)state;
    assert_string_equal(dpdm_figure_up(9.99912).text, "10");
    assert_string_equal(dpdm_figure_up(9.9983).text, "9.999");
    assert_string_equal(dpdm_figure_up(10).text, "10");
    assert_string_equal(dpdm_figure_up(0.12341).text, "0.1235");
    assert_string_equal(dpdm_figure_up(0).text, "0");
    assert_string_equal(dpdm_figure_up(123456).text, "123456");
    assert_string_equal(dpdm_figure_up(123456.25).text, "123457");
    assert_string_equal(dpdm_figure_up(INFINITY).text, "infinite");
    assert_string_equal(dpdm_figure_up(NAN).text, "infinite");
    assert_string_equal(dpdm_figure_percent_up(0.0123).text, "1.3 %");
    assert_string_equal(dpdm_figure_percent_up(0.00012345).text, "0.013 %");
    assert_string_equal(dpdm_figure_percent_up(0).text, "0.0 %");
    assert_string_equal(dpdm_figure_percent_up(1).text, "100.0 %");
    assert_string_equal(dpdm_figure_percent_up(0.9999).text, "100.0 %");
    uint64_t random = 1;
    for (int i = 0; i < 100000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        double value = exp((double)(random >> 11) / 9007199254740992.0 * 60 - 25);
        double read = strtod(dpdm_figure_up(value).text, NULL);
        assert_true(value >= 1e15 || (read >= value && read <= value * 1.001 + 1e-12));
        double share = fmin(value, 1);
        read = strtod(dpdm_figure_percent_up(share).text, NULL);
        assert_true(read >= 100 * share && read <= 100 * share + 0.1 + 1e-9);
    }
}

/* The plain Gaussian mechanism, of which the best test is known: detection = Phi(Phi^-1(a) + 1/sigma) (Dong, Roth and Su
 * 2022). Proven bounds may lie above it, never below. */
static void detection_is_bounded(void **state)
{
    (void)state;
    const dpdm_event event = {.sampling_rate = 1, .noise_multiplier = 1, .steps = 1};
    dpdm_report_curve curve;
    assert_int_equal(dpdm_report_curve_make(&event, 1, 1, DPDM_ACCOUNTANT_RDP, &curve, NULL), DPDM_OK);
    assert_true(curve.count > 20);
    for (int i = 1; i < curve.count; i++)
        assert_true(curve.delta[i] > curve.delta[i - 1] && curve.epsilon[i] <= curve.epsilon[i - 1]);
    for (double z = -3.5; z < 3.5; z += 0.25) {
        double alarm = 0.5 * erfc(-z / sqrt(2)), best = 0.5 * erfc(-(z + 1) / sqrt(2));
        double bound = dpdm_report_curve_detection(&curve, alarm);
        assert_true(bound >= best && bound <= 1);
    }
    /* and are of use */
    assert_true(dpdm_report_curve_detection(&curve, 0.01) < 0.4);
    assert_true(dpdm_report_curve_detection(&curve, 0.5) < 0.95);
}

static void no_curve_without_a_proof(void **state)
{
    (void)state;
    const dpdm_event event = {.sampling_rate = 2, .noise_multiplier = 1, .steps = 1};
    dpdm_report_curve curve;
    dpdm_error err = {0};
    assert_int_not_equal(dpdm_report_curve_make(&event, 1, 1, DPDM_ACCOUNTANT_RDP, &curve, &err), DPDM_OK);
    assert_int_equal(curve.count, 0);
    assert_true(dpdm_report_curve_detection(&curve, 0.1) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(numbers),
                                       cmocka_unit_test(bounds_are_rounded_up), cmocka_unit_test(detection_is_bounded),
                                       cmocka_unit_test(no_curve_without_a_proof)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
