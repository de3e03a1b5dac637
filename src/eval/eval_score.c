/* eval_score.c - the figures of one kind of classifier in an evaluation. */
#include "eval/eval_score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/json.h"
#include "base/print.h"

enum { MESSAGE = 300 };

static void score_summarise(eval_score *score);

dpdm_status eval_score_add(eval_score *score, const dpdm_dataset *test, const float *probabilities, double held_out,
                           dpdm_error *err)
{
    score->class_names = test->class_names;
    dpdm_agreement_destroy(&score->agreement);
    free(score->groups);
    free(score->part_groups);
    score->groups = calloc((size_t)test->classes, sizeof *score->groups);
    score->part_groups = calloc((size_t)score->parts->count + 1, sizeof *score->part_groups);
    if (!score->groups || !score->part_groups)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the results of %d classes", test->classes);
    dpdm_status status = dpdm_agreement_measure(test, probabilities, &score->agreement, err);
    if (status)
        return status;
    dpdm_agreement_groups(&score->agreement, score->groups);
    if (score->parts->count)
        eval_parts_judge(score->parts, test, probabilities, score->part_groups);
    score->held_out = (score->held_out * score->trainings + held_out) / (score->trainings + 1);
    score->accuracies[score->trainings++] = score->agreement.accuracy;
    score_summarise(score);
    return DPDM_OK;
}

void eval_score_destroy(eval_score *score)
{
    dpdm_agreement_destroy(&score->agreement);
    free(score->groups);
    free(score->part_groups);
    score->groups = score->part_groups = NULL;
}

static void score_summarise(eval_score *score)
{
    double sum = 0, squares = 0;
    const int n = score->trainings;
    score->best = 0;
    for (int i = 0; i < n; i++) {
        sum += score->accuracies[i];
        score->best = fmax(score->best, score->accuracies[i]);
    }
    score->mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += pow(score->accuracies[i] - score->mean, 2);
    score->deviation = n > 1 ? sqrt(squares / (n - 1)) : 0;
}

/* ---- warnings ---- */

/* A class by its number and, where it has one, its name; or a part by its name. */
typedef struct {
    int class;
    const char *part;         /* NULL: a class */
    char *const *class_names; /* or NULL */
} score_subject;

static cJSON *warning_add(cJSON *warnings, const char *kind, const score_subject *subject, const dpdm_group *group,
                          const char *message)
{
    cJSON *one = cJSON_CreateObject();
    cJSON_AddStringToObject(one, "kind", kind);
    if (subject->part)
        cJSON_AddStringToObject(one, "group", subject->part);
    else
        cJSON_AddNumberToObject(one, "class", subject->class);
    if (!subject->part && subject->class_names)
        cJSON_AddStringToObject(one, "class_name", subject->class_names[subject->class]);
    cJSON_AddItemToObject(one, "images", dpdm_json_u64(group->images));
    cJSON_AddStringToObject(one, "message", message);
    cJSON_AddItemToArray(warnings, one);
    return one;
}

static void subject_name(const score_subject *subject, char name[EVAL_PART_NAME + 20])
{
    if (subject->part)
        snprintf(name, EVAL_PART_NAME + 20, "group '%s'", subject->part);
    else if (subject->class_names)
        snprintf(name, EVAL_PART_NAME + 20, "class %d (%.50s)", subject->class, subject->class_names[subject->class]);
    else
        snprintf(name, EVAL_PART_NAME + 20, "class %d", subject->class);
}

static void warn_few(const score_subject *subject, const dpdm_group *group, cJSON *warnings)
{
    char message[MESSAGE], name[EVAL_PART_NAME + 20];
    if (!group->few)
        return;
    subject_name(subject, name);
    if (group->images)
        dpdm_print_text(message, sizeof message,
                        "%s has only %llu test images: its accuracies may be off by %.0f points", name,
                        (unsigned long long)group->images, 100 * fmin(1, 0.98 / sqrt((double)group->images)));
    else
        snprintf(message, sizeof message, "%s has no test images: nothing is known about it", name);
    warning_add(warnings, "few_images", subject, group, message);
}

dpdm_status eval_score_warn_few(const dpdm_dataset *test, const eval_parts *parts, cJSON *warnings, dpdm_error *err)
{
    dpdm_group *groups = calloc((size_t)test->classes + (size_t)parts->count, sizeof *groups);
    if (!groups)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %d classes", test->classes);
    dpdm_group *part_groups = groups + test->classes;
    for (uint64_t i = 0; i < test->count; i++)
        groups[test->labels[i]].images++;
    dpdm_groups_judge(groups, test->classes);
    if (parts->count)
        eval_parts_judge(parts, test, NULL, part_groups);
    for (int c = 0; c < test->classes; c++)
        warn_few(&(score_subject){c, NULL, test->class_names}, &groups[c], warnings);
    for (int i = 0; i < parts->count; i++)
        warn_few(&(score_subject){0, parts->names[i], NULL}, &part_groups[i], warnings);
    free(groups);
    return DPDM_OK;
}

