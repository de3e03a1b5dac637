/* groups.c - how sure the accuracy of a group of test images is, and whether it is far below the rest. */
#include "dpdm/classifier.h"

#include <math.h>

#define NORMAL_975 1.959963984540054 /* the standard normal is below it with probability 0.975 */

void dpdm_share_interval(uint64_t right, uint64_t count, double *low, double *high)
{
    *low = 0;
    *high = 1;
    if (!count)
        return;
    double n = (double)count, share = (double)right / n, square = NORMAL_975 * NORMAL_975;
    double middle = (share + square / (2 * n)) / (1 + square / n);
    double half = NORMAL_975 / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n));
    *low = right == 0 ? 0 : fmax(0, middle - half);
    *high = right == count ? 1 : fmin(1, middle + half);
}

void dpdm_groups_judge(dpdm_group *groups, int count)
{
    uint64_t images = 0, right = 0;
    for (int i = 0; i < count; i++) {
        images += groups[i].images;
        right += groups[i].right;
    }
    for (int i = 0; i < count; i++) {
        dpdm_group *group = &groups[i];
        uint64_t others = images - group->images;
        group->accuracy = group->images ? (double)group->right / (double)group->images : NAN;
        group->rest = others ? (double)(right - group->right) / (double)others : NAN;
        dpdm_share_interval(group->right, group->images, &group->low, &group->high);
        group->few = group->images < DPDM_GROUP_FEW;
        group->behind = group->images > 0 && others > 0 && group->high < group->rest - DPDM_GROUP_BEHIND;
    }
}

void dpdm_agreement_groups(const dpdm_agreement *agreement, dpdm_group *groups)
{
    size_t classes = (size_t)agreement->classes;
    for (size_t c = 0; c < classes; c++) {
        const uint64_t *row = agreement->confusion + c * classes;
        groups[c] = (dpdm_group){.right = row[c]};
        for (size_t p = 0; p < classes; p++)
            groups[c].images += row[p];
    }
    dpdm_groups_judge(groups, agreement->classes);
}
