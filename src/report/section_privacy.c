/* section_privacy.c - the privacy statement of the release, for people. */
#include <math.h>
#include <string.h>
#include "report/figure.h"
#include "report/html.h"
#include "report/sections.h"

static void fact_put(FILE *out, const char *name, const char *text)
{
    if (text)
        dpdm_html_put(out, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", name, text);
}

static void fact_put_number(FILE *out, const char *name, double value)
{
    if (isfinite(value))
        fact_put(out, name, dpdm_figure_number(value).text);
}

static void privacy_put_facts(FILE *out, const dpdm_report_input *input)
{
    const cJSON *statement = input->statement;
    const dpdm_network_description *shape = &input->model.description;
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(input->config, "training");
    double records = dpdm_report_number(training, "records");
    int known = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(statement, "records_public"));
    dpdm_html_put(out, "<table class=\"facts\"><caption>What is promised, and for whom</caption><tbody>\n");
    fact_put(out, "Claim", dpdm_report_text(statement, "claim"));
    fact_put(out, "Unit that is protected", dpdm_report_text(statement, "unit"));
    fact_put(out, "Neighbouring data sets", dpdm_report_text(statement, "neighbours"));
    const double replaced =
        dpdm_report_number(cJSON_GetObjectItemCaseSensitive(statement, "replace_one"), "epsilon_upper");
    if (isfinite(replaced))
        fact_put(out, "ε where one is replaced by another", dpdm_figure_up(replaced).text);
    fact_put(out, "Sampling of batches", dpdm_report_text(statement, "sampling"));
    fact_put(out, "Mechanism", dpdm_report_text(statement, "mechanism"));
    dpdm_html_put(out, "</tbody></table>\n<table class=\"facts\"><caption>Public inputs: taken as known to "
                       "everyone, not protected</caption><tbody>\n");
    dpdm_html_put(out,
                  "<tr><th scope=\"row\">Images</th><td>%d × %d pixels (width × height), channels: %d, classes: "
                  "%d</td></tr>\n",
                  shape->width, shape->height, shape->channels, shape->classes);
    fact_put(out, "Number of training images",
             !known                           ? "not stated"
             : records >= 0 && records < 1e15 ? dpdm_figure_count((uint64_t)records).text
                                              : "stated");
    fact_put_number(out, "Expected images a step", dpdm_report_number(statement, "batch"));
    fact_put_number(out, "Clip (largest norm of one image's gradient)", dpdm_report_number(statement, "clip"));
    fact_put_number(out, "Grid bits (step of the exact sum: clip / 2^bits)",
                    dpdm_report_number(statement, "grid_bits"));
    dpdm_html_put(out, "</tbody></table>\n");
}

/* What an event was, where the config tells: releases of the prior come first, in this order, the training last. */
static const char *event_name(const dpdm_report_input *input, size_t i)
{
    static const char *const releases[][2] = {
        {"prior_means_noise", "noisy class means, before the training"},
        {"prior_covariance_noise", "noisy covariance, before the training"},
        {"prior_class_noise", "noisy covariances of the classes, before the training"}};
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(input->config, "training");
    const char *names[sizeof releases / sizeof *releases + 1];
    size_t count = 0;
    for (size_t k = 0; k < sizeof releases / sizeof *releases; k++)
        if (dpdm_report_number(training, releases[k][0]) > 0)
            names[count++] = releases[k][1];
    names[count++] = "training steps";
    return count == input->event_count ? names[i] : "mechanism";
}

