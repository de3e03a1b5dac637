/* fidelity_measure.c - extracts features and compares them, in an evaluation. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "dpdm/features.h"
#include "dpdm/fidelity.h"
#include "dpdm/rng.h"
#include "eval/fidelity_options.h"

static const char outside[] = "outside the guarantee";

typedef struct {
    const dpdm_watch *watch;
    const eval_fidelity_options *options;
    const eval_fidelity_sets *sets;
    int threads;
    dpdm_classifier *net;
    dpdm_features *features;
    dpdm_feature_rows real, synthetic;
    const char *label; /* of what is being done */
    cJSON *json;       /* the object "fidelity" */
} fidelity_run;

static int fidelity_epoch(void *context, int epoch, int epochs, double held_out_accuracy)
{
    fidelity_run *run = context;
    (void)held_out_accuracy;
    return dpdm_watch_progress(run->watch, run->label, "epochs", (uint64_t)epoch, (uint64_t)epochs, NULL);
}

static int fidelity_extracted(void *context, uint64_t done, uint64_t total)
{
    fidelity_run *run = context;
    return dpdm_watch_progress(run->watch, run->label, "images", done, total, NULL);
}

static eval_features fidelity_choice(const fidelity_run *run)
{
    if (run->options->features != EVAL_FEATURES_AUTO)
        return (eval_features)run->options->features;
    if (run->options->inception[0])
        return EVAL_FEATURES_INCEPTION;
    return run->sets->train ? EVAL_FEATURES_CNN : EVAL_FEATURES_NONE;
}

/* The feature net: the CNN of eval, on real images. */
static dpdm_status fidelity_train(fidelity_run *run, dpdm_error *err)
{
    dpdm_classifier_config config = dpdm_classifier_config_default();
    config.epochs = run->options->feature_epochs;
    config.held_out = 0;
    config.threads = run->threads;
    run->label = "feature net";
    dpdm_status status = dpdm_classifier_train(&config, run->sets->train, fidelity_epoch, run, &run->net, err);
    return status ? status : dpdm_features_classifier(run->net, 1, &run->features, err);
}

static dpdm_status fidelity_extractor(fidelity_run *run, eval_features choice, dpdm_error *err)
{
    const dpdm_dataset *test = run->sets->test;
    switch (choice) {
    case EVAL_FEATURES_INCEPTION:
        return dpdm_features_inception(run->options->inception, (dpdm_resize)run->options->resize, run->threads,
                                       &run->features, err);
    case EVAL_FEATURES_CNN:
        return fidelity_train(run, err);
    default:
        return dpdm_features_pixels(test->height, test->width, test->channels, &run->features, err);
    }
}

static dpdm_status fidelity_extract(fidelity_run *run, const dpdm_dataset *data, const char *label,
                                    dpdm_feature_rows *rows, dpdm_error *err)
{
    const size_t dimension = dpdm_features_dimension(run->features);
    float *values = data->count > SIZE_MAX / sizeof *values / dimension
                        ? NULL
                        : malloc(data->count * dimension * sizeof *values + 1);
    if (!values)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu features of %llu images", dimension,
                              (unsigned long long)data->count);
    *rows = (dpdm_feature_rows){values, data->count, dimension};
    run->label = label;
    dpdm_status status = dpdm_features_extract(run->features, data, values, fidelity_extracted, run, err);
    return status;
}

/* An object "name" with a figure and its mark; every figure compares with real images. */
static cJSON *fidelity_add(fidelity_run *run, const char *name, double value)
{
    cJSON *one = cJSON_AddObjectToObject(run->json, name);
    cJSON_AddItemToObject(one, "value", dpdm_json_double(value));
    cJSON_AddBoolToObject(one, "touches_private_data", 1);
    cJSON_AddStringToObject(one, "epsilon_cost", outside);
    return one;
}

static dpdm_status fidelity_frechet(fidelity_run *run, cJSON *parent, dpdm_error *err)
{
    double distance = 0;
    dpdm_status status = dpdm_fidelity_frechet(&run->real, &run->synthetic, run->threads, &distance, err);
    if (status)
        return status;
    fidelity_add(run, "fid", distance);
    cJSON_AddItemToObject(parent, "fid", dpdm_json_double(distance));
    return DPDM_OK;
}

static dpdm_status fidelity_kid(fidelity_run *run, dpdm_error *err)
{
    dpdm_kid kid = {0};
    const dpdm_kid_config config = {.subsets = run->options->kid_draws, .size = run->options->kid_size, .seed = 0};
    dpdm_status status = dpdm_fidelity_kid(&run->real, &run->synthetic, &config, run->threads, &kid, err);
    if (status)
        return status;
    cJSON *json = fidelity_add(run, "kid", kid.mean);
    cJSON_AddItemToObject(json, "std", dpdm_json_double(kid.deviation));
    cJSON_AddNumberToObject(json, "draws", config.subsets);
    cJSON_AddNumberToObject(json, "draw_size", kid.size);
    return DPDM_OK;
}

