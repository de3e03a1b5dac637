/* pld_samples.h - the composed transform at the frequencies of a line, as far as it matters. */
#ifndef DPDM_PRIVACY_PLD_SAMPLES_H
#define DPDM_PRIVACY_PLD_SAMPLES_H

#include "privacy/pld_place.h"

typedef struct {
    double frequency;
    double re, im; /* exp(Lambda(s + i tau) - Lambda(s) - i tau center) */
    double error;
    double bound; /* upper bound on the modulus */
} dpdm_pld_sample;

/* Samples on the line t of one side. All frequencies beyond the last sample, which is at `reach`, add at most `remainder`
 * times exp(-v reach^2 / 2) under a smoothing of variance v. */
typedef struct {
    dpdm_pld_side side;
    double t, spacing;
    double center, center_error; /* the error is absolute */
    double reach, remainder;
    dpdm_pld_sample *list;
    size_t count;
    int exhausted; /* more frequencies than these are not allowed */
} dpdm_pld_samples;

/* Fills the samples of a given side, t and spacing: until nothing is left or a smoothing of variance `smoothing` makes the
 * rest negligible, within the limits of pld_tilt.h. Free with dpdm_pld_samples_free (also after a failure). */
dpdm_status dpdm_pld_samples_take(const dpdm_pld_composition *composition, double smoothing, dpdm_pld_samples *samples,
                                  dpdm_error *err);
void dpdm_pld_samples_free(dpdm_pld_samples *samples);

/* The least variance of smoothing that makes a remainder beyond frequency `reach` negligible on line t; 0 if it is. */
double dpdm_pld_samples_smoothing(double t, double reach, double remainder);

#endif