static void privacy_put_events(FILE *out, const dpdm_report_input *input)
{
    dpdm_html_put(out, "<div class=\"scroll\" role=\"region\" aria-label=\"Events\" tabindex=\"0\"><table>"
                       "<caption>Everything that was computed from the training images</caption>\n<thead><tr>"
                       "<th scope=\"col\">Event</th><th scope=\"col\" class=\"number\">Sampling rate</th>"
                       "<th scope=\"col\" class=\"number\">Noise multiplier</th>"
                       "<th scope=\"col\" class=\"number\">Steps</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < input->event_count; i++)
        dpdm_html_put(out,
                      "<tr><th scope=\"row\">%s</th><td class=\"number\">%s</td><td class=\"number\">%s</td>"
                      "<td class=\"number\">%s</td></tr>\n",
                      event_name(input, i), dpdm_figure_number(input->events[i].sampling_rate).text,
                      dpdm_figure_number(input->events[i].noise_multiplier).text,
                      dpdm_figure_count(input->events[i].steps).text);
    dpdm_html_put(out, "</tbody></table></div>\n");
}

static void bound_put_row(FILE *out, const dpdm_report_input *input, const cJSON *bound)
{
    double upper = dpdm_report_number(bound, "epsilon_upper"), lower = dpdm_report_number(bound, "epsilon_lower");
    const char *unproven = dpdm_report_text(bound, "unproven");
    int claimed = strcmp(bound->string, dpdm_accountant_name(input->accountant)) == 0;
    dpdm_html_put(out, "<tr><th scope=\"row\">%s</th>",
                  strcmp(bound->string, "pld") == 0   ? "privacy-loss distribution (pld)"
                  : strcmp(bound->string, "rdp") == 0 ? "Rényi (rdp)"
                                                      : bound->string);
    if (isfinite(upper))
        dpdm_html_put(out, "<td class=\"number\">%s</td>", dpdm_figure_up(upper).text);
    else
        dpdm_html_put(out, "<td>%s</td>", unproven ? unproven : "not stated");
    dpdm_html_put(out, "<td class=\"number\">%s</td><td>%s</td></tr>\n",
                  lower > 0 ? dpdm_figure_number(lower).text : "–",
                  !claimed               ? "check beside it"
                  : input->private_claim ? "the claim"
                                         : "no claim: seeded");
}

static void privacy_put_accountants(FILE *out, const dpdm_report_input *input)
{
    const cJSON *bounds = cJSON_GetObjectItemCaseSensitive(input->statement, "bounds"), *bound;
    dpdm_html_put(out,
                  "<div class=\"scroll\" role=\"region\" aria-label=\"Accountants\" tabindex=\"0\">"
                  "<table id=\"accountants\"><caption>ε at δ = %s by both accountants, as the statement has "
                  "it</caption>\n<thead><tr><th scope=\"col\">Accountant</th><th scope=\"col\" class=\"number\">ε at "
                  "most</th><th scope=\"col\" class=\"number\">ε at least</th><th scope=\"col\">Use</th></tr></thead>\n"
                  "<tbody>\n",
                  dpdm_figure_number(input->delta).text);
    cJSON_ArrayForEach(bound, bounds)
    {
        if (bound->string)
            bound_put_row(out, input, bound);
    }
    dpdm_html_put(out, "</tbody></table></div>\n");
    if (!input->private_claim)
        return;
    if (isfinite(input->recomputed.epsilon_upper))
        dpdm_html_put(out,
                      "<p>Computed again for this report from the events above: ε ≤ %s by the accountant %s. "
                      "%s</p>\n",
                      dpdm_figure_up(input->recomputed.epsilon_upper).text,
                      dpdm_accountant_name(input->recomputed.accountant),
                      dpdm_report_claim_confirmed(input) ? "This confirms the claim."
                                                         : "This is more than the statement claims.");
    else
        dpdm_html_put(out, "<p>From the events above, this version of dpdm proves no ε at this δ.</p>\n");
}

static void privacy_put_list(FILE *out, const cJSON *list, const char *title)
{
    const cJSON *item;
    if (!cJSON_IsArray(list) || !list->child)
        return;
    dpdm_html_put(out, "<h3>%s</h3>\n<ul>\n", title);
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item))
            dpdm_html_put(out, "<li>%s</li>\n", item->valuestring);
    }
    dpdm_html_put(out, "</ul>\n");
}

void dpdm_report_put_privacy(FILE *out, const dpdm_report_input *input)
{
    dpdm_html_put(out, "<section id=\"privacy\" aria-labelledby=\"privacy-title\">\n"
                       "<h2 id=\"privacy-title\">Privacy statement</h2>\n");
    if (!input->statement) {
        dpdm_html_put(out, "<p>The model file holds none, so nothing is claimed.</p>\n</section>\n");
        return;
    }
    if (!input->private_claim)
        dpdm_html_put(out, "<p class=\"warning\" role=\"note\"><strong>No privacy claim:</strong> the run was seeded. "
                           "The figures below are what the same run would have spent without a seed.</p>\n");
    privacy_put_facts(out, input);
    privacy_put_events(out, input);
    privacy_put_accountants(out, input);
    if (input->private_claim)
        dpdm_report_put_bounds(out, input);
    privacy_put_list(out, cJSON_GetObjectItemCaseSensitive(input->statement, "assumptions"), "What it assumes");
    privacy_put_list(out, cJSON_GetObjectItemCaseSensitive(input->statement, "not_covered"), "What it does not cover");
    dpdm_html_put(out, "</section>\n");
}
