/* verb_features.c - dpdm features: the features that fidelity is measured by, as numbers. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/json.h"
#include "data/npz.h"
#include "data_options.h"
#include "dpdm/features.h"
#include "interrupt.h"
#include "progress.h"
#include "verbs.h"

typedef struct {
    char inception[1024], out[1024];
    int resize, threads, overwrite, public_images;
} features_options;

static const char *const resize_choices[] = {"reference", "centred", NULL};
static const char group[] = "Features";

#define AT(field) offsetof(features_options, field)
static const dpdm_option rows[] = {
    {"inception", DPDM_OPTION_STRING, AT(inception), 1024, 0, 0, NULL, "FILE", group,
     "weights of Inception-v3 as tools/convert-inception.py writes them; without it, features are pixels", 0, 0},
    {"inception-resize", DPDM_OPTION_CHOICE, AT(resize), 0, 0, 0, resize_choices, "NAME", group,
     "how images reach Inception's size: as in published FIDs, or with pixel centres that meet", 0, 0},
    {"out", DPDM_OPTION_STRING, AT(out), 1024, 0, 0, NULL, "FILE", group, "npz with features [N,D] and labels [N]", 0,
     DPDM_OPTION_OUTPUT},
    {"public", DPDM_OPTION_FLAG, AT(public_images), 0, 0, 0, NULL, NULL, group,
     "the images are no secret: others may read the file, as far as the umask allows it. Without it only you may", 0,
     0},
    {"overwrite", DPDM_OPTION_FLAG, AT(overwrite), 0, 0, 0, NULL, NULL, group, "replace what exists", 0, 0},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", group, "0: all cores. Changes no bit", 0, 0},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static int features_done(void *context, uint64_t done, uint64_t total)
{
    cli_progress_update(context, done, total, NULL);
    return cli_interrupt_pending();
}

static dpdm_status features_write(const features_options *o, const dpdm_dataset *data, const float *values,
                                  size_t dimension, dpdm_error *err)
{
    int64_t *labels = malloc(data->count * sizeof *labels + 1);
    if (!labels)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %" PRIu64 " labels", data->count);
    for (uint64_t i = 0; i < data->count; i++)
        labels[i] = data->labels[i];
    const uint64_t sizes[] = {data->count, dimension};
    const dpdm_npz_array arrays[] = {{"features", dpdm_npy_make('f', 4, 2, sizes), values},
                                     {"labels", dpdm_npy_make('i', 8, 1, sizes), labels}};
    unsigned flags = (o->overwrite ? DPDM_WRITE_OVERWRITE : 0u) | (o->public_images ? 0u : DPDM_WRITE_PRIVATE);
    dpdm_status status = dpdm_npz_write(o->out, arrays, 2, flags, err);
    free(labels);
    return status;
}

static dpdm_status features_report(cli_call *call, const features_options *o, const dpdm_dataset *data,
                                   const dpdm_features *features, dpdm_error *err)
{
    if (!call->json) {
        cli_say("%" PRIu64 " rows of %zu %s features in %s\n", data->count, dpdm_features_dimension(features),
                dpdm_features_name(features), o->out);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "count", dpdm_json_u64(data->count));
    cJSON_AddStringToObject(json, "features", dpdm_features_name(features));
    cJSON_AddItemToObject(json, "dimension", dpdm_json_u64(dpdm_features_dimension(features)));
    cJSON_AddStringToObject(json, "out", o->out);
    return cli_print_json(call, json, err);
}

static dpdm_status features_of(cli_call *call, const features_options *o, const dpdm_dataset *data,
                               dpdm_features *features, dpdm_error *err)
{
    cli_progress progress;
    const size_t dimension = dpdm_features_dimension(features);
    float *values = data->count > SIZE_MAX / sizeof *values / dimension
                        ? NULL
                        : malloc(data->count * dimension * sizeof *values + 1);
    if (!values)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu features of %" PRIu64 " images", dimension,
                              data->count);
    cli_progress_begin(&progress, call, "features", "images");
    dpdm_status status = dpdm_features_extract(features, data, values, features_done, &progress, err);
    cli_progress_end(&progress);
    if (!status)
        status = features_write(o, data, values, dimension, err);
    if (!status)
        status = features_report(call, o, data, features, err);
    free(values);
    return status;
}

static dpdm_status run_features(cli_call *call, dpdm_error *err)
{
    const data_options *where = call->options[0];
    const features_options *o = call->options[1];
    const dpdm_facts facts = {0};
    dpdm_dataset data;
    dpdm_features *features = NULL;
    if (!o->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--out FILE is needed: where the features go");
    cli_interrupt_catch();
    dpdm_status status = data_options_open(call, call->arguments[0], where, &facts, &data, err);
    if (status)
        return status;
    if (o->inception[0])
        status = dpdm_features_inception(o->inception, (dpdm_resize)o->resize, o->threads, &features, err);
    else
        status = dpdm_features_pixels(data.height, data.width, data.channels, &features, err);
    if (!status)
        status = features_of(call, o, &data, features, err);
    dpdm_features_destroy(features);
    dpdm_dataset_destroy(&data);
    return status;
}

const cli_verb cli_verb_features = {
    .name = "features",
    .group = "Quality",
    .summary = "Write the features of images by which fidelity is measured",
    .arguments = "DATA",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Writes one row of features for each image of a data set: those of Inception-v3's last pooling, with "
        "which published FIDs are computed, or the pixels. For other measures than those of 'dpdm eval', and "
        "to check the network against another implementation.\n\n"
        "Features of private images are private: no guarantee covers them. So the file can be read by you alone, "
        "unless you say --public.\n\n" DATA_SPEC_TEXT,
    .examples = "dpdm features fashion-mnist --split test --inception inception.safetensors --out real.npz",
    .options = {{.table = &data_options_table, .size = sizeof(data_options)},
                {.table = &table, .size = sizeof(features_options)}},
    .run = run_features,
};
