/* audit_histogram.h - scores of canaries that are in and that are out, and the bound that a threshold gives. */
#ifndef DPDM_EVAL_AUDIT_HISTOGRAM_H
#define DPDM_EVAL_AUDIT_HISTOGRAM_H

#include "dpdm/audit.h"

enum { AUDIT_BINS = 8192 };

/* Half of what an attacker sees: the counts that choose a threshold, or those that are measured at it. */
typedef struct {
    uint64_t out[AUDIT_BINS], in[AUDIT_BINS];
} audit_counts;

typedef struct {
    double reach; /* bins divide [-reach, reach]; scores beyond lie in the first or last, a NaN in the first */
    audit_counts choosing, measured;
} audit_histogram;

/* Counts one score. choosing: it helps to choose the threshold; else it is measured. */
void audit_histogram_add(audit_histogram *histogram, double score, int in, int choosing);
/* Adds the counts of another one of the same reach. */
void audit_histogram_merge(audit_histogram *histogram, const audit_histogram *other);

/* Chooses word and threshold on the one part, measures them on the other: fills these fields, rates and epsilon_lower of
 * *result. The bound fails with probability at most risk. */
void audit_histogram_bound(const audit_histogram *histogram, double delta, double risk,
                           dpdm_audit_mechanism_result *result);

#endif
