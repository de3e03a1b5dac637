/* figure.h - numbers as a person reads them. Each returns its text by value: dpdm_figure_count(n).text.
 *
 * Bounds are rounded in the safe direction, so that a printed figure never promises more than was proven. */
#ifndef DPDM_REPORT_FIGURE_H
#define DPDM_REPORT_FIGURE_H

#include <stdint.h>

typedef struct {
    char text[48];
} dpdm_figure;

/* 1753345 -> "1,753,345". */
dpdm_figure dpdm_figure_count(uint64_t value);
/* Share in [0, 1] to a tenth of a per cent: 0.8564 -> "85.6 %"; not finite: "none". */
dpdm_figure dpdm_figure_percent(double share);
/* The same, rounded up: for bounds. Below 0.1 % in as many digits as it takes to show two. */
dpdm_figure dpdm_figure_percent_up(double share);
/* Four significant digits, rounded up: 9.99912 -> "10", 0.12341 -> "0.1235"; not finite: "infinite". value >= 0. */
dpdm_figure dpdm_figure_up(double value);
/* Six significant digits; small ones with an exponent: 1e-4 -> "1e-4", 0.001 -> "0.001"; not finite: "none". */
dpdm_figure dpdm_figure_number(double value);
/* Three significant digits, for measured figures: 0.123456 -> "0.123"; not finite: "none". */
dpdm_figure dpdm_figure_short(double value);
/* A small probability: 1e-5 -> "1 in 100,000". value in (0, 1), rounded so that it is not less likely. */
dpdm_figure dpdm_figure_one_in(double value);

#endif
