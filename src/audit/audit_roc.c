/* audit_roc.c - see audit_roc.h. */
#include "audit/audit_roc.h"

#include <math.h>
#include <stdlib.h>

static int ranked_compare(const void *a, const void *b)
{
    const audit_ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->tie > y->tie) - (x->tie < y->tie);
}

void audit_roc_sort(audit_ranked *ranked, size_t count)
{
    qsort(ranked, count, sizeof *ranked, ranked_compare);
}

double audit_roc_area(const audit_ranked *ranked, size_t count)
{
    double members = 0, pairs = 0, all_members = 0;
    for (size_t i = 0; i < count; i++)
        all_members += ranked[i].in;
    for (size_t start = 0, end; start < count; start = end) {
        double here_in = 0, here_out = 0;
        for (end = start; end < count && ranked[end].score == ranked[start].score; end++) {
            here_in += ranked[end].in;
            here_out += !ranked[end].in;
        }
        pairs += here_out * (members + here_in / 2); /* members above these non-members */
        members += here_in;
    }
    double all = all_members * ((double)count - all_members);
    return all > 0 ? pairs / all : 0.5;
}

double audit_roc_threshold(const audit_ranked *ranked, size_t count, double share)
{
    size_t non_members = 0, above = 0;
    for (size_t i = 0; i < count; i++)
        non_members += !ranked[i].in;
    double most = floor(share * (double)non_members);
    for (size_t i = 0; i < count; i++) {
        above += !ranked[i].in;
        if ((double)above > most)
            return ranked[i].score;
    }
    return -INFINITY;
}

uint64_t audit_roc_right(const audit_ranked *ranked, size_t count, size_t first, size_t last)
{
    uint64_t right = 0;
    for (size_t i = 0; i < first; i++)
        right += ranked[i].in != 0;
    for (size_t i = count - last; i < count; i++)
        right += ranked[i].in == 0;
    return right;
}
