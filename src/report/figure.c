/* figure.c - numbers as a person reads them. */
#include "report/figure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/print.h"

dpdm_figure dpdm_figure_count(uint64_t value)
{
    char digits[24];
    dpdm_figure figure = {""};
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value), at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            figure.text[at++] = ',';
        figure.text[at++] = digits[i];
    }
    figure.text[at] = '\0';
    return figure;
}

dpdm_figure dpdm_figure_percent(double share)
{
    dpdm_figure figure = {"none"};
    if (isfinite(share))
        dpdm_print_text(figure.text, sizeof figure.text, "%.1f %%", 100 * share);
    return figure;
}

/* value printed in decimal with `digits` after the point, rounded up: the next one if printing rounded down. */
static void figure_print_up(double value, int digits, char *text, size_t size)
{
    dpdm_print_text(text, size, "%.*f", digits, value);
    for (double more = value; dpdm_print_read(text, NULL) < value;) {
        more += 0.25 * pow(10, -digits);
        dpdm_print_text(text, size, "%.*f", digits, more);
    }
}

static void figure_cut_zeros(char *text)
{
    char *end = text + strlen(text);
    if (!strchr(text, '.'))
        return;
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
}

dpdm_figure dpdm_figure_percent_up(double share)
{
    dpdm_figure figure = {"none"};
    if (!isfinite(share))
        return figure;
    double percent = 100 * (share < 1 ? share : 1);
    int digits = percent >= 0.1 || percent <= 0 ? 1 : 1 - (int)floor(log10(percent));
    figure_print_up(percent, digits < 12 ? digits : 12, figure.text, sizeof figure.text - 3);
    strcat(figure.text, " %");
    return figure;
}

dpdm_figure dpdm_figure_up(double value)
{
    dpdm_figure figure = {"infinite"};
    if (!isfinite(value) || value >= 1e15)
        return figure;
    int digits = value > 0 ? 3 - (int)floor(log10(value)) : 0;
    digits = digits < 0 ? 0 : digits > 12 ? 12 : digits;
    figure_print_up(value, digits, figure.text, sizeof figure.text);
    figure_cut_zeros(figure.text);
    return figure;
}

dpdm_figure dpdm_figure_number(double value)
{
    dpdm_figure figure = {"none"};
    if (!isfinite(value))
        return figure;
    char digits[32];
    dpdm_print_text(digits, sizeof digits, value != 0 && fabs(value) < 1e-3 ? "%.5e" : "%.6g", value);
    char *exponent = strchr(digits, 'e');
    if (exponent)
        *exponent++ = '\0';
    if (exponent && strchr(digits, '.'))
        figure_cut_zeros(digits);
    if (exponent)
        snprintf(figure.text, sizeof figure.text, "%se%d", digits, atoi(exponent));
    else
        snprintf(figure.text, sizeof figure.text, "%s", digits);
    return figure;
}

dpdm_figure dpdm_figure_short(double value)
{
    char digits[32];
    if (!isfinite(value))
        return (dpdm_figure){"none"};
    dpdm_print_text(digits, sizeof digits, "%.2e", value);
    return dpdm_figure_number(dpdm_print_read(digits, NULL));
}

dpdm_figure dpdm_figure_one_in(double value)
{
    dpdm_figure figure = {"none"};
    if (!(value > 1e-15 && value < 1))
        return figure;
    double odds = floor(1 / value * (1 + 1e-12)); /* 1 / 1e-5 is a little below 100000 in binary */
    snprintf(figure.text, sizeof figure.text, "1 in %.32s", dpdm_figure_count((uint64_t)odds).text);
    return figure;
}
