/* section_quality.c - how useful the samples are: the figures of `dpdm eval`. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "report/figure.h"
#include "report/html.h"
#include "report/measures.h"
#include "report/sections.h"

/* ---- the table ---- */

/* One classifier of one training set. */
static void accuracy_put_row(FILE *out, const cJSON *one, const char *trained_on)
{
    int trainings = dpdm_report_trainings(one);
    double best = dpdm_report_number(one, "accuracy_best"), spread = dpdm_report_number(one, "accuracy_std");
    dpdm_html_put(out, "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"number\">%s</td>",
                  dpdm_report_classifier(one->string), trained_on,
                  dpdm_figure_percent(dpdm_report_number(one, "accuracy_mean")).text);
    dpdm_report_measures m = dpdm_report_measure(one);
    dpdm_html_put(out, "<td class=\"number\">%s</td><td class=\"number\">%s</td>",
                  isfinite(m.balanced) ? dpdm_figure_percent(m.balanced).text : "–",
                  isfinite(m.auroc) ? dpdm_figure_percent(m.auroc).text : "–");
    dpdm_html_put(out, "<td class=\"number\">%s</td><td class=\"number\">%s</td><td class=\"number\">%d</td>",
                  trainings > 1 ? dpdm_figure_percent(spread).text : "–", dpdm_figure_percent(best).text, trainings);
    double calibration = dpdm_report_number(one, "calibration_error");
    dpdm_html_put(out, "<td class=\"number\">%s</td></tr>\n",
                  isfinite(calibration) ? dpdm_figure_percent(calibration).text : "–");
}

/* A rival, trained directly on the real images with DP-SGD. */
static void accuracy_put_rival(FILE *out, const cJSON *one)
{
    double epsilon = dpdm_report_number(one, "epsilon_upper");
    int claim = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(one, "private"));
    char text[120];
    if (claim && epsilon >= 0)
        snprintf(text, sizeof text, "real images, DP-SGD, ε ≤ %s", dpdm_figure_up(epsilon).text);
    else
        snprintf(text, sizeof text, "real images, DP-SGD without privacy claim");
    accuracy_put_row(out, one, text);
}

static void accuracy_put_table(FILE *out, const dpdm_report_input *input)
{
    const cJSON *synthetic = cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers");
    const cJSON *rival = cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers_dp");
    const cJSON *real = cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers_real"), *one;
    dpdm_html_put(out,
                  "<div class=\"scroll\" role=\"region\" aria-label=\"Accuracy of classifiers\" tabindex=\"0\"><table>"
                  "<caption>Accuracy on real test images</caption>\n<thead><tr><th scope=\"col\">Classifier</th>"
                  "<th scope=\"col\">Trained on</th><th scope=\"col\" class=\"number\">Mean</th>"
                  "<th scope=\"col\" class=\"number\">Balanced</th><th scope=\"col\" class=\"number\">AUROC</th>"
                  "<th scope=\"col\" class=\"number\">Std. deviation</th><th scope=\"col\" class=\"number\">Best</th>"
                  "<th scope=\"col\" class=\"number\">Trainings</th>"
                  "<th scope=\"col\" class=\"number\">Calibration error</th></tr></thead>\n<tbody>\n");
    cJSON_ArrayForEach(one, synthetic)
    {
        accuracy_put_row(out, one, "synthetic images");
    }
    cJSON_ArrayForEach(one, rival)
    {
        accuracy_put_rival(out, one);
    }
    cJSON_ArrayForEach(one, real)
    {
        accuracy_put_row(out, one, "real images, no privacy");
    }
    dpdm_html_put(out, "</tbody></table></div>\n");
}

