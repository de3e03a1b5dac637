/* verb_eval.c - dpdm eval: classifiers trained on a synthetic set, tested on real images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/json.h"
#include "dpdm/classifier.h"
#include "interrupt.h"
#include "progress.h"
#include "verbs.h"

enum { EVAL_ALL = DPDM_CLASSIFIER_RESNET + 1 };

typedef struct {
    char synthetic[1024], real_test[1024], real_train[1024], data_dir[1024];
    int classifier, seeds, epochs, batch, classes, threads;
    double learning_rate, held_out;
} eval_options;

static const char *const classifier_choices[] = {"logreg", "mlp", "cnn", "resnet", "all", NULL};
static const char data_group[] = "Data";
static const char classifier_group[] = "Classifiers";

#define AT(field) offsetof(eval_options, field)
static const dpdm_option rows[] = {
    {"synthetic", DPDM_OPTION_STRING, AT(synthetic), 1024, 0, 0, NULL, "SPEC", data_group,
     "images to train on: a file or folder of any supported format", 0, 0},
    {"real-test", DPDM_OPTION_STRING, AT(real_test), 1024, 0, 0, NULL, "SPEC", data_group,
     "real images to test on (the test part of a known name)", 0, 0},
    {"real-train", DPDM_OPTION_STRING, AT(real_train), 1024, 0, 0, NULL, "SPEC", data_group,
     "real images to train on as well, without privacy: the ceiling", 0, 0},
    {"data-dir", DPDM_OPTION_STRING, AT(data_dir), 1024, 0, 0, NULL, "DIR", data_group,
     "where known names are looked up first", 0, 0},
    {"classes", DPDM_OPTION_INT, AT(classes), 0, 0, 100000, NULL, "N", data_group,
     "number of classes; 0: the largest label of the sets plus 1", 0, 0},
    {"classifier", DPDM_OPTION_CHOICE, AT(classifier), 0, 0, 0, classifier_choices, "NAME", classifier_group,
     "which classifier, or all of them", 0, 0},
    {"seeds", DPDM_OPTION_INT, AT(seeds), 0, 1, 100, NULL, "N", classifier_group,
     "trainings of each classifier; mean, spread and best are reported", 0, 0},
    {"epochs", DPDM_OPTION_INT, AT(epochs), 0, 1, 100000, NULL, "N", classifier_group, "passes over the images", 0, 0},
    {"batch", DPDM_OPTION_INT, AT(batch), 0, 1, 4096, NULL, "N", classifier_group, "images an update", 0, 0},
    {"learning-rate", DPDM_OPTION_DOUBLE, AT(learning_rate), 0, 1e-9, 10, NULL, "R", classifier_group,
     "step size of Adam", 0, 0},
    {"held-out", DPDM_OPTION_DOUBLE, AT(held_out), 0, 0, 0.5, NULL, "X", classifier_group,
     "share of the training images kept aside to choose the epoch", 0, 0},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", classifier_group, "0: all cores. Changes no bit",
     0, 0},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *object)
{
    dpdm_classifier_config config = dpdm_classifier_config_default();
    *(eval_options *)object = (eval_options){.classifier = config.kind,
                                             .seeds = 1,
                                             .epochs = config.epochs,
                                             .batch = config.batch,
                                             .learning_rate = config.learning_rate,
                                             .held_out = config.held_out};
}

/* One classifier over all seeds; `agreement` is that of the last seed. */
typedef struct {
    double mean, deviation, best, accuracies[100];
    int seeds;
    dpdm_agreement agreement;
} eval_result;

typedef struct {
    cli_call *call;
    const eval_options *options;
    dpdm_dataset synthetic, test, train;
    cli_progress progress;
    int done, total; /* epochs */
} eval_run;

static int epoch_done(void *context, int epoch, int epochs, double held_out_accuracy)
{
    eval_run *run = context;
    char extra[64];
    (void)epoch;
    (void)epochs;
    snprintf(extra, sizeof extra, "held-out accuracy %.1f %%", 100 * held_out_accuracy);
    cli_progress_update(&run->progress, (uint64_t)++run->done, (uint64_t)run->total, extra);
    return cli_interrupt_pending();
}

