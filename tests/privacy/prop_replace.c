/* prop_replace.c - the epsilon for a unit that is replaced by another holds for pairs that are known exactly. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "dpdm/attacker.h"

static double replaced(const dpdm_event *events, size_t count, unsigned group, double delta)
{
    double epsilon;
    dpdm_error err = {0};
    if (dpdm_account_replace(events, count, group, delta, DPDM_ACCOUNTANT_PLD, &epsilon, &err))
        fail_msg("%s", err.message);
    return epsilon;
}

/* Plain Gaussians: replacing a vector by its opposite is twice as far as leaving it out, which the accountant knows exactly
 * as half the noise; so with whole units of two. */
static void plain_releases_are_covered(void **state)
{
    (void)state;
    for (double sigma = 0.5; sigma < 20; sigma *= 4)
        for (unsigned group = 1; group < 3; group++)
            for (int power = -10; power < -1; power += 4) {
                const double delta = pow(10, power);
                const dpdm_event events[] = {{1, sigma, 1}, {1, 3 * sigma, 5}};
                const dpdm_event opposite[] = {{1, sigma / 2, 1}, {1, 3 * sigma / 2, 5}};
                dpdm_bound least;
                assert_int_equal(dpdm_account_group(opposite, 2, group, delta, DPDM_ACCOUNTANT_PLD, &least, NULL),
                                 DPDM_OK);
                const double epsilon = replaced(events, 2, group, delta);
                assert_true(epsilon >= least.epsilon_lower);
                assert_true(epsilon < 1.5 * least.epsilon_lower + 0.1); /* and not by far */
            }
}

/* E[(p - e^epsilon p')_+] of one subsampled step: p has the vector 1 with probability q, p' its opposite. */
static long double delta_of_opposites(long double q, long double sigma, long double epsilon)
{
    const long double reach = 12 * sigma + 1, step = sigma / 500, factor = expl(epsilon);
    long double sum = 0;
    for (long double x = -reach; x < reach; x += step) {
        const long double none = expl(-x * x / (2 * sigma * sigma));
        const long double with = expl(-(x - 1) * (x - 1) / (2 * sigma * sigma));
        const long double opposite = expl(-(x + 1) * (x + 1) / (2 * sigma * sigma));
        sum += fmaxl((1 - q) * none + q * with - factor * ((1 - q) * none + q * opposite), 0) * step;
    }
    return sum / (sigma * sqrtl(2 * acosl(-1)));
}

static void a_subsampled_step_is_covered(void **state)
{
    (void)state;
    static const double rates[] = {0.01, 0.5, 0.9}, sigmas[] = {0.5, 1, 4};
    for (size_t r = 0; r < 3; r++)
        for (size_t s = 0; s < 3; s++)
            for (int power = -8; power < -1; power += 3) {
                const double delta = pow(10, power);
                const dpdm_event event = {rates[r], sigmas[s], 1};
                const double epsilon = replaced(&event, 1, 1, delta);
                assert_true(delta_of_opposites((long double)rates[r], (long double)sigmas[s], (long double)epsilon) <=
                            (long double)delta * (1 + 1e-6L));
            }
}

/* Where what is left of delta is none, nothing is proven. */
static void what_cannot_be_proven_is_refused(void **state)
{
    (void)state;
    const dpdm_event event = {1, 0.02, 1};
    double epsilon = 0;
    dpdm_error err = {0};
    assert_int_not_equal(dpdm_account_replace(&event, 1, 1, 1e-5, DPDM_ACCOUNTANT_PLD, &epsilon, &err), DPDM_OK);
    assert_true(isinf(epsilon) && err.message[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_releases_are_covered),
        cmocka_unit_test(a_subsampled_step_is_covered),
        cmocka_unit_test(what_cannot_be_proven_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
