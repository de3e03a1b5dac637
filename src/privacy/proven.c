/* proven.c - numbers and their errors made into bounds. */
#include "privacy/proven.h"

#include <float.h>
#include <math.h>

static const double ROUNDOFF = 0x1p-53;

int dpdm_proven_holds(double value, double error)
{
    return isfinite(value) && error >= 0 && error <= DPDM_PROVEN_ERROR_MAX;
}

double dpdm_proven_above(double value, double error)
{
    return dpdm_proven_holds(value, error) ? value + error + 4 * ROUNDOFF * (fabs(value) + error) : INFINITY;
}

double dpdm_proven_below(double value, double error)
{
    return dpdm_proven_holds(value, error) ? value - error - 4 * ROUNDOFF * (fabs(value) + error) : -INFINITY;
}

/* The logarithm is within 2 ulp, sums within u of their sizes. A sum too small for its rounding to be relative counts as
 * the smallest that is not. */
double dpdm_proven_log_above(double value, double error, double log_scale, double scale_error)
{
    double sum = (value > 0 ? value : 0) + error;
    if (!isfinite(value) || !(error >= 0) || !isfinite(sum) || !dpdm_proven_holds(log_scale, scale_error))
        return INFINITY;
    double size = log(sum > DBL_MIN ? sum : DBL_MIN);
    return dpdm_proven_above(log_scale + size, scale_error + 8 * ROUNDOFF * (1 + fabs(log_scale) + fabs(size)));
}

double dpdm_proven_log_below(double value, double error, double log_scale, double scale_error, double log_less)
{
    double sum = value - error;
    if (!isfinite(value) || !(error >= 0) || !(sum > DBL_MIN))
        return -INFINITY;
    double size = log(sum);
    double low = dpdm_proven_below(log_scale + size, scale_error + 8 * ROUNDOFF * (1 + fabs(log_scale) + fabs(size)));
    double share = exp(log_less - low) * (1 + 8 * ROUNDOFF * (1 + fabs(log_less) + fabs(low)));
    return share < 0.5 ? dpdm_proven_below(low + log1p(-share), 8 * ROUNDOFF) : -INFINITY;
}

/* No NaN is here: fmax and fmin do what they seem to. */
dpdm_proven dpdm_proven_larger(dpdm_proven a, dpdm_proven b)
{
    return (dpdm_proven){fmax(a.lower, b.lower), fmax(a.upper, b.upper), a.upper >= b.upper ? a.clear : b.clear};
}

dpdm_proven dpdm_proven_closer(dpdm_proven a, dpdm_proven b)
{
    return (dpdm_proven){fmax(a.lower, b.lower), fmin(a.upper, b.upper), a.upper <= b.upper ? a.clear : b.clear};
}

dpdm_status dpdm_proven_answer(dpdm_accountant accountant, const char *what, const dpdm_proven *bound, dpdm_error *err)
{
    if (bound->clear && bound->lower <= bound->upper && bound->upper < INFINITY)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_ERANGE,
                          "the %s accountant proves nothing about %s of these events, as its certified error is as "
                          "large as the value: use more noise, fewer steps or a larger delta%s",
                          dpdm_accountant_name(accountant), what,
                          accountant == DPDM_ACCOUNTANT_PLD
                              ? ", or ask for the rdp accountant, whose bound is looser but reaches further"
                              : "");
}