static dpdm_status eval_once(eval_run *run, dpdm_classifier_kind kind, const dpdm_dataset *data, int seed,
                             eval_result *result, dpdm_error *err)
{
    const eval_options *o = run->options;
    dpdm_classifier_config config = {.kind = kind,
                                     .epochs = o->epochs,
                                     .batch = o->batch,
                                     .learning_rate = o->learning_rate,
                                     .held_out = o->held_out,
                                     .threads = o->threads,
                                     .seed = (uint64_t)seed};
    dpdm_classifier *classifier;
    dpdm_status status = dpdm_classifier_train(&config, data, epoch_done, run, &classifier, err);
    if (status)
        return status;
    float *probabilities = malloc(run->test.count * (size_t)run->test.classes * sizeof *probabilities);
    status = probabilities ? dpdm_classifier_predict(classifier, &run->test, probabilities, err)
                           : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the predictions");
    dpdm_agreement_destroy(&result->agreement);
    if (!status)
        status = dpdm_agreement_measure(&run->test, probabilities, &result->agreement, err);
    if (!status)
        result->accuracies[result->seeds++] = result->agreement.accuracy;
    free(probabilities);
    dpdm_classifier_destroy(classifier);
    return status;
}

static dpdm_status eval_classifier(eval_run *run, dpdm_classifier_kind kind, const dpdm_dataset *data,
                                   eval_result *result, dpdm_error *err)
{
    *result = (eval_result){0};
    double sum = 0, squares = 0;
    for (int seed = 0; seed < run->options->seeds; seed++) {
        dpdm_status status = eval_once(run, kind, data, seed, result, err);
        if (status)
            return status;
        double accuracy = result->accuracies[seed];
        sum += accuracy;
        result->best = fmax(result->best, accuracy);
    }
    result->mean = sum / result->seeds;
    for (int i = 0; i < result->seeds; i++)
        squares += pow(result->accuracies[i] - result->mean, 2);
    result->deviation = result->seeds > 1 ? sqrt(squares / (result->seeds - 1)) : 0;
    return DPDM_OK;
}

static cJSON *result_to_json(const eval_result *result)
{
    const dpdm_agreement *a = &result->agreement;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "accuracy_mean", dpdm_json_double(result->mean));
    cJSON_AddItemToObject(json, "accuracy_std", dpdm_json_double(result->deviation));
    cJSON_AddItemToObject(json, "accuracy_best", dpdm_json_double(result->best));
    cJSON_AddItemToObject(json, "accuracies", cJSON_CreateDoubleArray(result->accuracies, result->seeds));
    cJSON_AddItemToObject(json, "calibration_error", dpdm_json_double(a->calibration_error));
    cJSON *classes = cJSON_AddArrayToObject(json, "class_accuracy"),
          *rows_json = cJSON_AddArrayToObject(json, "confusion");
    for (int c = 0; c < a->classes; c++) {
        cJSON_AddItemToArray(classes, dpdm_json_double(a->class_accuracy[c]));
        cJSON *row = cJSON_CreateArray();
        for (int p = 0; p < a->classes; p++)
            cJSON_AddItemToArray(row, dpdm_json_u64(a->confusion[(size_t)c * (size_t)a->classes + (size_t)p]));
        cJSON_AddItemToArray(rows_json, row);
    }
    return json;
}

static void result_print(const char *trained_on, const char *name, const eval_result *result)
{
    const dpdm_agreement *a = &result->agreement;
    printf("%-9s %-7s accuracy %.2f %%", trained_on, name, 100 * result->mean);
    if (result->seeds > 1)
        printf(" (sd %.2f, best %.2f of %d)", 100 * result->deviation, 100 * result->best, result->seeds);
    printf(", calibration error %.3f\n  by class:", a->calibration_error);
    for (int c = 0; c < a->classes && c < 100; c++)
        printf(" %d: %.1f", c, 100 * a->class_accuracy[c]);
    printf(" %%\n");
}

