/* unit_groups.c - catches wrong confidence intervals, and small or neglected groups that nobody is warned of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "dpdm/classifier.h"

/* Computed in Python from the formula, in another form. */
static void intervals_are_known_ones(void **state)
{
    (void)state;
    static const struct {
        uint64_t right, count;
        double low, high;
    } cases[] = {{8, 10, 0.4901625, 0.9433178},
                 {0, 10, 0, 0.2775328},
                 {10, 10, 0.7224672, 1},
                 {396, 1000, 0.3661414, 0.4266545},
                 {1, 2, 0.0945312, 0.9054688}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double low, high;
        dpdm_share_interval(cases[i].right, cases[i].count, &low, &high);
        if (fabs(low - cases[i].low) > 1e-6 || fabs(high - cases[i].high) > 1e-6)
            fail_msg("case %zu: %.7f to %.7f", i, low, high);
    }
    double low, high;
    dpdm_share_interval(0, 0, &low, &high);
    assert_true(low == 0 && high == 1);
}

/* The interval covers the truth about 95 times in 100, also for small counts: summed over all outcomes exactly. */
static void intervals_cover(void **state)
{
    (void)state;
    for (int n = 20; n <= 100; n += 40) {
        for (double p = 0.1; p < 0.95; p += 0.1) {
            double covered = 0;
            for (int k = 0; k <= n; k++) {
                double low, high;
                dpdm_share_interval((uint64_t)k, (uint64_t)n, &low, &high);
                if (low <= p && p <= high)
                    covered +=
                        exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p));
            }
            if (!(covered > 0.91 && covered < 0.99))
                fail_msg("n %d, p %g: covered %g", n, p, covered);
        }
    }
}

static void few_and_behind(void **state)
{
    (void)state;
    dpdm_group groups[4] = {
        {.images = 1000, .right = 900}, {.images = 1000, .right = 750}, {.images = 30, .right = 10}, {.images = 0}};
    dpdm_groups_judge(groups, 4);
    assert_true(fabs(groups[1].rest - 910.0 / 1030) < 1e-12);
    assert_true(!groups[0].few && !groups[0].behind);
    assert_true(!groups[1].few); /* 77.6 % is more than ten points below 88.3 % */
    assert_true(groups[1].behind);
    assert_true(groups[2].few && groups[2].behind);
    assert_true(groups[3].few && !groups[3].behind && isnan(groups[3].accuracy));
    /* The same share of few images proves nothing. */
    dpdm_group small[2] = {{.images = 1000, .right = 900}, {.images = 8, .right = 6}};
    dpdm_groups_judge(small, 2);
    assert_true(small[1].few && !small[1].behind);
    dpdm_group alone = {.images = 500, .right = 10};
    dpdm_groups_judge(&alone, 1);
    assert_true(!alone.behind && isnan(alone.rest));
}

static void classes_are_groups(void **state)
{
    (void)state;
    uint64_t confusion[9] = {5, 1, 0, 2, 200, 0, 0, 0, 0};
    dpdm_agreement agreement = {.count = 208, .classes = 3, .confusion = confusion};
    dpdm_group groups[3];
    dpdm_agreement_groups(&agreement, groups);
    assert_true(groups[0].images == 6 && groups[0].right == 5 && groups[0].few);
    assert_true(groups[1].images == 202 && groups[1].right == 200 && !groups[1].few);
    assert_true(groups[2].images == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(intervals_are_known_ones), cmocka_unit_test(intervals_cover),
                                       cmocka_unit_test(few_and_behind), cmocka_unit_test(classes_are_groups)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
