/* verb_tune_sampler.c - dpdm tune-sampler: which sampler suits a model, found without private images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "dpdm/tuner.h"
#include "nn/classifier_choices.h"
#include "interrupt.h"
#include "progress.h"
#include "verbs.h"

typedef struct {
    char real_test[1024], data_dir[1024];
    uint64_t count, seed;
    int evaluations, classifier, epochs, threads;
    double learning_rate;
} tune_options;

static const char draw_group[] = "Candidates";
static const char judge_group[] = "Judging";

#define AT(field) offsetof(tune_options, field)
static const dpdm_option rows[] = {
    {"evaluations", DPDM_OPTION_INT, AT(evaluations), 0, 8, 100000, NULL, "N", draw_group,
     "how often a candidate may compute the denoiser for an image: what sampling will cost", 0, 0},
    {"count", DPDM_OPTION_U64, AT(count), 0, 2, 1e9, NULL, "N", draw_group, "images drawn with each candidate", 0, 0},
    {"seed", DPDM_OPTION_U64, AT(seed), 0, 0, 0, NULL, "N", draw_group, "the same seed gives the same figures", 0, 0},
    {"classifier", DPDM_OPTION_CHOICE, AT(classifier), 0, 0, 0, dpdm_classifier_choices, "NAME", judge_group,
     "classifier that is trained on the images of each candidate", 0, 0},
    {"epochs", DPDM_OPTION_INT, AT(epochs), 0, 1, 100000, NULL, "N", judge_group, "passes over the images", 0, 0},
    {"learning-rate", DPDM_OPTION_DOUBLE, AT(learning_rate), 0, 1e-9, 10, NULL, "R", judge_group, "step size of Adam",
     0, 0},
    {"real-test", DPDM_OPTION_STRING, AT(real_test), 1024, 0, 0, NULL, "SPEC", judge_group,
     "also report accuracy on these real images. If they are private, a choice by it is not covered by any guarantee",
     0, 0},
    {"data-dir", DPDM_OPTION_STRING, AT(data_dir), 1024, 0, 0, NULL, "DIR", judge_group,
     "where known names are looked up first", 0, 0},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", judge_group, "0: all cores. Changes no bit", 0, 0},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *object)
{
    *(tune_options *)object = (tune_options){
        .evaluations = 40, .count = 3000, .classifier = DPDM_CLASSIFIER_CNN, .epochs = 12, .learning_rate = 1e-3};
}

/* What one stage shows; a new stage begins a new bar. */
typedef struct {
    const cli_call *call;
    const char *stage;
    cli_progress progress;
} tune_progress;

static int tune_report(void *context, const char *stage, uint64_t done, uint64_t total)
{
    tune_progress *bar = context;
    if (!bar->stage || strcmp(bar->stage, stage) != 0) {
        if (bar->stage)
            cli_progress_end(&bar->progress);
        bar->stage = stage;
        cli_progress_begin(&bar->progress, bar->call, stage, strcmp(stage, "sampling") == 0 ? "img" : "epochs");
    }
    cli_progress_update(&bar->progress, done, total, NULL);
    return cli_interrupt_pending();
}

/* ---- results ---- */

static int by_agreement(const void *a, const void *b)
{
    const dpdm_tuner_entry *one = a, *two = b;
    return (one->agreement < two->agreement) - (one->agreement > two->agreement);
}

/* The options of `dpdm sample` for a sampler. */
static void sampler_words(const dpdm_sampler *s, char *text, size_t size)
{
    int n = snprintf(text, size, "--sampler %s --steps %d", dpdm_sampler_name(s->kind), s->steps);
    if (s->churn > 0)
        n += snprintf(text + n, size - (size_t)n, " --churn %g --churn-min %g --churn-max %g", s->churn, s->churn_min,
                      s->churn_max);
    if (s->guidance > 0)
        snprintf(text + n, size - (size_t)n, " --guidance %g", s->guidance);
}

static cJSON *entry_to_json(const dpdm_tuner_entry *entry)
{
    const dpdm_sampler *s = &entry->sampler;
    char words[200];
    cJSON *json = cJSON_CreateObject();
    sampler_words(s, words, sizeof words);
    cJSON_AddStringToObject(json, "options", words);
    cJSON_AddStringToObject(json, "sampler", dpdm_sampler_name(s->kind));
    cJSON_AddNumberToObject(json, "steps", s->steps);
    cJSON_AddItemToObject(json, "churn", dpdm_json_double(s->churn));
    cJSON_AddItemToObject(json, "churn_min", dpdm_json_double(s->churn_min));
    cJSON_AddItemToObject(json, "churn_max", dpdm_json_double(s->churn_max));
    cJSON_AddItemToObject(json, "guidance", dpdm_json_double(s->guidance));
    cJSON_AddNumberToObject(json, "evaluations_per_image", dpdm_sampler_evaluations(s));
    cJSON_AddItemToObject(json, "agreement", dpdm_json_double(entry->agreement));
    cJSON_AddItemToObject(json, "moments", dpdm_json_double(entry->moments));
    if (isfinite(entry->real_accuracy))
        cJSON_AddItemToObject(json, "real_accuracy", dpdm_json_double(entry->real_accuracy));
    return json;
}

