/* selfcheck_compare.h - what must hold of one step, and of two steps with the same key on neighbouring data. */
#ifndef DPDM_TRAIN_SELFCHECK_COMPARE_H
#define DPDM_TRAIN_SELFCHECK_COMPARE_H

#include "audit/selfcheck_trial.h"

/* Notes the first thing that is not as claimed. */
void selfcheck_fail(dpdm_selfcheck_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Of any step: each record adds a vector of integer norm <= 2^s, computed in 128 bits, and one that is not finite adds
 * zero; the sum is theirs; noised - sum is the exact noise of this key and step; the release is noised C / (2^s B). */
dpdm_status selfcheck_sound(const selfcheck_trial *trial, dpdm_selfcheck_result *result, dpdm_error *err);

/* Of two sound steps on data that differ in the record `odd` at most (SELFCHECK_NOBODY: in none): everyone else's
 * selection, norm and gradient, and the noise, are equal bit for bit; the sums differ by the odd record's vectors. */
dpdm_status selfcheck_neighbours(const selfcheck_trial *a, const selfcheck_trial *b, uint64_t odd,
                                 dpdm_selfcheck_result *result, dpdm_error *err);

/* The same where all images of one owner (selfcheck_owner) may differ, of which at most `cap` may be in a batch. */
dpdm_status selfcheck_neighbours_owner(const selfcheck_trial *a, const selfcheck_trial *b, uint64_t owner, int cap,
                                       dpdm_selfcheck_result *result, dpdm_error *err);

/* Are batch, sum, noise and release of two steps the same bits? */
void selfcheck_same(const selfcheck_trial *a, const selfcheck_trial *b, dpdm_selfcheck_result *result);

/* The L2 norm of the difference of the sums in units of 2^s: for people. */
double selfcheck_moved(const selfcheck_trial *a, const selfcheck_trial *b);

#endif
