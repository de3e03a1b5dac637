/* section_training.c - how the training went: figures and previews, all of them public. */
#include <math.h>
#include <stdio.h>
#include "report/chart.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/sections.h"

enum { TABLE_ROWS = 5 };

static double timeline_most(const double *values, int count)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        most = fmax(most, values[i]);
    return most;
}

static void timeline_put_epsilon(FILE *out, const dpdm_report_timeline *t)
{
    const int last = t->count - 1;
    char text[280];
    snprintf(text, sizeof text, "ε rises from %s after step %s to %s after step %s.",
             dpdm_figure_up(t->epsilon[0]).text, dpdm_figure_number(t->step[0]).text,
             dpdm_figure_up(t->epsilon[last]).text, dpdm_figure_number(t->step[last]).text);
    dpdm_chart_line line = {t->step, t->epsilon, t->count, "line"};
    dpdm_chart chart = {.id = "spent",
                        .title = "Privacy loss spent by each step",
                        .description = text,
                        .x = dpdm_chart_linear(t->step[last], "step"),
                        .y = dpdm_chart_linear(timeline_most(t->epsilon, t->count), "ε, at most"),
                        .lines = &line,
                        .line_count = 1,
                        .mark_x = NAN,
                        .mark_y = NAN};
    dpdm_html_put(out, "<figure>\n");
    dpdm_chart_put(out, &chart);
    dpdm_html_put(out, "<figcaption>What was spent, as an upper bound in stairs: it is computed at a few steps, and "
                       "holds for all before.</figcaption>\n</figure>\n");
}

static void timeline_put_signal(FILE *out, const dpdm_report_timeline *t)
{
    dpdm_chart_line lines[] = {{t->step, t->noise, t->count, "line faint"}, {t->step, t->signal, t->count, "line"}};
    double most = fmax(timeline_most(t->noise, t->count), timeline_most(t->signal, t->count));
    dpdm_chart chart = {.id = "signal",
                        .title = "Signal and noise in the released gradients",
                        .description = "The solid line estimates the norm of the mean clipped gradient, the dashed one "
                                       "is the expected norm of the noise. The table has the figures.",
                        .x = dpdm_chart_linear(t->step[t->count - 1], "step"),
                        .y = dpdm_chart_linear(most, "norm"),
                        .lines = lines,
                        .line_count = 2,
                        .mark_x = NAN,
                        .mark_y = NAN};
    dpdm_html_put(out, "<figure>\n");
    dpdm_chart_put(out, &chart);
    dpdm_html_put(out,
                  "<figcaption>Signal (solid), estimated from the released gradients of neighbouring steps, and noise "
                  "(dashed). Averaging over many steps lets the signal win.</figcaption>\n</figure>\n");
}

/* epsilon: with a column for what was spent; a run without a claim has none. */
static void timeline_put_table(FILE *out, const dpdm_report_timeline *t, int epsilon)
{
    const int rows = t->count < TABLE_ROWS ? t->count : TABLE_ROWS;
    dpdm_html_put(out, "<div class=\"scroll\" role=\"region\" aria-label=\"Figures of the training\" tabindex=\"0\">"
                       "<table><caption>Figures of some steps</caption>\n<thead><tr>"
                       "<th scope=\"col\" class=\"number\">Step</th>");
    if (epsilon)
        dpdm_html_put(out, "<th scope=\"col\" class=\"number\">ε spent, at most</th>");
    dpdm_html_put(out, "<th scope=\"col\" class=\"number\">Learning rate</th>"
                       "<th scope=\"col\" class=\"number\">Noise</th><th scope=\"col\" class=\"number\">Signal</th>"
                       "</tr></thead>\n<tbody>\n");
    for (int r = 0; r < rows; r++) {
        int i = rows > 1 ? r * (t->count - 1) / (rows - 1) : 0;
        dpdm_html_put(out, "<tr><th scope=\"row\" class=\"number\">%s</th>",
                      dpdm_figure_count((uint64_t)t->step[i]).text);
        if (epsilon)
            dpdm_html_put(out, "<td class=\"number\">%s</td>", dpdm_figure_up(t->epsilon[i]).text);
        dpdm_html_put(out,
                      "<td class=\"number\">%s</td><td class=\"number\">%s</td><td class=\"number\">%s</td></tr>\n",
                      dpdm_figure_short(t->learning_rate[i]).text, dpdm_figure_short(t->noise[i]).text,
                      dpdm_figure_short(t->signal[i]).text);
    }
    dpdm_html_put(out, "</tbody></table></div>\n");
}

static void training_put_timeline(FILE *out, const dpdm_report_input *input)
{
    const dpdm_report_timeline *t = &input->timeline;
    dpdm_html_put(out, "<p>The log of the training holds only what follows from the released gradients and from the "
                       "settings: no loss, no batch size, no time.</p>\n<div class=\"pair\">\n");
    if (t->count > 1 && input->private_claim)
        timeline_put_epsilon(out, t);
    if (t->count > 1)
        timeline_put_signal(out, t);
    dpdm_html_put(out, "</div>\n");
    timeline_put_table(out, t, input->private_claim);
}

static void training_put_previews(FILE *out, const dpdm_report_input *input)
{
    dpdm_html_put(out,
                  "<h3>Previews</h3>\n<p>Samples of the averaged model after some of the steps, from the same starting "
                  "noise each time%s. Drawing them costs no privacy.</p>\n<ol class=\"timeline\">\n",
                  input->private_claim ? ", with the privacy loss spent until then" : "");
    for (int i = 0; i < input->preview_count; i++) {
        char alt[160];
        dpdm_figure step = dpdm_figure_count(input->preview_steps[i]);
        int columns = dpdm_report_columns(input, &input->previews[i], input->model.description.classes);
        snprintf(alt, sizeof alt, "Grid of synthetic images after step %s%s.", step.text,
                 columns ? ", one class a column" : "");
        dpdm_html_put(out, "<li><figure class=\"grid\">");
        dpdm_picture_put(out, &input->previews[i], alt);
        dpdm_html_put(out, "<figcaption>Step %s", step.text);
        if (input->private_claim && isfinite(input->preview_epsilon[i]))
            dpdm_html_put(out, ", ε ≤ %s", dpdm_figure_up(input->preview_epsilon[i]).text);
        dpdm_html_put(out, "</figcaption></figure></li>\n");
    }
    dpdm_html_put(out, "</ol>\n");
}

int dpdm_report_has_training(const dpdm_report_input *input)
{
    return input->preview_count || input->timeline.count;
}

void dpdm_report_put_training(FILE *out, const dpdm_report_input *input)
{
    if (!dpdm_report_has_training(input))
        return;
    dpdm_html_put(out, "<section id=\"training\" aria-labelledby=\"training-title\">\n"
                       "<h2 id=\"training-title\">While it trained</h2>\n");
    if (input->timeline.count)
        training_put_timeline(out, input);
    if (input->preview_count)
        training_put_previews(out, input);
    dpdm_html_put(out, "</section>\n");
}
