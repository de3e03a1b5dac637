/* calibrate.c - the noise, the steps or the rate that fit a target epsilon.
 *
 * All three are the search for the largest x (1 / sigma, T or q) that fits. Whatever the shape of epsilon(x), the
 * answer is safe: `good` is always an x whose epsilon_upper was computed and found within the target, never an
 * interpolation. That it is the largest to the stated precision follows from `bad`, next to it, having been computed
 * and found over the target, and from epsilon growing with x. */
#include "dpdm/attacker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privacy/pld_composition.h"

/* Relative precision of a calibrated noise multiplier or rate: half of the 0.1 % promised. */
static const double PRECISION = 5e-4;
static const int TRIES_MAX = 200;

/* The free number in the last event. */
typedef enum { CALIBRATE_NOISE, CALIBRATE_STEPS, CALIBRATE_RATE } calibrate_free;

typedef struct {
    dpdm_event *events;
    size_t count;
    unsigned group; /* records of one unit */
    calibrate_free free;
    double epsilon, delta;
    dpdm_accountant accountant;
    double least, most; /* range of x */
    dpdm_error *err;
} calibrate_problem;

/* Ends of the search: good fits, bad does not; 0: not known yet. */
typedef struct {
    double good, bad, good_epsilon, bad_epsilon;
    dpdm_bound bound; /* of good */
} calibrate_bracket;

static dpdm_status calibrate_check(double epsilon, double delta, dpdm_error *err);
static dpdm_status calibrate_search(const calibrate_problem *problem, double start, calibrate_bracket *bracket);
static dpdm_status calibrate_try(const calibrate_problem *problem, double x, calibrate_bracket *bracket);
static void calibrate_set(const calibrate_problem *problem, double x);
static int calibrate_done(const calibrate_problem *problem, const calibrate_bracket *bracket);
static double calibrate_next(const calibrate_problem *problem, const calibrate_bracket *bracket, int bisect);
static dpdm_status calibrate_unreachable(const calibrate_problem *problem, const char *what, double limit);

dpdm_status dpdm_calibrate_noise(double epsilon, double delta, double sampling_rate, uint64_t steps,
                                 const dpdm_event *fixed, size_t count, dpdm_accountant accountant,
                                 double *noise_multiplier, dpdm_bound *bound, dpdm_error *err)
{
    return dpdm_calibrate_noise_group(epsilon, delta, sampling_rate, steps, fixed, count, 1, accountant,
                                      noise_multiplier, bound, err);
}

dpdm_status dpdm_calibrate_noise_group(double epsilon, double delta, double sampling_rate, uint64_t steps,
                                       const dpdm_event *fixed, size_t count, unsigned group,
                                       dpdm_accountant accountant, double *noise_multiplier, dpdm_bound *bound,
                                       dpdm_error *err)
{
    dpdm_status status = calibrate_check(epsilon, delta, err);
    if (status)
        return status;
    if (count && !fixed)
        return dpdm_error_set(err, DPDM_EUSAGE, "%zu fixed events are announced but none are given", count);
    dpdm_event *events = count < SIZE_MAX / sizeof *events - 1 ? calloc(count + 1, sizeof *events) : NULL;
    if (!events)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu accounted events", count);
    if (count)
        memcpy(events, fixed, count * sizeof *events);
    events[count] = (dpdm_event){sampling_rate, 1, steps};
    calibrate_problem problem = {.events = events,
                                 .count = count + 1,
                                 .group = group,
                                 .free = CALIBRATE_NOISE,
                                 .epsilon = epsilon,
                                 .delta = delta,
                                 .accountant = accountant,
                                 .least = 1 / DPDM_PLD_SIGMA_MAX,
                                 .most = 1 / DPDM_PLD_SIGMA_MIN,
                                 .err = err};
    calibrate_bracket bracket = {0};
    status = calibrate_search(&problem, 1, &bracket);
    if (!status && !(bracket.good > 0))
        status = calibrate_unreachable(&problem, "the largest noise multiplier,", DPDM_PLD_SIGMA_MAX);
    if (!status) {
        calibrate_set(&problem, bracket.good);
        *noise_multiplier = events[count].noise_multiplier;
        *bound = bracket.bound;
    }
    free(events);
    return status;
}

dpdm_status dpdm_calibrate_steps(double epsilon, double delta, double sampling_rate, double noise_multiplier,
                                 dpdm_accountant accountant, uint64_t *steps, dpdm_bound *bound, dpdm_error *err)
{
    dpdm_status status = calibrate_check(epsilon, delta, err);
    dpdm_event event = {sampling_rate, noise_multiplier, 1};
    calibrate_problem problem = {.events = &event,
                                 .count = 1,
                                 .group = 1,
                                 .free = CALIBRATE_STEPS,
                                 .epsilon = epsilon,
                                 .delta = delta,
                                 .accountant = accountant,
                                 .least = 1,
                                 .most = DPDM_PLD_STEPS_MAX,
                                 .err = err};
    calibrate_bracket bracket = {.bound = {.delta = delta, .accountant = accountant}};
    if (!status)
        status =
            dpdm_account(&event, 1, delta, accountant, bound, err); /* so that a bad value is not taken for no fit */
    if (!status)
        status = calibrate_search(&problem, 1024, &bracket);
    if (!status) {
        *steps = (uint64_t)bracket.good;
        *bound = bracket.bound;
    }
    return status;
}