/* What the rivals cost, as far as it is told. */
static void rival_put_note(FILE *out, const dpdm_report_input *input)
{
    const cJSON *cost = cJSON_GetObjectItemCaseSensitive(input->eval, "rival");
    double together = dpdm_report_number(cost, "epsilon_together");
    double with_release = dpdm_report_number(cost, "epsilon_with_release");
    dpdm_html_put(out,
                  "<p>The rows “DP-SGD” are rivals of the synthetic images: classifiers trained directly on the real "
                  "images for this one task, by the same private step. Each of these trainings spends its ε on top of "
                  "the release");
    if (together >= 0)
        dpdm_html_put(out, "; together ε ≤ %s", dpdm_figure_up(together).text);
    if (with_release >= 0)
        dpdm_html_put(out, ", with this release ε ≤ %s", dpdm_figure_up(with_release).text);
    dpdm_html_put(out, ".</p>\n");
}

/* What the figures have to be compared with. */
static void base_rate_put(FILE *out, const dpdm_report_input *input)
{
    double base = dpdm_report_measure(input->best).base_rate;
    if (!isfinite(base))
        return;
    dpdm_html_put(
        out,
        "<p>Always naming the most frequent class would be right for <strong>%s</strong> of the test images: only "
        "what an accuracy has beyond that was learned. <em>Balanced</em> counts every class alike: guessing "
        "has %s there. <em>AUROC</em> is how often an image of a class gets a higher score for it than an image of "
        "another one; guessing has 50 %%.</p>\n",
        dpdm_figure_percent(base).text, dpdm_figure_percent(1.0 / input->model.description.classes).text);
}

static void quality_put_accuracy(FILE *out, const dpdm_report_input *input)
{
    base_rate_put(out, input);
    accuracy_put_table(out, input);
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers_dp")) > 0)
        rival_put_note(out, input);
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers_real")) > 0)
        dpdm_html_put(out, "<p>The rows “real images, no privacy” show what the same classifiers reach without any "
                           "protection: a ceiling to compare with. Those classifiers must not be released.</p>\n");
}

/* How epoch and classifier were chosen. */
static void quality_put_protocol(FILE *out, const dpdm_report_input *input)
{
    const char *protocol = dpdm_report_text(input->eval, "protocol");
    const cJSON *chosen = cJSON_GetObjectItemCaseSensitive(input->eval, "chosen");
    const char *name = dpdm_report_text(chosen, "classifier");
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(input->eval, "protocol_leaks")))
        dpdm_html_put(out,
                      "<p class=\"warning\" role=\"note\"><strong>The choice leaks.</strong> The epoch and the "
                      "classifier were chosen on the real test images (protocol %s), so these accuracies are too "
                      "high.</p>\n",
                      protocol ? protocol : "unknown");
    else if (protocol)
        dpdm_html_put(out,
                      "<p>No real image took part in any choice: the epoch was chosen on held-out images of the "
                      "training set (protocol %s).</p>\n",
                      protocol);
    if (name)
        dpdm_html_put(out, "<p>Of the classifiers trained on synthetic images, the choice fell on the %s.</p>\n",
                      dpdm_report_classifier(name));
}

void dpdm_report_put_quality(FILE *out, const dpdm_report_input *input)
{
    if (!input->eval)
        return;
    double synthetic = dpdm_report_number(input->eval, "synthetic_images"),
           test = dpdm_report_number(input->eval, "test_images");
    dpdm_html_put(out, "<section id=\"quality\" aria-labelledby=\"quality-title\">\n"
                       "<h2 id=\"quality-title\">How useful the samples are</h2>\n"
                       "<p class=\"warning\" role=\"note\"><strong>Computed from real test images; outside the "
                       "guarantee.</strong> If the test images are private, do not publish this section.</p>\n"
                       "<p>Classifiers were trained on synthetic images only");
    if (synthetic >= 0 && synthetic < 1e15)
        dpdm_html_put(out, " (%s of them)", dpdm_figure_count((uint64_t)synthetic).text);
    dpdm_html_put(out, " and tested on real images");
    if (test >= 0 && test < 1e15)
        dpdm_html_put(out, " (%s)", dpdm_figure_count((uint64_t)test).text);
    dpdm_html_put(out, ".</p>\n");
    quality_put_protocol(out, input);
    quality_put_accuracy(out, input);
    dpdm_report_put_classes(out, input);
    dpdm_report_put_fidelity(out, input);
    dpdm_html_put(out, "</section>\n");
}
