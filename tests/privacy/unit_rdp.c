/* unit_rdp.c - the Renyi accountant against the integer-order formula and against bad input. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dpdm/accountant.h"
#include "privacy/pld_composition.h"

/* log A(n) = log sum_k C(n, k) (1 - q)^(n - k) q^k exp((k^2 - k) / (2 sigma^2)) (Mironov, Talwar, Zhang 2019). */
static long double integer_order(int order, long double q, long double sigma)
{
    long double terms[65], top = -INFINITY, sum = 0;
    for (int k = 0; k <= order; k++) {
        terms[k] = lgammal(order + 1) - lgammal(k + 1) - lgammal(order - k + 1) + (order - k) * log1pl(-q) +
                   k * logl(q) + (k * k - k) / (2 * sigma * sigma);
        top = fmaxl(top, terms[k]);
    }
    for (int k = 0; k <= order; k++)
        sum += expl(terms[k] - top);
    return top + logl(sum);
}

static void integer_orders_agree(void **state)
{
    (void)state;
    static const double rates[] = {1e-6, 0.004, 0.0682, 0.5, 0.9, 0.999}, sigmas[] = {0.1, 0.3, 0.8, 1.6, 5, 80};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            for (int order = 2; order <= 64; order += order < 10 ? 1 : 18) {
                dpdm_pld_pair pair;
                dpdm_pld_moment moment;
                dpdm_pld_pair_init(&pair, rates[i], sigmas[j], 1);
                assert_true(dpdm_pld_pair_moment(&pair, order, &moment));
                double exact = (double)integer_order(order, rates[i], sigmas[j]);
                double slack = 1e-17 * (1 + fabs(exact)); /* of the formula itself, in long double */
                assert_true(fabs(moment.log_value - exact) <= moment.error + slack);
                assert_true(moment.error < 1e-12 * (1 + fabs(exact)));
            }
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static const dpdm_event bad[] = {{-0.1, 1, 1},   {1.1, 1, 1},         {NAN, 1, 1},        {0.1, 0, 1},
                                     {0.1, -1, 1},   {0.1, NAN, 1},       {0.1, INFINITY, 1}, {0.1, 1, 0},
                                     {0.1, 1e-9, 1}, {0.1, 1, UINT64_MAX}};
    static const dpdm_event good = {0.1, 1, 1};
    static const double deltas[] = {0, 1, -1, 2, NAN, INFINITY};
    dpdm_bound bound;
    dpdm_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_status status = dpdm_account(&bad[i], 1, 1e-5, DPDM_ACCOUNTANT_RDP, &bound, &err);
        assert_true(status == DPDM_EUSAGE || status == DPDM_ERANGE);
        assert_true(isinf(bound.epsilon_upper));
    }
    for (size_t i = 0; i < sizeof deltas / sizeof *deltas; i++)
        assert_int_equal(dpdm_account(&good, 1, deltas[i], DPDM_ACCOUNTANT_RDP, &bound, &err), DPDM_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(integer_orders_agree), cmocka_unit_test(bad_input_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
