/* eval_check.c - is a JSON file what `dpdm eval --json` prints? */
#include <math.h>
#include "report/input.h"

static int share_is_valid(double value)
{
    return value >= 0 && value <= 1;
}

/* confusion: as many rows as columns, whole numbers; class_accuracy: as many entries, shares or null. */
static int confusion_is_valid(const cJSON *confusion, const cJSON *classes_json, int classes)
{
    if (!confusion && !classes_json)
        return 1;
    int n = cJSON_GetArraySize(confusion);
    if (!cJSON_IsArray(confusion) || !cJSON_IsArray(classes_json) || n < 1 || n > classes ||
        cJSON_GetArraySize(classes_json) != n)
        return 0;
    const cJSON *row, *cell;
    cJSON_ArrayForEach(row, confusion)
    {
        if (!cJSON_IsArray(row) || cJSON_GetArraySize(row) != n)
            return 0;
        cJSON_ArrayForEach(cell, row)
        {
            double value = cJSON_GetNumberValue(cell);
            if (!(value >= 0 && value < 1e15 && value == floor(value)))
                return 0;
        }
    }
    cJSON_ArrayForEach(cell, classes_json)
    {
        if (!cJSON_IsNull(cell) && !share_is_valid(cJSON_GetNumberValue(cell)))
            return 0;
    }
    return 1;
}

static dpdm_status classifier_check(const cJSON *one, int classes, const char *name, dpdm_error *err)
{
    if (!share_is_valid(dpdm_report_number(one, "accuracy_mean")))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: a classifier has no accuracy_mean between 0 and 1", name);
    if (!confusion_is_valid(cJSON_GetObjectItemCaseSensitive(one, "confusion"),
                            cJSON_GetObjectItemCaseSensitive(one, "class_accuracy"), classes))
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: the confusion and class_accuracy of a classifier are not those of at most %d "
                              "classes, which the model has; is the file of another data set?",
                              name, classes);
    return DPDM_OK;
}

dpdm_status dpdm_report_eval_check(const cJSON *eval, int classes, const char *name, const cJSON **best,
                                   dpdm_error *err)
{
    const cJSON *lists[] = {cJSON_GetObjectItemCaseSensitive(eval, "classifiers"),
                            cJSON_GetObjectItemCaseSensitive(eval, "classifiers_real"),
                            cJSON_GetObjectItemCaseSensitive(eval, "classifiers_dp")};
    *best = NULL;
    if (!cJSON_IsObject(lists[0]) || !lists[0]->child || (lists[1] && !cJSON_IsObject(lists[1])) ||
        (lists[2] && !cJSON_IsObject(lists[2])))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: not the output of 'dpdm eval --json': it has no classifiers",
                              name);
    for (int i = 0; i < 3; i++) {
        for (const cJSON *one = lists[i] ? lists[i]->child : NULL; one; one = one->next) {
            dpdm_status status = classifier_check(one, classes, name, err);
            if (status)
                return status;
            if (i == 0 &&
                (!*best || dpdm_report_number(one, "accuracy_mean") > dpdm_report_number(*best, "accuracy_mean")))
                *best = one;
        }
    }
    return DPDM_OK;
}
