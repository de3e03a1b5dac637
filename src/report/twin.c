/* twin.c - the report for machines. Whatever changes here changes docs/report.schema.json, and "format" if it breaks
 * readers. */
#include "report/twin.h"

#include <math.h>
#include <stdlib.h>
#include "base/json.h"
#include "base/text.h"
#include "dpdm/version.h"
#include "privacy/events_json.h"
#include "report/measures.h"
#include "report/sections.h"

#define ALARM 0.001 /* share of unused images an attack may wrongly accuse, as in the summary */

static void add_double(cJSON *object, const char *key, double value)
{
    cJSON_AddItemToObject(object, key, dpdm_json_double(value));
}

static void add_copy(cJSON *object, const char *key, const cJSON *item)
{
    cJSON_AddItemToObject(object, key, item ? cJSON_Duplicate(item, 1) : cJSON_CreateNull());
}

static cJSON *model_json(const dpdm_report_input *input)
{
    const dpdm_network_description *shape = &input->model.description;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "height", shape->height);
    cJSON_AddNumberToObject(json, "width", shape->width);
    cJSON_AddNumberToObject(json, "channels", shape->channels);
    cJSON *classes = cJSON_AddArrayToObject(json, "classes");
    for (int c = 0; c < shape->classes; c++) {
        char number[16];
        cJSON_AddItemToArray(classes, cJSON_CreateString(dpdm_report_class(input, c, number)));
    }
    cJSON_AddItemToObject(json, "parameters", dpdm_json_u64(dpdm_network_parameters(input->model.network)));
    return json;
}

static cJSON *privacy_json(const dpdm_report_input *input)
{
    cJSON *json = cJSON_CreateObject();
    char unit[DPDM_UNIT_TEXT];
    cJSON_AddBoolToObject(json, "claim", input->private_claim);
    cJSON_AddBoolToObject(json, "claim_confirmed", dpdm_report_claim_confirmed(input));
    add_double(json, "epsilon_upper", input->private_claim ? input->epsilon : NAN);
    add_double(json, "delta", input->private_claim ? input->delta : NAN);
    add_double(json, "epsilon_computed_again", input->private_claim ? input->recomputed.epsilon_upper : NAN);
    cJSON_AddStringToObject(json, "unit", dpdm_owner_unit(&input->owner, unit));
    cJSON_AddStringToObject(json, "accountant", dpdm_accountant_name(input->accountant));
    cJSON_AddItemToObject(json, "events", dpdm_events_to_json(input->events, input->event_count));
    add_double(json, "detection_at_one_false_alarm_in_a_thousand",
               input->curve.count ? dpdm_report_curve_detection(&input->curve, ALARM) : NAN);
    add_copy(json, "statement", input->statement);
    return json;
}

static cJSON *class_json(const dpdm_report_input *input, const dpdm_group *group, int class)
{
    char number[16];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "class", dpdm_report_class(input, class, number));
    cJSON_AddItemToObject(json, "images", dpdm_json_u64(group->images));
    add_double(json, "accuracy", group->images ? group->accuracy : NAN);
    add_double(json, "low", group->low);
    add_double(json, "high", group->high);
    cJSON_AddBoolToObject(json, "few_images", group->few);
    cJSON_AddBoolToObject(json, "far_behind", group->behind);
    return json;
}

/* trained_on: "synthetic", "real_dp" or "real". */
static cJSON *classifier_json(const dpdm_report_input *input, const cJSON *one, const char *trained_on)
{
    dpdm_report_measures m = dpdm_report_measure(one);
    int classes;
    dpdm_group *groups = dpdm_report_judge_classes(one, &classes);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "classifier", one->string);
    cJSON_AddStringToObject(json, "trained_on", trained_on);
    cJSON_AddNumberToObject(json, "trainings", dpdm_report_trainings(one));
    add_double(json, "accuracy_mean", m.accuracy);
    add_double(json, "accuracy_std", dpdm_report_number(one, "accuracy_std"));
    add_double(json, "accuracy_best", dpdm_report_number(one, "accuracy_best"));
    add_double(json, "balanced_accuracy", m.balanced);
    add_double(json, "auroc", m.auroc);
    add_double(json, "calibration_error", dpdm_report_number(one, "calibration_error"));
    add_double(json, "epsilon_upper", dpdm_report_number(one, "epsilon_upper"));
    cJSON *list = cJSON_AddArrayToObject(json, "by_class");
    for (int c = 0; groups && c < classes; c++)
        cJSON_AddItemToArray(list, class_json(input, &groups[c], c));
    add_copy(json, "groups", cJSON_GetObjectItemCaseSensitive(one, "groups"));
    free(groups);
    return json;
}

static cJSON *quality_json(const dpdm_report_input *input)
{
    static const char *const lists[][2] = {
        {"classifiers", "synthetic"}, {"classifiers_dp", "real_dp"}, {"classifiers_real", "real"}};
    if (!input->eval)
        return cJSON_CreateNull();
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "notice", "computed from real test images: outside the privacy guarantee");
    cJSON_AddBoolToObject(json, "choice_leaks",
                          cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(input->eval, "protocol_leaks")));
    add_double(json, "base_rate", dpdm_report_measure(input->best).base_rate);
    cJSON_AddStringToObject(json, "best", input->best ? input->best->string : "");
    cJSON *all = cJSON_AddArrayToObject(json, "classifiers");
    for (int l = 0; l < 3; l++) {
        const cJSON *one;
        cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(input->eval, lists[l][0]))
        {
            cJSON_AddItemToArray(all, classifier_json(input, one, lists[l][1]));
        }
    }
    add_copy(json, "evaluation", input->eval);
    return json;
}

static cJSON *training_json(const dpdm_report_input *input)
{
    const dpdm_report_timeline *t = &input->timeline;
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < t->count; i++) {
        cJSON *one = cJSON_CreateObject();
        add_double(one, "step", t->step[i]);
        add_double(one, "epsilon_upper", input->private_claim ? t->epsilon[i] : NAN);
        add_double(one, "learning_rate", t->learning_rate[i]);
        add_double(one, "noise", t->noise[i]);
        add_double(one, "signal", t->signal[i]);
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

dpdm_status dpdm_report_put_twin(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "format", "dpdm-report-1");
    cJSON_AddStringToObject(json, "made_by", "dpdm");
    cJSON_AddStringToObject(json, "version", dpdm_version());
    cJSON_AddStringToObject(json, "title", title);
    cJSON_AddItemToObject(json, "model", model_json(input));
    cJSON_AddItemToObject(json, "privacy", privacy_json(input));
    cJSON_AddItemToObject(json, "quality", quality_json(input));
    cJSON_AddItemToObject(json, "training", training_json(input));
    add_copy(json, "config", input->config);
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the report");
    dpdm_text_clean(text);
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    return DPDM_OK;
}
