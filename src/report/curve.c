/* curve.c - how epsilon depends on delta, and what that means for someone who guesses. */
#include "report/curve.h"

#include <math.h>

/* Half decades up to 0.01; above it some more, which the bound on detection needs. */
static const double tail[] = {0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};

enum { CURVE_HALF_DECADES = 17, CURVE_FIRST = -10, CURVE_TAIL = sizeof tail / sizeof *tail };

static double curve_delta(int i)
{
    return i < CURVE_HALF_DECADES ? pow(10, CURVE_FIRST + 0.5 * i) : tail[i - CURVE_HALF_DECADES];
}

dpdm_status dpdm_report_curve_make(const dpdm_event *events, size_t count, unsigned group, dpdm_accountant accountant,
                                   dpdm_report_curve *curve, dpdm_error *err)
{
    *curve = (dpdm_report_curve){.accountant = accountant};
    dpdm_status status = DPDM_OK;
    for (int i = 0; i < CURVE_HALF_DECADES + CURVE_TAIL; i++) {
        dpdm_bound bound;
        double delta = curve_delta(i);
        status = dpdm_account_group(events, count, group, delta, accountant, &bound, err);
        if (status || !isfinite(bound.epsilon_upper))
            continue;
        curve->accountant = bound.accountant;
        curve->delta[curve->count] = delta;
        curve->epsilon[curve->count++] = bound.epsilon_upper;
    }
    if (curve->count)
        return DPDM_OK;
    return status ? status : dpdm_error_set(err, DPDM_ERANGE, "no finite bound exists for these events");
}

double dpdm_report_curve_detection(const dpdm_report_curve *curve, double false_alarm)
{
    double detection = 1;
    for (int i = 0; i < curve->count; i++) {
        double epsilon = curve->epsilon[i], delta = curve->delta[i];
        detection = fmin(detection, exp(epsilon) * false_alarm + delta);
        detection = fmin(detection, 1 - exp(-epsilon) * (1 - delta - false_alarm));
    }
    return detection;
}
