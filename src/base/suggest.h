/* suggest.h - "did you mean": the nearest of a set of names to a mistyped one.
 *
 * Offer every candidate in turn; no memory is taken. '-' and '_' count as the same character and letter case is
 * ignored. The distance is the number of insertions, deletions, replacements and swaps of neighbours (optimal string
 * alignment). */
#ifndef DPDM_BASE_SUGGEST_H
#define DPDM_BASE_SUGGEST_H

#include <stddef.h>

typedef struct {
    const char *word;
    const char *best; /* NULL while nothing near was offered */
    size_t distance;
} dpdm_suggestion;

/* Starts a search for `word`, which must outlive it. */
dpdm_suggestion dpdm_suggest_begin(const char *word);
/* Considers `name`; on equal distance the first one offered stays. */
void dpdm_suggest_offer(dpdm_suggestion *suggestion, const char *name);

/* The distance of two words, or a number above both lengths if one is longer than 63 characters. */
size_t dpdm_suggest_distance(const char *a, const char *b);

#endif
