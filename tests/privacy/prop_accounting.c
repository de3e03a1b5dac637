/* prop_accounting.c - properties of the accountants over random cases, and the truth where it can be had by brute force. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dpdm/attacker.h"
#include "brute_force.h"

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static double random_in(double low, double high)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return low + (high - low) * (double)(random_state >> 11) * 0x1p-53;
}

static double random_log(double low, double high)
{
    return exp(random_in(log(low), log(high)));
}

/* A case of the kind people train with; epsilon is kept below 500. */
static dpdm_event random_event(void)
{
    dpdm_event event;
    dpdm_bound rdp;
    do {
        event = (dpdm_event){random_log(1e-4, 1), random_log(0.3, 100), (uint64_t)random_log(1, 1e5)};
        assert_int_equal(dpdm_account(&event, 1, 1e-6, DPDM_ACCOUNTANT_RDP, &rdp, NULL), DPDM_OK);
    } while (rdp.epsilon_upper > 500);
    return event;
}

static dpdm_bound account(const dpdm_event *events, size_t count, double delta)
{
    dpdm_bound bound;
    assert_int_equal(dpdm_account(events, count, delta, DPDM_ACCOUNTANT_PLD, &bound, NULL), DPDM_OK);
    assert_true(bound.epsilon_lower >= 0 && bound.epsilon_lower <= bound.epsilon_upper);
    return bound;
}

/* The bracket of dpdm_account_group_delta holds the truth, up to the integration's own error, and is narrow. */
static void check_truth(const dpdm_event *events, size_t events_count, const brute_step *steps, size_t count,
                        unsigned group, double epsilon, double width)
{
    double upper, lower, coarse = count > 1 ? (double)brute_worst(steps, count, epsilon, 2 * width) : 0;
    double truth = (double)brute_worst(steps, count, epsilon, width);
    if (truth < 1e-13) /* out of reach of long double */
        return;
    assert_int_equal(
        dpdm_account_group_delta(events, events_count, group, epsilon, DPDM_ACCOUNTANT_PLD, &upper, &lower, NULL),
        DPDM_OK);
    double slack = 1e-9 * truth + 1e-17 + (count > 1 ? 2 * fabs(truth - coarse) : 0);
    assert_true(slack < 1e-3 * truth);
    assert_true(lower <= truth + slack);
    assert_true(upper >= truth - slack);
    assert_true(upper <= truth * 1.02);
    assert_true(lower >= truth * 0.98);
    double rdp, nothing;
    assert_int_equal(
        dpdm_account_group_delta(events, events_count, group, epsilon, DPDM_ACCOUNTANT_RDP, &rdp, &nothing, NULL),
        DPDM_OK);
    assert_true(rdp >= truth - slack);
}

static void brute_force_agrees(void **state)
{
    (void)state;
    static const double rates[] = {0.001, 0.0683, 0.4, 0.97}, sigmas[] = {0.35, 0.8, 2.5, 20};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            int group = 1 + (int)((i + j) % 2);
            dpdm_event events[2] = {{rates[i], sigmas[j], 1}, {rates[3 - i], sigmas[(j + 1) % 4], 1}};
            brute_step steps[2] = {{rates[i], sigmas[j], group}, {rates[3 - i], sigmas[(j + 1) % 4], group}};
            double far = 4 / fmax(1, sigmas[j]);
            check_truth(events, 1, steps, 1, (unsigned)group, 0, 0);
            check_truth(events, 1, steps, 1, (unsigned)group, far, 0);
            check_truth(events, 2, steps, 2, (unsigned)group, 0.05, 0.004);
            check_truth(events, 2, steps, 2, (unsigned)group, far, 0.004);
        }
}

static void brute_force_of_three_steps_agrees(void **state)
{
    (void)state;
    static const double rates[] = {0.02, 0.3}, sigmas[] = {0.6, 1.5};
    for (size_t i = 0; i < 2; i++) {
        dpdm_event event = {rates[i], sigmas[i], 3};
        brute_step step = {rates[i], sigmas[i], 1}, steps[] = {step, step, step};
        check_truth(&event, 1, steps, 3, 1, 1, 0.02);
    }
}

/* More noise, fewer steps, a lower rate, a larger delta: never a larger epsilon (beyond the width of the brackets). */
static void epsilon_is_monotone(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        dpdm_event event = random_event(), milder[3] = {event, event, event};
        double delta = random_log(1e-12, 1e-3);
        milder[0].noise_multiplier *= random_in(1.001, 2);
        milder[1].steps = (event.steps + 1) / 2;
        milder[2].sampling_rate *= random_in(0.3, 0.999);
        dpdm_bound bound = account(&event, 1, delta), larger = account(&event, 1, delta * random_in(1.01, 10));
        assert_true(larger.epsilon_upper <= bound.epsilon_upper + 1e-12);
        for (int j = 0; j < 3; j++) {
            dpdm_bound other = account(&milder[j], 1, delta);
            assert_true(other.epsilon_lower <= bound.epsilon_upper);
            assert_true(other.epsilon_upper <= bound.epsilon_upper + bound.epsilon_upper - bound.epsilon_lower + 1e-12);
        }
    }
}

