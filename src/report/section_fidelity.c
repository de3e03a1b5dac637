/* section_fidelity.c - how near the samples lie to the real images: FID and its kin, each with its tags. */
#include <math.h>
#include <stdio.h>
#include "report/figure.h"
#include "report/html.h"
#include "report/sections.h"

static const struct {
    const char *key, *name, *better;
} measures[] = {{"fid", "FID", "smaller"},      {"kid", "KID", "smaller"},        {"precision", "Precision", "larger"},
                {"recall", "Recall", "larger"}, {"density", "Density", "larger"}, {"coverage", "Coverage", "larger"}};

enum { MEASURES = sizeof measures / sizeof *measures };

/* A measure is a number, or an object with its value and tags. */
static double measure_value(const cJSON *item)
{
    double value = cJSON_GetNumberValue(item);
    return isfinite(value) ? value : dpdm_report_number(item, "value");
}

static const char *measure_features(const cJSON *parent)
{
    const cJSON *features = cJSON_GetObjectItemCaseSensitive(parent, "features");
    const char *name = cJSON_IsObject(features) ? dpdm_report_text(features, "name") : cJSON_GetStringValue(features);
    return name ? name : "not stated";
}

/* What is not said to be covered is not. */
static const char *measure_cost(const cJSON *item, char text[64])
{
    double epsilon = dpdm_report_number(item, "epsilon_cost");
    if (!(epsilon >= 0))
        return "outside the guarantee";
    snprintf(text, 64, "ε ≤ %s", dpdm_figure_up(epsilon).text);
    return text;
}

static void measure_put(FILE *out, const cJSON *parent, const cJSON *item, int measure)
{
    char cost[64];
    int untouched = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(item, "touches_private_data"));
    dpdm_html_put(out, "<tr><th scope=\"row\">%s</th><td class=\"number\">%s</td><td>%s</td>", measures[measure].name,
                  dpdm_figure_short(measure_value(item)).text, measures[measure].better);
    dpdm_html_put(out, "<td>%s</td><td>%s</td><td>%s</td></tr>\n", measure_features(parent), untouched ? "no" : "yes",
                  measure_cost(item, cost));
}

/* The measures that an object holds; only counted where `out` is NULL. */
static int measures_put(FILE *out, const cJSON *object)
{
    int found = 0;
    for (int m = 0; m < MEASURES; m++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, measures[m].key);
        if (!isfinite(measure_value(item)))
            continue;
        found++;
        if (out)
            measure_put(out, object, item, m);
    }
    return found;
}

/* Those below "fidelity", with their tags; else what stands at the top. */
static int fidelity_put(FILE *out, const dpdm_report_input *input)
{
    int found = measures_put(out, cJSON_GetObjectItemCaseSensitive(input->eval, "fidelity"));
    return found ? found : measures_put(out, input->eval);
}

/* Accuracies that were released under a guarantee of their own. */
static void released_put(FILE *out, const cJSON *released)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(released, "classifiers"), *one;
    double epsilon = dpdm_report_number(released, "epsilon_cost");
    if (!cJSON_IsObject(list) || !list->child || !(epsilon >= 0))
        return;
    dpdm_html_put(
        out,
        "<h3>Accuracies released privately</h3>\n<p>These had noise added, so that they are covered by a "
        "guarantee of their own for the test images: ε ≤ %s, spent on those.</p>\n<table><caption>Accuracy of "
        "classifiers trained on synthetic images, with noise</caption>\n<thead><tr><th scope=\"col\">"
        "Classifier</th><th scope=\"col\" class=\"number\">Accuracy</th><th scope=\"col\" class=\"number\">"
        "Std. deviation of the noise</th></tr></thead>\n<tbody>\n",
        dpdm_figure_up(epsilon).text);
    cJSON_ArrayForEach(one, list)
    {
        dpdm_html_put(
            out, "<tr><th scope=\"row\">%s</th><td class=\"number\">%s</td><td class=\"number\">%s</td></tr>\n",
            dpdm_report_classifier(one->string), dpdm_figure_percent(dpdm_report_number(one, "accuracy")).text,
            dpdm_figure_percent(dpdm_report_number(one, "noise_std")).text);
    }
    dpdm_html_put(out, "</tbody></table>\n");
}

void dpdm_report_put_fidelity(FILE *out, const dpdm_report_input *input)
{
    released_put(out, cJSON_GetObjectItemCaseSensitive(input->eval, "released"));
    if (!fidelity_put(NULL, input))
        return;
    dpdm_html_put(out, "<h3>How near they lie to the real images</h3>\n<div class=\"scroll\" role=\"region\" "
                       "aria-label=\"Fidelity\" tabindex=\"0\"><table><caption>Distances and overlaps of the synthetic "
                       "and the real images</caption>\n<thead><tr><th scope=\"col\">Measure</th>"
                       "<th scope=\"col\" class=\"number\">Value</th><th scope=\"col\">Better is</th>"
                       "<th scope=\"col\">Features</th><th scope=\"col\">Touches private data</th>"
                       "<th scope=\"col\">Cost in ε</th></tr></thead>\n<tbody>\n");
    fidelity_put(out, input);
    dpdm_html_put(out, "</tbody></table></div>\n");
}
