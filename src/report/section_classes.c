/* section_classes.c - the classes one by one: who is left behind, and the confusion matrix of the best classifier. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/classifier.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/sections.h"

enum { MATRIX_CLASSES = 25, WARNINGS_MOST = 30 };

/* The classes as groups, judged here again from the confusion matrix; NULL: no memory. */
static dpdm_group *classes_judge(const cJSON *confusion, int classes)
{
    dpdm_group *groups = calloc((size_t)classes, sizeof *groups);
    const cJSON *row, *cell;
    int truth = 0;
    if (!groups)
        return NULL;
    cJSON_ArrayForEach(row, confusion)
    {
        int predicted = 0;
        cJSON_ArrayForEach(cell, row)
        {
            groups[truth].images += (uint64_t)cell->valuedouble;
            groups[truth].right += predicted++ == truth ? (uint64_t)cell->valuedouble : 0;
        }
        truth++;
    }
    dpdm_groups_judge(groups, classes);
    return groups;
}

/* ---- warnings ---- */

static void warning_put(FILE *out, const dpdm_report_input *input, const dpdm_group *group, int class)
{
    char number[16];
    const char *name = dpdm_report_class(input, class, number);
    if (group->behind)
        dpdm_html_put(out, "<li>Class %s is far behind: %s correct, against %s in the other classes%s.</li>\n", name,
                      dpdm_figure_percent(group->accuracy).text, dpdm_figure_percent(group->rest).text,
                      group->few ? "; it has few test images" : "");
    else if (group->images)
        dpdm_html_put(out, "<li>Class %s has only %s test images: its accuracy lies somewhere from %s to %s.</li>\n",
                      name, dpdm_figure_count(group->images).text, dpdm_figure_percent(group->low).text,
                      dpdm_figure_percent(group->high).text);
    else
        dpdm_html_put(out, "<li>Class %s has no test images: nothing is known about it.</li>\n", name);
}

static void warnings_put(FILE *out, const dpdm_report_input *input, const dpdm_group *groups, int classes)
{
    int found = 0;
    for (int c = 0; c < classes; c++)
        found += groups[c].few || groups[c].behind;
    if (!found)
        return;
    dpdm_html_put(out,
                  "<div class=\"warning\" role=\"note\"><p><strong>The mean over all images hides this.</strong></p>"
                  "<ul>\n");
    int left = WARNINGS_MOST;
    for (int c = 0; c < classes && left; c++) {
        if (!groups[c].few && !groups[c].behind)
            continue;
        warning_put(out, input, &groups[c], c);
        left--;
    }
    if (found > WARNINGS_MOST)
        dpdm_html_put(out, "<li>and %d more classes.</li>\n", found - WARNINGS_MOST);
    dpdm_html_put(out, "</ul></div>\n");
}

/* ---- the table ---- */

/* A count, shaded by its share of the row. The number says the same as the shade, and letters keep their contrast. */
static void matrix_put_cell(FILE *out, double count, double sum, int right)
{
    double share = sum > 0 ? count / sum : 0;
    char shade[16];
    snprintf(shade, sizeof shade, "%.2f", 0.5 * share);
    dpdm_html_put(out, "<td class=\"number%s\" style=\"background-color:rgb(var(--shade)/%s)\">%s</td>",
                  right ? " right" : "", shade, dpdm_figure_count((uint64_t)count).text);
}

static void matrix_put_row(FILE *out, const dpdm_report_input *input, const cJSON *row, int truth,
                           const dpdm_group *group, int wide)
{
    char number[16], interval[32] = "–";
    dpdm_html_put(out, "<tr><th scope=\"row\">%s</th>", dpdm_report_class(input, truth, number));
    int predicted = 0;
    const cJSON *cell;
    if (wide) {
        cJSON_ArrayForEach(cell, row)
        {
            matrix_put_cell(out, cell->valuedouble, (double)group->images, predicted++ == truth);
        }
    } else {
        dpdm_html_put(out, "<td class=\"number\">%s</td>", dpdm_figure_count(group->images).text);
    }
    if (group->images)
        snprintf(interval, sizeof interval, "%.1f–%.1f", 100 * group->low, 100 * group->high);
    dpdm_html_put(out, "<td class=\"number\">%s</td><td class=\"number\">%s</td></tr>\n",
                  group->images ? dpdm_figure_percent(group->accuracy).text : "–", interval);
}

static void matrix_put_head(FILE *out, const dpdm_report_input *input, int classes)
{
    char number[16];
    dpdm_html_put(out,
                  "<thead><tr><td></td><th scope=\"colgroup\" colspan=\"%d\">Predicted class</th><td></td><td></td>"
                  "</tr>\n<tr><th scope=\"col\">True class</th>",
                  classes);
    for (int c = 0; c < classes; c++)
        dpdm_html_put(out, "<th scope=\"col\" class=\"number\">%s</th>", dpdm_report_class(input, c, number));
    dpdm_html_put(out,
                  "<th scope=\"col\" class=\"number\">Correct</th><th scope=\"col\" class=\"number\">95 %% interval"
                  "</th></tr></thead>\n");
}

static void matrix_put(FILE *out, const dpdm_report_input *input, const cJSON *confusion, const dpdm_group *groups,
                       int classes)
{
    int wide = classes <= MATRIX_CLASSES, truth = 0;
    const cJSON *row;
    dpdm_html_put(out,
                  "<div class=\"scroll\" role=\"region\" aria-label=\"Results by class\" tabindex=\"0\">"
                  "<table class=\"matrix\"><caption>%s</caption>\n",
                  wide ? "Confusion matrix" : "Results by class");
    if (wide)
        matrix_put_head(out, input, classes);
    else
        dpdm_html_put(out, "<thead><tr><th scope=\"col\">True class</th><th scope=\"col\" class=\"number\">Test images"
                           "</th><th scope=\"col\" class=\"number\">Correct</th><th scope=\"col\" class=\"number\">"
                           "95 %% interval</th></tr></thead>\n");
    dpdm_html_put(out, "<tbody>\n");
    cJSON_ArrayForEach(row, confusion)
    {
        matrix_put_row(out, input, row, truth, &groups[truth], wide);
        truth++;
    }
    dpdm_html_put(out, "</tbody></table></div>\n");
}

void dpdm_report_put_classes(FILE *out, const dpdm_report_input *input)
{
    const cJSON *confusion = cJSON_GetObjectItemCaseSensitive(input->best, "confusion");
    int classes = cJSON_GetArraySize(confusion);
    dpdm_group *groups = classes ? classes_judge(confusion, classes) : NULL;
    if (!groups)
        return;
    dpdm_html_put(out, "<h3>By class</h3>\n<p>Of the %s trained on synthetic images%s",
                  dpdm_report_classifier(input->best->string),
                  dpdm_report_trainings(input->best) > 1 ? " (the last training)" : "");
    if (classes <= MATRIX_CLASSES)
        dpdm_html_put(out, ": how many real test images of each true class (row) were taken for which class (column)");
    dpdm_html_put(out, ".</p>\n");
    warnings_put(out, input, groups, classes);
    matrix_put(out, input, confusion, groups, classes);
    free(groups);
}
