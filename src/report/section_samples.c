/* section_samples.c - samples by class. */
#include <stdio.h>
#include "data/grid.h"
#include "report/html.h"
#include "report/sections.h"

enum { COLUMNS_MOST = 20, SIDE_BY_SIDE = 5 };

int dpdm_report_columns(const dpdm_report_input *input, const dpdm_picture *picture, int columns)
{
    const dpdm_network_description *shape = &input->model.description;
    int known = shape->classes >= 2 && columns % shape->classes == 0 &&
                dpdm_picture_is_grid(picture, columns, shape->height, shape->width);
    return known ? columns : 0;
}

static void samples_put_heads(FILE *out, int columns, int classes)
{
    dpdm_html_put(out, "<div class=\"heads\" aria-hidden=\"true\" style=\"grid-template-columns:repeat(%d,1fr)\">",
                  columns);
    for (int c = 0; c < columns; c++)
        dpdm_html_put(out, "<span>%d</span>", c % classes);
    dpdm_html_put(out, "</div>\n");
}

static void samples_put_names(FILE *out, const dpdm_report_input *input)
{
    if (!input->class_names)
        return;
    dpdm_html_put(out, "<p>Classes:");
    for (int c = 0; c < input->model.description.classes; c++)
        dpdm_html_put(out, "%s %d %s", c ? "," : "", c, input->class_names[c]);
    dpdm_html_put(out, ".</p>\n");
}

static void samples_put_source(FILE *out, const dpdm_report_input *input)
{
    if (input->grid_drawn) {
        dpdm_sampler sampler = dpdm_report_sampler();
        dpdm_html_put(out, "Drawn for this report (sampler %s, %d steps), not chosen.", dpdm_sampler_name(sampler.kind),
                      sampler.steps);
    } else {
        dpdm_html_put(out, "The picture was given to the report as it is; that it shows samples of this model rests on "
                           "who made the report.");
    }
}

/* A picture a class. */
static void samples_put_strips(FILE *out, const dpdm_report_input *input)
{
    dpdm_html_put(out,
                  input->strip_count > SIDE_BY_SIDE ? "<div class=\"strips many\">\n" : "<div class=\"strips\">\n");
    for (int c = 0; c < input->strip_count; c++) {
        char number[16], alt[400];
        const char *name = dpdm_report_class(input, c, number);
        snprintf(alt, sizeof alt, "Synthetic images of class %s.", name);
        dpdm_html_put(out, "<figure>");
        dpdm_picture_put(out, &input->strips[c], alt);
        dpdm_html_put(out, "<figcaption>%s</figcaption></figure>\n", name);
    }
    dpdm_html_put(out, "</div>\n<p>Synthetic images of each class. ");
    samples_put_source(out, input);
    dpdm_html_put(out, "</p>\n");
}

static void samples_put_grid(FILE *out, const dpdm_report_input *input)
{
    char alt[160];
    const int classes = input->model.description.classes;
    int columns = dpdm_report_columns(input, &input->grid, dpdm_grid_columns(classes));
    if (!columns && classes <= COLUMNS_MOST)
        columns = dpdm_report_columns(input, &input->grid, classes);
    if (columns)
        snprintf(alt, sizeof alt, "Grid of synthetic images: %d columns, the classes from 0 to %d in turn.", columns,
                 input->model.description.classes - 1);
    else
        snprintf(alt, sizeof alt, "Grid of synthetic images.");
    dpdm_html_put(out, "<figure>\n<div class=\"grid\">");
    if (columns)
        samples_put_heads(out, columns, input->model.description.classes);
    dpdm_picture_put(out, &input->grid, alt);
    dpdm_html_put(out, "</div>\n<figcaption>%s ",
                  columns ? "Synthetic images, one class a column." : "Synthetic images.");
    samples_put_source(out, input);
    dpdm_html_put(out, "</figcaption>\n</figure>\n");
    samples_put_names(out, input);
}

void dpdm_report_put_samples(FILE *out, const dpdm_report_input *input)
{
    dpdm_html_put(out, "<section id=\"samples\" aria-labelledby=\"samples-title\">\n"
                       "<h2 id=\"samples-title\">Samples by class</h2>\n");
    if (input->strip_count)
        samples_put_strips(out, input);
    else
        samples_put_grid(out, input);
    dpdm_html_put(out, "</section>\n");
}
