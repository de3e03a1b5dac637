/* unit_chart.c - axes that hold their data and have round ticks; points that stay inside the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report/chart.h"

static void linear_axes(void **state)
{
    (void)state;
    static const double cases[][3] = {/* most, max, step */
                                      {1, 1, 0.2},          {10, 10, 2},      {9.9, 10, 2},
                                      {4.37, 5, 1},         {0.3, 0.3, 0.05}, {17, 17.5, 2.5},
                                      {16000, 16000, 2000}, {0, 1, 0.2},      {NAN, 1, 0.2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dpdm_chart_axis axis = dpdm_chart_linear(cases[i][0], "x");
        assert_true(fabs(axis.max - cases[i][1]) < 1e-9 * axis.max);
        assert_true(fabs(axis.step - cases[i][2]) < 1e-9 * axis.step);
    }
    for (double most = 1e-7; most < 1e9; most *= 1.01) {
        dpdm_chart_axis axis = dpdm_chart_linear(most, "x");
        assert_true(axis.max >= most * (1 - 1e-9) && axis.max < 1.6 * most);
        assert_true(axis.max / axis.step > 2.5 && axis.max / axis.step < 8.01);
    }
}

static void logarithmic_axes(void **state)
{
    (void)state;
    dpdm_chart_axis axis = dpdm_chart_logarithmic(1e-10, 0.1, "x");
    assert_true(fabs(axis.min / 1e-10 - 1) < 1e-12 && fabs(axis.max / 0.1 - 1) < 1e-12 && axis.step == 2);
    axis = dpdm_chart_logarithmic(0.5, 0.6, "x");
    assert_true(fabs(axis.min - 0.1) < 1e-12 && axis.max == 1 && axis.step == 1);
    axis = dpdm_chart_logarithmic(10, 10, "x");
    assert_true(axis.max > axis.min);
}

static void places(void **state)
{
    (void)state;
    dpdm_chart_axis linear = {.min = 0, .max = 5, .step = 1}, log = {.min = 1e-10, .max = 1, .log = 1, .step = 2};
    assert_true(dpdm_chart_place(&linear, 0) == 0 && dpdm_chart_place(&linear, 5) == 1);
    assert_true(fabs(dpdm_chart_place(&linear, 2) - 0.4) < 1e-12);
    assert_true(fabs(dpdm_chart_place(&log, 1e-5) - 0.5) < 1e-12);
    assert_true(dpdm_chart_place(&linear, 7) == 1 && dpdm_chart_place(&linear, -1) == 0);
    assert_true(dpdm_chart_place(&log, 0) == 0 && dpdm_chart_place(&log, INFINITY) == 1);
    assert_true(dpdm_chart_place(&linear, NAN) == 0);
}

static void picture(void **state)
{
    (void)state;
    const double x[] = {1e-10, 1e-5, 0.1}, y[] = {8, 4, 0};
    dpdm_chart_line line = {x, y, 3, "line"};
    dpdm_chart chart = {.id = "c",
                        .title = "a < b",
                        .description = "d",
                        .x = dpdm_chart_logarithmic(1e-10, 0.1, "δ"),
                        .y = dpdm_chart_linear(8, "ε"),
                        .lines = &line,
                        .line_count = 1,
                        .mark_x = 1e-5,
                        .mark_y = 4,
                        .mark = "here & now"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    dpdm_chart_put(out, &chart);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "<title id=\"c-title\">a &lt; b</title>"));
    assert_non_null(strstr(text, "points=\"58.0,14.0 "));
    assert_non_null(strstr(text, "446.0,258.0\"/>"));
    assert_non_null(strstr(text, "here &amp; now"));
    assert_non_null(strstr(text, ">1e-10</text>"));
    assert_non_null(strstr(text, ">8</text>"));
    assert_null(strstr(text, "nan"));
    free(text);
}

/* What sticks out at the right is cut: a label of four digits is wider than the margin beside the last tick. */
static void labels_stay_inside(void **state)
{
    (void)state;
    static const double most[] = {8, 100, 1600, 10000, 160000};
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        const double x[] = {0, most[i]}, y[] = {0, 1};
        dpdm_chart_line line = {x, y, 2, "line"};
        dpdm_chart chart = {.id = "c",
                            .title = "t",
                            .description = "d",
                            .x = dpdm_chart_linear(most[i], "Step"),
                            .y = dpdm_chart_linear(1, "y"),
                            .lines = &line,
                            .line_count = 1,
                            .mark_x = NAN,
                            .mark_y = NAN};
        char *text = NULL, end[40];
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        dpdm_chart_put(out, &chart);
        assert_int_equal(fclose(out), 0);
        snprintf(end, sizeof end, ">%.0f</text>", most[i]);
        const char *label = strstr(text, end), *start = label;
        assert_non_null(label);
        while (*start != '<')
            start--;
        double at;
        assert_int_equal(sscanf(strstr(start, " x="), " x=\"%lf\"", &at), 1);
        int middle = strncmp(strstr(start, "text-anchor="), "text-anchor=\"middle\"", 20) == 0;
        assert_true(at + (middle ? 4.5 * (double)(strlen(end) - 8) : 0) <= 460);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(linear_axes), cmocka_unit_test(logarithmic_axes),
                                       cmocka_unit_test(places), cmocka_unit_test(picture),
                                       cmocka_unit_test(labels_stay_inside)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
