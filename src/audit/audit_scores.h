/* audit_scores.h - how much a candidate looks like a member, judged by synthetic images. */
#ifndef DPDM_EVAL_AUDIT_SCORES_H
#define DPDM_EVAL_AUDIT_SCORES_H

#include "dpdm/audit.h"

typedef enum { AUDIT_NEAREST = 0, AUDIT_DENSITY, AUDIT_RELATIVE, AUDIT_SCORES } audit_score;

const char *audit_score_name(audit_score score);

/* Candidates: members, then non-members; who is which does not enter. scores: [AUDIT_SCORES, candidates], the higher the
 * likelier a member. Squared distances of pixels are exact integers. */
dpdm_status audit_scores_compute(const dpdm_dataset *synthetic, const dpdm_dataset *members,
                                 const dpdm_dataset *non_members, int threads, dpdm_audit_progress_fn progress,
                                 void *context, double *scores, dpdm_error *err);

#endif