/* Trains the chosen classifiers on one set; their results go to standard output or below `parent`. */
static dpdm_status eval_set(eval_run *run, const char *trained_on, const dpdm_dataset *data, cJSON *parent,
                            dpdm_error *err)
{
    for (int kind = 0; kind < EVAL_ALL; kind++) {
        if (run->options->classifier != EVAL_ALL && run->options->classifier != kind)
            continue;
        eval_result result;
        dpdm_status status = eval_classifier(run, (dpdm_classifier_kind)kind, data, &result, err);
        if (!status && run->call->json)
            cJSON_AddItemToObject(parent, dpdm_classifier_name((dpdm_classifier_kind)kind), result_to_json(&result));
        else if (!status) {
            cli_progress_end(&run->progress);
            result_print(trained_on, dpdm_classifier_name((dpdm_classifier_kind)kind), &result);
        }
        dpdm_agreement_destroy(&result.agreement);
        if (status)
            return status;
    }
    return DPDM_OK;
}

static dpdm_status eval_open(eval_run *run, dpdm_error *err)
{
    const eval_options *o = run->options;
    const char *dir = o->data_dir[0] ? o->data_dir : NULL;
    dpdm_facts facts = {.classes = o->classes};
    dpdm_status status = dpdm_dataset_open(o->synthetic, dir, DPDM_SPLIT_TRAIN, &facts, &run->synthetic, err);
    if (!status)
        status = dpdm_dataset_open(o->real_test, dir, DPDM_SPLIT_TEST, &facts, &run->test, err);
    if (!status && o->real_train[0])
        status = dpdm_dataset_open(o->real_train, dir, DPDM_SPLIT_TRAIN, &facts, &run->train, err);
    if (status)
        return status;
    /* A set may lack the last classes: all agree on the largest number seen. */
    int classes = run->synthetic.classes > run->test.classes ? run->synthetic.classes : run->test.classes;
    classes = run->train.classes > classes ? run->train.classes : classes;
    run->synthetic.classes = run->test.classes = run->train.classes = classes;
    return DPDM_OK;
}

static dpdm_status eval_all(eval_run *run, dpdm_error *err)
{
    const eval_options *o = run->options;
    int sets = run->train.count ? 2 : 1, kinds = o->classifier == EVAL_ALL ? EVAL_ALL : 1;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "synthetic_images", dpdm_json_u64(run->synthetic.count));
    cJSON_AddItemToObject(json, "test_images", dpdm_json_u64(run->test.count));
    cJSON *synthetic = cJSON_AddObjectToObject(json, "classifiers");
    run->total = sets * kinds * o->seeds * o->epochs;
    cli_progress_begin(&run->progress, run->call, "classifiers", "epochs");
    dpdm_status status = eval_set(run, "synthetic", &run->synthetic, synthetic, err);
    if (!status && run->train.count)
        status = eval_set(run, "real", &run->train, cJSON_AddObjectToObject(json, "classifiers_real"), err);
    cli_progress_end(&run->progress);
    if (!status && run->call->json)
        return cli_print_json(run->call, json, err);
    cJSON_Delete(json);
    return status;
}

static dpdm_status run_eval(cli_call *call, dpdm_error *err)
{
    eval_run run = {.call = call, .options = call->options[0]};
    if (!run.options->synthetic[0] || !run.options->real_test[0])
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "eval needs --synthetic SPEC (images to train on) and --real-test SPEC (to test on)");
    cli_interrupt_catch();
    dpdm_status status = eval_open(&run, err);
    if (!status)
        status = eval_all(&run, err);
    dpdm_dataset_destroy(&run.synthetic);
    dpdm_dataset_destroy(&run.test);
    dpdm_dataset_destroy(&run.train);
    return status;
}

const cli_verb cli_verb_eval = {
    .name = "eval",
    .group = "Quality",
    .summary = "Train classifiers on a synthetic set, test them on real images",
    .description =
        "Trains classifiers on synthetic images only and reports their accuracy on real test images: the usual measure "
        "of how useful a synthetic set is. The epoch is chosen on held-out synthetic images, so no real image takes "
        "part in any choice.\n\n"
        "The printed accuracies are computed from real test images. If those are private, the figures are outside the "
        "privacy guarantee: do not publish them.",
    .examples = "dpdm eval --synthetic samples.npz --real-test fashion-mnist\n"
                "dpdm eval --synthetic samples.npz --real-test fashion-mnist --classifier all --seeds 3 --json",
    .options = {{&table, sizeof(eval_options), defaults}},
    .run = run_eval,
};
