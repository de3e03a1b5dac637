/* suggest.c - the nearest of a set of names. */
#include "base/suggest.h"

#include <string.h>

#define LONGEST 63

static char letter_fold(char c)
{
    if (c == '_')
        return '-';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t dpdm_suggest_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return n + m + 1;
    size_t rows[3][LONGEST + 1]; /* row i-2, i-1 and i of the table, in turn */
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            char p = letter_fold(a[i - 1]), q = letter_fold(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (p != q));
            if (i > 1 && j > 1 && p == letter_fold(b[j - 2]) && q == letter_fold(a[i - 2]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

dpdm_suggestion dpdm_suggest_begin(const char *word)
{
    return (dpdm_suggestion){word, NULL, 0};
}

/* Is `name` an unfinished or lengthened form of `word` ("sampling" for "sampling-rate")? */
static int prefix_holds(const char *word, const char *name)
{
    size_t i = 0;
    while (word[i] && letter_fold(word[i]) == letter_fold(name[i]))
        i++;
    return !word[i] && i >= 3;
}

void dpdm_suggest_offer(dpdm_suggestion *suggestion, const char *name)
{
    size_t length = strlen(suggestion->word);
    size_t distance = dpdm_suggest_distance(suggestion->word, name);
    size_t allowed = length < 3 ? 1 : length / 3 + 1;
    if (prefix_holds(suggestion->word, name))
        distance = least(distance, allowed);
    if (distance <= allowed && distance < strlen(name) && (!suggestion->best || distance < suggestion->distance)) {
        suggestion->best = name;
        suggestion->distance = distance;
    }
}
