/* chart.c - line charts as SVG. */
#include "report/chart.h"

#include <math.h>
#include <string.h>
#include "base/print.h"
#include "report/figure.h"
#include "report/html.h"

/* The picture is small, so that its letters stay legible where the page is narrow. */
enum { CHART_WIDTH = 460, CHART_HEIGHT = 310, CHART_LEFT = 58, CHART_RIGHT = 14, CHART_TOP = 14, CHART_BOTTOM = 52 };
#define CHART_LETTER 9.0 /* the width of a digit at the size of style.css, in the widest of common fonts */
enum { CHART_TICKS = 8, CHART_DECADES = 6 };

dpdm_chart_axis dpdm_chart_linear(double most, const char *label)
{
    static const double round[] = {1, 2, 2.5, 5, 10};
    if (!(most > 0) || !isfinite(most))
        most = 1;
    double power = pow(10, floor(log10(most / CHART_TICKS)));
    double step = 10 * power;
    for (int i = (int)(sizeof round / sizeof *round) - 1; i >= 0; i--)
        if (round[i] * power * CHART_TICKS >= most)
            step = round[i] * power;
    return (dpdm_chart_axis){.max = step * ceil(most / step * (1 - 1e-12)), .step = step, .label = label};
}

dpdm_chart_axis dpdm_chart_logarithmic(double least, double most, const char *label)
{
    double low = floor(log10(least) + 1e-9), high = ceil(log10(most) - 1e-9);
    if (!(high > low))
        high = low + 1;
    double step = ceil((high - low) / CHART_DECADES);
    return (dpdm_chart_axis){.min = pow(10, low), .max = pow(10, high), .log = 1, .step = step, .label = label};
}

double dpdm_chart_place(const dpdm_chart_axis *axis, double value)
{
    double place =
        axis->log ? log(value / axis->min) / log(axis->max / axis->min) : (value - axis->min) / (axis->max - axis->min);
    return place > 1 ? 1 : place > 0 ? place : 0;
}

static double chart_x(const dpdm_chart *chart, double value)
{
    return CHART_LEFT + dpdm_chart_place(&chart->x, value) * (CHART_WIDTH - CHART_LEFT - CHART_RIGHT);
}

static double chart_y(const dpdm_chart *chart, double value)
{
    return CHART_HEIGHT - CHART_BOTTOM - dpdm_chart_place(&chart->y, value) * (CHART_HEIGHT - CHART_TOP - CHART_BOTTOM);
}

/* The number of a tick, or of the one past the last. */
static double axis_tick(const dpdm_chart_axis *axis, int i)
{
    return axis->log ? axis->min * pow(10, axis->step * i) : axis->min + axis->step * i;
}

/* Below its tick, or, where it would be cut at the right, with its end at the edge. */
static void chart_put_tick(FILE *out, double x, double y, const char *text)
{
    int cut = x + 0.5 * CHART_LETTER * (double)strlen(text) > CHART_WIDTH;
    dpdm_print_file(out, "<text class=\"tick\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", cut ? "end" : "middle",
                    cut ? (double)CHART_WIDTH : x, y);
    dpdm_html_put(out, "%s</text>", text);
}

static void chart_put_axes(FILE *out, const dpdm_chart *chart)
{
    double left = CHART_LEFT, right = CHART_WIDTH - CHART_RIGHT, top = CHART_TOP, bottom = CHART_HEIGHT - CHART_BOTTOM;
    double tick;
    for (int i = 0; (tick = axis_tick(&chart->x, i)) <= chart->x.max * (1 + 1e-9); i++) {
        double x = chart_x(chart, tick);
        dpdm_print_file(out, "<line class=\"rule\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", x, top, x,
                        bottom);
        chart_put_tick(out, x, bottom + 18, dpdm_figure_number(tick).text);
    }
    for (int i = 0; (tick = axis_tick(&chart->y, i)) <= chart->y.max * (1 + 1e-9); i++) {
        double y = chart_y(chart, tick);
        dpdm_print_file(out, "<line class=\"rule\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", left, y, right,
                        y);
        dpdm_print_file(out, "<text class=\"tick\" text-anchor=\"end\" x=\"%.1f\" y=\"%.1f\">", left - 8, y + 4.5);
        dpdm_html_put(out, "%s</text>", dpdm_figure_number(tick).text);
    }
    dpdm_print_file(out, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>", left, top, bottom, right);
    dpdm_print_file(out, "<text class=\"label\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">", (left + right) / 2,
                    CHART_HEIGHT - 8);
    dpdm_html_put(out, "%s</text>", chart->x.label);
    dpdm_print_file(out, "<text class=\"label\" text-anchor=\"middle\" transform=\"translate(14 %.1f) rotate(-90)\">",
                    (top + bottom) / 2);
    dpdm_html_put(out, "%s</text>\n", chart->y.label);
}

static void chart_put_line(FILE *out, const dpdm_chart *chart, const dpdm_chart_line *line)
{
    dpdm_html_put(out, "<polyline class=\"%s\" points=\"", line->style);
    for (int i = 0; i < line->count; i++)
        dpdm_print_file(out, "%s%.1f,%.1f", i ? " " : "", chart_x(chart, line->x[i]), chart_y(chart, line->y[i]));
    dpdm_html_put(out, "\"/>\n");
}

static void chart_put_mark(FILE *out, const dpdm_chart *chart)
{
    double x = chart_x(chart, chart->mark_x), y = chart_y(chart, chart->mark_y);
    int right = x > 0.45 * CHART_WIDTH; /* below to the left or above to the right: off a falling line */
    dpdm_print_file(out, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", x, y);
    dpdm_print_file(out, "<text class=\"note\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", right ? "end" : "start",
                    x + (right ? -10 : 10), y + (right ? 20 : -8));
    dpdm_html_put(out, "%s</text>\n", chart->mark);
}

void dpdm_chart_put(FILE *out, const dpdm_chart *chart)
{
    dpdm_html_put(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title %s-text\">\n", CHART_WIDTH,
                  CHART_HEIGHT, chart->id, chart->id);
    dpdm_html_put(out, "<title id=\"%s-title\">%s</title><desc id=\"%s-text\">%s</desc>\n", chart->id, chart->title,
                  chart->id, chart->description);
    chart_put_axes(out, chart);
    for (int i = 0; i < chart->line_count; i++)
        chart_put_line(out, chart, &chart->lines[i]);
    if (isfinite(chart->mark_x) && isfinite(chart->mark_y))
        chart_put_mark(out, chart);
    dpdm_html_put(out, "</svg>\n");
}
