/* measures.h - what an accuracy has to be compared with. */
#ifndef DPDM_REPORT_MEASURES_H
#define DPDM_REPORT_MEASURES_H

#include <cjson/cJSON.h>
#include "dpdm/classifier.h"

/* Of one classifier of an evaluation. NaN: not known. */
typedef struct {
    double accuracy, balanced; /* mean over the trainings; mean over the classes that have test images */
    double base_rate;          /* accuracy of always naming the most frequent class of the test images */
    double auroc;
} dpdm_report_measures;

/* The base rate and, where the evaluation does not say it, the balanced accuracy are computed from the confusion matrix.
 * one: as dpdm_report_eval_check has passed it; NULL: all NaN. */
dpdm_report_measures dpdm_report_measure(const cJSON *one);

/* The classes as groups, judged again from the confusion matrix of one classifier: [*classes], for free; NULL where it has
 * none, or without memory. */
dpdm_group *dpdm_report_judge_classes(const cJSON *one, int *classes);

#endif
