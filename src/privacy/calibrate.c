/* calibrate.c - the noise, the steps or the rate that fit a target epsilon.
 *
 * Every answer has itself been accounted and found within the target: `good` is always a value whose epsilon_upper was
 * computed and compared, never an interpolation. That it is the best to the stated precision is because `bad`, next to
 * it, was computed too and found over the target. */
#include "dpdm/accountant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Relative precision of a calibrated noise multiplier or rate: half of the 0.1 % promised. */
static const double PRECISION = 5e-4;
static const double SIGMA_MIN = 0.01, SIGMA_MAX = 1e6, RATE_MIN = 1e-12;
static const uint64_t STEPS_MAX = 1000000000;

/* One composition with one free number in its last event. */
typedef struct {
    dpdm_event *events;
    size_t count;
    double epsilon, delta;
    dpdm_accountant accountant;
    dpdm_error *err;
} calibrate_problem;

static dpdm_status calibrate_check(double epsilon, double delta, dpdm_error *err);
static dpdm_status calibrate_try(const calibrate_problem *problem, dpdm_bound *bound, int *fits);
static dpdm_status calibrate_real(const calibrate_problem *problem, double *field, double good, double bad,
                                  dpdm_bound *bound);
static dpdm_status calibrate_bracket(const calibrate_problem *problem, double *field, double factor, double limit,
                                     double *good, double *bad, dpdm_bound *bound);
static double calibrate_guess(double good, double good_epsilon, double bad, double bad_epsilon, double target);
static dpdm_status calibrate_unreachable(const calibrate_problem *problem, const char *what, double limit);

dpdm_status dpdm_calibrate_noise(double epsilon, double delta, double sampling_rate, uint64_t steps,
                                 const dpdm_event *fixed, size_t count, dpdm_accountant accountant,
                                 double *noise_multiplier, dpdm_bound *bound, dpdm_error *err)
{
    dpdm_status status = calibrate_check(epsilon, delta, err);
    if (status != DPDM_OK)
        return status;
    if (count && !fixed)
        return dpdm_error_set(err, DPDM_EUSAGE, "%zu fixed events are announced but none are given", count);
    dpdm_event *events = count < SIZE_MAX / sizeof *events ? calloc(count + 1, sizeof *events) : NULL;
    if (!events)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu accounted events", count);
    if (count)
        memcpy(events, fixed, count * sizeof *events);
    events[count] = (dpdm_event){sampling_rate, SIGMA_MAX, steps};
    calibrate_problem problem = {events, count + 1, epsilon, delta, accountant, err};
    double *sigma = &events[count].noise_multiplier, good = 0, bad = 0;
    int fits = 0;
    status = calibrate_try(&problem, bound, &fits);
    if (status == DPDM_OK && !fits)
        status = calibrate_unreachable(&problem, "noise multiplier", SIGMA_MAX);
    if (status == DPDM_OK) {
        *sigma = 1;
        status = calibrate_bracket(&problem, sigma, 2, SIGMA_MIN, &good, &bad, bound);
    }
    if (status == DPDM_OK)
        status = calibrate_real(&problem, sigma, good, bad, bound);
    if (status == DPDM_OK)
        *noise_multiplier = *sigma;
    free(events);
    return status;
}

dpdm_status dpdm_calibrate_rate(double epsilon, double delta, double noise_multiplier, uint64_t steps,
                                dpdm_accountant accountant, double *sampling_rate, dpdm_bound *bound, dpdm_error *err)
{
    dpdm_status status = calibrate_check(epsilon, delta, err);
    if (status != DPDM_OK)
        return status;
    dpdm_event event = {1, noise_multiplier, steps};
    calibrate_problem problem = {&event, 1, epsilon, delta, accountant, err};
    double good = 0, bad = 0;
    int fits = 0;
    status = calibrate_try(&problem, bound, &fits);
    if (status == DPDM_OK && !fits) {
        event.sampling_rate = RATE_MIN;
        status = calibrate_try(&problem, bound, &fits);
        if (status == DPDM_OK && !fits)
            status = calibrate_unreachable(&problem, "sampling rate", RATE_MIN);
        if (status == DPDM_OK) {
            event.sampling_rate = 0x1p-6;
            status = calibrate_bracket(&problem, &event.sampling_rate, 0.25, 1, &good, &bad, bound);
        }
        if (status == DPDM_OK)
            status = calibrate_real(&problem, &event.sampling_rate, good, bad, bound);
    }
    if (status == DPDM_OK)
        *sampling_rate = event.sampling_rate;
    return status;
}

