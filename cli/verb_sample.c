/* verb_sample.c - `dpdm sample`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "data/grid.h"
#include "diffusion/sampler_options.h"
#include "dpdm/model.h"
#include "interrupt.h"
#include "progress.h"
#include "sample_labels.h"
#include "verbs.h"

enum { SAMPLE_PATH = 1024, SAMPLE_LABEL = 256, SAMPLE_GRID_ROWS = 10, SAMPLE_GRID_WIDTH = 840, SAMPLE_GRID_SCALE = 8 };

typedef struct {
    dpdm_sampler sampler;
    uint64_t count, seed;
    int label, label_given, format, format_given, seed_given, threads, overwrite;
    char out[SAMPLE_PATH], grid[SAMPLE_PATH], label_text[SAMPLE_LABEL], counts[8192];
} sample_options;

#define AT(field) offsetof(sample_options, field)

static const char what_group[] = "What";
static const char how_group[] = "How";
static const char where_group[] = "Where to";

static const char *const format_choices[] = {"npz", "png", "idx", NULL}; /* in the order of dpdm_format */

static const dpdm_option sample_rows[] = {
    {.name = "count",
     .type = DPDM_OPTION_U64,
     .offset = AT(count),
     .min = 0,
     .max = 1e9,
     .metavar = "N",
     .group = what_group,
     .help = "number of images"},
    {.name = "label",
     .type = DPDM_OPTION_STRING,
     .offset = AT(label_text),
     .size = sizeof((sample_options *)0)->label_text,
     .metavar = "L",
     .group = what_group,
     .help = "the class of all images, by its number or, where the model names its classes, by its name (number:3 "
             "where a name "
             "looks like another number). Without it image i is of class i mod classes",
     .given_offset = AT(label_given),
     .flags = DPDM_OPTION_ONCE},
    {.name = "counts",
     .type = DPDM_OPTION_STRING,
     .offset = AT(counts),
     .size = sizeof((sample_options *)0)->counts,
     .metavar = "L:N,...",
     .group = what_group,
     .help =
         "how many images of each class, in place of count: 0:500,1:3000, or normal:500,pneumonia:3000; other classes "
         "get none"},
    {.name = "seed",
     .type = DPDM_OPTION_U64,
     .offset = AT(seed),
     .metavar = "N",
     .group = what_group,
     .help = "the same seed gives the same images; without it one is taken from the operating system and told",
     .given_offset = AT(seed_given)},
    {.name = "threads",
     .type = DPDM_OPTION_INT,
     .offset = AT(threads),
     .max = 4096,
     .metavar = "N",
     .group = how_group,
     .help = "0: all cores. Changes no bit"},
    {.name = "out",
     .type = DPDM_OPTION_STRING,
     .offset = AT(out),
     .size = SAMPLE_PATH,
     .metavar = "PATH",
     .group = where_group,
     .help = "a file for npz, a new folder for png and idx",
     .flags = DPDM_OPTION_OUTPUT | DPDM_OPTION_OUTPUT_FOLDER},
    {.name = "format",
     .type = DPDM_OPTION_CHOICE,
     .offset = AT(format),
     .choices = format_choices,
     .metavar = "NAME",
     .group = where_group,
     .help = "npz: images uint8 and labels int64; png: a folder of images for each class; idx: a pair of IDX files. "
             "Without it: npz if the name ends in .npz, png if it has no ending",
     .given_offset = AT(format_given)},
    {.name = "grid",
     .type = DPDM_OPTION_STRING,
     .offset = AT(grid),
     .size = SAMPLE_PATH,
     .metavar = "FILE",
     .group = where_group,
     .help = "also draw the first rows of images, one class a column, as one PNG",
     .flags = DPDM_OPTION_OUTPUT},
    {.name = "overwrite",
     .type = DPDM_OPTION_FLAG,
     .offset = AT(overwrite),
     .group = where_group,
     .help = "replace what exists"},
};

static const dpdm_option_table sample_table = {sample_rows, sizeof sample_rows / sizeof *sample_rows};

static dpdm_status sample_run(cli_call *call, dpdm_error *err);

