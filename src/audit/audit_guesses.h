/* audit_guesses.h - from scores to guesses: the surest ones are made, the rest is abstained from. */
#ifndef DPDM_EVAL_AUDIT_GUESSES_H
#define DPDM_EVAL_AUDIT_GUESSES_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

/* A score above 0 is a guess "in", any other "out"; the larger its size, the surer (a NaN is as unsure as can be; of
 * equals the first comes first). right[k] receives how many of the k + 1 surest guesses are right. All arrays:
 * [count]. */
dpdm_status audit_guesses_count(const double *scores, const uint8_t *in, size_t count, uint64_t *right,
                                dpdm_error *err);

/* The number of guesses with the largest bound dpdm_audit_one_run_epsilon of `canaries` canaries, where of the k + 1
 * surest right[k] are right; 1 where there is no bound. *epsilon: that bound, which is one only if the counts are not
 * those of the canaries that chose. */
uint64_t audit_guesses_best(const uint64_t *right, size_t canaries, double delta, double risk, double *epsilon);

/* The number of guesses to make of `canaries` canaries of a run of subsampled Gaussian steps: that of audit_guesses_best
 * for the average of a few runs of the ideal mechanism with made-up noise. Depends on its arguments alone. *epsilon:
 * about the bound to expect. */
dpdm_status audit_guesses_plan(size_t canaries, double rate, double noise_multiplier, uint64_t steps, double delta,
                               double risk, uint64_t *guesses, double *epsilon, dpdm_error *err);

#endif
