/* eval_print.c - the parts of an evaluation for people. */
#include "eval_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "privacy/bound_json.h"
#include "verb.h"

enum { SHOWN_CLASSES = 100, CLASSES_A_LINE = 5, SHOWN_WARNINGS = 10 };

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* NaN where there is none. */
static double number(const cJSON *object, const char *key)
{
    return dpdm_json_number(get(object, key));
}

static const char *string(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(get(object, key));
    return text ? text : "";
}

static double entry(const cJSON *list, int index)
{
    return dpdm_json_number(cJSON_GetArrayItem(list, index));
}

static void print_warnings(eval_print *print, const cJSON *warnings, const char *indent, int most)
{
    int count = cJSON_GetArraySize(warnings), shown = 0;
    for (; print->warned < count; print->warned++)
        if (shown++ < most)
            printf("%swarning: %s\n", indent, string(cJSON_GetArrayItem(warnings, print->warned), "message"));
    if (shown > most)
        printf("%swarning: %d more classes or groups\n", indent, shown - most);
}

static void print_sets(eval_print *print, const cJSON *part, const cJSON *warnings)
{
    if (cJSON_IsTrue(get(part, "protocol_leaks")))
        printf("protocol %s: %s\n", string(part, "protocol"), string(part, "protocol_notice"));
    print_warnings(print, warnings, "", SHOWN_WARNINGS);
}

static void print_classes(const cJSON *score)
{
    const cJSON *accuracies = get(score, "class_accuracy"), *intervals = get(score, "class_interval");
    const cJSON *images = get(score, "class_images");
    const int classes = cJSON_GetArraySize(accuracies);
    for (int c = 0; c < classes && c < SHOWN_CLASSES; c++) {
        const cJSON *interval = cJSON_GetArrayItem(intervals, c);
        int first = c % CLASSES_A_LINE == 0, last = c % CLASSES_A_LINE == CLASSES_A_LINE - 1 || c == classes - 1;
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(get(score, "class_names"), c));
        if (name)
            printf("  class %2d (%s): ", c, name);
        else
            printf("%s%2d: ", first ? "  class " : "  ", c);
        if (entry(images, c) > 0)
            printf("%5.1f (%4.1f-%4.1f)", 100 * entry(accuracies, c), 100 * entry(interval, 0),
                   100 * entry(interval, 1));
        else
            printf("none");
        if (last || name)
            printf("\n");
    }
}

static void print_groups(const cJSON *groups)
{
    int shown = 0;
    for (const cJSON *one = groups ? groups->child : NULL; one && shown < SHOWN_CLASSES; one = one->next, shown++) {
        const cJSON *interval = get(one, "interval");
        cli_say("  group %s: %.1f (%.1f-%.1f) of %.0f\n", one->string, 100 * number(one, "accuracy"),
                100 * entry(interval, 0), 100 * entry(interval, 1), number(one, "images"));
    }
}

static void print_score(eval_print *print, const char *trained_on, const char *name, const cJSON *score,
                        const cJSON *warnings)
{
    const int trainings = cJSON_GetArraySize(get(score, "accuracies"));
    printf("%-24s %-7s accuracy %.2f %%", trained_on, name, 100 * number(score, "accuracy_mean"));
    if (trainings > 1)
        printf(" (sd %.2f, best %.2f of %d)", 100 * number(score, "accuracy_std"), 100 * number(score, "accuracy_best"),
               trainings);
    printf(", calibration error %.3f\n", number(score, "calibration_error"));
    print_classes(score);
    print_groups(get(score, "groups"));
    print_warnings(print, warnings, "  ", SHOWN_CLASSES);
    if (get(score, "private")) /* trained with DP-SGD */
        printf("  epsilon <= %.5g at delta %g%s\n", dpdm_bound_round(number(score, "epsilon_upper"), 1),
               number(score, "delta"),
               cJSON_IsTrue(get(score, "private")) ? "" : "; NO privacy claim: it was trained with a given seed");
}

static void print_rival(const cJSON *rival)
{
    double trained = number(rival, "trained"), with = number(rival, "epsilon_with_release");
    if (!(trained > 0))
        return;
    printf("%.0f classifier%s trained with DP-SGD here, on top of the release: that spends epsilon <= %.5g", trained,
           trained > 1 ? "s" : "", dpdm_bound_round(number(rival, "epsilon_together"), 1));
    if (isfinite(with))
        printf(", with the release %.5g", dpdm_bound_round(with, 1));
    printf("\n");
}

static double fidelity_value(const cJSON *fidelity, const char *name)
{
    return number(get(fidelity, name), "value");
}

static void print_fidelity(const cJSON *fidelity)
{
    const cJSON *features = get(fidelity, "features");
    printf("fidelity to the real test images by %s features%s: FID %.4g, KID %.4g\n", string(features, "name"),
           cJSON_IsTrue(get(features, "touches_private_data")) ? " (trained on real images)" : "",
           fidelity_value(fidelity, "fid"), fidelity_value(fidelity, "kid"));
    if (get(fidelity, "precision"))
        printf("  precision %.3f, recall %.3f, density %.3f, coverage %.3f\n", fidelity_value(fidelity, "precision"),
               fidelity_value(fidelity, "recall"), fidelity_value(fidelity, "density"),
               fidelity_value(fidelity, "coverage"));
}

static void print_released(const cJSON *released)
{
    const cJSON *classifiers = get(released, "classifiers");
    printf(
        "released accuracies, trained on synthetic images, with epsilon <= %.5g at delta = %g spent on the real test "
        "images:\n",
        dpdm_bound_round(number(released, "epsilon_cost"), 1), number(get(released, "bound"), "delta"));
    for (const cJSON *one = classifiers ? classifiers->child : NULL; one; one = one->next)
        printf("  %-7s %.2f %% (noise sd %.2f)\n", one->string, 100 * number(one, "accuracy"),
               100 * number(one, "noise_std"));
    printf("  event: sampling rate 1, noise multiplier %.6g, 1 step. It %s.\n",
           number(get(released, "event"), "noise_multiplier"), string(released, "scope"));
}

void eval_print_part(void *context, const char *kind, const char *name, const cJSON *part, const cJSON *warnings)
{
    eval_print *print = context;
    if (name)
        print_score(print, kind, name, part, warnings);
    else if (!strcmp(kind, "sets"))
        print_sets(print, part, warnings);
    else if (!strcmp(kind, "chosen"))
        printf("chosen on %s: %s, accuracy %.2f %%\n", string(part, "chosen_on"), string(part, "classifier"),
               100 * number(part, "accuracy_mean"));
    else if (!strcmp(kind, "rival"))
        print_rival(part);
    else if (!strcmp(kind, "fidelity"))
        print_fidelity(part);
    else if (!strcmp(kind, "released"))
        print_released(part);
}
