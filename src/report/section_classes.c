/* section_classes.c - the classes one by one: who is left behind, and the confusion matrix of the best classifier. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/classifier.h"
#include "base/print.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/measures.h"
#include "report/sections.h"

enum { MATRIX_CLASSES = 25, WARNINGS_MOST = 12, GROUPS_MOST = 100 };

static dpdm_figure interval_text(const dpdm_group *group)
{
    dpdm_figure figure = {"–"};
    if (group->images)
        dpdm_print_text(figure.text, sizeof figure.text, "%.1f–%.1f", 100 * group->low, 100 * group->high);
    return figure;
}

/* The groups that the evaluation names beside the classes: their number, at most GROUPS_MOST; names and groups: [that]. */
static int groups_judge(const cJSON *list, const char *names[GROUPS_MOST], dpdm_group *groups)
{
    int count = 0;
    const cJSON *one;
    cJSON_ArrayForEach(one, list)
    {
        double images = dpdm_report_number(one, "images"), accuracy = dpdm_report_number(one, "accuracy");
        if (count == GROUPS_MOST || !one->string || !(images >= 1 && images < 1e15 && accuracy >= 0 && accuracy <= 1))
            continue;
        names[count] = one->string;
        groups[count++] = (dpdm_group){.images = (uint64_t)images, .right = (uint64_t)(accuracy * images + 0.5)};
    }
    dpdm_groups_judge(groups, count);
    return count;
}

/* ---- warnings ---- */

/* what: "Class" or "Group", others: "classes" or "groups". */
static void warning_put(FILE *out, const dpdm_group *group, const char *what, const char *name, const char *others)
{
    if (group->behind)
        dpdm_html_put(out, "<li>%s %s is far behind: %s correct, against %s in the other %s%s.</li>\n", what, name,
                      dpdm_figure_percent(group->accuracy).text, dpdm_figure_percent(group->rest).text, others,
                      group->few ? "; it has few test images" : "");
    else if (group->images)
        dpdm_html_put(out, "<li>%s %s has only %s test images: its accuracy lies somewhere from %s to %s.</li>\n", what,
                      name, dpdm_figure_count(group->images).text, dpdm_figure_percent(group->low).text,
                      dpdm_figure_percent(group->high).text);
    else
        dpdm_html_put(out, "<li>%s %s has no test images: nothing is known about it.</li>\n", what, name);
}

static int groups_to_warn_of(const dpdm_group *groups, int count)
{
    int found = 0;
    for (int i = 0; i < count; i++)
        found += groups[i].few || groups[i].behind;
    return found;
}

/* names: NULL for classes. */
static void warnings_put(FILE *out, const dpdm_report_input *input, const dpdm_group *groups, int count,
                         const char *const *names)
{
    int found = groups_to_warn_of(groups, count), left = WARNINGS_MOST;
    if (!found)
        return;
    dpdm_html_put(out,
                  "<div class=\"warning\" role=\"note\"><p><strong>The mean over all images hides this.</strong></p>"
                  "<ul>\n");
    for (int i = 0; i < count && left; i++) {
        char number[16];
        if (!groups[i].few && !groups[i].behind)
            continue;
        warning_put(out, &groups[i], names ? "Group" : "Class", names ? names[i] : dpdm_report_class(input, i, number),
                    names ? "groups" : "classes");
        left--;
    }
    if (found > WARNINGS_MOST)
        dpdm_html_put(out, "<li>and %d more, see the table.</li>\n", found - WARNINGS_MOST);
    dpdm_html_put(out, "</ul></div>\n");
}

/* Groups beside the classes, where the evaluation has some. */
static void groups_put(FILE *out, const dpdm_report_input *input)
{
    const char *names[GROUPS_MOST];
    dpdm_group groups[GROUPS_MOST] = {{0}};
    int count = groups_judge(cJSON_GetObjectItemCaseSensitive(input->best, "groups"), names, groups);
    if (!count)
        return;
    dpdm_html_put(out, "<h3>By group</h3>\n");
    warnings_put(out, input, groups, count, names);
    dpdm_html_put(out,
                  "<div class=\"scroll\" role=\"region\" aria-label=\"Results by group\" tabindex=\"0\"><table>"
                  "<caption>Accuracy in groups of the test images</caption>\n<thead><tr><th scope=\"col\">Group</th>"
                  "<th scope=\"col\" class=\"number\">Test images</th><th scope=\"col\" class=\"number\">Correct"
                  "</th><th scope=\"col\" class=\"number\">95 %% interval</th></tr></thead>\n<tbody>\n");
    for (int i = 0; i < count; i++)
        dpdm_html_put(out,
                      "<tr><th scope=\"row\">%s</th><td class=\"number\">%s</td><td class=\"number\">%s</td>"
                      "<td class=\"number\">%s</td></tr>\n",
                      names[i], dpdm_figure_count(groups[i].images).text, dpdm_figure_percent(groups[i].accuracy).text,
                      interval_text(&groups[i]).text);
    dpdm_html_put(out, "</tbody></table></div>\n");
}

/* ---- the table ---- */

/* A count, shaded by its share of the row. The number says the same as the shade, and letters keep their contrast. */
static void matrix_put_cell(FILE *out, double count, double sum, int right)
{
    double share = sum > 0 ? count / sum : 0;
    char shade[16];
    dpdm_print_text(shade, sizeof shade, "%.2f", 0.5 * share);
    dpdm_html_put(out, "<td class=\"number%s\" style=\"background-color:rgb(var(--shade)/%s)\">%s</td>",
                  right ? " right" : "", shade, dpdm_figure_count((uint64_t)count).text);
}

static void matrix_put_row(FILE *out, const dpdm_report_input *input, const cJSON *row, int truth,
                           const dpdm_group *group, int wide)
{
    char number[16];
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
    dpdm_html_put(out, "<td class=\"number\">%s</td><td class=\"number\">%s</td></tr>\n",
                  group->images ? dpdm_figure_percent(group->accuracy).text : "–", interval_text(group).text);
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
    int classes;
    dpdm_group *groups = dpdm_report_judge_classes(input->best, &classes);
    if (!groups)
        return;
    dpdm_html_put(out, "<h3>By class</h3>\n<p>Of the %s trained on synthetic images%s",
                  dpdm_report_classifier(input->best->string),
                  dpdm_report_trainings(input->best) > 1 ? " (the last training)" : "");
    if (classes <= MATRIX_CLASSES)
        dpdm_html_put(out, ": how many real test images of each true class (row) were taken for which class (column)");
    dpdm_html_put(out, ".</p>\n");
    warnings_put(out, input, groups, classes, NULL);
    matrix_put(out, input, confusion, groups, classes);
    free(groups);
    groups_put(out, input);
}
