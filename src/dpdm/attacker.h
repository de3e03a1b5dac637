/* attacker.h - what the guarantee means for someone who attacks it, and for a person who owns several records.
 *
 * The attacker knows everything but whether one unit is in the data, sees the whole release (every noisy sum of every step)
 * and may compute without limit. All bounds hold for any such attacker; they come from the same composed privacy loss
 * as epsilon, both directions used where each belongs, and are reached (to the accountant's precision) by the worst
 * case data. Theorems and proofs: docs/privacy/accounting.md, section 9.
 *
 * group: the records of one unit, 1 .. DPDM_GROUP_MAX. Each of them is sampled by itself with the event's rate and clipped
 * by itself; the unit is added or removed as a whole. A unit with fewer records is covered. Thread-safe; no globals. */
#ifndef DPDM_ATTACKER_H
#define DPDM_ATTACKER_H

#include "dpdm/accountant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_GROUP_MAX 256

/* dpdm_account for units of up to `group` records: exact for such units (Ganesh 2024), far below the general m epsilon
 * bound. group 1 is dpdm_account. */
DPDM_API dpdm_status dpdm_account_group(const dpdm_event *events, size_t count, unsigned group, double delta,
                                        dpdm_accountant accountant, dpdm_bound *bound, dpdm_error *err);
/* dpdm_account_delta for units of up to `group` records. */
DPDM_API dpdm_status dpdm_account_group_delta(const dpdm_event *events, size_t count, unsigned group, double epsilon,
                                              dpdm_accountant accountant, double *delta_upper, double *delta_lower,
                                              dpdm_error *err);

/* An epsilon, at delta, for neighbours that differ in one unit of up to `group` records *replaced* by another: from the
 * bound for adding and removing, by way of the data without either unit; an upper bound, not the smallest. Infinity on
 * failure; DPDM_ERANGE where none can be proven. docs/privacy/neighbours.md. */
DPDM_API dpdm_status dpdm_account_replace(const dpdm_event *events, size_t count, unsigned group, double delta,
                                          dpdm_accountant accountant, double *epsilon, dpdm_error *err);

/* dpdm_calibrate_noise for units of up to `group` records: epsilon is for the whole unit. */
DPDM_API dpdm_status dpdm_calibrate_noise_group(double epsilon, double delta, double sampling_rate, uint64_t steps,
                                                const dpdm_event *fixed, size_t count, unsigned group,
                                                dpdm_accountant accountant, double *noise_multiplier, dpdm_bound *bound,
                                                dpdm_error *err);

/* Upper bound on the true-positive rate (saying "in" of units that are in) of any attack whose false-positive rate
 * (saying "in" of units that are not) is false_positive, in [0, 1]. A blind guess has true_positive = false_positive. */
DPDM_API dpdm_status dpdm_attack_true_positive(const dpdm_event *events, size_t count, unsigned group,
                                               double false_positive, double *true_positive, dpdm_error *err);
/* The same at false_positive[0..points): the trade-off (ROC) curve. */
DPDM_API dpdm_status dpdm_attack_curve(const dpdm_event *events, size_t count, unsigned group,
                                       const double *false_positive, size_t points, double *true_positive,
                                       dpdm_error *err);
/* Upper bound on the probability that the best guess is right, of an attacker who holds the unit to be in with probability
 * prior, in (0, 1), before seeing the release. Without the release it is max(prior, 1 - prior). */
DPDM_API dpdm_status dpdm_attack_success(const dpdm_event *events, size_t count, unsigned group, double prior,
                                         double *success, dpdm_error *err);
/* Upper bound on the belief of such an attacker after seeing the release, if the unit is in: with probability 1 - risk over
 * the noise and sampling it is at most *posterior. risk in (0, 1); the epsilon's delta is a natural choice. */
DPDM_API dpdm_status dpdm_attack_posterior(const dpdm_event *events, size_t count, unsigned group, double prior,
                                           double risk, double *posterior, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
