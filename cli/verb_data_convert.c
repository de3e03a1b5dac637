/* verb_data_convert.c - dpdm data convert: a data set in another format. */
#include "data_options.h"

#include <stdio.h>
#include "interrupt.h"
#include "progress.h"
#include "verbs.h"

static const char *const formats[] = {"npz", "png", "idx", NULL}; /* by dpdm_format */

typedef struct {
    char out[1024];
    int format, overwrite, public_images;
    dpdm_facts facts; /* class_names are below */
    uint64_t first, count;
    char class_names[DPDM_CLASS_NAMES];
} convert_options;

static const dpdm_option rows[] = {
    {.name = "out",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(convert_options, out),
     .size = sizeof((convert_options *)0)->out,
     .metavar = "PATH",
     .group = "Output",
     .help = "file (npz) or folder (png, idx) to write",
     .flags = DPDM_OPTION_OUTPUT | DPDM_OPTION_OUTPUT_FOLDER},
    {.name = "format",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(convert_options, format),
     .choices = formats,
     .group = "Output",
     .help = "format to write"},
    {.name = "overwrite",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(convert_options, overwrite),
     .group = "Output",
     .help = "replace what is there; a folder only if dpdm wrote it"},
    {.name = "public",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(convert_options, public_images),
     .group = "Output",
     .help =
         "the images are no secret: others may read what is written, as far as the umask allows it. Without it only "
         "you may"},
    {.name = "first",
     .type = DPDM_OPTION_U64,
     .offset = offsetof(convert_options, first),
     .group = "Output",
     .help = "leave out the images before this one"},
    {.name = "count",
     .type = DPDM_OPTION_U64,
     .offset = offsetof(convert_options, count),
     .group = "Output",
     .help = "write at most this many images; 0: all"},
    {.name = "height",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(convert_options, facts.height),
     .max = 1024,
     .group = "Facts to check (0: not stated)",
     .help = "height of the images"},
    {.name = "width",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(convert_options, facts.width),
     .max = 1024,
     .group = "Facts to check (0: not stated)",
     .help = "width of the images"},
    {.name = "channels",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(convert_options, facts.channels),
     .max = 4,
     .group = "Facts to check (0: not stated)",
     .help = "channels of the images; PNG files are read as so many"},
    {.name = "classes",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(convert_options, facts.classes),
     .max = 65536,
     .group = "Facts to check (0: not stated)",
     .help = "number of classes"},
    {.name = "class-names",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(convert_options, class_names),
     .size = sizeof((convert_options *)0)->class_names,
     .metavar = "LIST",
     .group = "Facts to check (0: not stated)",
     .help = "names of the classes in the order of labels, with commas between: numbers get these names, folders are "
             "checked"},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static dpdm_status print_result(cli_call *call, const convert_options *convert, const dpdm_dataset *data,
                                dpdm_error *err)
{
    if (!call->json) {
        cli_say("%s: %llu images of %d x %d x %d, %d classes\n", convert->out, (unsigned long long)data->count,
                data->height, data->width, data->channels, data->classes);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "out", convert->out);
    cJSON_AddStringToObject(json, "format", formats[convert->format]);
    cJSON_AddNumberToObject(json, "count", (double)data->count);
    cJSON_AddNumberToObject(json, "height", data->height);
    cJSON_AddNumberToObject(json, "width", data->width);
    cJSON_AddNumberToObject(json, "channels", data->channels);
    cJSON_AddNumberToObject(json, "classes", data->classes);
    return cli_print_json(call, json, err);
}

static int watch(void *context, uint64_t done, uint64_t total)
{
    cli_progress_update(context, done, total, NULL);
    return cli_interrupt_pending();
}

static dpdm_status convert_write(const cli_call *call, const convert_options *convert, const dpdm_dataset *data,
                                 unsigned flags, dpdm_error *err)
{
    cli_progress progress;
    cli_progress_begin(&progress, call, "writing", "img");
    dpdm_status status =
        dpdm_dataset_write_watched(data, (dpdm_format)convert->format, convert->out, flags, watch, &progress, err);
    cli_progress_end(&progress);
    return status;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const convert_options *convert = call->options[0];
    const data_options *options = call->options[1];
    dpdm_dataset data, part;
    dpdm_facts facts = convert->facts;
    facts.class_names = convert->class_names;
    if (!convert->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--out is missing: name the file or folder to write");
    unsigned flags =
        (convert->overwrite ? DPDM_WRITE_OVERWRITE : 0u) | (convert->public_images ? 0u : DPDM_WRITE_PRIVATE);
    dpdm_status status = dpdm_dataset_write_check((dpdm_format)convert->format, convert->out, flags, err);
    cli_interrupt_catch();
    if (!status)
        status = data_options_open(call, call->arguments[0], options, &facts, &data, err);
    if (status)
        return status;
    if (data.deep && !data.owners)
        cli_note(
            call,
            "folders below the class folders may be people with several images: what is written does not tell whose "
            "images are whose; see --owners folder, or list owners in owners.csv first");
    const int whole = !convert->first && !convert->count; /* a part is a copy, which needs memory of its own */
    if (!whole) {
        status = dpdm_dataset_slice(&data, convert->first, convert->count ? convert->count : UINT64_MAX, &part, err);
        dpdm_dataset_destroy(&data);
    }
    if (!status)
        status = convert_write(call, convert, whole ? &data : &part, flags, err);
    if (!status)
        status = print_result(call, convert, whole ? &data : &part, err);
    dpdm_dataset_destroy(whole ? &data : &part);
    return status;
}

const cli_verb cli_verb_data_convert = {
    .name = "data convert",
    .group = "Data",
    .summary = "Write a data set in another format",
    .arguments = "DATA",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Reads a data set and writes it, or a part of it, as .npz, as PNG files in one sub-folder a class, "
        "or as an IDX "
        "pair. Owners are kept: as the key owners of .npz, as owners.csv beside PNG files; IDX cannot hold "
        "them.\n\n"
        "Pictures of several sizes and colours are brought to one by --resize and the options beside it, once: "
        "what is written needs no rule any more.\n\n"
        "What is written can be read by you alone, unless you say --public. Ctrl-C leaves nothing "
        "behind.\n\n" DATA_SPEC_TEXT,
    .examples = "dpdm data convert fashion-mnist --split test --out test.npz\n"
                "dpdm data convert photos/ --resize 64 --crop centre --colour --out photos.npz\n"
                "dpdm data convert pneumoniamnist --format png --class-names normal,pneumonia --out scans/\n"
                "dpdm data convert scans.npz --format png --out scans/ --classes 2",
    .options = {{&table, sizeof(convert_options), NULL}, {&data_options_table, sizeof(data_options), NULL}},
    .run = run,
};
