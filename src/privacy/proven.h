/* proven.h - where a computed number and its certified error become a bound, and where an answer is refused.
 *
 * Comparisons, fmin and fmax let a NaN pass for whatever is convenient, and an error found by adding up first-order
 * terms means nothing once it is as large as the value. So no accountant makes a bound by itself: a number becomes one
 * here, or becomes an infinity, which fits no target; and what is to be an answer passes dpdm_proven_answer, the one
 * place that says DPDM_ERANGE for it. docs/privacy/accounting.md, section 10. Pure functions. */
#ifndef DPDM_PRIVACY_PROVEN_H
#define DPDM_PRIVACY_PROVEN_H

#include "dpdm/accountant.h"

/* An error of a logarithm from here on is of the size of the value: nothing is proven. */
#define DPDM_PROVEN_ERROR_MAX 0.5

/* Bounds on a logarithm. lower: -infinity and upper: +infinity where nothing is proven. Never NaN.
 * clear: whether the upper bound is more value than error. One that is not may be compared with (delta falls with
 * epsilon, whatever the error), but is no answer. */
typedef struct {
    double lower, upper;
    int clear;
} dpdm_proven;

/* Whether a logarithm and the error certified for it (>= 0) are finite, and the error small enough to mean something. */
int dpdm_proven_holds(double value, double error);

/* Upper bound on log x, log x = value to within error: value + error rounded up; +infinity where that does not hold. */
double dpdm_proven_above(double value, double error);
/* The same downward; -infinity where that does not hold. */
double dpdm_proven_below(double value, double error);

/* Upper bound on log_scale + log(x), x = value to within error >= 0 and not negative, and log_scale to within
 * scale_error. */
double dpdm_proven_log_above(double value, double error, double log_scale, double scale_error);
/* Lower bound on the same, less exp(log_less): -infinity where that is not positive. */
double dpdm_proven_log_below(double value, double error, double log_scale, double scale_error, double log_less);

/* Bounds on the larger of two numbers; clear if the upper bound is one that is. */
dpdm_proven dpdm_proven_larger(dpdm_proven a, dpdm_proven b);
/* The closest bounds of two pairs on the same number. */
dpdm_proven dpdm_proven_closer(dpdm_proven a, dpdm_proven b);

/* DPDM_OK if the bounds are an answer: clear, and lower <= upper < infinity. Else DPDM_ERANGE with the way out. what: of
 * the message. */
dpdm_status dpdm_proven_answer(dpdm_accountant accountant, const char *what, const dpdm_proven *bound, dpdm_error *err);

#endif
