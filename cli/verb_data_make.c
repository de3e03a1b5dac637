/* verb_data_make.c - dpdm data make: images that the program makes itself. */
#include <stdio.h>
#include <string.h>
#include "dpdm/procedural.h"
#include "verbs.h"

static const char *const formats[] = {"npz", "png", "idx", NULL}; /* by dpdm_format */

typedef struct {
    char out[1024], grid[1024];
    int format, overwrite, threads;
    uint64_t count;
    dpdm_procedural what;
} make_options;

#define AT(field) offsetof(make_options, field)
static const char image_group[] = "Images";
static const char output_group[] = "Output";
static const dpdm_option rows[] = {
    {"count", DPDM_OPTION_U64, AT(count), 0, 0, 0, NULL, "N", image_group, "how many", 0, 0},
    {"height", DPDM_OPTION_INT, AT(what.height), 0, 8, DPDM_PROCEDURAL_SIDE_MAX, NULL, "N", image_group,
     "height in pixels", 0, 0},
    {"width", DPDM_OPTION_INT, AT(what.width), 0, 8, DPDM_PROCEDURAL_SIDE_MAX, NULL, "N", image_group,
     "width in pixels", 0, 0},
    {"channels", DPDM_OPTION_INT, AT(what.channels), 0, 1, 3, NULL, "N", image_group, "1 for grey, 3 for colour", 0, 0},
    {"classes", DPDM_OPTION_INT, AT(what.classes), 0, 1, 65536, NULL, "N", image_group,
     "number of classes; each has processes of its own", 0, 0},
    {"seed", DPDM_OPTION_U64, AT(what.seed), 0, 0, 0, NULL, "N", image_group,
     "decides the images; nothing private is in them", 0, 0},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", image_group, "0: all cores. Changes no bit", 0, 0},
    {"out", DPDM_OPTION_STRING, AT(out), 1024, 0, 0, NULL, "PATH", output_group,
     "file (npz) or folder (png, idx) to write", 0, DPDM_OPTION_OUTPUT | DPDM_OPTION_OUTPUT_FOLDER},
    {"format", DPDM_OPTION_CHOICE, AT(format), 0, 0, 0, formats, "NAME", output_group, "format to write", 0, 0},
    {"grid", DPDM_OPTION_STRING, AT(grid), 1024, 0, 0, NULL, "FILE", output_group,
     "also a PNG with the first images, one class a column", 0, DPDM_OPTION_OUTPUT},
    {"overwrite", DPDM_OPTION_FLAG, AT(overwrite), 0, 0, 0, NULL, NULL, output_group,
     "replace what is there; a folder only if dpdm wrote it", 0, 0},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *object)
{
    *(make_options *)object =
        (make_options){.count = 1000, .what = {.height = 28, .width = 28, .channels = 1, .classes = 10}};
}

static dpdm_status write_grid(const make_options *o, const dpdm_dataset *data, dpdm_error *err)
{
    enum { ROWS = 12, COLUMNS = 20 };
    const int columns = o->what.classes < COLUMNS ? o->what.classes : COLUMNS;
    dpdm_dataset part;
    dpdm_status status = dpdm_dataset_slice(data, 0, (uint64_t)columns * ROWS, &part, err);
    if (!status)
        status = dpdm_grid_png_write(&part, columns, 2, o->grid, o->overwrite, err);
    dpdm_dataset_destroy(&part);
    return status;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const make_options *o = call->options[0];
    dpdm_procedural what = o->what;
    dpdm_dataset data = {0};
    if (!o->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--out is missing: name the file or folder to write");
    if (!o->count)
        return dpdm_error_set(err, DPDM_EUSAGE, "--count is 0: how many images?");
    dpdm_status status = dpdm_procedural_parse(call->arguments[0], &what, err);
    if (!status)
        status = dpdm_dataset_write_check((dpdm_format)o->format, o->out, o->overwrite ? DPDM_WRITE_OVERWRITE : 0, err);
    if (!status)
        status = dpdm_procedural_make(&what, 0, o->count, o->threads, &data, err);
    if (!status)
        status =
            dpdm_dataset_write(&data, (dpdm_format)o->format, o->out, o->overwrite ? DPDM_WRITE_OVERWRITE : 0, err);
    if (!status && o->grid[0])
        status = write_grid(o, &data, err);
    dpdm_dataset_destroy(&data);
    if (status)
        return status;
    if (!call->json) {
        cli_say("%s: %llu images of %d x %d x %d, %d classes, made by dpdm\n", o->out, (unsigned long long)o->count,
                what.height, what.width, what.channels, what.classes);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject(), *kinds = cJSON_AddArrayToObject(json, "kinds");
    for (int i = 0; i < what.kind_count; i++)
        cJSON_AddItemToArray(kinds, cJSON_CreateString(dpdm_procedural_name(what.kinds[i])));
    cJSON_AddStringToObject(json, "out", o->out);
    cJSON_AddStringToObject(json, "format", formats[o->format]);
    cJSON_AddNumberToObject(json, "count", (double)o->count);
    cJSON_AddNumberToObject(json, "height", what.height);
    cJSON_AddNumberToObject(json, "width", what.width);
    cJSON_AddNumberToObject(json, "channels", what.channels);
    cJSON_AddNumberToObject(json, "classes", what.classes);
    return cli_print_json(call, json, err);
}

const cli_verb cli_verb_data_make = {
    .name = "data make",
    .group = "Data",
    .summary = "Make images by rule, for public starts and for trials",
    .arguments = "KIND,...",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Writes images that the program makes itself, of the kinds leaves, fields, strokes, silhouettes and shapes, "
        "each "
        "class by processes of its own. They come from no data, so nothing is spent or asked for using them. The same "
        "kinds, seed, shape and classes give the same bytes on every machine.",
    .examples =
        "dpdm data make strokes --count 10000 --out strokes.npz\n"
        "dpdm data make silhouettes,leaves --count 200 --channels 3 --height 32 --width 32 --format png --out made/",
    .options = {{&table, sizeof(make_options), defaults}},
    .run = run,
};
