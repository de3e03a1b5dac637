/* pld_place.c - where the line of integration goes: the saddle point of the integrand. */
#include "privacy/pld_place.h"

#include <math.h>

/* Exponent, slope and curvature in t of the integrand at epsilon 0, poles included. */
typedef struct {
    double exponent, slope, curvature;
} place_point;

/* Largest t m / sigma: the range of nodes grows with it, and the line need not be at the saddle point. */
static const double FARTHEST = 1000;
/* Below this no delta is told from 0. */
static const double LOG_DELTA_MIN = -760;

static int place_settled(double low, double high, double log_low, double log_high);
static int place_evaluate(const dpdm_pld_composition *composition, dpdm_pld_side side, double excess,
                          place_point *point);
static void place_from(const place_point *point, double excess, int by_epsilon, double given, dpdm_pld_place *place);

double dpdm_pld_order(dpdm_pld_side side, double t)
{
    return side == DPDM_PLD_REMOVE ? t : 1 - t;
}

dpdm_status dpdm_pld_place_find(const dpdm_pld_composition *composition, dpdm_pld_side side, int by_epsilon,
                                double given, dpdm_pld_place *place, dpdm_error *err)
{
    /* epsilon(t) at the saddle rises with t and delta falls, so that a search in log(t - 1) finds either: outward from
     * t = 2 in growing strides until passed, then bisection. Orders that cannot be evaluated count as too large. */
    double low = -INFINITY, high = INFINITY, at = 0, stride = 1, log_low = 0, log_high = -INFINITY;
    int found = 0;
    for (int i = 0; i < 120 && !place_settled(low, high, log_low, log_high); i++) {
        double excess = (1 + exp2(at)) - 1;
        place_point point;
        dpdm_pld_place tried = {.log_delta = -INFINITY};
        int beyond = 1;
        if (excess > 0 && place_evaluate(composition, side, excess, &point)) {
            place_from(&point, excess, by_epsilon, given, &tried);
            beyond = by_epsilon ? point.slope > given || tried.log_delta < LOG_DELTA_MIN
                                : point.slope > 0 && tried.log_delta < given;
        }
        *(beyond ? &high : &low) = at;
        *(beyond ? &log_high : &log_low) = tried.log_delta;
        if (!beyond || (!found && isfinite(tried.log_delta))) {
            *place = tried;
            found = 1;
        }
        at = isinf(low) ? at - stride : isinf(high) ? at + stride : (low + high) / 2;
        at = fmin(fmax(at, -40), 40);
        stride *= 1.5;
    }
    if (!found)
        return dpdm_error_set(err, DPDM_ERANGE, "no line of integration can be evaluated for these events");
    return DPDM_OK;
}

/* Near enough, unless the two ends are worlds apart: where the rate is tiny, the losses of the few sampled steps take
 * over at one order suddenly, and the line belongs just before it. */
static int place_settled(double low, double high, double log_low, double log_high)
{
    double width = high - low;
    return width < 0x1p-40 || (width < 0x1p-6 && fabs(log_high - log_low) < 2);
}

static int place_evaluate(const dpdm_pld_composition *composition, dpdm_pld_side side, double excess,
                          place_point *point)
{
    double t = 1 + excess;
    dpdm_pld_moment moment;
    for (size_t i = 0; i < composition->count; i++)
        if (t * composition->parts[i].pair.group > FARTHEST * composition->parts[i].pair.sigma)
            return 0;
    if (!dpdm_pld_composition_moment(composition, dpdm_pld_order(side, t), &moment))
        return 0;
    double mean = side == DPDM_PLD_REMOVE ? moment.mean : -moment.mean;
    point->exponent = moment.log_value - log(excess) - log(t);
    point->slope = mean - 1 / excess - 1 / t;
    point->curvature = moment.variance + 1 / (excess * excess) + 1 / (t * t);
    return 1;
}

static void place_from(const place_point *point, double excess, int by_epsilon, double given, dpdm_pld_place *place)
{
    double epsilon = by_epsilon ? given : fmax(point->slope, 0);
    place->t = 1 + excess;
    place->epsilon = epsilon;
    place->log_delta =
        fmin(point->exponent - excess * epsilon - 0.5 * log(2 * 3.14159265358979323846 * point->curvature), 0);
}
