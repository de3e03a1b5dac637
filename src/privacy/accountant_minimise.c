/* accountant_minimise.c - bracketing and golden section. */
#include "privacy/accountant_minimise.h"

#include <math.h>

typedef struct {
    dpdm_bound_fn function;
    void *context;
    double best, at;
} minimum;

static double minimum_try(minimum *m, double x);
static double minimum_walk(minimum *m, double step, double lowest, double highest);

double dpdm_bound_minimise(dpdm_bound_fn function, void *context, double start, double lowest, double highest,
                           double precision, double *at)
{
    const double golden = 0.6180339887498949;
    minimum m = {function, context, INFINITY, start};
    minimum_try(&m, start);
    double high = minimum_walk(&m, 1, lowest, highest), low = m.at - 1;
    if (m.at == start) /* it rises from the start: the minimum may lie below */
        low = minimum_walk(&m, -1, lowest, highest);
    low = fmax(low, lowest);
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = minimum_try(&m, left), at_right = minimum_try(&m, right);
    while (high - low > precision) {
        if (at_left < at_right) {
            high = right;
            right = left;
            at_right = at_left;
            left = high - golden * (high - low);
            at_left = minimum_try(&m, left);
        } else {
            low = left;
            left = right;
            at_left = at_right;
            right = low + golden * (high - low);
            at_right = minimum_try(&m, right);
        }
    }
    *at = m.at;
    return m.best;
}

static double minimum_try(minimum *m, double x)
{
    double value = m->function(m->context, x);
    if (value < m->best) {
        m->best = value;
        m->at = x;
    }
    return value;
}

/* Steps away from the best place so far until the function no longer falls; returns the last place. */
static double minimum_walk(minimum *m, double step, double lowest, double highest)
{
    double x = m->at, last = m->best;
    while (x + step >= lowest && x + step <= highest) {
        x += step;
        double value = minimum_try(m, x);
        if (isfinite(last) && !(value < last))
            break;
        last = value;
    }
    return x;
}