/* At most `most` of the rows, drawn without replacement; *copy is the caller's to free. */
static dpdm_status fidelity_draw(dpdm_feature_rows *rows, uint64_t most, uint64_t set, float **copy, dpdm_error *err)
{
    *copy = NULL;
    if (rows->count <= most)
        return DPDM_OK;
    const size_t d = rows->dimension;
    dpdm_key key;
    dpdm_stream stream;
    float *drawn = malloc(most * d * sizeof *drawn);
    if (!drawn)
        return dpdm_error_set(err, DPDM_ENOMEM,
                              "no memory for the features of %llu images; try fewer with "
                              "--neighbour-images",
                              (unsigned long long)most);
    dpdm_key_from_seed(&key, 0);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_CLASSIFIER, UINT64_MAX, set);
    uint64_t kept = 0; /* each row is kept with the right chance given how many are still wanted */
    for (uint64_t i = 0; kept < most; i++)
        if (dpdm_stream_below(&stream, rows->count - i) < most - kept)
            memcpy(drawn + kept++ * d, rows->values + i * d, d * sizeof *drawn);
    *rows = (dpdm_feature_rows){drawn, most, d};
    *copy = drawn;
    return DPDM_OK;
}

static dpdm_status fidelity_neighbours(fidelity_run *run, dpdm_error *err)
{
    const int k = run->options->nearest;
    const uint64_t most = (uint64_t)run->options->neighbour_images;
    dpdm_feature_rows real = run->real, synthetic = run->synthetic;
    dpdm_prdc prdc = {0};
    float *copies[2] = {NULL, NULL};
    dpdm_status status = fidelity_draw(&real, most, 0, &copies[0], err);
    if (!status)
        status = fidelity_draw(&synthetic, most, 1, &copies[1], err);
    if (!status)
        status = dpdm_fidelity_neighbours(&real, &synthetic, k, run->threads, &prdc, err);
    free(copies[0]);
    free(copies[1]);
    if (status == DPDM_EUSAGE) { /* fewer images than neighbours: these four are not defined */
        cJSON_AddStringToObject(run->json, "neighbours_notice",
                                "too few images for precision, recall, density and "
                                "coverage");
        return DPDM_OK;
    }
    if (status)
        return status;
    cJSON_AddNumberToObject(run->json, "nearest", k);
    fidelity_add(run, "precision", prdc.precision);
    fidelity_add(run, "recall", prdc.recall);
    fidelity_add(run, "density", prdc.density);
    fidelity_add(run, "coverage", prdc.coverage);
    return DPDM_OK;
}

static void fidelity_describe(fidelity_run *run)
{
    const int private = dpdm_features_touch_private(run->features);
    cJSON *json = cJSON_AddObjectToObject(run->json, "features");
    cJSON_AddStringToObject(json, "name", dpdm_features_name(run->features));
    cJSON_AddItemToObject(json, "dimension", dpdm_json_u64(dpdm_features_dimension(run->features)));
    cJSON_AddBoolToObject(json, "touches_private_data", private);
    if (run->net) {
        cJSON_AddStringToObject(json, "trained_on", "real-train");
        cJSON_AddStringToObject(json, "epsilon_cost", outside);
    } else {
        cJSON_AddNumberToObject(json, "epsilon_cost", 0);
    }
    cJSON_AddStringToObject(run->json, "compared_with", "real-test");
    cJSON_AddItemToObject(run->json, "real_images", dpdm_json_u64(run->real.count));
    cJSON_AddItemToObject(run->json, "synthetic_images", dpdm_json_u64(run->synthetic.count));
}

static dpdm_status fidelity_run_all(fidelity_run *run, eval_features choice, cJSON *parent, dpdm_error *err)
{
    dpdm_status status = fidelity_extractor(run, choice, err);
    if (!status)
        status = fidelity_extract(run, run->sets->test, "features of real images", &run->real, err);
    if (!status)
        status = fidelity_extract(run, run->sets->synthetic, "features of synthetic images", &run->synthetic, err);
    if (status)
        return status;
    run->json = cJSON_AddObjectToObject(parent, "fidelity");
    fidelity_describe(run);
    status = fidelity_frechet(run, parent, err);
    if (!status)
        status = fidelity_kid(run, err);
    return status ? status : fidelity_neighbours(run, err);
}

dpdm_status eval_fidelity_measure(const dpdm_watch *watch, const eval_fidelity_options *options,
                                  const eval_fidelity_sets *sets, int threads, cJSON *json, dpdm_error *err)
{
    fidelity_run run = {.watch = watch, .options = options, .sets = sets, .threads = threads};
    const eval_features choice = fidelity_choice(&run);
    if (choice == EVAL_FEATURES_NONE) {
        cJSON_AddNullToObject(json, "fid");
        return DPDM_OK;
    }
    dpdm_status status = fidelity_run_all(&run, choice, json, err);
    dpdm_features_destroy(run.features);
    dpdm_classifier_destroy(run.net);
    free((float *)run.real.values);
    free((float *)run.synthetic.values);
    if (!status)
        dpdm_watch_found(watch, "fidelity", NULL, run.json, NULL);
    return status;
}
