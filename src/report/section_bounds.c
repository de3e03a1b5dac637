/* section_bounds.c - epsilon by delta, and what someone who guesses could find out at most, drawn and in figures. */
#include <math.h>
#include <stdio.h>
#include "report/chart.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/sections.h"

enum { TRADE_POINTS = 101, CURVE_SHOWN_ROWS = 5 };

#define CURVE_MOST 0.1 /* larger deltas say nothing a person would accept */

static void curve_put_chart(FILE *out, const dpdm_report_input *input, const dpdm_report_curve *curve)
{
    int shown = 0;
    while (shown < curve->count && curve->delta[shown] <= CURVE_MOST)
        shown++;
    if (shown < 2)
        return;
    dpdm_chart_line line = {curve->delta, curve->epsilon, shown, "line"};
    char mark[160], description[320];
    snprintf(mark, sizeof mark, "claim: (%s, %s)", dpdm_figure_up(input->epsilon).text,
             dpdm_figure_number(input->delta).text);
    snprintf(description, sizeof description, "ε falls from %s at δ = %s to %s at δ = %s. The claim is marked.",
             dpdm_figure_up(curve->epsilon[0]).text, dpdm_figure_number(curve->delta[0]).text,
             dpdm_figure_up(curve->epsilon[shown - 1]).text, dpdm_figure_number(curve->delta[shown - 1]).text);
    dpdm_chart chart = {.id = "curve",
                        .title = "Upper bound on ε for each δ",
                        .description = description,
                        .x = dpdm_chart_logarithmic(curve->delta[0], curve->delta[shown - 1], "δ (logarithmic)"),
                        .y = dpdm_chart_linear(fmax(curve->epsilon[0], input->epsilon), "ε, at most"),
                        .lines = &line,
                        .line_count = 1,
                        .mark_x = input->delta,
                        .mark_y = input->epsilon,
                        .mark = mark};
    dpdm_html_put(out, "<figure>\n");
    dpdm_chart_put(out, &chart);
    dpdm_html_put(out,
                  "<figcaption>The events above satisfy every pair (ε, δ) on this line, and all above it; computed for "
                  "this report by the accountant %s.</figcaption>\n</figure>\n",
                  dpdm_accountant_name(curve->accountant));
}

static void trade_put_chart(FILE *out, const dpdm_report_input *input, const dpdm_report_curve *curve)
{
    double alarm[TRADE_POINTS], detection[TRADE_POINTS], guess[2] = {0, 1};
    for (int i = 0; i < TRADE_POINTS; i++) {
        double t = (double)i / (TRADE_POINTS - 1);
        alarm[i] = t * t; /* closer together where the line is steep */
        detection[i] = dpdm_report_curve_detection(curve, alarm[i]);
    }
    dpdm_chart_line lines[] = {{guess, guess, 2, "line faint"}, {alarm, detection, TRADE_POINTS, "line"}};
    const char *units = dpdm_report_units(input);
    char title[100], description[300], accused[60], recognised[60];
    snprintf(title, sizeof title, "What a test for one %s could detect at most", dpdm_report_unit(input));
    snprintf(description, sizeof description,
             "The line bounds the share of used %s that are recognised, by the share of unused %s that are wrongly "
             "accused. The dashed diagonal is blind guessing. The table that follows has the figures.",
             units, units);
    snprintf(accused, sizeof accused, "unused %s wrongly accused", units);
    snprintf(recognised, sizeof recognised, "used %s recognised", units);
    dpdm_chart chart = {.id = "trade",
                        .title = title,
                        .description = description,
                        .x = dpdm_chart_linear(1, accused),
                        .y = dpdm_chart_linear(1, recognised),
                        .lines = lines,
                        .line_count = 2,
                        .mark_x = NAN,
                        .mark_y = NAN};
    dpdm_html_put(out, "<figure>\n");
    dpdm_chart_put(out, &chart);
    dpdm_html_put(out, "<figcaption>No attack can lie above the solid line; the dashed one is blind guessing. The "
                       "bound is proven for the worst case.</figcaption>\n</figure>\n");
}

static void trade_put_table(FILE *out, const dpdm_report_input *input, const dpdm_report_curve *curve)
{
    const char *units = dpdm_report_units(input);
    static const double alarms[] = {0.0001, 0.001, 0.01, 0.1};
    dpdm_html_put(out,
                  "<table><caption>What an attacker could find out about one %s, at most</caption>\n"
                  "<thead><tr><th scope=\"col\" class=\"number\">Unused %s wrongly accused</th>"
                  "<th scope=\"col\" class=\"number\">Used %s recognised, at most</th></tr></thead>\n"
                  "<tbody>\n",
                  dpdm_report_unit(input), units, units);
    for (size_t i = 0; i < sizeof alarms / sizeof *alarms; i++)
        dpdm_html_put(out, "<tr><th scope=\"row\" class=\"number\">%s</th><td class=\"number\">%s</td></tr>\n",
                      dpdm_figure_one_in(alarms[i]).text,
                      dpdm_figure_percent_up(dpdm_report_curve_detection(curve, alarms[i])).text);
    dpdm_html_put(out, "</tbody></table>\n");
}

static void curve_put_table(FILE *out, const dpdm_report_curve *curve)
{
    dpdm_html_put(out, "<table><caption>ε for some δ</caption>\n<thead><tr><th scope=\"col\" class=\"number\">δ</th>"
                       "<th scope=\"col\" class=\"number\">ε, at most</th></tr></thead>\n<tbody>\n");
    for (int i = 0, rows = 0; i < curve->count && rows < CURVE_SHOWN_ROWS; i += 4, rows++)
        dpdm_html_put(out, "<tr><th scope=\"row\" class=\"number\">%s</th><td class=\"number\">%s</td></tr>\n",
                      dpdm_figure_number(curve->delta[i]).text, dpdm_figure_up(curve->epsilon[i]).text);
    dpdm_html_put(out, "</tbody></table>\n");
}

void dpdm_report_put_bounds(FILE *out, const dpdm_report_input *input)
{
    const dpdm_report_curve *curve = &input->curve;
    dpdm_html_put(out, "<h3>What the figures mean</h3>\n");
    if (!curve->count) {
        dpdm_html_put(out, "<p>From the events above, this version of dpdm proves no bound.</p>\n");
        return;
    }
    dpdm_html_put(
        out,
        "<p>Suppose someone holds %s and tries to find out, from the model or anything made from it, whether %s "
        "used for training. Whatever else they know, they are bound by these figures.</p>\n"
        "<div class=\"pair\">\n",
        input->owner.cap ? "all images of a person" : "an image", input->owner.cap ? "these were" : "that image was");
    trade_put_table(out, input, curve);
    curve_put_table(out, curve);
    trade_put_chart(out, input, curve);
    curve_put_chart(out, input, curve);
    dpdm_html_put(out, "</div>\n");
}
