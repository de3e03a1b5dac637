/* rdp.c - the Renyi accountant. */
#include "privacy/rdp.h"

#include <math.h>

/* What is minimised over the order: an upper bound made of the moment at that order. */
typedef struct {
    const dpdm_pld_composition *composition;
    double given; /* delta or epsilon */
    double (*bound)(double excess, double log_moment, double given);
} rdp_search;

static double rdp_bound_epsilon(double excess, double log_moment, double delta);
static double rdp_bound_log_delta(double excess, double log_moment, double epsilon);
static dpdm_status rdp_minimise(const rdp_search *search, double *best, double *order, dpdm_error *err);
static double rdp_evaluate(const rdp_search *search, double log_excess);

dpdm_status dpdm_rdp_epsilon(const dpdm_pld_composition *composition, double delta, double *epsilon, double *order,
                             dpdm_error *err)
{
    rdp_search search = {composition, delta, rdp_bound_epsilon};
    dpdm_status status = rdp_minimise(&search, epsilon, order, err);
    *epsilon = fmax(*epsilon, 0);
    return status;
}

dpdm_status dpdm_rdp_epsilon_at(const dpdm_pld_composition *composition, double order, double delta, double *epsilon,
                                dpdm_error *err)
{
    double excess = order - 1; /* exact for every double above 1 */
    dpdm_pld_moment moment;
    if (!dpdm_pld_composition_moment(composition, order, &moment))
        return dpdm_error_set(err, DPDM_ERANGE, "Renyi order %g cannot be evaluated for these events", order);
    *epsilon = fmax(rdp_bound_epsilon(excess, moment.log_value + moment.error, delta), 0);
    return DPDM_OK;
}

dpdm_status dpdm_rdp_log_delta(const dpdm_pld_composition *composition, double epsilon, double *log_delta,
                               double *order, dpdm_error *err)
{
    rdp_search search = {composition, epsilon, rdp_bound_log_delta};
    dpdm_status status = rdp_minimise(&search, log_delta, order, err);
    *log_delta = fmin(*log_delta, 0);
    return status;
}

/* eps = rho + log(1 - 1/alpha) - log(alpha delta) / (alpha - 1), alpha = 1 + excess, rho = log_moment / excess.
 * Each term is computed to within 8 u of its size; the sum of the sizes times 16 u is added. */
static double rdp_bound_epsilon(double excess, double log_moment, double delta)
{
    double alpha = 1 + excess, rho = log_moment / excess;
    double gain = log(excess) - log(alpha), price = (log(delta) + log(alpha)) / excess;
    double sizes = fabs(rho) + fabs(log(excess)) + log(alpha) + 1 + (fabs(log(delta)) + log(alpha) + 1) / excess;
    return rho + gain - price + 16 * DPDM_PLD_ROUNDOFF * sizes;
}

static double rdp_bound_log_delta(double excess, double log_moment, double epsilon)
{
    double alpha = 1 + excess;
    double gain = excess * (log(excess) - log(alpha)) - log(alpha);
    double sizes = fabs(log_moment) + excess * (epsilon + fabs(log(excess)) + log(alpha) + 1) + log(alpha) + 1;
    return log_moment - excess * epsilon + gain + 16 * DPDM_PLD_ROUNDOFF * sizes;
}

/* Coarse grid of orders 1 + 2^-12 .. 1 + 2^24, then golden section around the best. */
static dpdm_status rdp_minimise(const rdp_search *search, double *best, double *order, dpdm_error *err)
{
    const double golden = 0.6180339887498949;
    double at = 0;
    *best = INFINITY;
    *order = 0;
    for (double e = -12; e <= 24; e += 1) {
        double value = rdp_evaluate(search, e);
        if (value < *best) {
            *best = value;
            at = e;
        }
    }
    if (isinf(*best))
        return dpdm_error_set(err, DPDM_ERANGE,
                              "no Renyi order can be evaluated for these events: the noise is too small");
    double low = at - 1, high = at + 1;
    for (int i = 0; i < 32; i++) {
        double left = high - golden * (high - low), right = low + golden * (high - low);
        double at_left = rdp_evaluate(search, left), at_right = rdp_evaluate(search, right);
        if (fmin(at_left, at_right) < *best) {
            *best = fmin(at_left, at_right);
            at = at_left < at_right ? left : right;
        }
        if (at_left < at_right)
            high = right;
        else
            low = left;
    }
    *order = 1 + exp2(at);
    return DPDM_OK;
}

static double rdp_evaluate(const rdp_search *search, double log_excess)
{
    double excess = (1 + exp2(log_excess)) - 1; /* alpha and alpha - 1 both exact */
    dpdm_pld_moment moment;
    if (!dpdm_pld_composition_moment(search->composition, 1 + excess, &moment))
        return INFINITY;
    return search->bound(excess, moment.log_value + moment.error, search->given);
}
