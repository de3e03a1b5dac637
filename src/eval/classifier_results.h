/* classifier_results.h - what a DP-SGD classifier says of images, and how well. */
#ifndef DPDM_EVAL_CLASSIFIER_RESULTS_H
#define DPDM_EVAL_CLASSIFIER_RESULTS_H

#include <cjson/cJSON.h>
#include "dpdm/classifier.h"
#include "dpdm/dp_classifier.h"

/* Predicts the classes of data and compares them with its labels. *agreement: for dpdm_agreement_destroy; zeros on failure. */
dpdm_status dpdm_dp_classifier_test(dpdm_dp_classifier *classifier, const dpdm_dataset *data, dpdm_agreement *agreement,
                                    dpdm_error *err);

/* The likeliest class of each of count images; the first of several. probabilities: [count, classes]. */
void dpdm_classes_likeliest(const float *probabilities, uint64_t count, int classes, int64_t *labels);

/* What every reader of figures from real test images must hear. */
extern const char dpdm_agreement_notice[];
/* Adds accuracy, confusion matrix, calibration and the notice. */
void dpdm_agreement_json(cJSON *json, const dpdm_agreement *agreement);

#endif
