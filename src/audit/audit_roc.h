/* audit_roc.h - members and non-members ranked by a score. */
#ifndef DPDM_EVAL_AUDIT_ROC_H
#define DPDM_EVAL_AUDIT_ROC_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    double score;
    size_t tie; /* breaks ties: random, so that the order in which candidates are stored does not show */
    int in;
} audit_ranked;

/* Highest score first. */
void audit_roc_sort(audit_ranked *ranked, size_t count);

/* The probability that a member scores higher than a non-member, ties counted half. ranked: sorted. */
double audit_roc_area(const audit_ranked *ranked, size_t count);

/* The lowest threshold above which at most `share` of the non-members score; ranked: sorted. */
double audit_roc_threshold(const audit_ranked *ranked, size_t count, double share);

/* Right guesses if the first `first` are called members and the last `last` non-members; first + last <= count. */
uint64_t audit_roc_right(const audit_ranked *ranked, size_t count, size_t first, size_t last);

#endif