static void figure_print(double value, double scale, const char *format)
{
    if (isfinite(value))
        printf(format, scale * value);
    else
        printf("%12s", "-");
}

static void results_print(const dpdm_tuner_entry *entries, size_t n, const char *model, int real)
{
    char words[200];
    printf("%-72s%12s%12s%s\n", "sampler", "agreement %", "moments", real ? "      real %" : "");
    for (size_t i = 0; i < n; i++) {
        sampler_words(&entries[i].sampler, words, sizeof words);
        printf("%-72s", words);
        figure_print(entries[i].agreement, 100, "%12.2f");
        figure_print(entries[i].moments, 1, "%12.2f");
        if (real)
            figure_print(entries[i].real_accuracy, 100, "%12.2f");
        printf("\n");
    }
    sampler_words(&entries[0].sampler, words, sizeof words);
    cli_say("\nbest by agreement, which touches no private data:\n  dpdm sample %s %s --count N --out PATH\n", model,
            words);
    if (real)
        printf("the column \"real\" TOUCHES REAL IMAGES: no guarantee covers a choice by it, if they are private\n");
}

static cJSON *results_to_json(const dpdm_tuner_entry *entries, size_t n, int real)
{
    cJSON *json = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(json, "candidates");
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, entry_to_json(&entries[i]));
    cJSON_AddItemToObject(json, "best", entry_to_json(&entries[0]));
    cJSON_AddStringToObject(json, "chosen_by", "agreement");
    cJSON_AddBoolToObject(json, "choice_touches_private_data", 0);
    cJSON_AddBoolToObject(json, "real_accuracy_touches_private_data", real);
    return json;
}

/* ---- the verb ---- */

static dpdm_status tune_all(cli_call *call, const dpdm_model *model, const dpdm_dataset *real, dpdm_error *err)
{
    const tune_options *o = call->options[0];
    dpdm_tuner_entry entries[DPDM_TUNER_CANDIDATES];
    size_t n = dpdm_tuner_candidates(o->evaluations, entries);
    dpdm_key key;
    dpdm_key_from_seed(&key, o->seed);
    dpdm_tuner_config config = {
        .count = o->count, .classifier = dpdm_classifier_config_default(), .real = real, .key = &key};
    config.classifier.kind = (dpdm_classifier_kind)o->classifier;
    config.classifier.epochs = o->epochs;
    config.classifier.learning_rate = o->learning_rate;
    config.classifier.threads = o->threads;
    tune_progress bar = {.call = call};
    dpdm_status status = dpdm_tuner_run(model, &config, entries, n, tune_report, &bar, err);
    if (bar.stage)
        cli_progress_end(&bar.progress);
    if (status)
        return status;
    qsort(entries, n, sizeof *entries, by_agreement);
    if (call->json)
        return cli_print_json(call, results_to_json(entries, n, real != NULL), err);
    results_print(entries, n, call->arguments[0], real != NULL);
    return DPDM_OK;
}

static dpdm_status tune_run(cli_call *call, dpdm_error *err)
{
    const tune_options *o = call->options[0];
    dpdm_model model;
    dpdm_dataset real = {0};
    dpdm_facts facts = {.owners = DPDM_OWNERS_NOT_NEEDED};
    dpdm_status status = dpdm_model_read(call->arguments[0], &model, err);
    if (status)
        return status;
    cli_interrupt_catch();
    facts.class_names = model.class_names;
    if (o->real_test[0])
        status =
            dpdm_dataset_open(o->real_test, o->data_dir[0] ? o->data_dir : NULL, DPDM_SPLIT_TEST, &facts, &real, err);
    if (!status && o->real_test[0])
        status = dpdm_dataset_expect_names(&real, o->real_test, model.class_names, "the model", err);
    if (!status)
        status = tune_all(call, &model, o->real_test[0] ? &real : NULL, err);
    dpdm_dataset_destroy(&real);
    dpdm_model_destroy(&model);
    return status;
}

const cli_verb cli_verb_tune_sampler = {
    .name = "tune-sampler",
    .group = "Quality",
    .summary = "Compare samplers on a model without touching private data",
    .arguments = "MODEL",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Draws a set of images with each of a dozen samplers of equal cost and judges the sets by one another: a "
        "classifier is trained on the images of one sampler and tested on those of all others (agreement; more is "
        "better). Where the model holds a Gaussian prior that was released under privacy, the distance of each set's "
        "moments to it is shown as well (moments; less is better). Both are functions of the model: the choice is "
        "post-processing and spends no privacy budget.\n\n"
        "With --real-test the accuracy on real images stands beside them, marked: a choice by it is outside the "
        "guarantee if those images are private.",
    .examples = "dpdm tune-sampler run/release/model.safetensors\n"
                "dpdm tune-sampler model.safetensors --evaluations 80 --count 10000 --json",
    .options = {{&table, sizeof(tune_options), defaults}},
    .run = tune_run,
};
