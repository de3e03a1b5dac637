/* section_samples.c - samples by class. */
#include <stdio.h>
#include "report/html.h"
#include "report/sections.h"

enum { COLUMNS_MOST = 20 };

int dpdm_report_columns(const dpdm_report_input *input, const dpdm_picture *picture, int most)
{
    const dpdm_unet_config *unet = &input->model.unet;
    int known = unet->classes >= 2 && unet->classes <= most &&
                dpdm_picture_is_grid(picture, unet->classes, unet->height, unet->width);
    return known ? unet->classes : 0;
}

static void samples_put_heads(FILE *out, int columns)
{
    dpdm_html_put(out, "<div class=\"heads\" aria-hidden=\"true\" style=\"grid-template-columns:repeat(%d,1fr)\">",
                  columns);
    for (int c = 0; c < columns; c++)
        dpdm_html_put(out, "<span>%d</span>", c);
    dpdm_html_put(out, "</div>\n");
}

static void samples_put_names(FILE *out, const dpdm_report_input *input)
{
    if (!input->class_names)
        return;
    dpdm_html_put(out, "<p>Classes:");
    for (int c = 0; c < input->model.unet.classes; c++)
        dpdm_html_put(out, "%s %d %s", c ? "," : "", c, input->class_names[c]);
    dpdm_html_put(out, ".</p>\n");
}

void dpdm_report_put_samples(FILE *out, const dpdm_report_input *input)
{
    char alt[160];
    int columns = dpdm_report_columns(input, &input->grid, COLUMNS_MOST);
    if (columns)
        snprintf(alt, sizeof alt, "Grid of synthetic images: %d columns, one for each class from 0 to %d.", columns,
                 columns - 1);
    else
        snprintf(alt, sizeof alt, "Grid of synthetic images.");
    dpdm_html_put(out, "<section id=\"samples\" aria-labelledby=\"samples-title\">\n"
                       "<h2 id=\"samples-title\">Samples by class</h2>\n<figure>\n<div class=\"grid\">");
    if (columns)
        samples_put_heads(out, columns);
    dpdm_picture_put(out, &input->grid, alt);
    dpdm_html_put(out, "</div>\n<figcaption>%s ",
                  columns ? "Synthetic images, one class a column." : "Synthetic images.");
    if (input->grid_drawn) {
        dpdm_sampler sampler = dpdm_report_sampler();
        dpdm_html_put(out, "Drawn for this report (sampler %s, %d steps), not chosen.", dpdm_sampler_name(sampler.kind),
                      sampler.steps);
    } else {
        dpdm_html_put(out, "The picture was given to the report as it is; that it shows samples of this model rests on "
                           "who made the report.");
    }
    dpdm_html_put(out, "</figcaption>\n</figure>\n");
    samples_put_names(out, input);
    dpdm_html_put(out, "</section>\n");
}
