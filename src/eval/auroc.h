/* auroc.h - how well scores put the images of a class before the others. */
#ifndef DPDM_EVAL_AUROC_H
#define DPDM_EVAL_AUROC_H

#include <stdint.h>
#include "dpdm/status.h"

/* Area under the receiver operating characteristic: the chance that an image of the class has a higher score than one of
 * another class, ties counting half (Mann and Whitney 1947; Hanley and McNeil 1982). Mean over the classes against the
 * rest, each class counting alike and those without images (or with all) left out; with two classes there is one such
 * area. labels: [count], 0 .. classes - 1. probabilities: [count, classes], row-major. *area: NaN where only one class has
 * images. DPDM_ENOMEM. */
dpdm_status dpdm_auroc(const int32_t *labels, const float *probabilities, uint64_t count, int classes, double *area,
                       dpdm_error *err);

#endif