const cli_verb cli_verb_sample = {
    .name = "sample",
    .group = "Train and sample",
    .summary = "Draw labelled synthetic images from a model",
    .arguments = "MODEL",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Draws images from a model file (RUN/release/model.safetensors). Sampling is post-processing: it spends no "
        "privacy budget, however many images are drawn.\n\n"
        "Published findings for models trained under differential privacy: fresh noise while sampling helps, because "
        "it corrects errors of a noisily trained model. ddim-stochastic is the quick way to it (euler-maruyama, a "
        "plain "
        "step of the same equation, needs hundreds of steps); heun with --churn 50 to 100 of 1000 steps looks best, "
        "with "
        "about 10 trains the best classifiers.",
    .examples = "dpdm sample run/release/model.safetensors --count 1000 --out samples.npz\n"
                "dpdm sample model.safetensors --count 100 --label shirt --out shirts --format png\n"
                "dpdm sample model.safetensors --counts normal:500,pneumonia:3000 --out scans.npz\n"
                "dpdm sample model.safetensors --count 60000 --sampler heun --steps 40 --churn 10 --out s.npz --grid "
                "s.png",
    .options = {{.table = &sample_table, .size = sizeof(sample_options)},
                {.table = &dpdm_sampler_option_table,
                 .size = sizeof(dpdm_sampler),
                 .defaults = dpdm_sampler_option_defaults}},
    .run = sample_run,
};

/* ---- what was asked for ---- */

static int name_ends(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcmp(path + length - tail, ending) == 0;
}

static dpdm_status format_choose(sample_options *options, dpdm_error *err)
{
    const char *slash = strrchr(options->out, '/'), *name = slash ? slash + 1 : options->out;
    if (options->format_given)
        return DPDM_OK;
    if (name_ends(name, ".npz"))
        options->format = DPDM_FORMAT_NPZ;
    else if (!strchr(name, '.'))
        options->format = DPDM_FORMAT_PNG;
    else
        return dpdm_error_set(err, DPDM_EUSAGE, "'%s' does not tell the format: give --format npz, png or idx", name);
    return DPDM_OK;
}

