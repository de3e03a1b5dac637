/* unit_proven.c - numbers become bounds only where finite and clear of their error: a NaN, an infinity or an error of the
 * size of the value that passes for a bound is caught here, and so is a rounding toward the inside. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "privacy/pld.h"
#include "privacy/pld_gaussian.h"
#include "privacy/proven.h"
#include "privacy/rdp.h"

static const double NOTHING[] = {NAN, -NAN, INFINITY, -INFINITY};

static void what_is_no_number_is_no_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        double x = NOTHING[i];
        assert_true(dpdm_proven_above(x, 0.1) == INFINITY && dpdm_proven_below(x, 0.1) == -INFINITY);
        assert_true(dpdm_proven_above(1, x) == INFINITY && dpdm_proven_below(1, x) == -INFINITY);
        assert_true(dpdm_proven_log_above(x, 0.1, 0, 0) == INFINITY);
        assert_true(dpdm_proven_log_above(1, x, 0, 0) == INFINITY);
        assert_true(dpdm_proven_log_above(1, 0.1, x, 0) == INFINITY);
        assert_true(dpdm_proven_log_above(1, 0.1, 0, x) == INFINITY);
        assert_true(dpdm_proven_log_below(x, 0.1, 0, 0, -INFINITY) == -INFINITY);
        assert_true(dpdm_proven_log_below(1, x, 0, 0, -INFINITY) == -INFINITY);
        assert_true(dpdm_proven_log_below(1, 0.1, x, 0, -INFINITY) == -INFINITY);
        assert_true(dpdm_proven_log_below(1, 0.1, 0, x, -INFINITY) == -INFINITY);
        if (x != -INFINITY)
            assert_true(dpdm_proven_log_below(1, 0.1, 0, 0, x) == -INFINITY);
    }
    static const double wrong[] = {-1e-300, -1, 0.51, 1.8, 30};
    for (size_t i = 0; i < 5; i++) {
        assert_true(dpdm_proven_above(1e6, wrong[i]) == INFINITY && dpdm_proven_below(1e6, wrong[i]) == -INFINITY);
        assert_true(dpdm_proven_log_above(1, 0, 5, wrong[i]) == INFINITY);
        assert_true(dpdm_proven_log_below(1, 0, 5, wrong[i], -INFINITY) == -INFINITY);
    }
}

static void bounds_are_rounded_outward(void **state)
{
    (void)state;
    for (double scale = -1e8; scale <= 1e8; scale += 1.7e7)
        for (double value = 1e-290; value < 1e290; value *= 1.3e17)
            for (double slack = 0; slack < 0.5; slack += 0.11) {
                double error = value * 1e-3;
                long double high = (long double)scale + slack + logl((long double)value + error);
                long double low = (long double)scale - slack + logl((long double)value - error);
                assert_true((long double)dpdm_proven_log_above(value, error, scale, slack) >= high);
                assert_true((long double)dpdm_proven_log_below(value, error, scale, slack, -INFINITY) <= low);
                double less = (double)low - 3; /* a twentieth */
                long double left = low + log1pl(-expl((long double)less - low));
                double found = dpdm_proven_log_below(value, error, scale, slack, less);
                assert_true((long double)found <= left && found > left - 1e-5);
            }
    assert_true(dpdm_proven_log_above(0, 0, 0, 0) > -710); /* less than any rounding is not nothing */
    assert_true(dpdm_proven_log_above(-1, 1e-9, 0, 0) >= log(1e-9));
}

static void only_bounds_are_answers(void **state)
{
    (void)state;
    dpdm_error err = {0};
    static const dpdm_proven good[] = {{0, 0, 1}, {-INFINITY, 1e300, 1}, {-INFINITY, -INFINITY, 1}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "x", &good[i], &err), DPDM_OK);
    static const dpdm_proven bad[] = {{NAN, 1, 1}, {0, NAN, 1}, {0, INFINITY, 1}, {1, 0.5, 1}, {INFINITY, INFINITY, 1},
                                      {0, 1, 0}};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(dpdm_proven_answer(DPDM_ACCOUNTANT_RDP, "x", &bad[i], &err), DPDM_ERANGE);
    /* An unclear bound is an answer only where another one, above it, is clear. */
    dpdm_proven clear = {0, 1, 1}, unclear = {0, 0.9, 0};
    assert_true(dpdm_proven_larger(clear, unclear).clear && dpdm_proven_larger(unclear, clear).clear);
    unclear.upper = 1.1;
    assert_true(!dpdm_proven_larger(clear, unclear).clear && dpdm_proven_larger(unclear, clear).upper == 1.1);
    assert_true(dpdm_proven_closer(clear, unclear).clear && dpdm_proven_closer(unclear, clear).upper == 1);
}

/* Compositions whose errors nothing can be said through: refused at every accountant's own door. */
static void hopeless_errors_are_refused(void **state)
{
    (void)state;
    double lower, upper, order;
    dpdm_pld_composition wild = {.gaussian = 1e20, .gaussian_error = 1e-6};
    assert_int_equal(dpdm_pld_epsilon(&wild, 1e-5, &lower, &upper, NULL), DPDM_ERANGE);
    assert_int_equal(dpdm_pld_log_delta(&wild, 5e19, &lower, &upper, NULL), DPDM_ERANGE);
    assert_int_equal(dpdm_pld_log_delta(&wild, 1e308, &lower, &upper, NULL), DPDM_ERANGE);
    assert_int_equal(dpdm_rdp_epsilon(&wild, 1e-5, &upper, &order, NULL), DPDM_ERANGE);
    assert_int_equal(dpdm_rdp_log_delta(&wild, 5e19, &upper, &order, NULL), DPDM_ERANGE);
    assert_int_equal(dpdm_rdp_epsilon_at(&wild, 2, 1e-5, &upper, NULL), DPDM_ERANGE);
    dpdm_pld_gaussian_epsilon(1e40, 1e-15, 1e-5, &lower, &upper); /* past the last epsilon that is tried */
    assert_true(isinf(upper));
    dpdm_event rare = {1e-12, 1, 1}; /* its bound on delta would be all error */
    dpdm_bound bound;
    assert_int_equal(dpdm_account(&rare, 1, 1e-30, DPDM_ACCOUNTANT_PLD, &bound, NULL), DPDM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_number_is_no_bound),
        cmocka_unit_test(bounds_are_rounded_outward),
        cmocka_unit_test(only_bounds_are_answers),
        cmocka_unit_test(hopeless_errors_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
