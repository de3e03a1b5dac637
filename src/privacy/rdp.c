/* rdp.c - the Renyi accountant. */
#include "privacy/rdp.h"

#include <math.h>

#include "privacy/accountant_minimise.h"
#include "privacy/proven.h"

/* What is minimised over the order: an upper bound made of the moment at that order. */
typedef struct {
    const dpdm_pld_composition *composition;
    double given; /* delta or epsilon */
    double (*bound)(double excess, double log_moment, double given);
} rdp_search;

static double rdp_bound_epsilon(double excess, double log_moment, double delta);
static double rdp_bound_log_delta(double excess, double log_moment, double epsilon);
static void rdp_minimise(rdp_search *search, double *best, double *order);
static double rdp_evaluate(void *context, double log_excess);
static double rdp_log_moment(const dpdm_pld_composition *composition, double excess);

dpdm_status dpdm_rdp_epsilon(const dpdm_pld_composition *composition, double delta, double *epsilon, double *order,
                             dpdm_error *err)
{
    *epsilon = *order = 0;
    if (!composition->count && !(composition->gaussian > 0))
        return DPDM_OK;
    rdp_search search = {composition, delta, rdp_bound_epsilon};
    rdp_minimise(&search, epsilon, order);
    *epsilon = fmax(*epsilon, 0);
    return dpdm_proven_answer(DPDM_ACCOUNTANT_RDP, "epsilon", &(dpdm_proven){0, *epsilon, 1}, err);
}

dpdm_status dpdm_rdp_epsilon_at(const dpdm_pld_composition *composition, double order, double delta, double *epsilon,
                                dpdm_error *err)
{
    double excess = order - 1; /* exact for every double above 1 */
    double log_moment = rdp_log_moment(composition, excess);
    *epsilon = 0;
    if (!composition->count && !(composition->gaussian > 0))
        return DPDM_OK;
    *epsilon = isfinite(log_moment) ? fmax(rdp_bound_epsilon(excess, log_moment, delta), 0) : INFINITY;
    return dpdm_proven_answer(DPDM_ACCOUNTANT_RDP, "epsilon at this order", &(dpdm_proven){0, *epsilon, 1}, err);
}

dpdm_status dpdm_rdp_log_delta(const dpdm_pld_composition *composition, double epsilon, double *log_delta,
                               double *order, dpdm_error *err)
{
    *log_delta = -INFINITY;
    *order = 0;
    if (!composition->count && !(composition->gaussian > 0))
        return DPDM_OK;
    rdp_search search = {composition, epsilon, rdp_bound_log_delta};
    rdp_minimise(&search, log_delta, order);
    dpdm_status status =
        dpdm_proven_answer(DPDM_ACCOUNTANT_RDP, "delta", &(dpdm_proven){-INFINITY, *log_delta, 1}, err);
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

/* *best: infinite if no order can be evaluated. */
static void rdp_minimise(rdp_search *search, double *best, double *order)
{
    double at;
    *best = dpdm_bound_minimise(rdp_evaluate, search, 2, -14, 26, 1e-5, &at);
    *order = 1 + exp2(at);
}

/* The bound at alpha = 1 + 2^log_excess; infinite where the order is out of reach. */
static double rdp_evaluate(void *context, double log_excess)
{
    const rdp_search *search = context;
    double excess = (1 + exp2(log_excess)) - 1; /* alpha and alpha - 1 both exact */
    double log_moment = rdp_log_moment(search->composition, excess);
    return isfinite(log_moment) ? search->bound(excess, log_moment, search->given) : INFINITY;
}

/* Upper bound on the log moment at alpha = 1 + excess, of the direction in which it is larger; infinite where the order
 * is out of reach. */
static double rdp_log_moment(const dpdm_pld_composition *composition, double excess)
{
    dpdm_pld_moment remove, add;
    if (!dpdm_pld_composition_moment(composition, 1 + excess, &remove) ||
        !dpdm_pld_composition_moment(composition, -excess, &add))
        return INFINITY;
    return fmax(dpdm_proven_above(remove.log_value, remove.error), dpdm_proven_above(add.log_value, add.error));
}
