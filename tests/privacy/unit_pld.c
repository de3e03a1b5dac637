/* unit_pld.c - the parts of the certified accountant, each against a direct computation in long double and within the error
 * it claims for itself. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "privacy/pld_decay.h"
#include "privacy/pld_gaussian.h"
#include "privacy/pld_far.h"
#include "privacy/pld_line.h"
#include "privacy/pld_near.h"
#include "privacy/pld_transform.h"

/* A case of one step. */
typedef struct {
    double rate, sigma;
    unsigned group;
    double order;
} unit_case;

static const unit_case cases[] = {
    {0.0683, 0.8, 1, 1.5}, {0.0683, 5, 1, 3.5},    {1e-4, 0.6, 1, 7},  {0.5, 0.3, 1, 1.3},   {0.97, 2, 1, 2},
    {0.01, 40, 1, 60},     {0.0683, 0.8, 1, -0.5}, {0.3, 1.5, 1, -12}, {0.99, 0.7, 1, -1.5}, {1 - 0x1p-40, 1, 1, -12},
    {1e-6, 3, 1, -4000},   {0.02, 1, 4, 1.8},      {0.3, 6, 16, 2.5},  {0.02, 1, 4, -0.75},  {0.001, 0.05, 1, 1.1},
};
enum { CASES = sizeof cases / sizeof *cases };

static long double unit_loss(const unit_case *c, long double u)
{
    long double q = c->rate, top = 0, sum = 0, log_weight[64], value[64];
    for (unsigned k = 0; k <= c->group; k++) {
        log_weight[k] = lgammal(c->group + 1.0L) - lgammal(k + 1.0L) - lgammal(c->group - k + 1.0L) + k * logl(q) +
                        (c->group - k) * log1pl(-q);
        value[k] = log_weight[k] + k * u / c->sigma - k * k / (2 * (long double)c->sigma * c->sigma);
        top = k == 0 ? value[k] : fmaxl(top, value[k]);
    }
    for (unsigned k = 0; k <= c->group; k++)
        sum += expl(value[k] - top);
    return top + logl(sum);
}

/* log A(order) and phi(tau) - 1 by a plain fine sum over the nodes that matter. */
static long double unit_transform(const unit_case *c, long double tau, long double center, long double *re,
                                  long double *im)
{
    const long double pi = 3.14159265358979323846264338327950288L;
    long double left = -12 - (c->order < 0 ? 40 : 0), right = 12 + fmax(c->order, 0) * c->group / c->sigma,
                top = -INFINITY;
    long double finest = tau * c->group / c->sigma,
                width = fminl(0.02L * fminl(1, c->sigma), 2 * pi / (8 * finest + 60));
    for (long double u = left; u < right; u += 0.05L)
        top = fmaxl(top, c->order * unit_loss(c, u) - u * u / 2);
    long double total = 0, a = 0, b = 0;
    for (long double u = left; u < right; u += width) {
        long double loss = unit_loss(c, u), w = expl(c->order * loss - u * u / 2 - top),
                    half = tau * (loss - center) / 2;
        total += w;
        a -= w * 2 * sinl(half) * sinl(half);
        b += w * 2 * sinl(half) * cosl(half);
    }
    *re = a / total;
    *im = b / total;
    return top + logl(total * width / sqrtl(2 * pi));
}

static void ratio_is_within_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        dpdm_pld_pair pair;
        dpdm_pld_pair_init(&pair, cases[i].rate, cases[i].sigma, cases[i].group);
        for (double u = -40; u < 60; u += 0.37) {
            dpdm_pld_ratio ratio = dpdm_pld_pair_ratio(&pair, u);
            long double exact = unit_loss(&cases[i], u);
            /* The reference itself loses a little where terms cancel. */
            assert_true(fabsl(ratio.value - exact) <=
                        ratio.error + 1e-18L * (16 + fabsl(exact) + fabs(u) / pair.sigma));
            double h = 1e-4 * fmin(1, pair.sigma);
            long double slope = (unit_loss(&cases[i], u + h) - unit_loss(&cases[i], u - h)) / (2 * h);
            assert_true(fabsl(ratio.slope - slope) <= 1e-6L * (1 / pair.sigma + fabsl(slope)) * cases[i].group);
        }
    }
}

static void moment_is_within_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        dpdm_pld_pair pair;
        dpdm_pld_moment moment;
        dpdm_pld_pair_init(&pair, cases[i].rate, cases[i].sigma, cases[i].group);
        assert_true(dpdm_pld_pair_moment(&pair, cases[i].order, &moment));
        long double re, im, exact = unit_transform(&cases[i], 0, 0, &re, &im);
        assert_true(fabsl(moment.log_value - exact) <= moment.error + 1e-16L * (1 + fabsl(exact)));
        assert_true(moment.error < 1e-11 * (1 + fabs(moment.log_value)));
    }
}

