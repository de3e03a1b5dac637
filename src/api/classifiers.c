/* classifiers.c - released DP-SGD classifiers behind a handle. */
#include <stdlib.h>
#include "api/handles.h"
#include "eval/classifier_results.h"

dpdm_status dpdm_dp_classifier_create(const char *path, int threads, dpdm_dp_classifier **classifier, dpdm_error *err)
{
    char place[RELEASE_PATH];
    *classifier = NULL;
    dpdm_status status = release_locate(path, place, err);
    return status ? status : dpdm_dp_classifier_read(place, threads, classifier, err);
}

void dpdm_dp_classifier_free(dpdm_dp_classifier *classifier)
{
    dpdm_dp_classifier_destroy(classifier);
}

void dpdm_dp_classifier_shape(const dpdm_dp_classifier *classifier, int *height, int *width, int *channels,
                              int *classes)
{
    const dpdm_train_config *config = dpdm_dp_classifier_settings(classifier);
    int *const out[] = {height, width, channels, classes};
    const int shape[] = {config->height, config->width, config->channels, config->classes};
    for (int i = 0; i < 4; i++)
        if (out[i])
            *out[i] = shape[i];
}

dpdm_status dpdm_dp_classifier_label(dpdm_dp_classifier *classifier, const dpdm_images *images, int64_t *labels,
                                     float *probabilities, dpdm_error *err)
{
    const size_t classes = (size_t)dpdm_dp_classifier_settings(classifier)->classes, count = images->data.count;
    dpdm_dataset data = images->data; /* its labels are not looked at, whatever they are */
    data.classes = (int)classes;
    float *own = probabilities ? NULL : calloc(count * classes + 1, sizeof *own);
    if (!probabilities && !own)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the predictions");
    float *filled = probabilities ? probabilities : own;
    dpdm_status status = dpdm_dp_classifier_predict(classifier, &data, filled, err);
    if (!status && labels)
        dpdm_classes_likeliest(filled, count, (int)classes, labels);
    free(own);
    return status;
}

dpdm_status dpdm_dp_classifier_test_json(dpdm_dp_classifier *classifier, const dpdm_images *images, char **json,
                                         dpdm_error *err)
{
    dpdm_agreement agreement;
    *json = NULL;
    dpdm_status status = dpdm_dp_classifier_test(classifier, &images->data, &agreement, err);
    if (status)
        return status;
    cJSON *result = cJSON_CreateObject();
    dpdm_agreement_json(result, &agreement);
    dpdm_agreement_destroy(&agreement);
    return json_hand_over(result, json, err);
}
