/* tuner_job.c - see tuner_job.h. */
#include "eval/tuner_job.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/print.h"
#include "base/json.h"
#include "nn/classifier_choices.h"

static const char draw_group[] = "Candidates";
static const char judge_group[] = "Judging";

#define AT(field) offsetof(dpdm_tuner_job, field)
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
    DPDM_READING_ROWS(AT(reading)),
};
const dpdm_option_table dpdm_tuner_table = {rows, sizeof rows / sizeof *rows};

void dpdm_tuner_defaults(void *object)
{
    *(dpdm_tuner_job *)object = (dpdm_tuner_job){
        .evaluations = 40, .count = 3000, .classifier = DPDM_CLASSIFIER_CNN, .epochs = 12, .learning_rate = 1e-3};
}

static int by_agreement(const void *a, const void *b)
{
    const dpdm_tuner_entry *one = a, *two = b;
    return (one->agreement < two->agreement) - (one->agreement > two->agreement);
}

void dpdm_tuner_words(const dpdm_sampler *s, char *text, size_t size)
{
    int n = dpdm_print_text(text, size, "--sampler %s --steps %d", dpdm_sampler_name(s->kind), s->steps);
    if (s->churn > 0)
        n += dpdm_print_text(text + n, size - (size_t)n, " --churn %g --churn-min %g --churn-max %g", s->churn,
                             s->churn_min, s->churn_max);
    if (s->guidance > 0)
        dpdm_print_text(text + n, size - (size_t)n, " --guidance %g", s->guidance);
}

static cJSON *entry_to_json(const dpdm_tuner_entry *entry)
{
    const dpdm_sampler *s = &entry->sampler;
    char words[200];
    cJSON *json = cJSON_CreateObject();
    dpdm_tuner_words(s, words, sizeof words);
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

cJSON *dpdm_tuner_to_json(const dpdm_tuner_entry *entries, size_t n, int real)
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

static int tune_progress(void *context, const char *stage, uint64_t done, uint64_t total)
{
    return dpdm_watch_progress(context, stage, strcmp(stage, "sampling") == 0 ? "img" : "epochs", done, total, NULL);
}

static dpdm_status tune_all(const dpdm_model *model, const dpdm_tuner_job *job, const dpdm_dataset *real,
                            const dpdm_watch *watch, dpdm_tuner_entry *entries, size_t *count, dpdm_error *err)
{
    dpdm_watch told = *watch;
    dpdm_key key;
    dpdm_key_from_seed(&key, job->seed);
    dpdm_tuner_config config = {
        .count = job->count, .classifier = dpdm_classifier_config_default(), .real = real, .key = &key};
    config.classifier.kind = (dpdm_classifier_kind)job->classifier;
    config.classifier.epochs = job->epochs;
    config.classifier.learning_rate = job->learning_rate;
    config.classifier.threads = job->threads;
    *count = dpdm_tuner_candidates(job->evaluations, entries);
    dpdm_status status = dpdm_tuner_run(model, &config, entries, *count, tune_progress, &told, err);
    if (!status)
        qsort(entries, *count, sizeof *entries, by_agreement);
    return status;
}

dpdm_status dpdm_tuner_job_run(const dpdm_model *model, const dpdm_tuner_job *job, const dpdm_dataset *given,
                               const dpdm_watch *watch, dpdm_tuner_entry *entries, size_t *count, int *real,
                               dpdm_error *err)
{
    dpdm_dataset opened = {0};
    dpdm_facts facts = {.class_names = model->class_names, .owners = DPDM_OWNERS_NOT_NEEDED};
    const char *spec = given ? "the real images" : job->real_test;
    /* Pictures are brought to shape as those that the model learned from, unless another rule is given. */
    dpdm_status status = dpdm_reading_rule_of(model->config_json, &facts.rule, err);
    *real = given || job->real_test[0];
    if (!status && !given && *real)
        status = dpdm_reading_open(&job->reading, spec, job->data_dir[0] ? job->data_dir : NULL, DPDM_SPLIT_TEST,
                                   &facts, watch, &opened, err);
    const dpdm_dataset *tested = given ? given : *real ? &opened : NULL;
    if (!status && tested)
        status = dpdm_dataset_expect_names(tested, spec, model->class_names, "the model", err);
    if (!status)
        status = tune_all(model, job, tested, watch, entries, count, err);
    dpdm_dataset_destroy(&opened);
    return status;
}
