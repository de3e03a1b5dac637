/* eval_score.c - the figures of one kind of classifier in `dpdm eval`. */
#include "eval_score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/json.h"

enum { SHOWN_CLASSES = 100, CLASSES_A_LINE = 5, SHOWN_WARNINGS = 10, MESSAGE = 200 };

static void score_summarise(eval_score *score);

dpdm_status eval_score_add(eval_score *score, const dpdm_dataset *test, const float *probabilities, double held_out,
                           dpdm_error *err)
{
    dpdm_agreement_destroy(&score->agreement);
    free(score->groups);
    score->groups = calloc((size_t)test->classes, sizeof *score->groups);
    if (!score->groups)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the results of %d classes", test->classes);
    dpdm_status status = dpdm_agreement_measure(test, probabilities, &score->agreement, err);
    if (status)
        return status;
    dpdm_agreement_groups(&score->agreement, score->groups);
    score->held_out = (score->held_out * score->trainings + held_out) / (score->trainings + 1);
    score->accuracies[score->trainings++] = score->agreement.accuracy;
    score_summarise(score);
    return DPDM_OK;
}

void eval_score_destroy(eval_score *score)
{
    dpdm_agreement_destroy(&score->agreement);
    free(score->groups);
    score->groups = NULL;
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

static cJSON *warning_add(cJSON *warnings, const char *kind, int class, const dpdm_group *group, const char *message)
{
    cJSON *one = cJSON_CreateObject();
    cJSON_AddStringToObject(one, "kind", kind);
    cJSON_AddNumberToObject(one, "class", class);
    cJSON_AddItemToObject(one, "images", dpdm_json_u64(group->images));
    cJSON_AddStringToObject(one, "message", message);
    cJSON_AddItemToArray(warnings, one);
    return one;
}

dpdm_status eval_score_warn_few(const dpdm_dataset *test, cJSON *warnings, dpdm_error *err)
{
    dpdm_group *groups = calloc((size_t)test->classes, sizeof *groups);
    if (!groups)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %d classes", test->classes);
    for (uint64_t i = 0; i < test->count; i++)
        groups[test->labels[i]].images++;
    dpdm_groups_judge(groups, test->classes);
    int shown = 0;
    for (int c = 0; c < test->classes; c++) {
        char message[MESSAGE];
        if (!groups[c].few)
            continue;
        if (groups[c].images)
            snprintf(message, sizeof message,
                     "class %d has only %llu test images: its accuracies may be off by %.0f points", c,
                     (unsigned long long)groups[c].images, 100 * fmin(1, 0.98 / sqrt((double)groups[c].images)));
        else
            snprintf(message, sizeof message, "class %d has no test images: nothing is known about it", c);
        if (warnings)
            warning_add(warnings, "few_images", c, &groups[c], message);
        else if (shown++ < SHOWN_WARNINGS)
            printf("warning: %s\n", message);
    }
    if (shown > SHOWN_WARNINGS)
        printf("warning: %d more classes have few test images\n", shown - SHOWN_WARNINGS);
    free(groups);
    return DPDM_OK;
}

/* What is to be said of a class that is far behind the others; returns 0 where nothing is. */
static int score_behind(const eval_score *score, int class, char message[MESSAGE])
{
    const dpdm_group *group = &score->groups[class];
    if (!group->behind)
        return 0;
    snprintf(message, MESSAGE,
             "class %d is far behind: %.1f %% correct (95 %% interval %.1f to %.1f), the other classes %.1f %%", class,
             100 * group->accuracy, 100 * group->low, 100 * group->high, 100 * group->rest);
    return 1;
}

static void score_warn(const eval_score *score, cJSON *warnings)
{
    char message[MESSAGE];
    for (int c = 0; c < score->agreement.classes; c++) {
        const dpdm_group *group = &score->groups[c];
        if (!score_behind(score, c, message))
            continue;
        cJSON *one = warning_add(warnings, "far_behind", c, group, message);
        cJSON_AddStringToObject(one, "trained_on", score->trained_on);
        cJSON_AddStringToObject(one, "classifier", score->name);
        cJSON_AddItemToObject(one, "accuracy", dpdm_json_double(group->accuracy));
        cJSON_AddItemToObject(one, "accuracy_of_the_rest", dpdm_json_double(group->rest));
    }
}

/* ---- for machines ---- */

static void score_add_classes(cJSON *json, const eval_score *score)
{
    const dpdm_agreement *a = &score->agreement;
    cJSON *accuracies = cJSON_AddArrayToObject(json, "class_accuracy");
    cJSON *intervals = cJSON_AddArrayToObject(json, "class_interval");
    cJSON *images = cJSON_AddArrayToObject(json, "class_images");
    cJSON *confusion = cJSON_AddArrayToObject(json, "confusion");
    for (int c = 0; c < a->classes; c++) {
        const double ends[] = {score->groups[c].low, score->groups[c].high};
        cJSON *row = cJSON_CreateArray();
        for (int p = 0; p < a->classes; p++)
            cJSON_AddItemToArray(row, dpdm_json_u64(a->confusion[(size_t)c * (size_t)a->classes + (size_t)p]));
        cJSON_AddItemToArray(accuracies, dpdm_json_double(a->class_accuracy[c]));
        cJSON_AddItemToArray(intervals, cJSON_CreateDoubleArray(ends, 2));
        cJSON_AddItemToArray(images, dpdm_json_u64(score->groups[c].images));
        cJSON_AddItemToArray(confusion, row);
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
    cJSON_AddItemToObject(json, "calibration_error", dpdm_json_double(score->agreement.calibration_error));
    score_add_classes(json, score);
    score_warn(score, warnings);
    return json;
}

/* ---- for people ---- */

static void score_print_classes(const eval_score *score)
{
    const int classes = score->agreement.classes;
    for (int c = 0; c < classes && c < SHOWN_CLASSES; c++) {
        const dpdm_group *group = &score->groups[c];
        int first = c % CLASSES_A_LINE == 0, last = c % CLASSES_A_LINE == CLASSES_A_LINE - 1 || c == classes - 1;
        printf("%s%2d: ", first ? "  class " : "  ", c);
        if (group->images)
            printf("%5.1f (%4.1f-%4.1f)", 100 * group->accuracy, 100 * group->low, 100 * group->high);
        else
            printf("none");
        if (last)
            printf("\n");
    }
}

void eval_score_print(const eval_score *score)
{
    char message[MESSAGE];
    printf("%-24s %-7s accuracy %.2f %%", score->trained_on, score->name, 100 * score->mean);
    if (score->trainings > 1)
        printf(" (sd %.2f, best %.2f of %d)", 100 * score->deviation, 100 * score->best, score->trainings);
    printf(", calibration error %.3f\n", score->agreement.calibration_error);
    score_print_classes(score);
    for (int c = 0; c < score->agreement.classes && c < SHOWN_CLASSES; c++)
        if (score_behind(score, c, message))
            printf("  warning: %s\n", message);
}
