/* pld.c - epsilon and delta from the lines of both sides. */
#include "privacy/pld.h"

#include <math.h>

#include "privacy/pld_gaussian.h"

/* Relative width of the bracket aimed at, of this epsilon where epsilon is smaller. */
static const double PRECISION = 1e-5, SMALL = 0.1;

static dpdm_status pld_line_epsilon(const dpdm_pld_composition *composition, dpdm_pld_side side, double log_delta,
                                    dpdm_proven *bound, dpdm_error *err);
static dpdm_status pld_side(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                            dpdm_proven *bound, dpdm_error *err);
static dpdm_status pld_line_log_delta(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                                      dpdm_proven *bound, dpdm_error *err);
static dpdm_status pld_answer_log_delta(const dpdm_pld_composition *composition, dpdm_proven bound, double *lower,
                                        double *upper, dpdm_error *err);
static int pld_solve(const dpdm_pld_line *line, int upper, double log_delta, double guess, double *epsilon, int *clear);

dpdm_status dpdm_pld_epsilon(const dpdm_pld_composition *composition, double delta, double *lower, double *upper,
                             dpdm_error *err)
{
    dpdm_proven bound = {.clear = 1}, add = bound;
    *lower = *upper = 0;
    if ((!composition->count && !(composition->gaussian > 0)) || dpdm_pld_composition_touch(composition) <= delta)
        return DPDM_OK;
    if (!composition->count) {
        dpdm_pld_gaussian_epsilon(composition->gaussian, composition->gaussian_error, delta, lower, upper);
        bound.lower = *lower;
        bound.upper = *upper;
        return dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "epsilon", &bound, err);
    }
    dpdm_status status = pld_line_epsilon(composition, DPDM_PLD_REMOVE, log(delta), &bound, err);
    double floor = dpdm_pld_composition_floor(composition);
    if (!status && bound.lower < floor) {
        status = pld_line_epsilon(composition, DPDM_PLD_ADD, log(delta), &add, err);
        if (isfinite(floor) && (status == DPDM_ERANGE || (!status && add.upper > floor))) {
            add = (dpdm_proven){fmin(add.lower, floor), floor, 1}; /* the floor is a bound by itself */
            status = DPDM_OK;
        }
        bound = dpdm_proven_larger(bound, add);
    }
    if (!status)
        status = dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "epsilon", &bound, err);
    *lower = bound.lower;
    *upper = bound.upper;
    return status;
}

dpdm_status dpdm_pld_log_delta(const dpdm_pld_composition *composition, double epsilon, double *lower, double *upper,
                               dpdm_error *err)
{
    dpdm_proven remove, add;
    dpdm_status status = pld_side(composition, DPDM_PLD_REMOVE, epsilon, &remove, err);
    if (!status)
        status = pld_side(composition, DPDM_PLD_ADD, epsilon, &add, err);
    return status ? status : pld_answer_log_delta(composition, dpdm_proven_larger(remove, add), lower, upper, err);
}

dpdm_status dpdm_pld_side_log_delta(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                                    double *lower, double *upper, dpdm_error *err)
{
    dpdm_proven bound;
    dpdm_status status = pld_side(composition, side, epsilon, &bound, err);
    return status ? status : pld_answer_log_delta(composition, bound, lower, upper, err);
}

/* What is proven of one side, clear or not. */
static dpdm_status pld_side(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                            dpdm_proven *bound, dpdm_error *err)
{
    *bound = (dpdm_proven){-INFINITY, -INFINITY, 1};
    if (!composition->count && !(composition->gaussian > 0))
        return DPDM_OK;
    if (side == DPDM_PLD_ADD && epsilon >= dpdm_pld_composition_floor(composition))
        return DPDM_OK;
    if (composition->count)
        return pld_line_log_delta(composition, side, epsilon, bound, err);
    dpdm_pld_gaussian_log_delta(composition->gaussian, composition->gaussian_error, epsilon, &bound->lower,
                                &bound->upper);
    return DPDM_OK;
}

static dpdm_status pld_answer_log_delta(const dpdm_pld_composition *composition, dpdm_proven bound, double *lower,
                                        double *upper, dpdm_error *err)
{
    dpdm_status status = dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "delta", &bound, err);
    if (status)
        return status;
    double most = composition->count ? fmin(log(dpdm_pld_composition_touch(composition)) + 1e-12, 0) : 0;
    *upper = fmin(bound.upper, most);
    *lower = fmin(bound.lower, *upper);
    return DPDM_OK;
}

