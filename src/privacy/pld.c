/* pld.c - epsilon and delta from the lines of both sides. */
#include "privacy/pld.h"

#include <math.h>

#include "privacy/pld_gaussian.h"

/* Relative width of the bracket aimed at, of this epsilon where epsilon is smaller. */
static const double PRECISION = 1e-5, SMALL = 0.1;

static dpdm_status pld_line_epsilon(const dpdm_pld_composition *composition, dpdm_pld_side side, double log_delta,
                                    double *lower, double *upper, dpdm_error *err);
static dpdm_status pld_line_log_delta(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                                      double *lower, double *upper, dpdm_error *err);
static int pld_solve(const dpdm_pld_line *line, int upper, double log_delta, double guess, double *epsilon);

dpdm_status dpdm_pld_epsilon(const dpdm_pld_composition *composition, double delta, double *lower, double *upper,
                             dpdm_error *err)
{
    *lower = *upper = 0;
    if (!composition->count && !(composition->gaussian > 0))
        return DPDM_OK;
    if (!composition->count) {
        dpdm_pld_gaussian_epsilon(composition->gaussian, composition->gaussian_error, delta, lower, upper);
        return dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "epsilon", *lower, *upper, err);
    }
    if (dpdm_pld_composition_touch(composition) <= delta)
        return DPDM_OK;
    dpdm_status status = pld_line_epsilon(composition, DPDM_PLD_REMOVE, log(delta), lower, upper, err);
    double low = 0, high = 0, floor = dpdm_pld_composition_floor(composition);
    if (status == DPDM_OK && *lower < floor) {
        status = pld_line_epsilon(composition, DPDM_PLD_ADD, log(delta), &low, &high, err);
        if (status == DPDM_ERANGE && isfinite(floor)) { /* the floor is a bound by itself */
            status = DPDM_OK;
            low = 0;
            high = floor;
        }
        *lower = fmax(*lower, low);
        *upper = fmax(*upper, fmin(high, floor));
    }
    return status == DPDM_OK ? dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "epsilon", *lower, *upper, err) : status;
}

dpdm_status dpdm_pld_log_delta(const dpdm_pld_composition *composition, double epsilon, double *lower, double *upper,
                               dpdm_error *err)
{
    double low, high;
    dpdm_status status = dpdm_pld_side_log_delta(composition, DPDM_PLD_REMOVE, epsilon, lower, upper, err);
    if (status == DPDM_OK)
        status = dpdm_pld_side_log_delta(composition, DPDM_PLD_ADD, epsilon, &low, &high, err);
    if (status == DPDM_OK) {
        *upper = fmax(*upper, high);
        *lower = fmax(*lower, low);
    }
    return status;
}

dpdm_status dpdm_pld_side_log_delta(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                                    double *lower, double *upper, dpdm_error *err)
{
    *lower = *upper = -INFINITY;
    if (!composition->count && !(composition->gaussian > 0))
        return DPDM_OK;
    if (side == DPDM_PLD_ADD && epsilon >= dpdm_pld_composition_floor(composition))
        return DPDM_OK;
    if (!composition->count) {
        dpdm_pld_gaussian_log_delta(composition->gaussian, composition->gaussian_error, epsilon, lower, upper);
        return dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "delta", *lower, *upper, err);
    }
    dpdm_status status = pld_line_log_delta(composition, side, epsilon, lower, upper, err);
    if (status == DPDM_OK)
        status = dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "delta", *lower, *upper, err);
    if (status != DPDM_OK)
        return status;
    *upper = fmin(*upper, fmin(log(dpdm_pld_composition_touch(composition)) + 1e-12, 0));
    *lower = fmin(*lower, *upper);
    return DPDM_OK;
}

/* One line, again with less smoothing if the bracket is wide because of it. 0 and infinity where nothing is proven. */
static dpdm_status pld_line_epsilon(const dpdm_pld_composition *composition, dpdm_pld_side side, double log_delta,
                                    double *lower, double *upper, dpdm_error *err)
{
    dpdm_pld_place place = {0};
    dpdm_status status = dpdm_pld_place_find(composition, side, 0, log_delta, &place, err);
    double smoothing = PRECISION * fmax(place.epsilon, SMALL) / place.t;
    *lower = 0;
    *upper = INFINITY;
    for (int again = 1; again && status == DPDM_OK; smoothing /= 16) {
        dpdm_pld_line line = {0};
        double low = 0, high = INFINITY;
        status = dpdm_pld_line_create(composition, side, &place, smoothing, &line, err);
        if (status == DPDM_OK && pld_solve(&line, 1, log_delta, place.epsilon, &high)) {
            if (line.lowered && pld_solve(&line, 0, log_delta, high, &low))
                *lower = fmax(*lower, low);
            *upper = fmin(*upper, high);
            place.epsilon = high;
            again = line.smoothing > 0 && !line.samples.exhausted && *upper - *lower > PRECISION * fmax(*upper, SMALL);
        } else {
            again = 0;
        }
        dpdm_pld_line_free(&line);
    }
    return status;
}

static dpdm_status pld_line_log_delta(const dpdm_pld_composition *composition, dpdm_pld_side side, double epsilon,
                                      double *lower, double *upper, dpdm_error *err)
{
    dpdm_pld_place place = {0};
    dpdm_status status = dpdm_pld_place_find(composition, side, 1, epsilon, &place, err);
    double smoothing = PRECISION / (place.t * place.t);
    *lower = -INFINITY;
    *upper = INFINITY;
    for (int again = 1; again && status == DPDM_OK; smoothing /= 16) {
        dpdm_pld_line line = {0};
        status = dpdm_pld_line_create(composition, side, &place, smoothing, &line, err);
        if (status == DPDM_OK) {
            dpdm_proven bound = dpdm_pld_line_log_delta(&line, epsilon);
            *lower = fmax(*lower, bound.lower);
            *upper = fmin(*upper, bound.clear ? bound.upper : INFINITY);
        }
        again =
            status == DPDM_OK && line.smoothing > 0 && !line.samples.exhausted && !(*upper - *lower < 10 * PRECISION);
        dpdm_pld_line_free(&line);
    }
    return status;
}

/* upper: an epsilon whose upper bound on delta was computed, is clear and at most delta. lower: one whose lower bound was
 * computed and is at least delta. Both by bisection and secant on log delta(epsilon), ending on the safe side. Returns 0
 * if there is none. */
static int pld_solve(const dpdm_pld_line *line, int upper, double log_delta, double guess, double *epsilon)
{
    double low = -1, high = -1, log_low = 0, log_high = 0, at = guess, step = 0.01 * (1 + guess) / line->samples.t;
    int clear = 0;
    double target = log_delta + (upper ? -1 : 1) * 4 * DPDM_PLD_ROUNDOFF * (1 + fabs(log_delta));
    for (int i = 0; i < 200; i++) {
        dpdm_proven bound = dpdm_pld_line_log_delta(line, at);
        double value = upper ? bound.upper : bound.lower;
        if (upper ? value <= target : value < target) {
            high = at;
            log_high = value;
            clear = bound.clear;
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
    return *epsilon >= 0 && (clear || !upper);
}