static void bounds_are_ordered_and_consistent(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        dpdm_event event = random_event();
        double delta = random_log(1e-12, 1e-3), upper, lower;
        dpdm_bound bound = account(&event, 1, delta), rdp;
        assert_int_equal(dpdm_account(&event, 1, delta, DPDM_ACCOUNTANT_RDP, &rdp, NULL), DPDM_OK);
        assert_true(rdp.epsilon_upper >= bound.epsilon_lower);
        assert_true(bound.epsilon_upper - bound.epsilon_lower <= 1e-3 * fmax(1, bound.epsilon_upper));
        if (bound.epsilon_upper == 0)
            continue;
        /* delta(eps(delta)) is delta: the brackets must overlap, and be narrow. */
        assert_int_equal(dpdm_account_delta(&event, 1, bound.epsilon_upper, DPDM_ACCOUNTANT_PLD, &upper, &lower, NULL),
                         DPDM_OK);
        assert_true(lower <= delta * (1 + 1e-12));
        assert_int_equal(dpdm_account_delta(&event, 1, bound.epsilon_lower, DPDM_ACCOUNTANT_PLD, &upper, &lower, NULL),
                         DPDM_OK);
        assert_true(upper >= delta * (1 - 1e-12));
    }
}

/* The order of events, and how steps are split among them, makes no difference. */
static void compositions_are_sums(void **state)
{
    (void)state;
    dpdm_event whole[] = {{0.0683, 1.2, 1000}, {1, 30, 5}, {0.01, 0.8, 200}};
    dpdm_event parts[] = {{0.01, 0.8, 150},   {1, 30, 2}, {0.0683, 1.2, 400}, {0.01, 0.8, 50},
                          {0.0683, 1.2, 600}, {1, 30, 3}, {0, 1, 10}};
    dpdm_bound a = account(whole, 3, 1e-5), b = account(parts, 7, 1e-5), c = account(whole, 2, 1e-5);
    assert_true(fabs(a.epsilon_upper - b.epsilon_upper) < 1e-8);
    assert_true(c.epsilon_upper < a.epsilon_lower);
    dpdm_bound none = account(NULL, 0, 1e-5), free_of_charge = account(&parts[6], 1, 1e-5);
    assert_true(none.epsilon_upper == 0 && free_of_charge.epsilon_upper == 0);
}

static void calibration_is_safe_and_tight(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        double epsilon = random_log(0.05, 50), delta = random_log(1e-10, 1e-4), rate = random_log(1e-3, 1), sigma, q;
        uint64_t steps = (uint64_t)random_log(10, 1e4), most;
        dpdm_accountant accountant = i % 4 == 3 ? DPDM_ACCOUNTANT_RDP : DPDM_ACCOUNTANT_PLD;
        dpdm_event fixed = {0.001, 20, 10};
        dpdm_bound bound, check;
        size_t count = i % 2;
        assert_int_equal(
            dpdm_calibrate_noise(epsilon, delta, rate, steps, &fixed, count, accountant, &sigma, &bound, NULL),
            DPDM_OK);
        dpdm_event events[] = {{rate, sigma, steps}, fixed};
        assert_int_equal(dpdm_account(events, 1 + count, delta, accountant, &check, NULL), DPDM_OK);
        assert_true(check.epsilon_upper <= epsilon);
        assert_true(fabs(bound.epsilon_upper - check.epsilon_upper) <= 1e-9 * epsilon);
        events[0].noise_multiplier = sigma * 0.999;
        assert_int_equal(dpdm_account(events, 1 + count, delta, accountant, &check, NULL), DPDM_OK);
        assert_true(check.epsilon_upper > epsilon);

        events[0].noise_multiplier = sigma;
        assert_int_equal(dpdm_calibrate_steps(epsilon, delta, rate, sigma, accountant, &most, &bound, NULL), DPDM_OK);
        assert_true(most >= steps && bound.epsilon_upper <= epsilon);
        events[0].steps = most + 1;
        assert_int_equal(dpdm_account(events, 1, delta, accountant, &check, NULL), DPDM_OK);
        assert_true(check.epsilon_upper > epsilon);

        assert_int_equal(dpdm_calibrate_rate(epsilon, delta, sigma, steps, accountant, &q, &bound, NULL), DPDM_OK);
        assert_true(q >= rate * 0.999 && bound.epsilon_upper <= epsilon);
        events[0] = (dpdm_event){fmin(1, q * 1.001), sigma, steps};
        assert_int_equal(dpdm_account(events, 1, delta, accountant, &check, NULL), DPDM_OK);
        assert_true(q == 1 || check.epsilon_upper > epsilon);
    }
}

