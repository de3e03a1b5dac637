/* prop_corners.c - the whole proven range, corners first: every answer is above what is known of the truth, or refused.
 *
 * Known of the truth: the exact formula of one step; a lower bound by Chebyshev's inequality for many; the lower bound of
 * every part of a composition; the Renyi accountant. An upper bound that fell below any of them (an overflow, a NaN that
 * passed for a small delta, an error as large as the value) is caught here.
 *
 * usage: prop_corners [all [SHARE SHARES]]: without `all`, a part of the grid that takes half a minute; with it, the whole grid of
 * about 7,000 bounds, or one of SHARES parts of it (SHARE: 0 to SHARES - 1), for as many processes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dpdm/attacker.h"

static const double RATES[] = {1e-12, 1e-9, 1e-6, 1e-4, 0.01, 0.3, 0.7, 1 - 1e-6, 1 - 0x1p-52, 1};
static const double SIGMAS[] = {0.01, 0.02, 0.05, 0.3, 1, 10, 1e3, 1e6};
static const uint64_t STEPS[] = {1, 2, 100, 10000, 1000000, 2000000, 100000000, 1000000000};
static const double DELTAS[] = {1e-30, 1e-12, 1e-5, 0.01, 0.5};
enum { RATE_COUNT = 10, SIGMA_COUNT = 8, STEP_COUNT = 8, DELTA_COUNT = 5 };

static int everything;
static size_t share, shares = 1;
static size_t answers, refusals;

/* The bracket; upper: infinite where the accountant refuses. */
static dpdm_bound account(const dpdm_event *events, size_t count, double delta)
{
    dpdm_bound bound, rdp;
    dpdm_status status = dpdm_account(events, count, delta, DPDM_ACCOUNTANT_PLD, &bound, NULL);
    assert_true(!status || status == DPDM_ERANGE);
    assert_true(bound.epsilon_lower >= 0 && bound.epsilon_lower <= bound.epsilon_upper);
    assert_true(status ? isinf(bound.epsilon_upper) : isfinite(bound.epsilon_upper));
    *(status ? &refusals : &answers) += 1;
    if (!dpdm_account(events, count, delta, DPDM_ACCOUNTANT_RDP, &rdp, NULL))
        assert_true(isfinite(rdp.epsilon_upper) && rdp.epsilon_upper >= bound.epsilon_lower);
    else
        assert_true(isinf(rdp.epsilon_upper));
    return bound;
}

static long double normal_tail(long double x)
{
    return 0.5L * erfcl(x * sqrtl(0.5L));
}

/* delta(epsilon) of one step from its definition: remove is q Q((z-1)/sigma) - (exp(eps) - 1 + q) Q(z/sigma) with
 * f(z) = exp(eps), add likewise below the z with f(z) = exp(-eps). *error: what long double can be off by. */
static long double step_delta(double rate, double sigma, double epsilon, int add, long double *error)
{
    long double q = rate, s = sigma, sign = add ? -1 : 1, grown = expm1l(sign * epsilon);
    *error = 0;
    if (q + grown <= 0) /* f never falls so low */
        return 0;
    long double z = s * s * log1pl(grown / q) + 0.5L, scale = add ? expl(epsilon) : 1;
    long double with = scale * q * normal_tail(sign * (z - 1) / s);
    long double without = scale * (grown + q) * normal_tail(sign * z / s);
    long double relative = 64 * 0x1p-64L * (1 + z / s * (z / s)) * (1 + fabsl(logl(q)));
    *error = relative * (with + without);
    return add ? without - with : with - without;
}

/* One step: delta at epsilon_upper is at most delta, and at epsilon_lower at least, by the exact formula. */
static void check_one_step(double rate, double sigma, double delta, const dpdm_bound *bound)
{
    long double error, exact, most = 0;
    for (int add = 0; add < 2 && isfinite(bound->epsilon_upper); add++) {
        exact = step_delta(rate, sigma, bound->epsilon_upper, add, &error);
        assert_true(exact - error <= delta);
    }
    for (int add = 0; add < 2; add++) {
        exact = step_delta(rate, sigma, bound->epsilon_lower, add, &error);
        most = fmaxl(most, exact + error);
    }
    assert_true(bound->epsilon_lower == 0 || most >= delta);
}

/* Mean and variance of log f under P, by the trapezoidal rule, in long double. */
static void step_loss(double rate, double sigma, long double *mean, long double *variance)
{
    long double sum[3] = {0}, q = rate, s = sigma, h = 0.004L;
    for (int with = 0; with < 2; with++)
        for (int j = -3000; j <= 3000; j++) {
            long double u = j * h, x = (u + (with ? 1 / s : 0) - 0.5L / s) / s;
            long double loss = x > 1 ? x + logl(q + (1 - q) * expl(-x)) : log1pl(q * expm1l(x));
            long double weight = (with ? q : 1 - q) * expl(-u * u / 2);
            if (weight == 0) /* the loss is infinite there at rate 1 */
                continue;
            sum[0] += weight;
            sum[1] += weight * loss;
            sum[2] += weight * loss * loss;
        }
    *mean = sum[1] / sum[0];
    *variance = fmaxl(sum[2] / sum[0] - *mean * *mean, 0);
}

/* At epsilon = T E L - 2 sqrt(T Var L) - 1.2, P(S > epsilon + 1.2) >= 3/4 and so delta >= 3/4 (1 - exp(-1.2)) > 0.52. The
 * sums are off by less than the 10^-6 given away. */
static double chebyshev_epsilon(double rate, double sigma, double steps)
{
    long double mean, variance;
    step_loss(rate, sigma, &mean, &variance);
    return (double)((steps * mean - 2 * sqrtl(steps * variance)) * (1 - 1e-6L) - 1.2L);
}