static dpdm_status options_check(sample_options *options, dpdm_error *err)
{
    for (size_t n = strlen(options->out); n > 1 && options->out[n - 1] == '/'; n--)
        options->out[n - 1] = '\0';
    if (options->counts[0] && (options->count || options->label_given))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "--counts says how many images of which class: leave out --count and --label");
    if (!options->count && !options->counts[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--count is missing: how many images?");
    if (!options->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--out is missing: where do the images go?");
    if (options->sampler.churn > 0 && options->sampler.kind != DPDM_SAMPLER_HEUN)
        return dpdm_error_set(err, DPDM_EUSAGE, "--churn needs --sampler heun (or use ddim-stochastic without it)");
    dpdm_status status = dpdm_sampler_check(&options->sampler, err);
    if (!status)
        status = format_choose(options, err);
    if (!status)
        status = dpdm_dataset_write_check((dpdm_format)options->format, options->out,
                                          options->overwrite ? DPDM_WRITE_OVERWRITE : 0, err);
    return status;
}

/* A seed from the operating system, small enough for every JSON reader. */
static dpdm_status seed_choose(sample_options *options, dpdm_error *err)
{
    dpdm_key key;
    if (options->seed_given)
        return DPDM_OK;
    dpdm_status status = dpdm_key_generate(&key, err);
    for (int i = 0; !status && i < 6; i++)
        options->seed = options->seed << 8 | key.bytes[i];
    return status;
}

/* ---- the work ---- */

static int sample_progress(void *context, uint64_t done, uint64_t total)
{
    cli_progress_update(context, done, total, NULL);
    return cli_interrupt_pending();
}

static dpdm_status sample_draw(const cli_call *call, sample_options *options, const dpdm_model *model,
                               dpdm_dataset *data, dpdm_error *err)
{
    dpdm_key key;
    cli_progress progress;
    int32_t *labels = NULL;
    dpdm_status status =
        options->counts[0] ? sample_counts(model, options->counts, &labels, &options->count, err) : DPDM_OK;
    if (status) {
        free(labels);
        return status;
    }
    dpdm_key_from_seed(&key, options->seed);
    cli_interrupt_catch();
    cli_progress_begin(&progress, call, "sampling", "img");
    status = labels ? dpdm_model_sample_labels(model, &options->sampler, &key, options->count, labels, options->threads,
                                               sample_progress, &progress, data, err)
                    : dpdm_model_sample(model, &options->sampler, &key, options->count, options->label,
                                        options->threads, sample_progress, &progress, data, err);
    cli_progress_end(&progress);
    free(labels);
    return status;
}

static dpdm_status sample_write(const cli_call *call, const sample_options *options, const dpdm_dataset *data,
                                dpdm_error *err)
{
    cli_progress progress;
    cli_progress_begin(&progress, call, "writing", "img");
    dpdm_status status =
        dpdm_dataset_write_watched(data, (dpdm_format)options->format, options->out,
                                   options->overwrite ? DPDM_WRITE_OVERWRITE : 0, sample_progress, &progress, err);
    cli_progress_end(&progress);
    return status;
}

static dpdm_status grid_write(const dpdm_dataset *data, const char *path, int overwrite, dpdm_error *err)
{
    int columns = dpdm_grid_columns(data->classes);
    int scale = SAMPLE_GRID_WIDTH / (columns * data->width);
    dpdm_dataset first;
    scale = scale < 1 ? 1 : scale > SAMPLE_GRID_SCALE ? SAMPLE_GRID_SCALE : scale;
    dpdm_status status = dpdm_dataset_slice(data, 0, (uint64_t)columns * SAMPLE_GRID_ROWS, &first, err);
    if (status)
        return status;
    status = dpdm_grid_png_write(&first, columns, scale, path, overwrite, err);
    dpdm_dataset_destroy(&first);
    return status;
}

static dpdm_status result_print(cli_call *call, const sample_options *options, const char *claim, double seconds,
                                dpdm_error *err)
{
    if (!call->json) {
        cli_say("%" PRIu64 " images in %s (%s), seed %" PRIu64 "\n", options->count, options->out,
                format_choices[options->format], options->seed);
        if (options->grid[0])
            cli_say("grid in %s\n", options->grid);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "count", dpdm_json_u64(options->count));
    cJSON_AddStringToObject(json, "out", options->out);
    cJSON_AddStringToObject(json, "format", format_choices[options->format]);
    if (options->grid[0])
        cJSON_AddStringToObject(json, "grid", options->grid);
    cJSON_AddItemToObject(json, "seed", dpdm_json_u64(options->seed));
    cJSON_AddStringToObject(json, "sampler", dpdm_sampler_name(options->sampler.kind));
    cJSON_AddNumberToObject(json, "steps", options->sampler.steps);
    cJSON_AddNumberToObject(json, "evaluations_per_image", dpdm_sampler_evaluations(&options->sampler));
    cJSON_AddItemToObject(json, "guidance", dpdm_json_double(options->sampler.guidance));
    cJSON_AddStringToObject(json, "claim", claim);
    cJSON_AddItemToObject(json, "seconds", dpdm_json_double(seconds));
    return cli_print_json(call, json, err);
}

static dpdm_status sample_run(cli_call *call, dpdm_error *err)
{
    sample_options *options = call->options[0];
    options->sampler = *(const dpdm_sampler *)call->options[1];
    dpdm_model model;
    dpdm_dataset data = {0};
    char claim[200];
    double begun = dpdm_clock_seconds();
    dpdm_status status = options_check(options, err);
    if (!status)
        status = seed_choose(options, err);
    if (status)
        return status;
    status = dpdm_model_read(call->arguments[0], &model, err);
    if (status)
        return status;
    options->label = -1;
    if (options->label_given)
        status =
            dpdm_class_find(options->label_text, model.class_names, model.description.classes, &options->label, err);
    if (status) {
        dpdm_model_destroy(&model);
        return status;
    }
    dpdm_model_claim(&model, claim, sizeof claim);
    cli_note(call, "the model states: %s", claim);
    status = sample_draw(call, options, &model, &data, err);
    if (!status)
        status = sample_write(call, options, &data, err);
    if (!status && options->grid[0])
        status = grid_write(&data, options->grid, options->overwrite, err);
    if (!status)
        status = result_print(call, options, claim, dpdm_clock_seconds() - begun, err);
    dpdm_dataset_destroy(&data);
    dpdm_model_destroy(&model);
    return status;
}
