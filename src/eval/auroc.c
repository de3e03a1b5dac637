/* auroc.c - how well scores put the images of a class before the others. */
#include "eval/auroc.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    float score;
    int own;
} ranked;

static int ranked_compare(const void *a, const void *b)
{
    const float x = ((const ranked *)a)->score, y = ((const ranked *)b)->score;
    return (x > y) - (x < y);
}

/* NaN where the class has no images, or all.*/
static double class_area(ranked *list, uint64_t count)
{
    uint64_t below = 0, own = 0; /* others with a lower score so far; images of the class */
    double wins = 0;             /* twice the pairs that are right */
    for (uint64_t i = 0; i < count;) {
        uint64_t end = i, same_own = 0;
        for (; end < count && list[end].score == list[i].score; end++)
            same_own += (uint64_t)list[end].own;
        uint64_t same_other = end - i - same_own;
        wins += (double)same_own * (double)(2 * below + same_other);
        below += same_other;
        own += same_own;
        i = end;
    }
    return own && below ? wins / (2 * (double)own * (double)below) : NAN;
}

dpdm_status dpdm_auroc(const int32_t *labels, const float *probabilities, uint64_t count, int classes, double *area,
                       dpdm_error *err)
{
    double sum = 0;
    int used = 0;
    ranked *list = malloc((size_t)(count + 1) * sizeof *list);
    *area = NAN;
    if (!list)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to rank %llu images", (unsigned long long)count);
    for (int c = classes == 2 ? 1 : 0; c < classes; c++) {
        for (uint64_t i = 0; i < count; i++) {
            float score = probabilities[i * (uint64_t)classes + (uint64_t)c];
            list[i] = (ranked){isnan(score) ? -INFINITY : score, labels[i] == c};
        }
        qsort(list, (size_t)count, sizeof *list, ranked_compare);
        double one = class_area(list, count);
        if (isnan(one))
            continue;
        sum += one;
        used++;
    }
    free(list);
    if (used)
        *area = sum / used;
    return DPDM_OK;
}
