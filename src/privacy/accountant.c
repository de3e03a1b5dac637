/* accountant.c - epsilon and delta of a list of events, by the accountant asked for. */
#include "dpdm/accountant.h"

#include <math.h>

#include "privacy/pld.h"
#include "privacy/rdp.h"

static dpdm_status accountant_check(dpdm_accountant accountant, dpdm_error *err);
static dpdm_status accountant_epsilon(const dpdm_pld_composition *composition, double delta, dpdm_bound *bound,
                                      dpdm_error *err);
static double accountant_round(double log_delta, int direction);

const char *dpdm_accountant_name(dpdm_accountant accountant)
{
    switch (accountant) {
    case DPDM_ACCOUNTANT_PLD:
        return "pld";
    case DPDM_ACCOUNTANT_RDP:
        return "rdp";
    }
    return "unknown";
}

dpdm_status dpdm_account(const dpdm_event *events, size_t count, double delta, dpdm_accountant accountant,
                         dpdm_bound *bound, dpdm_error *err)
{
    *bound = (dpdm_bound){.epsilon_upper = INFINITY, .delta = delta, .accountant = accountant};
    if (!(delta > 0 && delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "delta %g is not between 0 and 1", delta);
    dpdm_status status = accountant_check(accountant, err);
    if (status != DPDM_OK)
        return status;
    dpdm_pld_composition composition;
    status = dpdm_pld_composition_create(events, count, 1, &composition, err);
    if (status == DPDM_OK)
        status = accountant_epsilon(&composition, delta, bound, err);
    dpdm_pld_composition_free(&composition);
    return status;
}

dpdm_status dpdm_account_delta(const dpdm_event *events, size_t count, double epsilon, dpdm_accountant accountant,
                               double *delta_upper, double *delta_lower, dpdm_error *err)
{
    *delta_upper = 1;
    *delta_lower = 0;
    if (!(epsilon >= 0) || isinf(epsilon))
        return dpdm_error_set(err, DPDM_EUSAGE, "epsilon %g is not a number from 0 on", epsilon);
    dpdm_status status = accountant_check(accountant, err);
    if (status != DPDM_OK)
        return status;
    dpdm_pld_composition composition;
    status = dpdm_pld_composition_create(events, count, 1, &composition, err);
    double log_lower = -INFINITY, log_upper = -INFINITY, order;
    if (status == DPDM_OK && (composition.count || composition.gaussian > 0))
        status = accountant == DPDM_ACCOUNTANT_PLD
                     ? dpdm_pld_log_delta(&composition, epsilon, &log_lower, &log_upper, err)
                     : dpdm_rdp_log_delta(&composition, epsilon, &log_upper, &order, err);
    if (status == DPDM_OK) {
        *delta_upper = accountant_round(log_upper, 1);
        *delta_lower = accountant_round(log_lower, -1);
    }
    dpdm_pld_composition_free(&composition);
    return status;
}

static dpdm_status accountant_check(dpdm_accountant accountant, dpdm_error *err)
{
    if (accountant == DPDM_ACCOUNTANT_RDP || accountant == DPDM_ACCOUNTANT_PLD)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EUSAGE, "accountant number %d is unknown; use pld or rdp", (int)accountant);
}

static dpdm_status accountant_epsilon(const dpdm_pld_composition *composition, double delta, dpdm_bound *bound,
                                      dpdm_error *err)
{
    if (!composition->count && !(composition->gaussian > 0)) {
        bound->epsilon_upper = 0;
        return DPDM_OK;
    }
    if (bound->accountant == DPDM_ACCOUNTANT_PLD)
        return dpdm_pld_epsilon(composition, delta, &bound->epsilon_lower, &bound->epsilon_upper, err);
    return dpdm_rdp_epsilon(composition, delta, &bound->epsilon_upper, &bound->order, err);
}

/* exp(log_delta), rounded outward: the exponential is within 2 u, its argument within u |log_delta|. */
static double accountant_round(double log_delta, int direction)
{
    double margin = (4 + 2 * fabs(log_delta)) * DPDM_PLD_ROUNDOFF;
    if (isinf(log_delta))
        return 0;
    return direction > 0 ? fmin(1, exp(log_delta) * (1 + margin) + 0x1p-1070)
                         : fmax(0, exp(log_delta) * (1 - margin) - 0x1p-1070);
}
