/* chart.h - line charts as SVG inside the page, in the colours of style.css. */
#ifndef DPDM_REPORT_CHART_H
#define DPDM_REPORT_CHART_H

#include <stdio.h>

typedef struct {
    double min, max;
    int log;           /* logarithmic: min and max are powers of ten, ticks stand at every `step` decades */
    double step;       /* between ticks */
    const char *label; /* of the axis */
} dpdm_chart_axis;

typedef struct {
    const double *x, *y;
    int count;
    const char *style; /* class of the line in style.css: "line", "line faint" */
} dpdm_chart_line;

typedef struct {
    const char *id;                  /* unique in the page */
    const char *title, *description; /* read out to those who do not see the chart */
    dpdm_chart_axis x, y;
    const dpdm_chart_line *lines;
    int line_count;
    double mark_x, mark_y; /* a marked point; NaN: none */
    const char *mark;      /* its label */
} dpdm_chart;

/* A linear axis from 0 to the first round number at or above `most`, with at most eight ticks a round step apart; an
 * axis to 1 if most is not above 0. */
dpdm_chart_axis dpdm_chart_linear(double most, const char *label);
/* A logarithmic axis over whole decades around [least, most]; least > 0. */
dpdm_chart_axis dpdm_chart_logarithmic(double least, double most, const char *label);
/* Where a value lies on the axis: 0 at min, 1 at max, clamped. */
double dpdm_chart_place(const dpdm_chart_axis *axis, double value);

void dpdm_chart_put(FILE *out, const dpdm_chart *chart);

#endif
