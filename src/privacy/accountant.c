/* accountant.c - epsilon and delta of a list of events, by the accountant asked for, for a unit of one or more records. */
#include "dpdm/attacker.h"

#include <math.h>

#include "privacy/pld.h"
#include "privacy/rdp.h"

static dpdm_status accountant_check(dpdm_accountant accountant, dpdm_error *err);
static dpdm_status accountant_epsilon(const dpdm_pld_composition *composition, dpdm_bound *bound, dpdm_error *err);
static double accountant_round(double log_delta, int direction);

dpdm_status dpdm_account(const dpdm_event *events, size_t count, double delta, dpdm_accountant accountant,
                         dpdm_bound *bound, dpdm_error *err)
{
    return dpdm_account_group(events, count, 1, delta, accountant, bound, err);
}

dpdm_status dpdm_account_delta(const dpdm_event *events, size_t count, double epsilon, dpdm_accountant accountant,
                               double *delta_upper, double *delta_lower, dpdm_error *err)
{
    return dpdm_account_group_delta(events, count, 1, epsilon, accountant, delta_upper, delta_lower, err);
}

dpdm_status dpdm_account_group(const dpdm_event *events, size_t count, unsigned group, double delta,
                               dpdm_accountant accountant, dpdm_bound *bound, dpdm_error *err)
{
    *bound = (dpdm_bound){.epsilon_upper = INFINITY, .delta = delta, .accountant = accountant};
    if (!(delta > 0 && delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "delta %g is not between 0 and 1", delta);
    dpdm_status status = accountant_check(accountant, err);
    if (status)
        return status;
    dpdm_pld_composition composition;
    dpdm_bound found = *bound;
    status = dpdm_pld_composition_create(events, count, group, &composition, err);
    if (!status)
        status = accountant_epsilon(&composition, &found, err);
    if (!status)
        *bound = found;
    dpdm_pld_composition_free(&composition);
    return status;
}

dpdm_status dpdm_account_group_delta(const dpdm_event *events, size_t count, unsigned group, double epsilon,
                                     dpdm_accountant accountant, double *delta_upper, double *delta_lower,
                                     dpdm_error *err)
{
    *delta_upper = 1;
    *delta_lower = 0;
    if (!(epsilon >= 0) || isinf(epsilon))
        return dpdm_error_set(err, DPDM_EUSAGE, "epsilon %g is not a number from 0 on", epsilon);
    dpdm_status status = accountant_check(accountant, err);
    if (status)
        return status;
    dpdm_pld_composition composition;
    double lower = -INFINITY, upper = -INFINITY, order;
    status = dpdm_pld_composition_create(events, count, group, &composition, err);
    if (!status && accountant == DPDM_ACCOUNTANT_PLD)
        status = dpdm_pld_log_delta(&composition, epsilon, &lower, &upper, err);
    else if (!status)
        status = dpdm_rdp_log_delta(&composition, epsilon, &upper, &order, err);
    if (!status) {
        *delta_upper = accountant_round(upper, 1);
        *delta_lower = accountant_round(lower, -1);
    }
    dpdm_pld_composition_free(&composition);
    return status;
}

static dpdm_status accountant_check(dpdm_accountant accountant, dpdm_error *err)
{
    if ((unsigned)accountant < DPDM_ACCOUNTANTS)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EUSAGE, "accountant number %d is unknown; use pld or rdp", (int)accountant);
}

static dpdm_status accountant_epsilon(const dpdm_pld_composition *composition, dpdm_bound *bound, dpdm_error *err)
{
    if (bound->accountant == DPDM_ACCOUNTANT_PLD)
        return dpdm_pld_epsilon(composition, bound->delta, &bound->epsilon_lower, &bound->epsilon_upper, err);
    return dpdm_rdp_epsilon(composition, bound->delta, &bound->epsilon_upper, &bound->order, err);
}

/* exp(log_delta), rounded outward: the exponential is within 2 u, its argument within u |log_delta|. */
static double accountant_round(double log_delta, int direction)
{
    double margin = (4 + 2 * fabs(log_delta)) * DPDM_PLD_ROUNDOFF;
    if (log_delta == -INFINITY)
        return 0;
    return direction > 0 ? fmin(1, exp(log_delta) * (1 + margin) + 0x1p-1070)
                         : fmax(0, exp(log_delta) * (1 - margin) - 0x1p-1070);
}
