/* pld_samples.h - the composed transform at the frequencies of a line, as far as it matters. */
#ifndef DPDM_PRIVACY_PLD_SAMPLES_H
#define DPDM_PRIVACY_PLD_SAMPLES_H

#include "privacy/pld_line.h"

/* Fills line->samples (without kernels), count, center and exhausted, from side, t and spacing: until nothing is left
 * or a smoothing of variance `smoothing` makes the rest negligible, within the limits of pld_transform.h. All
 * frequencies after the last sample, which is at *reach, add at most *remainder times exp(-v reach^2 / 2) under a
 * smoothing of variance v. */
dpdm_status dpdm_pld_samples_take(const dpdm_pld_composition *composition, double smoothing, dpdm_pld_line *line,
                                  double *reach, double *remainder, dpdm_error *err);

#endif