dpdm_status dpdm_calibrate_steps(double epsilon, double delta, double sampling_rate, double noise_multiplier,
                                 dpdm_accountant accountant, uint64_t *steps, dpdm_bound *bound, dpdm_error *err)
{
    dpdm_status status = calibrate_check(epsilon, delta, err);
    if (status != DPDM_OK)
        return status;
    dpdm_event event = {sampling_rate, noise_multiplier, 1};
    calibrate_problem problem = {&event, 1, epsilon, delta, accountant, err};
    uint64_t good = 0, bad = 0;
    dpdm_bound tried = {0}, kept = {.delta = delta, .accountant = accountant};
    while (status == DPDM_OK && (!bad || bad - good > 1) && good < STEPS_MAX) {
        uint64_t next = good ? good * 2 : 1;
        event.steps = bad ? good + (bad - good) / 2 : next < STEPS_MAX ? next : STEPS_MAX;
        int fits = 0;
        status = calibrate_try(&problem, &tried, &fits);
        if (fits) {
            good = event.steps;
            kept = tried;
        } else {
            bad = event.steps;
        }
    }
    if (status == DPDM_OK) {
        *steps = good;
        *bound = kept;
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

/* Accounts the events as they stand. Values outside the proven range do not fit. */
static dpdm_status calibrate_try(const calibrate_problem *problem, dpdm_bound *bound, int *fits)
{
    dpdm_status status =
        dpdm_account(problem->events, problem->count, problem->delta, problem->accountant, bound, problem->err);
    *fits = status == DPDM_OK && bound->epsilon_upper <= problem->epsilon;
    return status == DPDM_ERANGE ? DPDM_OK : status;
}

/* From *field on, moves by `factor` toward more noise until it fits and by 1 / factor toward less until it does not;
 * with a limit on the side of less noise, beyond which there is nothing to gain (*bad is then the limit itself). */
static dpdm_status calibrate_bracket(const calibrate_problem *problem, double *field, double factor, double limit,
                                     double *good, double *bad, dpdm_bound *bound)
{
    dpdm_status status = DPDM_OK;
    double start = *field;
    for (int i = 0; i < 128 && status == DPDM_OK && (*good == 0 || *bad == 0); i++) {
        int fits = 0;
        status = calibrate_try(problem, bound, &fits);
        if (status != DPDM_OK)
            return status;
        if (fits)
            *good = *field;
        else
            *bad = *field;
        *field = fits ? *field / factor : *field * factor;
        if (factor > 1 ? *field < limit : *field > limit)
            *field = *bad = limit;
    }
    *field = *good ? *good : start;
    return status;
}

/* Narrows [good, bad] by interpolation in logarithms, safeguarded by bisection; ends at a good value. */
static dpdm_status calibrate_real(const calibrate_problem *problem, double *field, double good, double bad,
                                  dpdm_bound *bound)
{
    double good_epsilon = 0, bad_epsilon = 0;
    dpdm_bound kept = {0};
    *field = good;
    int fits = 0;
    dpdm_status status = calibrate_try(problem, &kept, &fits);
    good_epsilon = kept.epsilon_upper;
    for (int i = 0; i < 64 && status == DPDM_OK && fabs(log(good / bad)) > PRECISION; i++) {
        *field =
            i % 3 == 2 ? sqrt(good * bad) : calibrate_guess(good, good_epsilon, bad, bad_epsilon, problem->epsilon);
        status = calibrate_try(problem, bound, &fits);
        if (fits) {
            good = *field;
            good_epsilon = bound->epsilon_upper;
            kept = *bound;
        } else {
            bad = *field;
            bad_epsilon = bound->epsilon_upper;
        }
    }
    *field = good;
    *bound = kept;
    return status;
}

/* Where log epsilon, taken as linear in log x, meets the target, nudged to the good side; the middle if unknown. */
static double calibrate_guess(double good, double good_epsilon, double bad, double bad_epsilon, double target)
{
    double middle = sqrt(good * bad);
    if (!(good_epsilon > 0 && bad_epsilon > good_epsilon) || isinf(bad_epsilon))
        return middle;
    double t = log(target / good_epsilon) / log(bad_epsilon / good_epsilon);
    double width = log(bad / good), margin = fmin(0.4 * PRECISION / fabs(width), 0.25);
    t = fmin(fmax(t, 2 * margin) - margin, 1 - margin);
    return good * exp(t * width);
}

static dpdm_status calibrate_unreachable(const calibrate_problem *problem, const char *what, double limit)
{
    return dpdm_error_set(problem->err, DPDM_EUSAGE,
                          "epsilon %g at delta %g cannot be reached even with %s %g: the fixed events alone may spend "
                          "it, or delta is too small; raise the target or take fewer steps",
                          problem->epsilon, problem->delta, what, limit);
}