/* A share holds all numbers of steps at a rate and a noise: their bounds are compared. */
static int in_part(size_t i, size_t j, size_t k, size_t l)
{
    if (everything)
        return (i * SIGMA_COUNT + j) % shares == share;
    return (i * 7 + j * 5 + k * 3 + l) % 53 == 0;
}

static void single_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < RATE_COUNT; i++)
        for (size_t j = 0; j < SIGMA_COUNT; j++) {
            double known[DELTA_COUNT] = {0};
            for (size_t k = 0; k < STEP_COUNT; k++)
                for (size_t l = 0; l < DELTA_COUNT; l++) {
                    if (!in_part(i, j, k, l))
                        continue;
                    dpdm_event event = {RATES[i], SIGMAS[j], STEPS[k]};
                    dpdm_bound bound = account(&event, 1, DELTAS[l]);
                    known[l] = fmax(known[l], bound.epsilon_lower); /* of fewer steps or as many */
                    assert_true(bound.epsilon_upper >= known[l]);
                    assert_true(bound.epsilon_upper >= chebyshev_epsilon(RATES[i], SIGMAS[j], (double)STEPS[k]));
                    if (STEPS[k] == 1 && RATES[i] < 1)
                        check_one_step(RATES[i], SIGMAS[j], DELTAS[l], &bound);
                }
        }
    assert_true(shares > 1 || answers > 4 * refusals); /* some shares lie where little is proven */
}

/* A larger rate, less noise, a smaller delta: the upper bound is above the lower one of the milder setting. */
static void milder_settings_cost_less(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < RATE_COUNT; i++)
        for (size_t j = 0; j + 1 < SIGMA_COUNT; j++)
            for (size_t k = 0; k < STEP_COUNT; k++) {
                if (!in_part(i, j, k, 2))
                    continue;
                dpdm_event event = {RATES[i], SIGMAS[j], STEPS[k]}, more_often = {RATES[i + 1], SIGMAS[j], STEPS[k]};
                dpdm_event quieter = {RATES[i], SIGMAS[j + 1], STEPS[k]};
                dpdm_bound bound = account(&event, 1, 1e-5);
                assert_true(account(&more_often, 1, 1e-5).epsilon_upper >= bound.epsilon_lower);
                assert_true(bound.epsilon_upper >= account(&quieter, 1, 1e-5).epsilon_lower);
                assert_true(account(&event, 1, 1e-12).epsilon_upper >= bound.epsilon_lower);
            }
}

/* Mixtures of events from all over the range: above each of their parts. */
static void compositions_cost_more_than_their_parts(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int trial = 0; trial < (everything ? 200 : 6); trial++) {
        dpdm_event events[3];
        double parts = 0, delta;
        for (size_t i = 0; i < 3; i++) {
            for (int turn = 0; turn < 3; turn++) {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
            }
            events[i] = (dpdm_event){RATES[random % RATE_COUNT], SIGMAS[random / 64 % SIGMA_COUNT],
                                     STEPS[random / 4096 % (STEP_COUNT - 2)]};
        }
        if (everything && (size_t)trial % shares != share)
            continue;
        delta = DELTAS[random >> 40 & 3];
        for (size_t i = 0; i < 3; i++) {
            parts = fmax(parts, account(&events[i], 1, delta).epsilon_lower);
            parts = fmax(
                parts, chebyshev_epsilon(events[i].sampling_rate, events[i].noise_multiplier, (double)events[i].steps));
        }
        for (size_t count = 2; count <= 3; count++) {
            double known = count == 3 ? parts : 0;
            for (size_t i = 0; i < count; i++)
                known = fmax(known, account(&events[i], 1, delta).epsilon_lower);
            assert_true(account(events, count, delta).epsilon_upper >= known);
        }
    }
}

/* The cases that once fell below the truth: overflows of the smoothing, and of what becomes of it. */
static void huge_losses_are_not_lost(void **state)
{
    (void)state;
    static const uint64_t steps[] = {1000000, 1500000, 2000000, 1000000000};
    double last = 0, upper, lower;
    for (size_t i = 0; i < 4; i++) {
        dpdm_event event = {0.01, 0.01, steps[i]};
        dpdm_bound bound = account(&event, 1, 1e-5);
        double known = chebyshev_epsilon(0.01, 0.01, (double)steps[i]);
        assert_true(known > 40 * (double)steps[i] && bound.epsilon_upper >= known);
        assert_true(bound.epsilon_upper < 1.3 * known);
        assert_true(bound.epsilon_upper > last);
        last = bound.epsilon_upper;
        if (!dpdm_account_delta(&event, 1, 30000, DPDM_ACCOUNTANT_PLD, &upper, &lower, NULL))
            assert_true(upper > 0.5);
        else
            assert_true(upper == 1 && lower == 0);
    }
}

int main(int argc, char **argv)
{
    everything = argc > 1 && !strcmp(argv[1], "all");
    if (argc == 4) {
        share = strtoul(argv[2], NULL, 10);
        shares = strtoul(argv[3], NULL, 10);
    }
    if ((argc > 1 && !everything) || argc == 3 || argc > 4 || share >= shares) {
        fprintf(stderr, "usage: prop_corners [all [SHARE SHARES]]\n");
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(huge_losses_are_not_lost),
        cmocka_unit_test(single_events),
        cmocka_unit_test(milder_settings_cost_less),
        cmocka_unit_test(compositions_cost_more_than_their_parts),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("%zu answers, %zu refusals\n", answers, refusals);
    return failed;
}