static void warn_behind(const eval_score *score, const score_subject *subject, const dpdm_group *group, cJSON *warnings)
{
    char message[MESSAGE], name[EVAL_PART_NAME + 20];
    if (!group->behind)
        return;
    subject_name(subject, name);
    dpdm_print_text(message, sizeof message,
                    "%s is far behind: %.1f %% correct (95 %% interval %.1f to %.1f), the other %s %.1f %%", name,
                    100 * group->accuracy, 100 * group->low, 100 * group->high, subject->part ? "groups" : "classes",
                    100 * group->rest);
    cJSON *one = warning_add(warnings, "far_behind", subject, group, message);
    cJSON_AddStringToObject(one, "trained_on", score->trained_on);
    cJSON_AddStringToObject(one, "classifier", score->name);
    cJSON_AddItemToObject(one, "accuracy", dpdm_json_double(group->accuracy));
    cJSON_AddItemToObject(one, "accuracy_of_the_rest", dpdm_json_double(group->rest));
}

static void score_warn(const eval_score *score, cJSON *warnings)
{
    for (int c = 0; c < score->agreement.classes; c++)
        warn_behind(score, &(score_subject){c, NULL, score->class_names}, &score->groups[c], warnings);
    for (int i = 0; i < score->parts->count; i++)
        warn_behind(score, &(score_subject){0, score->parts->names[i], NULL}, &score->part_groups[i], warnings);
}

/* ---- for machines ---- */

static void score_add_classes(cJSON *json, const eval_score *score)
{
    const dpdm_agreement *a = &score->agreement;
    cJSON *accuracies = cJSON_AddArrayToObject(json, "class_accuracy");
    cJSON *names = score->class_names ? cJSON_AddArrayToObject(json, "class_names") : NULL;
    cJSON *intervals = cJSON_AddArrayToObject(json, "class_interval");
    cJSON *images = cJSON_AddArrayToObject(json, "class_images");
    cJSON *confusion = cJSON_AddArrayToObject(json, "confusion");
    for (int c = 0; c < a->classes; c++) {
        const double ends[] = {score->groups[c].low, score->groups[c].high};
        cJSON *row = cJSON_CreateArray();
        for (int p = 0; p < a->classes; p++)
            cJSON_AddItemToArray(row, dpdm_json_u64(a->confusion[(size_t)c * (size_t)a->classes + (size_t)p]));
        if (names)
            cJSON_AddItemToArray(names, cJSON_CreateString(score->class_names[c]));
        cJSON_AddItemToArray(accuracies, dpdm_json_double(a->class_accuracy[c]));
        cJSON_AddItemToArray(intervals, cJSON_CreateDoubleArray(ends, 2));
        cJSON_AddItemToArray(images, dpdm_json_u64(score->groups[c].images));
        cJSON_AddItemToArray(confusion, row);
    }
}

static void score_add_parts(cJSON *json, const eval_score *score)
{
    cJSON *list = cJSON_AddObjectToObject(json, "groups");
    for (int i = 0; i < score->parts->count; i++) {
        const dpdm_group *group = &score->part_groups[i];
        const double ends[] = {group->low, group->high};
        cJSON *one = cJSON_AddObjectToObject(list, score->parts->names[i]);
        cJSON_AddItemToObject(one, "images", dpdm_json_u64(group->images));
        cJSON_AddItemToObject(one, "accuracy", dpdm_json_double(group->accuracy));
        cJSON_AddItemToObject(one, "interval", cJSON_CreateDoubleArray(ends, 2));
    }
}

cJSON *eval_score_json(const eval_score *score, cJSON *warnings)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "accuracy_mean", dpdm_json_double(score->mean));
    cJSON_AddItemToObject(json, "accuracy_std", dpdm_json_double(score->deviation));
    cJSON_AddItemToObject(json, "accuracy_best", dpdm_json_double(score->best));
    cJSON_AddItemToObject(json, "accuracies", cJSON_CreateDoubleArray(score->accuracies, score->trainings));
    if (score->held_out > 0)
        cJSON_AddItemToObject(json, "choice_accuracy", dpdm_json_double(score->held_out));
    cJSON_AddItemToObject(json, "balanced_accuracy", dpdm_json_double(score->agreement.balanced_accuracy));
    cJSON_AddItemToObject(json, "auroc", dpdm_json_double(score->agreement.auroc));
    cJSON_AddItemToObject(json, "base_rate", dpdm_json_double(score->agreement.base_rate));
    cJSON_AddItemToObject(json, "calibration_error", dpdm_json_double(score->agreement.calibration_error));
    score_add_classes(json, score);
    if (score->parts->count)
        score_add_parts(json, score);
    score_warn(score, warnings);
    return json;
}