/* Near and far frequencies are right to within the error each claims, and decay bounds them all. */
static void transform_is_within_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        dpdm_pld_pair pair;
        dpdm_pld_tilt tilt;
        dpdm_pld_decay decay;
        dpdm_pld_pair_init(&pair, cases[i].rate, cases[i].sigma, cases[i].group);
        assert_int_equal(dpdm_pld_tilt_create(&pair, cases[i].order, &tilt, NULL), DPDM_OK);
        dpdm_pld_decay_create(&pair, cases[i].order, &tilt.range, &tilt.moment, &decay);
        double spacing = ldexp(1, (int)floor(log2(0.15 / (sqrt(tilt.moment.variance) + 1e-3))));
        dpdm_pld_wave near, far;
        assert_int_equal(dpdm_pld_wave_create(256, spacing, &near, NULL), DPDM_OK);
        assert_int_equal(dpdm_pld_wave_create(256, spacing, &far, NULL), DPDM_OK);
        assert_int_equal(dpdm_pld_near_run(&tilt, 256, &near, NULL), DPDM_OK);
        assert_int_equal(dpdm_pld_far_run(&tilt, 0, &far, NULL), DPDM_OK);
        for (size_t k = 1; k < 256; k += 1 + k / 2) {
            long double re, im;
            unit_transform(&cases[i], (long double)k * spacing, tilt.moment.mean, &re, &im);
            long double slack = 1e-17L * (1 + (long double)k * spacing);
            assert_true(hypotl(near.re[k] - re, near.im[k] - im) <= near.error[k] + slack);
            assert_true(hypotl(far.re[k] - re, far.im[k] - im) <= far.error[k] + slack);
            assert_true(near.error[k] < 1e-11 && far.error[k] < 1e-11);
            assert_true(logl(hypotl(1 + re, im)) <= dpdm_pld_decay_log(&decay, (double)k * spacing) + 1e-12L);
        }
        dpdm_pld_wave_free(&near);
        dpdm_pld_wave_free(&far);
    }
}

/* Values of mpmath, 40 digits: delta(eps) of mu. */
static void closed_form_is_right(void **state)
{
    (void)state;
    static const struct {
        double mu, epsilon, log_delta;
    } known[] = {
        {1.0, 0.0, -0.95991633369562231933},     {0.25, 0.9263415, -11.512925400376184345},
        {1.0, 1.0, -2.0640664465003905345},      {1.0, 5.0, -14.361320786606815797},
        {0.01, 0.05, -21.324483053153855862},    {0.001, 0.007, -36.272362582632094158},
        {3.0, 20.0, -16.979719563701016787},     {8.0, 67.0, -12.47086729982242148},
        {30.0, 500.0, -3.1088541127720638629},   {0.5, 8.0, -131.19983792497920517},
        {40.0, 700.0, -0.006699144232918063435}, {40.0, 100.0, 0.0},
        {0.1, 3.0, -458.52848609718193078},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double lower, upper, mu2 = known[i].mu * known[i].mu;
        dpdm_pld_gaussian_log_delta(mu2, 0x1p-52, known[i].epsilon, &lower, &upper);
        assert_true(lower <= known[i].log_delta + 1e-15 * fabs(known[i].log_delta));
        assert_true(upper >= known[i].log_delta - 1e-15 * fabs(known[i].log_delta));
        assert_true(upper - lower < 1e-9 * (1 + fabs(known[i].log_delta)));
        double delta = exp(known[i].log_delta);
        if (delta > 1e-300 && delta < 1) {
            dpdm_pld_gaussian_epsilon(mu2, 0x1p-52, delta, &lower, &upper);
            assert_true(lower <= known[i].epsilon * (1 + 1e-12) + 1e-12);
            assert_true(upper >= known[i].epsilon * (1 - 1e-12) - 1e-12);
            assert_true(upper - lower < 1e-9 * (1 + upper));
        }
    }
}

/* Two independent ways: the line for plain Gaussians, and their closed form. */
static void line_agrees_with_closed_form(void **state)
{
    (void)state;
    static const double mus[] = {1e-3, 0.05, 0.3, 1, 3, 12}, deltas[] = {1e-3, 1e-6, 1e-12, 1e-30};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 4; j++)
            for (int side = DPDM_PLD_REMOVE; side <= DPDM_PLD_ADD; side++) {
                dpdm_pld_composition composition = {.gaussian = mus[i] * mus[i], .gaussian_error = 0x1p-51};
                dpdm_pld_place place;
                dpdm_pld_line line;
                double lower, upper;
                dpdm_pld_gaussian_epsilon(composition.gaussian, 0x1p-51, deltas[j], &lower, &upper);
                if (upper == 0)
                    continue;
                assert_int_equal(dpdm_pld_place_find(&composition, (dpdm_pld_side)side, 1, upper, &place, NULL),
                                 DPDM_OK);
                assert_int_equal(dpdm_pld_line_create(&composition, (dpdm_pld_side)side, &place, 0, &line, NULL),
                                 DPDM_OK);
                double epsilon = upper;
                dpdm_pld_gaussian_log_delta(composition.gaussian, 0x1p-51, epsilon, &lower, &upper);
                dpdm_proven bound = dpdm_pld_line_log_delta(&line, epsilon);
                assert_true(bound.lower <= upper + 1e-13);
                assert_true(bound.upper >= lower - 1e-13);
                assert_true(bound.upper - bound.lower < 1e-10);
                assert_true(upper - lower < 1e-8);
                dpdm_pld_line_free(&line);
            }
}

