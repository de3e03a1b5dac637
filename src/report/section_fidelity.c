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

/* A measure is a number, or an object with its value and tags of its own. */
static double measure_value(const cJSON *item)
{
    double value = cJSON_GetNumberValue(item);
    if (isfinite(value))
        return value;
    value = dpdm_report_number(item, "value");
    return isfinite(value) ? value : dpdm_report_number(item, "mean");
}

static const cJSON *measure_tag(const cJSON *item, const cJSON *parent, const char *key)
{
    const cJSON *own = cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, key) : NULL;
    return own ? own : cJSON_GetObjectItemCaseSensitive(parent, key);
}

/* Unless the file says that it does not, a figure is taken to touch private data. */
static void measure_put(FILE *out, const cJSON *parent, const cJSON *item, int measure)
{
    double value = measure_value(item), epsilon = cJSON_GetNumberValue(measure_tag(item, parent, "epsilon"));
    const char *features = cJSON_GetStringValue(measure_tag(item, parent, "features"));
    if (!isfinite(value))
        return;
    dpdm_html_put(out, "<tr><th scope=\"row\">%s</th><td class=\"number\">%s</td><td>%s</td>", measures[measure].name,
                  dpdm_figure_short(value).text, measures[measure].better);
    dpdm_html_put(out, "<td>%s</td><td>%s</td><td class=\"number\">%s</td></tr>\n",
                  features         ? features
                  : parent->string ? parent->string
                                   : "not stated",
                  cJSON_IsFalse(measure_tag(item, parent, "touches_private_data")) ? "no" : "yes",
                  epsilon >= 0 ? dpdm_figure_up(epsilon).text : "not covered");
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

/* Those below "fidelity", one object for each kind of features; else those at the top. */
static int fidelity_put(FILE *out, const dpdm_report_input *input)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(input->eval, "fidelity"), *one;
    int found = 0;
    cJSON_ArrayForEach(one, list)
    {
        found += cJSON_IsObject(one) ? measures_put(out, one) : 0;
    }
    if (!found && cJSON_IsObject(list))
        found = measures_put(out, list);
    return found ? found : measures_put(out, input->eval);
}

void dpdm_report_put_fidelity(FILE *out, const dpdm_report_input *input)
{
    if (!fidelity_put(NULL, input))
        return;
    dpdm_html_put(out, "<h3>How near they lie to the real images</h3>\n<div class=\"scroll\" role=\"region\" "
                       "aria-label=\"Fidelity\" tabindex=\"0\"><table><caption>Distances and overlaps of the synthetic "
                       "and the real images</caption>\n<thead><tr><th scope=\"col\">Measure</th>"
                       "<th scope=\"col\" class=\"number\">Value</th><th scope=\"col\">Better is</th>"
                       "<th scope=\"col\">Features</th><th scope=\"col\">Touches private data</th>"
                       "<th scope=\"col\" class=\"number\">Cost in ε</th></tr></thead>\n<tbody>\n");
    fidelity_put(out, input);
    dpdm_html_put(out, "</tbody></table></div>\n");
}
