/* section_summary.c - the run in a few sentences and figures. */
#include <math.h>
#include <stdio.h>
#include "report/figure.h"
#include "report/html.h"
#include "report/measures.h"
#include "report/sections.h"

#define ALARM 0.001 /* share of unused images an attack may wrongly accuse */

/* Steps of the last event: those of the training. */
static uint64_t summary_steps(const dpdm_report_input *input)
{
    return input->event_count ? input->events[input->event_count - 1].steps : 0;
}

int dpdm_report_claim_confirmed(const dpdm_report_input *input)
{
    /* Statements are printed with 15 digits. */
    return input->private_claim && input->recomputed.epsilon_upper <= input->epsilon * (1 + 1e-9);
}

static void summary_put_model(FILE *out, const dpdm_report_input *input)
{
    const dpdm_network_description *shape = &input->model.description;
    dpdm_html_put(out,
                  "<p>A diffusion model that draws %s images of %d × %d pixels (width × height) in %d %s. It has %s "
                  "parameters",
                  shape->channels == 1   ? "grey"
                  : shape->channels == 3 ? "colour"
                                         : "multi-channel",
                  shape->width, shape->height, shape->classes, shape->classes == 1 ? "class" : "classes",
                  dpdm_figure_count(dpdm_network_parameters(input->model.network)).text);
    if (summary_steps(input))
        dpdm_html_put(out, " and was trained for %s steps of %s images each, on average",
                      dpdm_figure_count(summary_steps(input)).text,
                      dpdm_figure_number(dpdm_report_number(input->statement, "batch")).text);
    dpdm_html_put(out, ". The images shown here are synthetic: the model drew them.</p>\n");
}

static void summary_put_claim(FILE *out, const dpdm_report_input *input)
{
    if (input->private_claim)
        dpdm_html_put(out,
                      "<p>The model satisfies <strong>(ε, δ) = (%s, %s)-differential privacy</strong> for every single "
                      "%s: adding or removing any one %s changes the chance of every outcome of the training by at "
                      "most a factor e<sup>ε</sup>, but for a probability δ. This also holds for all "
                      "that is made from the model, however many images are drawn. "
                      "<a href=\"#privacy\">What this covers, and what not</a>.</p>\n",
                      dpdm_figure_up(input->epsilon).text, dpdm_figure_number(input->delta).text,
                      input->owner.cap ? "person, with all images that count of them" : "training image",
                      dpdm_report_unit(input));
    else if (input->statement)
        dpdm_html_put(out, "<p class=\"warning\" role=\"note\"><strong>No privacy claim.</strong> The randomness of "
                           "this run came from a given seed. Whoever knows the seed can take the noise away. Such a "
                           "run is a test: if the training images are private, release neither the model nor its "
                           "samples.</p>\n");
    else
        dpdm_html_put(out, "<p class=\"warning\" role=\"note\"><strong>No privacy claim.</strong> The model file "
                           "holds no privacy statement.</p>\n");
    const cJSON *warning;
    cJSON_ArrayForEach(warning, cJSON_GetObjectItemCaseSensitive(input->statement, "warnings"))
    {
        if (cJSON_IsString(warning))
            dpdm_html_put(out, "<p class=\"warning\" role=\"note\"><strong>Warning.</strong> %s.</p>\n",
                          warning->valuestring);
    }
    if (input->private_claim && !dpdm_report_claim_confirmed(input))
        dpdm_html_put(out, "<p class=\"warning\" role=\"note\"><strong>The claim could not be confirmed.</strong> From "
                           "the stated events this version of dpdm computes a larger ε than the statement claims, or "
                           "can prove none. See <a href=\"#accountants\">both accountants</a>.</p>\n");
}

static void summary_put_tile(FILE *out, const char *name, const char *value, const char *note)
{
    dpdm_html_put(out, "<div><dt>%s</dt><dd class=\"value\">%s</dd><dd>%s</dd></div>\n", name, value, note);
}

typedef struct {
    char text[120];
} base_note;

static base_note summary_base_note(const dpdm_report_input *input)
{
    base_note note;
    double base = dpdm_report_measure(input->best).base_rate;
    snprintf(note.text, sizeof note.text, "on real test images%s%s; outside the guarantee",
             isfinite(base) ? ", always one class: " : "", isfinite(base) ? dpdm_figure_percent(base).text : "");
    return note;
}

void dpdm_report_put_summary(FILE *out, const dpdm_report_input *input)
{
    dpdm_html_put(out, "<section id=\"summary\" aria-labelledby=\"summary-title\">\n"
                       "<h2 id=\"summary-title\">Summary</h2>\n");
    if (input->neighbours.samples)
        dpdm_html_put(out, "<p class=\"warning\" role=\"note\"><strong>Private: do not publish this page.</strong> It "
                           "shows <a href=\"#neighbours\">real training images</a>.</p>\n");
    summary_put_model(out, input);
    summary_put_claim(out, input);
    dpdm_html_put(out, "<dl class=\"tiles\">\n");
    if (input->private_claim) {
        summary_put_tile(out, "Privacy loss ε, at most", dpdm_figure_up(input->epsilon).text,
                         "smaller is more private");
        summary_put_tile(out, "Failure probability δ", dpdm_figure_number(input->delta).text,
                         dpdm_figure_one_in(input->delta).text);
    } else {
        summary_put_tile(out, "Privacy claim", "none", input->statement ? "the run was seeded" : "no statement");
    }
    if (input->curve.count)
        summary_put_tile(
            out, input->owner.cap ? "Used people that an attack recognises" : "Used images that an attack recognises",
            dpdm_figure_percent_up(dpdm_report_curve_detection(&input->curve, ALARM)).text,
            "at most, where it wrongly accuses 1 in 1,000");
    if (input->best)
        summary_put_tile(out, "Accuracy, trained on samples",
                         dpdm_figure_percent(dpdm_report_number(input->best, "accuracy_mean")).text,
                         summary_base_note(input).text);
    dpdm_html_put(out, "</dl>\n</section>\n");
}