/* However much smoothing, the bracket holds the value of the line without; more smoothing makes it wider, not wrong. */
static void smoothing_is_safe(void **state)
{
    (void)state;
    dpdm_event event = {0.02, 0.7, 40};
    dpdm_pld_composition composition;
    dpdm_pld_place place;
    dpdm_pld_line line;
    assert_int_equal(dpdm_pld_composition_create(&event, 1, 1, &composition, NULL), DPDM_OK);
    for (int side = DPDM_PLD_REMOVE; side <= DPDM_PLD_ADD; side++)
        for (double epsilon = 0.01; epsilon < 3; epsilon *= 3) {
            if (side == DPDM_PLD_ADD && epsilon > 0.5 * dpdm_pld_composition_floor(&composition))
                continue;
            double low = -INFINITY, high = INFINITY, smoothed = 0;
            assert_int_equal(dpdm_pld_place_find(&composition, (dpdm_pld_side)side, 1, epsilon, &place, NULL), DPDM_OK);
            for (double smoothing = 1e-9; smoothing < 1; smoothing *= 30) {
                assert_int_equal(
                    dpdm_pld_line_create(&composition, (dpdm_pld_side)side, &place, smoothing, &line, NULL), DPDM_OK);
                dpdm_proven bound = dpdm_pld_line_log_delta(&line, epsilon);
                if (smoothing == 1e-9) {
                    low = bound.lower;
                    high = bound.upper;
                    assert_true(low > high - 1e-3);
                }
                assert_true(bound.lower <= high + 1e-12);
                assert_true(bound.upper >= low - 1e-12);
                smoothed = fmax(smoothed, line.smoothing);
                dpdm_pld_line_free(&line);
            }
            assert_true(smoothed > 1e-4); /* the test would be empty otherwise */
        }
    dpdm_pld_composition_free(&composition);
}

/* Any two lines bracket the same delta(epsilon), wherever they stand: their brackets must meet. A bound on an error that is too
 * small anywhere in the chain shows here. */
static void lines_agree_with_each_other(void **state)
{
    (void)state;
    static const struct {
        dpdm_event events[2];
        size_t count;
        unsigned group;
        double epsilon;
    } known[] = {
        {{{0.0683, 1.2, 2000}}, 1, 1, 15},
        {{{1e-4, 0.7, 20000}}, 1, 1, 0.3},
        {{{0.3, 0.4, 3}}, 1, 1, 6},
        {{{0.02, 3, 500}}, 1, 4, 1},
        {{{0.9, 5, 40}}, 1, 2, 4},
        {{{0.01, 1, 100}, {1, 20, 3}}, 2, 1, 0.4},
        {{{0.001, 0.3, 50}, {0.1, 2, 9}}, 2, 1, 1.5},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (int side = DPDM_PLD_REMOVE; side <= DPDM_PLD_ADD; side++) {
            dpdm_pld_composition composition;
            dpdm_pld_place place, moved;
            double low = -INFINITY, high = INFINITY;
            assert_int_equal(
                dpdm_pld_composition_create(known[i].events, known[i].count, known[i].group, &composition, NULL),
                DPDM_OK);
            double epsilon = fmin(known[i].epsilon, 0.6 * dpdm_pld_composition_floor(&composition));
            assert_int_equal(dpdm_pld_place_find(&composition, (dpdm_pld_side)side, 1, epsilon, &place, NULL), DPDM_OK);
            for (double stretch = 0.4; stretch < 2; stretch *= 1.45) {
                dpdm_pld_line line;
                moved = place;
                moved.t = 1 + (place.t - 1) * stretch;
                if (!dpdm_pld_line_create(&composition, (dpdm_pld_side)side, &moved, 1e-6 / (moved.t * moved.t), &line,
                                          NULL)) {
                    dpdm_proven bound = dpdm_pld_line_log_delta(&line, epsilon);
                    low = fmax(low, bound.lower);
                    high = fmin(high, bound.upper);
                }
                dpdm_pld_line_free(&line);
            }
            assert_true(low <= high + 1e-14 * (1 + fabs(high)));
            assert_true(high - low < 1e-4);
            dpdm_pld_composition_free(&composition);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratio_is_within_its_error),     cmocka_unit_test(moment_is_within_its_error),
        cmocka_unit_test(transform_is_within_its_error), cmocka_unit_test(closed_form_is_right),
        cmocka_unit_test(line_agrees_with_closed_form),  cmocka_unit_test(smoothing_is_safe),
        cmocka_unit_test(lines_agree_with_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
