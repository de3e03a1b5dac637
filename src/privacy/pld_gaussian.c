/* pld_gaussian.c - the plain Gaussian mechanism in closed form, every step rounded outward. */
#include "privacy/pld_gaussian.h"

#include <math.h>

#include "privacy/proven.h"

static const double ROUNDOFF = 0x1p-53, LOG_SQRT_2PI = 0.91893853320467274178;
/* From here on Mills' ratio comes from its asymptotic series, before from erfc. */
static const double SERIES_FROM = 12;
/* At and beyond this, density(x) < 10^-297. */
static const double FAR = 37;

typedef struct {
    double low, high;
} gaussian_range;

static gaussian_range gaussian_mills(double x);
static double gaussian_solve(double mu2, double mu2_error, double log_delta, int upper);

/* delta = density(a) (mills(a) - mills(b)), a = eps/mu - mu/2, b = eps/mu + mu/2, as density(a) = exp(eps) density(b).
 */
void dpdm_pld_gaussian_log_delta(double mu2, double mu2_error, double epsilon, double *lower, double *upper)
{
    double mu = sqrt(mu2), a = epsilon / mu - mu / 2, b = epsilon / mu + mu / 2;
    double relative = mu2_error + 4 * ROUNDOFF;
    if (a < -FAR && b * relative < 0.01) {
        *lower = -1e-290;
        *upper = 0;
        return;
    }
    /* d delta / d mu = density(a): an error e of mu costs mu e; a and b are rounded by 3 u b each, and cost that. The
     * factor density(a) itself is off by a times the same. */
    double slack = 1.01 * (mu * relative + 6 * ROUNDOFF * b);
    double log_slack = 1.01 * (fabs(a) * (b * relative + 4 * ROUNDOFF * b) + ROUNDOFF * (8 + 2 * a * a));
    double log_density = -a * a / 2 - LOG_SQRT_2PI;
    gaussian_range at_a = gaussian_mills(a), at_b = gaussian_mills(b);
    double low = at_a.low - at_b.high - slack, high = at_a.high - at_b.low + slack;
    *lower = low > 0 ? dpdm_proven_below(log_density + log(low), log_slack + 8 * ROUNDOFF * fabs(log(low))) : -INFINITY;
    if (!(slack <= at_a.high - at_b.low)) { /* more error than value */
        *lower = -INFINITY;
        *upper = INFINITY;
        return;
    }
    *upper = dpdm_proven_above(log_density + log(high), log_slack + 8 * ROUNDOFF * fabs(log(high)));
    if (*upper < INFINITY) { /* delta is below 1 */
        *lower = fmin(*lower, -1e-290);
        *upper = fmin(*upper, 0);
    }
}

void dpdm_pld_gaussian_epsilon(double mu2, double mu2_error, double delta, double *lower, double *upper)
{
    double slack = 4 * ROUNDOFF * (1 + fabs(log(delta)));
    *upper = gaussian_solve(mu2, mu2_error, log(delta) - slack, 1);
    *lower = gaussian_solve(mu2, mu2_error, log(delta) + slack, 0);
}

/* upper: an epsilon at which the upper bound on delta is at most delta, infinite if none is found; else one at which the
 * lower bound is above it, or 0. Bisection: the end that is returned has been evaluated (or is 0, where any lower bound
 * holds). */
static double gaussian_solve(double mu2, double mu2_error, double log_delta, int upper)
{
    double low = 0, high = 1, bounds[2] = {INFINITY, INFINITY};
    for (int i = 0; i < 64 && !(bounds[upper] <= log_delta); i++) {
        if (i) {
            low = high;
            high *= 2;
        }
        dpdm_pld_gaussian_log_delta(mu2, mu2_error, high, &bounds[0], &bounds[1]);
    }
    if (!(bounds[upper] <= log_delta))
        return upper ? INFINITY : low;
    dpdm_pld_gaussian_log_delta(mu2, mu2_error, 0, &bounds[0], &bounds[1]);
    if (bounds[upper] <= log_delta)
        return 0;
    for (int i = 0; i < 200; i++) {
        double at = low + (high - low) / 2;
        if (at <= low || at >= high)
            break;
        dpdm_pld_gaussian_log_delta(mu2, mu2_error, at, &bounds[0], &bounds[1]);
        *(bounds[upper] > log_delta ? &low : &high) = at;
    }
    return upper ? high : low;
}

static gaussian_range gaussian_mills(double x)
{
    if (x < SERIES_FROM) {
        double value = 1.25331413731550025121 * exp(x * x / 2) * erfc(x * 0.70710678118654752440);
        double error = value * ROUNDOFF * (32 + 4 * x * x);
        return (gaussian_range){value - error, value + error};
    }
    /* 1/x - 1/x^3 + 3/x^5 - ...: consecutive partial sums enclose the ratio. */
    double term = 1 / x, sum = term, last = 0, inverse = 1 / (x * x);
    for (int k = 1; k <= 17; k++) {
        last = sum;
        term *= -(2 * k - 1) * inverse;
        sum += term;
    }
    double error = 64 * ROUNDOFF / x;
    return (gaussian_range){fmin(sum, last) - error, fmax(sum, last) + error};
}
