/* section_neighbours.c - synthetic images and the real ones nearest to them: only where asked, and marked. */
#include <math.h>
#include <stdio.h>
#include "report/figure.h"
#include "report/html.h"
#include "report/sections.h"

static void neighbours_put_row(FILE *out, const dpdm_report_input *input, int i)
{
    const dpdm_report_neighbours *found = &input->neighbours;
    char number[16];
    dpdm_html_put(out, "<tr><th scope=\"row\" class=\"number\">%d</th><td>%s</td>", i + 1,
                  dpdm_report_class(input, found->classes[i], number));
    dpdm_html_put(out, "<td class=\"number\">%s</td><td class=\"number\">%s</td></tr>\n",
                  dpdm_figure_percent(found->nearest[i]).text, dpdm_figure_percent(found->among_real[i]).text);
}

void dpdm_report_put_neighbours(FILE *out, const dpdm_report_input *input)
{
    const dpdm_report_neighbours *found = &input->neighbours;
    char alt[200];
    if (!found->samples)
        return;
    snprintf(alt, sizeof alt,
             "Grid of images: in the first row %d synthetic images, below each the %d real training images nearest to "
             "it.",
             found->samples, NEIGHBOUR_NEAREST);
    dpdm_html_put(out, "<section id=\"neighbours\" aria-labelledby=\"neighbours-title\">\n"
                       "<h2 id=\"neighbours-title\">Nearest real images</h2>\n"
                       "<p class=\"warning\" role=\"note\"><strong>Private: do not publish.</strong> This part shows "
                       "real training images. No guarantee covers it.</p>\n<figure>\n<div class=\"grid\">");
    dpdm_picture_put(out, &found->picture, alt);
    dpdm_html_put(out,
                  "</div>\n<figcaption>First row: synthetic images, drawn for this report and not chosen. Below each: "
                  "the %d training images nearest to it by their pixels.</figcaption>\n</figure>\n",
                  NEIGHBOUR_NEAREST);
    dpdm_html_put(out, "<div class=\"scroll\" role=\"region\" aria-label=\"Distances\" tabindex=\"0\"><table>"
                       "<caption>Distances: root mean square difference of pixels, of their range</caption>\n<thead>"
                       "<tr><th scope=\"col\" class=\"number\">Column</th><th scope=\"col\">Class</th>"
                       "<th scope=\"col\" class=\"number\">Sample to the nearest real image</th>"
                       "<th scope=\"col\" class=\"number\">That one to its nearest other real image</th></tr></thead>\n"
                       "<tbody>\n");
    for (int i = 0; i < found->samples; i++)
        neighbours_put_row(out, input, i);
    dpdm_html_put(out, "</tbody></table></div>\n<p>This is a look for copies, not a measure of privacy: near images "
                       "need not be a leak, and far ones prove nothing, because pixels miss most of what makes images "
                       "alike. Only the <a href=\"#privacy\">privacy statement</a> says what is protected.</p>\n"
                       "</section>\n");
}
