/* report.c - the page: head, sections, foot. */
#include "dpdm/report.h"

#include <string.h>
#include "base/file.h"
#include "dpdm/version.h"
#include "report/card.h"
#include "report/html.h"
#include "report/sections.h"
#include "report/style.h"
#include "report/twin.h"

typedef dpdm_status (*put_fn)(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err);

enum { PARTS = 4 };

typedef struct {
    const char *path;
    put_fn put;
    dpdm_file_writer writer;
} report_part;

static dpdm_status page_put(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err);
static dpdm_status parts_begin(report_part *parts, const dpdm_report_request *request, dpdm_error *err);
static dpdm_status parts_put(report_part *parts, const dpdm_report_input *input, const char *title, dpdm_error *err);
static void parts_abandon(report_part *parts);

dpdm_status dpdm_report_write(const dpdm_report_request *request, dpdm_report_summary *summary, dpdm_error *err)
{
    if (!request->run || !request->out)
        return dpdm_error_set(err, DPDM_EUSAGE, "a report needs a run and the name of a file to write");
    dpdm_report_input input;
    report_part parts[PARTS] = {{.path = request->out, .put = page_put},
                                {.path = request->twin, .put = dpdm_report_put_twin},
                                {.path = request->model_card, .put = dpdm_report_put_model_card},
                                {.path = request->data_card, .put = dpdm_report_put_data_card}};
    dpdm_status status = parts_begin(parts, request, err);
    if (!status)
        status = dpdm_report_input_read(request, &input, err);
    if (status) {
        parts_abandon(parts);
        return status;
    }
    status = parts_put(parts, &input, request->title, err);
    if (!status && summary)
        *summary = (dpdm_report_summary){.private_claim = input.private_claim,
                                         .claim_confirmed = dpdm_report_claim_confirmed(&input),
                                         .epsilon = input.epsilon,
                                         .delta = input.delta,
                                         .private_images = input.neighbours.samples > 0,
                                         .previews = input.preview_count};
    dpdm_report_input_destroy(&input);
    return status;
}

/* Only the page shows real images. */
static dpdm_status parts_begin(report_part *parts, const dpdm_report_request *request, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (int i = 0; i < PARTS && !status; i++) {
        unsigned mode = i == 0 && request->neighbours ? DPDM_FILE_PRIVATE : DPDM_FILE_SHARED;
        parts[i].writer.descriptor = -1;
        if (parts[i].path)
            status = dpdm_file_begin(&parts[i].writer, parts[i].path, request->overwrite, mode, err);
    }
    return status;
}

/* Where none was given. */
static const char *part_title(const report_part *part, const dpdm_report_input *input)
{
    if (part->put == dpdm_report_put_data_card)
        return input->private_claim ? "Synthetic images from a differentially private diffusion model"
                                    : "Synthetic images from a diffusion model, without claim";
    return input->private_claim ? "A differentially private diffusion model" : "A diffusion model, without claim";
}

static dpdm_status parts_put(report_part *parts, const dpdm_report_input *input, const char *title, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (int i = 0; i < PARTS && !status; i++)
        if (parts[i].path)
            status = parts[i].put(parts[i].writer.stream, input,
                                  title && title[0] ? title : part_title(&parts[i], input), err);
    for (int i = 0; i < PARTS && !status; i++)
        if (parts[i].path)
            status = dpdm_file_commit(&parts[i].writer, err);
    if (status)
        parts_abandon(parts);
    return status;
}

static void parts_abandon(report_part *parts)
{
    for (int i = 0; i < PARTS; i++)
        if (parts[i].writer.stream || parts[i].writer.temporary[0])
            dpdm_file_abandon(&parts[i].writer);
}

/* The policy forbids the browser to fetch anything, whatever the page holds. */
static void page_put_head(FILE *out, const char *title)
{
    dpdm_html_put(out,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
                  "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"dpdm %s\">\n"
                  "<title>%s</title>\n<style>\n",
                  dpdm_version(), title);
    fwrite(dpdm_report_style, 1, dpdm_report_style_size, out);
    dpdm_html_put(out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#summary\">Skip to the summary</a>\n");
}

static void page_put_links(FILE *out, const dpdm_report_input *input)
{
    dpdm_html_put(out, "<nav aria-label=\"Contents\"><a href=\"#summary\">Summary</a> "
                       "<a href=\"#samples\">Samples</a> ");
    if (input->eval)
        dpdm_html_put(out, "<a href=\"#quality\">Usefulness</a> ");
    dpdm_html_put(out, "<a href=\"#privacy\">Privacy</a> ");
    if (dpdm_report_has_training(input))
        dpdm_html_put(out, "<a href=\"#training\">Training</a> ");
    if (dpdm_report_has_settings(input))
        dpdm_html_put(out, "<a href=\"#settings\">Settings</a> <a href=\"#repeat\">To repeat it</a> ");
    if (input->neighbours.samples)
        dpdm_html_put(out, "<a href=\"#neighbours\">Nearest real images</a>");
    dpdm_html_put(out, "</nav>\n");
}

static dpdm_status page_put(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err)
{
    (void)err; /* a page is made from what is there */
    page_put_head(out, title);
    dpdm_html_put(out, "<header>\n<h1>%s</h1>\n<p>Report made by dpdm %s</p>\n", title, dpdm_version());
    page_put_links(out, input);
    dpdm_html_put(out, "</header>\n<main>\n");
    dpdm_report_put_summary(out, input);
    dpdm_report_put_samples(out, input);
    dpdm_report_put_quality(out, input);
    dpdm_report_put_privacy(out, input);
    dpdm_report_put_training(out, input);
    dpdm_report_put_settings(out, input);
    dpdm_report_put_repeat(out, input);
    dpdm_report_put_neighbours(out, input);
    dpdm_html_put(out, "</main>\n<footer><p>This file is complete in itself and fetches nothing from a network.</p>"
                       "</footer>\n</body>\n</html>\n");
    return DPDM_OK;
}