/* One line, again with less smoothing if the bracket is wide because of it. 0 and infinity where nothing is proven. */
static dpdm_status pld_line_epsilon(const dpdm_pld_composition *composition, dpdm_pld_side side, double log_delta,
                                    dpdm_proven *bound, dpdm_error *err)
{
    dpdm_pld_place place = {0};
    dpdm_status status = dpdm_pld_place_find(composition, side, 0, log_delta, &place, err);
    double smoothing = PRECISION * fmax(place.epsilon, SMALL) / place.t;
    *bound = (dpdm_proven){.upper = INFINITY};
    for (int again = 1; again && !status; smoothing /= 16) {
        dpdm_pld_line line = {0};
        dpdm_proven found = {0};
        status = dpdm_pld_line_create(composition, side, &place, smoothing, &line, err);
        again = !status && pld_solve(&line, 1, log_delta, place.epsilon, &found.upper, &found.clear);
        if (again) {
            if (!line.lowered || !pld_solve(&line, 0, log_delta, found.upper, &found.lower, NULL))
                found.lower = 0;
            *bound = dpdm_proven_closer(*bound, found);
            place.epsilon = found.upper;
            again = line.smoothing > 0 && !line.samples.exhausted &&
                    bound->upper - bound->lower > PRECISION * fmax(bound->upper, SMALL);
        }
        dpdm_pld_line_free(&line);
    }
    return status;
}

static dpdm_status pld_line_log_delta(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                                      dpdm_proven *bound, dpdm_error *err)
{
    dpdm_pld_place place = {0};
    dpdm_status status = dpdm_pld_place_find(composition, side, 1, epsilon, &place, err);
    double smoothing = PRECISION / (place.t * place.t);
    *bound = (dpdm_proven){-INFINITY, INFINITY, 0};
    for (int again = 1; again && !status; smoothing /= 16) {
        dpdm_pld_line line = {0};
        status = dpdm_pld_line_create(composition, side, &place, smoothing, &line, err);
        if (!status)
            *bound = dpdm_proven_closer(*bound, dpdm_pld_line_log_delta(&line, epsilon));
        again =
            !status && line.smoothing > 0 && !line.samples.exhausted && !(bound->upper - bound->lower < 10 * PRECISION);
        dpdm_pld_line_free(&line);
    }
    return status;
}

/* upper: an epsilon whose upper bound on delta was computed and is at most delta; *clear: whether it is more value than
 * error. lower: one whose lower bound was computed and is at least delta. Both by bisection and secant on
 * log delta(epsilon), ending on the safe side. Returns 0 if there is none. */
static int pld_solve(const dpdm_pld_line *line, int upper, double log_delta, double guess, double *epsilon, int *clear)
{
    double low = -1, high = -1, log_low = 0, log_high = 0, at = guess, step = 0.01 * (1 + guess) / line->samples.t;
    double target = log_delta + (upper ? -1 : 1) * 4 * DPDM_PLD_ROUNDOFF * (1 + fabs(log_delta));
    for (int i = 0; i < 200; i++) {
        dpdm_proven bound = dpdm_pld_line_log_delta(line, at);
        double value = upper ? bound.upper : bound.lower;
        if (upper ? value <= target : value < target) {
            high = at;
            log_high = value;
            if (upper)
                *clear = bound.clear;
        } else {
            low = at;
            log_low = value;
        }
        if (high == 0)
            break;
        if (low >= 0 && high >= 0 && high - low <= 1e-10 * (1e-3 + high))
            break;
        if (high < 0) {
            at += step;
            step *= 2;
        } else if (low < 0) {
            at = fmax(at - step, 0);
            step *= 2;
        } else {
            double share = (log_low - target) / (log_low - log_high);
            int usable = i % 4 != 3 && isfinite(log_low) && isfinite(log_high) && share > 0 && share < 1;
            double nudge = 2e-11 * (1e-3 + high) / (high - low);
            share = usable ? fmin(fmax(share, nudge), 1 - nudge) : 0.5;
            at = low + share * (high - low);
        }
    }
    *epsilon = upper ? high : low;
    return *epsilon >= 0;
}
