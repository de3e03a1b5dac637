/* section_quality.c - how useful the samples are: the figures of `dpdm eval`. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "report/figure.h"
#include "report/html.h"
#include "report/sections.h"

enum { MATRIX_CLASSES = 25 };

static const char *quality_name(const char *key)
{
    static const char *const names[][2] = {{"logreg", "logistic regression"},
                                           {"mlp", "multi-layer perceptron"},
                                           {"cnn", "convolutional network"},
                                           {"resnet", "residual network"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(key, names[i][0]) == 0)
            return names[i][1];
    return key;
}

static int quality_trainings(const cJSON *one)
{
    const cJSON *accuracies = cJSON_GetObjectItemCaseSensitive(one, "accuracies");
    return cJSON_IsArray(accuracies) ? cJSON_GetArraySize(accuracies) : 1;
}

/* One classifier of one training set. */
static void accuracy_put_row(FILE *out, const cJSON *one, const char *trained_on)
{
    int trainings = quality_trainings(one);
    double best = dpdm_report_number(one, "accuracy_best"), spread = dpdm_report_number(one, "accuracy_std");
    dpdm_html_put(out, "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"number\">%s</td>",
                  quality_name(one->string), trained_on,
                  dpdm_figure_percent(dpdm_report_number(one, "accuracy_mean")).text);
    dpdm_html_put(out, "<td class=\"number\">%s</td><td class=\"number\">%s</td><td class=\"number\">%d</td>",
                  trainings > 1 ? dpdm_figure_percent(spread).text : "–", dpdm_figure_percent(best).text, trainings);
    double calibration = dpdm_report_number(one, "calibration_error");
    dpdm_html_put(out, "<td class=\"number\">%s</td></tr>\n",
                  isfinite(calibration) ? dpdm_figure_percent(calibration).text : "–");
}

static void quality_put_accuracy(FILE *out, const dpdm_report_input *input)
{
    const cJSON *synthetic = cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers");
    const cJSON *real = cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers_real"), *one;
    dpdm_html_put(out,
                  "<div class=\"scroll\" role=\"region\" aria-label=\"Accuracy of classifiers\" tabindex=\"0\"><table>"
                  "<caption>Accuracy on real test images</caption>\n<thead><tr><th scope=\"col\">Classifier</th>"
                  "<th scope=\"col\">Trained on</th><th scope=\"col\" class=\"number\">Mean</th>"
                  "<th scope=\"col\" class=\"number\">Std. deviation</th><th scope=\"col\" class=\"number\">Best</th>"
                  "<th scope=\"col\" class=\"number\">Trainings</th>"
                  "<th scope=\"col\" class=\"number\">Calibration error</th></tr></thead>\n<tbody>\n");
    cJSON_ArrayForEach(one, synthetic)
    {
        accuracy_put_row(out, one, "synthetic images");
    }
    cJSON_ArrayForEach(one, real)
    {
        accuracy_put_row(out, one, "real images, no privacy");
    }
    dpdm_html_put(out, "</tbody></table></div>\n");
    if (real)
        dpdm_html_put(out, "<p>The rows “real images, no privacy” show what the same classifiers reach without any "
                           "protection: a ceiling to compare with. Those classifiers must not be released.</p>\n");
}

/* ---- by class ---- */

static double row_sum(const cJSON *row)
{
    double sum = 0;
    const cJSON *cell;
    cJSON_ArrayForEach(cell, row)
    {
        sum += cell->valuedouble;
    }
    return sum;
}

/* A count, shaded by its share of the row. The number says the same as the shade, and letters keep their contrast. */
static void matrix_put_cell(FILE *out, double count, double sum, int right)
{
    double share = sum > 0 ? count / sum : 0;
    char shade[16];
    snprintf(shade, sizeof shade, "%.2f", 0.5 * share);
    dpdm_html_put(out, "<td class=\"number%s\" style=\"background-color:rgb(var(--shade)/%s)\">%s</td>",
                  right ? " right" : "", shade, dpdm_figure_count((uint64_t)count).text);
}

