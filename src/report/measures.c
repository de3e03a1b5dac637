/* measures.c - what an accuracy has to be compared with. */
#include "report/measures.h"

#include <math.h>
#include <stdlib.h>
#include "report/input.h"

dpdm_group *dpdm_report_judge_classes(const cJSON *one, int *classes)
{
    const cJSON *confusion = cJSON_GetObjectItemCaseSensitive(one, "confusion"), *row, *cell;
    *classes = cJSON_GetArraySize(confusion);
    dpdm_group *groups = *classes ? calloc((size_t)*classes, sizeof *groups) : NULL;
    int truth = 0;
    if (!groups)
        return NULL;
    cJSON_ArrayForEach(row, confusion)
    {
        int predicted = 0;
        cJSON_ArrayForEach(cell, row)
        {
            groups[truth].images += (uint64_t)cell->valuedouble;
            groups[truth].right += predicted++ == truth ? (uint64_t)cell->valuedouble : 0;
        }
        truth++;
    }
    dpdm_groups_judge(groups, *classes);
    return groups;
}

dpdm_report_measures dpdm_report_measure(const cJSON *one)
{
    dpdm_report_measures m = {.accuracy = dpdm_report_number(one, "accuracy_mean"),
                              .balanced = NAN,
                              .base_rate = NAN,
                              .auroc = dpdm_report_number(one, "auroc")};
    int classes, present = 0;
    dpdm_group *groups = dpdm_report_judge_classes(one, &classes);
    uint64_t images = 0, most = 0;
    double sum = 0;
    for (int c = 0; groups && c < classes; c++) {
        images += groups[c].images;
        most = groups[c].images > most ? groups[c].images : most;
        sum += groups[c].images ? groups[c].accuracy : 0;
        present += groups[c].images > 0;
    }
    free(groups);
    if (present) {
        m.balanced = sum / present;
        m.base_rate = (double)most / (double)images;
    }
    if (!(m.auroc >= 0 && m.auroc <= 1))
        m.auroc = NAN;
    return m;
}