dpdm_status dpdm_calibrate_rate(double epsilon, double delta, double noise_multiplier, uint64_t steps,
                                dpdm_accountant accountant, double *sampling_rate, dpdm_bound *bound, dpdm_error *err)
{
    dpdm_status status = calibrate_check(epsilon, delta, err);
    dpdm_event event = {1, noise_multiplier, steps};
    calibrate_problem problem = {.events = &event,
                                 .count = 1,
                                 .group = 1,
                                 .free = CALIBRATE_RATE,
                                 .epsilon = epsilon,
                                 .delta = delta,
                                 .accountant = accountant,
                                 .least = DPDM_PLD_RATE_MIN,
                                 .most = 1,
                                 .err = err};
    calibrate_bracket bracket = {0};
    if (!status)
        status = calibrate_search(&problem, 1, &bracket);
    if (!status && !(bracket.good > 0))
        status = calibrate_unreachable(&problem, "the smallest sampling rate,", DPDM_PLD_RATE_MIN);
    if (!status) {
        *sampling_rate = bracket.good;
        *bound = bracket.bound;
    }
    return status;
}

static dpdm_status calibrate_check(double epsilon, double delta, dpdm_error *err)
{
    if (!(epsilon > 0) || isinf(epsilon))
        return dpdm_error_set(err, DPDM_EUSAGE, "target epsilon %g is not a positive number", epsilon);
    if (!(delta > 0 && delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "delta %g is not between 0 and 1", delta);
    return DPDM_OK;
}

/* Outward from start in doubling strides until good and bad are known or an end of the range is reached, then inward.
 */
static dpdm_status calibrate_search(const calibrate_problem *problem, double start, calibrate_bracket *bracket)
{
    double x = start, stride = 2;
    dpdm_status status = calibrate_try(problem, x, bracket);
    for (int i = 0; i < TRIES_MAX && !status && !(bracket->good > 0 && bracket->bad > 0); i++) {
        if (bracket->good >= problem->most || (bracket->bad > 0 && bracket->bad <= problem->least))
            return DPDM_OK;
        x = bracket->good > 0 ? fmin(x * stride, problem->most) : fmax(x / stride, problem->least);
        x = problem->free == CALIBRATE_STEPS ? floor(x) : x;
        stride *= 1.5;
        status = calibrate_try(problem, x, bracket);
    }
    for (int i = 0; i < TRIES_MAX && !status && !calibrate_done(problem, bracket); i++)
        status = calibrate_try(problem, calibrate_next(problem, bracket, i % 3 == 2), bracket);
    return status;
}

/* Accounts the events with x in place. What the accountant cannot bound does not fit. */
static dpdm_status calibrate_try(const calibrate_problem *problem, double x, calibrate_bracket *bracket)
{
    dpdm_bound bound;
    calibrate_set(problem, x);
    dpdm_status status = dpdm_account_group(problem->events, problem->count, problem->group, problem->delta,
                                            problem->accountant, &bound, problem->err);
    if (!status && bound.epsilon_upper <= problem->epsilon) {
        bracket->good = x;
        bracket->good_epsilon = bound.epsilon_upper;
        bracket->bound = bound;
    } else {
        bracket->bad = x;
        bracket->bad_epsilon = status ? INFINITY : bound.epsilon_upper;
    }
    return status == DPDM_ERANGE ? DPDM_OK : status;
}

static void calibrate_set(const calibrate_problem *problem, double x)
{
    dpdm_event *event = &problem->events[problem->count - 1];
    if (problem->free == CALIBRATE_NOISE)
        event->noise_multiplier = fmin(fmax(1 / x, DPDM_PLD_SIGMA_MIN), DPDM_PLD_SIGMA_MAX);
    else if (problem->free == CALIBRATE_STEPS)
        event->steps = (uint64_t)x;
    else
        event->sampling_rate = x;
}

static int calibrate_done(const calibrate_problem *problem, const calibrate_bracket *bracket)
{
    if (!(bracket->good > 0 && bracket->bad > 0))
        return 1;
    return problem->free == CALIBRATE_STEPS ? bracket->bad - bracket->good <= 1
                                            : bracket->bad <= bracket->good * (1 + PRECISION);
}

/* Where log epsilon, taken as linear in log x, meets the target, a little to the good side; the middle if asked for or
 * if there is nothing to go by. */
static double calibrate_next(const calibrate_problem *problem, const calibrate_bracket *bracket, int bisect)
{
    double width = log(bracket->bad / bracket->good), share = 0.5;
    if (!bisect && bracket->good_epsilon > 0 && bracket->bad_epsilon > bracket->good_epsilon &&
        isfinite(bracket->bad_epsilon)) {
        double margin = fmin(0.4 * PRECISION / width, 0.25);
        share = log(problem->epsilon / bracket->good_epsilon) / log(bracket->bad_epsilon / bracket->good_epsilon);
        share = fmin(fmax(share - margin, margin), 1 - margin);
    }
    double x = bracket->good * exp(share * width);
    return problem->free == CALIBRATE_STEPS ? fmin(fmax(floor(x), bracket->good + 1), bracket->bad - 1) : x;
}

static dpdm_status calibrate_unreachable(const calibrate_problem *problem, const char *what, double limit)
{
    char reason[200] = "";
    dpdm_bound bound;
    dpdm_error inner = {0};
    calibrate_set(problem, problem->least);
    if (dpdm_account_group(problem->events, problem->count, problem->group, problem->delta, problem->accountant, &bound,
                           &inner))
        snprintf(reason, sizeof reason, " (%.190s)", inner.message);
    return dpdm_error_set(
        problem->err, DPDM_EUSAGE,
        "epsilon %g at delta %g is not reached even with %s %g%s; raise the target, take fewer steps or "
        "spend less in the fixed events",
        problem->epsilon, problem->delta, what, limit, reason);
}