static void matrix_put_row(FILE *out, const dpdm_report_input *input, const cJSON *row, int truth, double accuracy,
                           int wide)
{
    char number[16];
    double sum = row_sum(row);
    dpdm_html_put(out, "<tr><th scope=\"row\">%s</th>", dpdm_report_class(input, truth, number));
    int predicted = 0;
    const cJSON *cell;
    if (wide) {
        cJSON_ArrayForEach(cell, row)
        {
            matrix_put_cell(out, cell->valuedouble, sum, predicted++ == truth);
        }
    } else {
        dpdm_html_put(out, "<td class=\"number\">%s</td>", dpdm_figure_count((uint64_t)sum).text);
    }
    dpdm_html_put(out, "<td class=\"number\">%s</td></tr>\n",
                  isfinite(accuracy) ? dpdm_figure_percent(accuracy).text : "–");
}

static void matrix_put_head(FILE *out, const dpdm_report_input *input, int classes)
{
    char number[16];
    dpdm_html_put(out,
                  "<thead><tr><td></td><th scope=\"colgroup\" colspan=\"%d\">Predicted class</th><td></td></tr>\n"
                  "<tr><th scope=\"col\">True class</th>",
                  classes);
    for (int c = 0; c < classes; c++)
        dpdm_html_put(out, "<th scope=\"col\" class=\"number\">%s</th>", dpdm_report_class(input, c, number));
    dpdm_html_put(out, "<th scope=\"col\" class=\"number\">Correct</th></tr></thead>\n");
}

static void quality_put_classes(FILE *out, const dpdm_report_input *input)
{
    const cJSON *confusion = cJSON_GetObjectItemCaseSensitive(input->best, "confusion");
    const cJSON *accuracy = cJSON_GetObjectItemCaseSensitive(input->best, "class_accuracy"), *row;
    if (!confusion)
        return;
    int classes = cJSON_GetArraySize(confusion), wide = classes <= MATRIX_CLASSES, truth = 0;
    dpdm_html_put(out, "<h3>By class</h3>\n<p>Of the %s trained on synthetic images%s",
                  quality_name(input->best->string), quality_trainings(input->best) > 1 ? " (the last training)" : "");
    if (wide)
        dpdm_html_put(out, ": how many real test images of each true class (row) were taken for which class (column)");
    dpdm_html_put(out,
                  ".</p>\n<div class=\"scroll\" role=\"region\" aria-label=\"Results by class\" tabindex=\"0\">"
                  "<table class=\"matrix\"><caption>%s</caption>\n",
                  wide ? "Confusion matrix" : "Results by class");
    if (wide)
        matrix_put_head(out, input, classes);
    else
        dpdm_html_put(out, "<thead><tr><th scope=\"col\">True class</th><th scope=\"col\" class=\"number\">Test images"
                           "</th><th scope=\"col\" class=\"number\">Correct</th></tr></thead>\n");
    dpdm_html_put(out, "<tbody>\n");
    cJSON_ArrayForEach(row, confusion)
    {
        double share = cJSON_GetNumberValue(cJSON_GetArrayItem(accuracy, truth));
        matrix_put_row(out, input, row, truth++, share, wide);
    }
    dpdm_html_put(out, "</tbody></table></div>\n");
}

void dpdm_report_put_quality(FILE *out, const dpdm_report_input *input)
{
    if (!input->eval)
        return;
    double synthetic = dpdm_report_number(input->eval, "synthetic_images"),
           test = dpdm_report_number(input->eval, "test_images"), fid = dpdm_report_number(input->eval, "fid");
    dpdm_html_put(out, "<section id=\"quality\" aria-labelledby=\"quality-title\">\n"
                       "<h2 id=\"quality-title\">How useful the samples are</h2>\n"
                       "<p class=\"warning\" role=\"note\"><strong>Computed from real test images; outside the "
                       "guarantee.</strong> If the test images are private, do not publish this section.</p>\n"
                       "<p>Classifiers were trained on synthetic images only");
    if (synthetic >= 0 && synthetic < 1e15)
        dpdm_html_put(out, " (%s of them)", dpdm_figure_count((uint64_t)synthetic).text);
    dpdm_html_put(out, " and tested on real images");
    if (test >= 0 && test < 1e15)
        dpdm_html_put(out, " (%s)", dpdm_figure_count((uint64_t)test).text);
    dpdm_html_put(out, ".</p>\n");
    quality_put_accuracy(out, input);
    if (isfinite(fid))
        dpdm_html_put(out, "<p>FID (distance of the synthetic from the real images; smaller is better): %s.</p>\n",
                      dpdm_figure_number(fid).text);
    quality_put_classes(out, input);
    dpdm_html_put(out, "</section>\n");
}