static void unreachable_targets_are_refused(void **state)
{
    (void)state;
    double value;
    uint64_t steps;
    dpdm_bound bound;
    dpdm_error err;
    dpdm_event fixed = {1, 1, 10};
    assert_int_equal(dpdm_calibrate_noise(1, 1e-5, 0.1, 10, &fixed, 1, DPDM_ACCOUNTANT_PLD, &value, &bound, &err),
                     DPDM_EUSAGE);
    assert_int_equal(dpdm_calibrate_noise(0, 1e-5, 0.1, 10, NULL, 0, DPDM_ACCOUNTANT_PLD, &value, &bound, &err),
                     DPDM_EUSAGE);
    assert_int_equal(dpdm_calibrate_noise(1, 0, 0.1, 10, NULL, 0, DPDM_ACCOUNTANT_PLD, &value, &bound, &err),
                     DPDM_EUSAGE);
    assert_int_equal(dpdm_calibrate_noise(1, 1e-5, NAN, 10, NULL, 0, DPDM_ACCOUNTANT_PLD, &value, &bound, &err),
                     DPDM_EUSAGE);
    assert_int_equal(dpdm_calibrate_noise(1, 1e-5, 0.1, 0, NULL, 0, DPDM_ACCOUNTANT_PLD, &value, &bound, &err),
                     DPDM_EUSAGE);
    assert_int_equal(dpdm_calibrate_steps(1, 1e-5, 0.1, -1, DPDM_ACCOUNTANT_PLD, &steps, &bound, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_calibrate_steps(0.1, 1e-5, 1, 1, DPDM_ACCOUNTANT_PLD, &steps, &bound, &err), DPDM_OK);
    assert_true(steps == 0 && bound.epsilon_upper == 0);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static const dpdm_event bad[] = {{-0.1, 1, 1},   {1.1, 1, 1},          {NAN, 1, 1},        {0.1, 0, 1},
                                     {0.1, -1, 1},   {0.1, NAN, 1},        {0.1, INFINITY, 1}, {0.1, 1, 0},
                                     {0.1, 1e-9, 1}, {0.1, 1, UINT64_MAX}, {1e-300, 1, 1},     {0.1, 1e9, 1}};
    static const double epsilons[] = {-1, NAN, INFINITY};
    dpdm_event good = {0.1, 1, 1};
    dpdm_bound bound;
    dpdm_error err;
    double upper, lower;
    for (int accountant = DPDM_ACCOUNTANT_PLD; accountant <= DPDM_ACCOUNTANT_RDP; accountant++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            dpdm_status status = dpdm_account(&bad[i], 1, 1e-5, (dpdm_accountant)accountant, &bound, &err);
            assert_true(status == DPDM_EUSAGE || status == DPDM_ERANGE);
            assert_true(isinf(bound.epsilon_upper) && bound.epsilon_lower == 0);
        }
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(
                dpdm_account_delta(&good, 1, epsilons[i], (dpdm_accountant)accountant, &upper, &lower, &err),
                DPDM_EUSAGE);
            assert_true(upper == 1 && lower == 0);
        }
    }
    assert_int_equal(dpdm_account(&good, 1, 1e-5, (dpdm_accountant)7, &bound, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_account_group(&good, 1, 0, 1e-5, DPDM_ACCOUNTANT_PLD, &bound, &err), DPDM_ERANGE);
    assert_int_equal(dpdm_account_group(&good, 1, DPDM_GROUP_MAX + 1, 1e-5, DPDM_ACCOUNTANT_PLD, &bound, &err),
                     DPDM_ERANGE);
}

/* The corners of the range: an answer in order, or a refusal; never nonsense. */
static void corners_are_safe(void **state)
{
    (void)state;
    static const double rates[] = {1e-12, 0.5, 1 - 1e-12, 1}, sigmas[] = {0.01, 1, 1e6}, deltas[] = {1e-300, 0.999999};
    static const uint64_t steps[] = {1, 1000000};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 3; j++)
            for (size_t k = 0; k < 2; k++)
                for (size_t l = 0; l < 2; l++) {
                    dpdm_event event = {rates[i], sigmas[j], steps[k]};
                    dpdm_bound bound, rdp;
                    dpdm_status status = dpdm_account(&event, 1, deltas[l], DPDM_ACCOUNTANT_PLD, &bound, NULL);
                    assert_true(!status || status == DPDM_ERANGE);
                    assert_true(bound.epsilon_lower >= 0 && bound.epsilon_upper >= bound.epsilon_lower);
                    assert_true(!status || isinf(bound.epsilon_upper));
                    if (!dpdm_account(&event, 1, deltas[l], DPDM_ACCOUNTANT_RDP, &rdp, NULL))
                        assert_true(rdp.epsilon_upper >= bound.epsilon_lower);
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brute_force_agrees),
        cmocka_unit_test(brute_force_of_three_steps_agrees),
        cmocka_unit_test(epsilon_is_monotone),
        cmocka_unit_test(bounds_are_ordered_and_consistent),
        cmocka_unit_test(compositions_are_sums),
        cmocka_unit_test(calibration_is_safe_and_tight),
        cmocka_unit_test(unreachable_targets_are_refused),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(corners_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
