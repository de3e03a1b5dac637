/* classifier_results.c - see classifier_results.h. */
#include "eval/classifier_results.h"

#include <stdlib.h>
#include "base/json.h"

const char dpdm_agreement_notice[] =
    "computed from real test images: outside the privacy guarantee, not for publication if those are private";

dpdm_status dpdm_dp_classifier_test(dpdm_dp_classifier *classifier, const dpdm_dataset *data, dpdm_agreement *agreement,
                                    dpdm_error *err)
{
    *agreement = (dpdm_agreement){0};
    float *probabilities = calloc(data->count * (size_t)data->classes + 1, sizeof *probabilities);
    if (!probabilities)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the predictions");
    dpdm_status status = dpdm_dp_classifier_predict(classifier, data, probabilities, err);
    if (!status)
        status = dpdm_agreement_measure(data, probabilities, agreement, err);
    free(probabilities);
    return status;
}

void dpdm_classes_likeliest(const float *probabilities, uint64_t count, int classes, int64_t *labels)
{
    for (uint64_t i = 0; i < count; i++) {
        const float *p = probabilities + i * (uint64_t)classes;
        labels[i] = 0;
        for (int c = 1; c < classes; c++)
            if (p[c] > p[labels[i]])
                labels[i] = c;
    }
}

void dpdm_agreement_json(cJSON *json, const dpdm_agreement *a)
{
    cJSON_AddItemToObject(json, "accuracy", dpdm_json_double(a->accuracy));
    cJSON_AddItemToObject(json, "balanced_accuracy", dpdm_json_double(a->balanced_accuracy));
    cJSON_AddItemToObject(json, "auroc", dpdm_json_double(a->auroc));
    cJSON_AddItemToObject(json, "base_rate", dpdm_json_double(a->base_rate));
    cJSON_AddItemToObject(json, "calibration_error", dpdm_json_double(a->calibration_error));
    cJSON_AddItemToObject(json, "test_images", dpdm_json_u64(a->count));
    cJSON_AddStringToObject(json, "accuracy_notice", dpdm_agreement_notice);
    cJSON *classes = cJSON_AddArrayToObject(json, "class_accuracy");
    cJSON *confusion = cJSON_AddArrayToObject(json, "confusion");
    for (int c = 0; c < a->classes; c++) {
        cJSON_AddItemToArray(classes, dpdm_json_double(a->class_accuracy[c]));
        cJSON *row = cJSON_CreateArray();
        for (int p = 0; p < a->classes; p++)
            cJSON_AddItemToArray(row, dpdm_json_u64(a->confusion[(size_t)c * (size_t)a->classes + (size_t)p]));
        cJSON_AddItemToArray(confusion, row);
    }
}
