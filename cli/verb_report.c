/* verb_report.c - `dpdm report`. */
#include <math.h>
#include <stdio.h>
#include "base/json.h"
#include "dpdm/report.h"
#include "interrupt.h"
#include "progress.h"
#include "verbs.h"

enum { REPORT_PATH = 1024, REPORT_NAMES = 8192 };

typedef struct {
    char grid[REPORT_PATH], eval[REPORT_PATH], out[REPORT_PATH], title[REPORT_PATH], class_names[REPORT_NAMES];
    char neighbours[REPORT_PATH], data_dir[REPORT_PATH], twin[REPORT_PATH];
    char model_card[REPORT_PATH], data_card[REPORT_PATH];
    int overwrite, threads;
    dpdm_reading_options reading; /* of neighbours */
} report_options;

static const char what_group[] = "What to show";
static const char where_group[] = "Where to";

#define AT(field) offsetof(report_options, field)
static const dpdm_option rows[] = {
    {"grid", DPDM_OPTION_STRING, AT(grid), REPORT_PATH, 0, 0, NULL, "FILE", what_group,
     "picture of samples, as 'dpdm sample --grid' draws it; without it samples are drawn for the report", 0, 0},
    {"eval", DPDM_OPTION_STRING, AT(eval), REPORT_PATH, 0, 0, NULL, "FILE", what_group,
     "what 'dpdm eval --json' printed; its figures come from real test images", 0, 0},
    {"title", DPDM_OPTION_STRING, AT(title), REPORT_PATH, 0, 0, NULL, "TEXT", what_group, "heading of the page", 0, 0},
    {"class-names", DPDM_OPTION_STRING, AT(class_names), REPORT_NAMES, 0, 0, NULL, "LIST", what_group,
     "names of the classes in order, with commas between; without it their numbers", 0, 0},
    {"neighbours", DPDM_OPTION_STRING, AT(neighbours), REPORT_PATH, 0, 0, NULL, "SPEC", what_group,
     "the real training images: shows those nearest to some samples. The page is then PRIVATE, do not publish it", 0,
     0},
    {"data-dir", DPDM_OPTION_STRING, AT(data_dir), REPORT_PATH, 0, 0, NULL, "DIR", what_group,
     "where known names are looked up first", 0, 0},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", what_group,
     "for drawing samples; 0: all cores. Changes nothing in the page", 0, 0},
    {"out", DPDM_OPTION_STRING, AT(out), REPORT_PATH, 0, 0, NULL, "FILE", where_group, "the page", 0,
     DPDM_OPTION_OUTPUT},
    {"twin", DPDM_OPTION_STRING, AT(twin), REPORT_PATH, 0, 0, NULL, "FILE", where_group,
     "also the figures of the page as JSON, for programs (docs/report.schema.json)", 0, DPDM_OPTION_OUTPUT},
    {"model-card", DPDM_OPTION_STRING, AT(model_card), REPORT_PATH, 0, 0, NULL, "FILE", where_group,
     "also a model card: Markdown, the README.md of a model repository as on Hugging Face", 0, DPDM_OPTION_OUTPUT},
    {"data-card", DPDM_OPTION_STRING, AT(data_card), REPORT_PATH, 0, 0, NULL, "FILE", where_group,
     "also a data card, for a synthetic set drawn from the model", 0, DPDM_OPTION_OUTPUT},
    {"overwrite", DPDM_OPTION_FLAG, AT(overwrite), 0, 0, 0, NULL, NULL, where_group, "replace files that exist", 0, 0},
    DPDM_READING_ROWS(AT(reading)),
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *object)
{
    *(report_options *)object = (report_options){.out = "report.html"};
}

static int report_progress(void *context, uint64_t done, uint64_t total)
{
    cli_progress_update(context, done, total, NULL);
    return cli_interrupt_pending();
}

static dpdm_status result_print(cli_call *call, const char *out, const dpdm_report_summary *summary, dpdm_error *err)
{
    if (!call->json) {
        cli_say("report in %s\n", out);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "out", out);
    cJSON_AddBoolToObject(json, "private", summary->private_claim);
    cJSON_AddBoolToObject(json, "claim_confirmed", summary->claim_confirmed);
    cJSON_AddItemToObject(json, "epsilon_upper", dpdm_json_double(summary->private_claim ? summary->epsilon : NAN));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(summary->private_claim ? summary->delta : NAN));
    cJSON_AddBoolToObject(json, "private_images", summary->private_images);
    cJSON_AddNumberToObject(json, "previews", summary->previews);
    return cli_print_json(call, json, err);
}

static const char *given(const char *text)
{
    return text[0] ? text : NULL;
}

static dpdm_status run_report(cli_call *call, dpdm_error *err)
{
    const report_options *o = call->options[0];
    if (!o->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--out is empty: where does the page go?");
    cli_progress progress;
    dpdm_report_summary summary;
    cli_interrupt_catch();
    cli_progress_begin(&progress, call, "sampling", "img");
    dpdm_report_request request = {.run = call->arguments[0],
                                   .grid = given(o->grid),
                                   .eval = given(o->eval),
                                   .neighbours = given(o->neighbours),
                                   .reading = &o->reading,
                                   .data_dir = given(o->data_dir),
                                   .title = given(o->title),
                                   .class_names = given(o->class_names),
                                   .out = o->out,
                                   .twin = given(o->twin),
                                   .model_card = given(o->model_card),
                                   .data_card = given(o->data_card),
                                   .overwrite = o->overwrite,
                                   .threads = o->threads,
                                   .progress = report_progress,
                                   .context = &progress};
    dpdm_status status = dpdm_report_write(&request, &summary, err);
    cli_progress_end(&progress);
    if (status)
        return status;
    if (!summary.private_claim)
        cli_note(call, "the model carries no privacy claim; the report says so");
    else if (!summary.claim_confirmed)
        cli_note(call, "the claim of the model could not be confirmed; the report says so");
    if (summary.private_images)
        cli_note(call, "%s shows real training images: do not publish it", o->out);
    return result_print(call, o->out, &summary, err);
}

const cli_verb cli_verb_report = {
    .name = "report",
    .group = "Quality",
    .summary = "Write a page about a run: claim, samples, accuracy, settings",
    .arguments = "RUN",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Writes one HTML file about a finished run (or a model file alone) that needs nothing else and fetches "
        "nothing: "
        "the claim and the privacy statement with its figures computed again, samples by class, previews of the "
        "training, the settings, and how to repeat it.\n\n"
        "All of that may be shared like the model itself. Figures given with --eval come from real test images and are "
        "marked as outside the guarantee: if those images are private, do not publish a page with them. With "
        "--neighbours the "
        "page shows real training images, for the eyes of their owner: it is marked as private and readable by you "
        "only.",
    .examples = "dpdm report run\n"
                "dpdm report run --grid grid.png --eval eval.json --out report.html --overwrite\n"
                "dpdm report run --twin report.json --model-card run/release/README.md --data-card DATA.md\n"
                "dpdm report model.safetensors --title \"Chest X-rays, model of May\" --class-names normal,pneumonia",
    .options = {{&table, sizeof(report_options), defaults}},
    .run = run_report,
};
