/* verb_classify_predict.c - `dpdm classify predict`: the classes of images by a released classifier. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/json.h"
#include "data/npz.h"
#include "data_options.h"
#include "eval/classifier_results.h"
#include "verbs.h"

typedef struct {
    char data[1024], out[1024];
    int threads, overwrite, public_images;
} predict_options;

static const char group[] = "Predictions";

#define AT(field) offsetof(predict_options, field)
static const dpdm_option rows[] = {
    {"data", DPDM_OPTION_STRING, AT(data), 1024, 0, 0, NULL, "SPEC", group, "the images, of the size the model takes",
     0, 0},
    {"out", DPDM_OPTION_STRING, AT(out), 1024, 0, 0, NULL, "FILE", group,
     "npz with labels int64 [N], the likeliest class of each image, and probabilities float32 [N,classes]", 0,
     DPDM_OPTION_OUTPUT},
    {"public", DPDM_OPTION_FLAG, AT(public_images), 0, 0, 0, NULL, NULL, group,
     "the images are no secret: others may read the file, as far as the umask allows it. Without it only you may", 0,
     0},
    {"overwrite", DPDM_OPTION_FLAG, AT(overwrite), 0, 0, 0, NULL, NULL, group, "replace what exists", 0, 0},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", group, "0: all cores. Changes no bit", 0, 0},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static dpdm_status predictions_write(const predict_options *o, uint64_t count, int classes, const float *probabilities,
                                     dpdm_error *err)
{
    int64_t *labels = calloc((size_t)count + 1, sizeof *labels);
    if (!labels)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %" PRIu64 " labels", count);
    dpdm_classes_likeliest(probabilities, count, classes, labels);
    const uint64_t sizes[] = {count, (uint64_t)classes};
    const dpdm_npz_array arrays[] = {{"labels", dpdm_npy_make('i', 8, 1, sizes), labels},
                                     {"probabilities", dpdm_npy_make('f', 4, 2, sizes), probabilities}};
    unsigned flags = (o->overwrite ? DPDM_WRITE_OVERWRITE : 0u) | (o->public_images ? 0u : DPDM_WRITE_PRIVATE);
    dpdm_status status = dpdm_npz_write(o->out, arrays, 2, flags, err);
    free(labels);
    return status;
}

static dpdm_status result_print(cli_call *call, const predict_options *o, uint64_t count, int classes, dpdm_error *err)
{
    if (!call->json) {
        cli_say("classes of %" PRIu64 " images in %s\n", count, o->out);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "out", o->out);
    cJSON_AddItemToObject(json, "count", dpdm_json_u64(count));
    cJSON_AddNumberToObject(json, "classes", classes);
    return cli_print_json(call, json, err);
}

static dpdm_status predict(cli_call *call, dpdm_dp_classifier *classifier, const dpdm_dataset *data, dpdm_error *err)
{
    const predict_options *o = call->options[0];
    const int classes = dpdm_dp_classifier_settings(classifier)->classes;
    float *probabilities = calloc((size_t)data->count * (size_t)classes + 1, sizeof *probabilities);
    if (!probabilities)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the predictions");
    dpdm_status status = dpdm_dp_classifier_predict(classifier, data, probabilities, err);
    if (!status)
        status = predictions_write(o, data->count, classes, probabilities, err);
    if (!status)
        status = result_print(call, o, data->count, classes, err);
    free(probabilities);
    return status;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const predict_options *o = call->options[0];
    const data_options *where = call->options[1];
    dpdm_dp_classifier *classifier;
    dpdm_dataset data;
    if (!o->data[0] || !o->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--%s is missing", o->data[0] ? "out" : "data");
    dpdm_status status = dpdm_dp_classifier_read(call->arguments[0], o->threads, &classifier, err);
    if (status)
        return status;
    const dpdm_train_config *config = dpdm_dp_classifier_settings(classifier);
    /* Pictures are brought to shape as those it learned from, unless another rule is given. */
    const dpdm_facts facts = {
        .height = config->height, .width = config->width, .channels = config->channels, .rule = config->rule};
    status = data_options_open(call, o->data, where, &facts, &data, err);
    if (!status) {
        data.classes = config->classes; /* whatever its labels are: they are not used */
        status = predict(call, classifier, &data, err);
        dpdm_dataset_destroy(&data);
    }
    dpdm_dp_classifier_destroy(classifier);
    return status;
}

const cli_verb cli_verb_classify_predict = {
    .name = "classify predict",
    .group = "Quality",
    .summary = "Classify images by a classifier of 'dpdm classify train'",
    .arguments = "MODEL",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Writes the likeliest class of each image and the probabilities of all classes, in the order of the data set. "
        "The labels that the data set holds are not looked at.\n\n"
        "Using a released classifier spends nothing. What it says of a private image is private all the same: no "
        "guarantee covers the file, so it can be read by you alone, unless you say --public.\n\n" DATA_SPEC_TEXT,
    .examples = "dpdm classify predict rival.safetensors --data fashion-mnist --split test --out classes.npz",
    .options = {{&table, sizeof(predict_options), NULL}, {&data_options_table, sizeof(data_options), NULL}},
    .run = run,
};
