/* curve.h - how epsilon depends on delta, and what that means for someone who guesses. */
#ifndef DPDM_REPORT_CURVE_H
#define DPDM_REPORT_CURVE_H

#include "dpdm/attacker.h"

enum { CURVE_POINTS = 40 };

/* Proven pairs: the events are (epsilon[i], delta[i])-differentially private for every i < count. */
typedef struct {
    double delta[CURVE_POINTS], epsilon[CURVE_POINTS]; /* delta rises, epsilon falls */
    int count;
    dpdm_accountant accountant; /* whose proof it is */
} dpdm_report_curve;

/* Upper bounds for units of up to `group` records, from delta 1e-10 to 0.9. Points that cannot be proven are left out; with none, the status and message
 * of the last one. */
dpdm_status dpdm_report_curve_make(const dpdm_event *events, size_t count, unsigned group, dpdm_accountant accountant,
                                   dpdm_report_curve *curve, dpdm_error *err);

/* The most that a test for "was this unit among the data?" can detect (true positive rate) where it accuses wrongly
 * with probability false_alarm: for each pair, detection <= min(e^eps a + delta, 1 - e^-eps (1 - delta - a)) (Wasserman
 * and Zhou 2010, in the form of Dong, Roth and Su 2022, section 2); the least over all pairs. */
double dpdm_report_curve_detection(const dpdm_report_curve *curve, double false_alarm);

#endif
