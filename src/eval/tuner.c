/* tuner.c - draws a set with every candidate sampler and judges the sets by one another. */
#include "dpdm/tuner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const dpdm_model *model;
    const dpdm_tuner_config *config;
    dpdm_tuner_entry *entries;
    size_t n;
    dpdm_dataset *sets; /* [n] */
    float *probabilities;
    dpdm_tuner_progress_fn progress;
    void *progress_context;
    uint64_t done; /* images or epochs before the current candidate */
} tuner_run;

static dpdm_status tuner_check(const dpdm_model *model, const dpdm_tuner_config *config, size_t n, dpdm_error *err);
static dpdm_status tuner_draw(tuner_run *run, dpdm_error *err);
static dpdm_status tuner_judge(tuner_run *run, size_t candidate, dpdm_error *err);

/* ---- candidates ---- */

static size_t candidate_add(dpdm_tuner_entry *entries, size_t n, dpdm_sampler sampler, int evaluations)
{
    if (n == DPDM_TUNER_CANDIDATES)
        return n;
    int budget = sampler.guidance > 0 ? evaluations / 2 : evaluations;
    sampler.steps = sampler.kind == DPDM_SAMPLER_HEUN ? (budget + 1) / 2 : budget;
    entries[n] = (dpdm_tuner_entry){.sampler = sampler};
    return n + 1;
}

/* Churn is given as the published share of the number of steps: 10 and 100 of 1000 (Dockhorn et al. 2023), and more, as
 * few steps need more each. The ranges are the two published ones. */
size_t dpdm_tuner_candidates(int evaluations, dpdm_tuner_entry *entries)
{
    static const double shares[] = {0.01, 0.1, 0.3}, lowest[] = {0.025, 0.05};
    static const double guidances[] = {0.25, 0.5, 1};
    dpdm_sampler ddim = dpdm_sampler_default(DPDM_SAMPLER_DDIM);
    dpdm_sampler stochastic = dpdm_sampler_default(DPDM_SAMPLER_DDIM_STOCHASTIC);
    dpdm_sampler heun = dpdm_sampler_default(DPDM_SAMPLER_HEUN);
    int heun_steps = (evaluations + 1) / 2;
    size_t n = candidate_add(entries, 0, ddim, evaluations);
    n = candidate_add(entries, n, stochastic, evaluations);
    n = candidate_add(entries, n, stochastic, evaluations / 2);
    n = candidate_add(entries, n, heun, evaluations);
    for (size_t r = 0; r < sizeof lowest / sizeof *lowest; r++)
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
            dpdm_sampler churned = heun;
            churned.churn = shares[i] * heun_steps;
            churned.churn_min = lowest[r];
            n = candidate_add(entries, n, churned, evaluations);
        }
    for (size_t i = 0; i < sizeof guidances / sizeof *guidances; i++) {
        dpdm_sampler guided = stochastic;
        guided.guidance = guidances[i];
        n = candidate_add(entries, n, guided, evaluations);
    }
    return n;
}

/* ---- drawing and judging ---- */

dpdm_status dpdm_tuner_run(const dpdm_model *model, const dpdm_tuner_config *config, dpdm_tuner_entry *entries,
                           size_t n, dpdm_tuner_progress_fn progress, void *context, dpdm_error *err)
{
    dpdm_status status = tuner_check(model, config, n, err);
    if (status)
        return status;
    uint64_t most = config->real && config->real->count > config->count ? config->real->count : config->count;
    tuner_run run = {.model = model,
                     .config = config,
                     .entries = entries,
                     .n = n,
                     .sets = calloc(n, sizeof *run.sets),
                     .probabilities = malloc(most * (size_t)model->description.classes * sizeof *run.probabilities),
                     .progress = progress,
                     .progress_context = context};
    status = run.sets && run.probabilities ? tuner_draw(&run, err)
                                           : dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu sets of images", n);
    for (size_t i = 0; i < n && !status; i++)
        status = tuner_judge(&run, i, err);
    for (size_t i = 0; i < n && run.sets; i++)
        dpdm_dataset_destroy(&run.sets[i]);
    free(run.sets);
    free(run.probabilities);
    return status;
}

static dpdm_status tuner_check(const dpdm_model *model, const dpdm_tuner_config *config, size_t n, dpdm_error *err)
{
    const dpdm_dataset *real = config->real;
    const dpdm_network_description *shape = &model->description;
    if (n < 2)
        return dpdm_error_set(err, DPDM_EUSAGE, "samplers are judged by one another: give at least two");
    if (config->count < 2)
        return dpdm_error_set(err, DPDM_EUSAGE, "at least two images of each sampler are needed");
    if (shape->classes < 2)
        return dpdm_error_set(err, DPDM_EUSAGE, "a model of one class cannot be judged by classifiers");
    if (real && (real->height != shape->height || real->width != shape->width || real->channels != shape->channels ||
                 real->classes > shape->classes))
        return dpdm_error_set(
            err, DPDM_EUSAGE, "the real images are %dx%dx%d of %d classes, the model's %dx%dx%d of %d", real->height,
            real->width, real->channels, real->classes, shape->height, shape->width, shape->channels, shape->classes);
    return DPDM_OK;
}

static int tuner_sampled(void *context, uint64_t done, uint64_t total)
{
    const tuner_run *run = context;
    (void)total;
    return run->progress
               ? run->progress(run->progress_context, "sampling", run->done + done, run->n * run->config->count)
               : 0;
}

/* Candidates share no noise, or sets from the same start would agree for no good reason. */
static dpdm_status tuner_draw(tuner_run *run, dpdm_error *err)
{
    const dpdm_tuner_config *config = run->config;
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; i < run->n && !status; i++) {
        dpdm_tuner_entry *entry = &run->entries[i];
        dpdm_key key;
        char label[32];
        entry->agreement = entry->moments = entry->real_accuracy = NAN;
        snprintf(label, sizeof label, "candidate %zu", i);
        dpdm_key_derive(&key, config->key, label);
        status = dpdm_model_sample(run->model, &entry->sampler, &key, config->count, -1, config->classifier.threads,
                                   tuner_sampled, run, &run->sets[i], err);
        if (!status && run->model->denoiser.prior)
            status = dpdm_tuner_moments(run->model->denoiser.prior, &run->sets[i], &entry->moments, err);
        run->done += config->count;
    }
    run->done = 0;
    return status;
}

static int tuner_trained(void *context, int epoch, int epochs, double held_out_accuracy)
{
    const tuner_run *run = context;
    (void)held_out_accuracy;
    return run->progress
               ? run->progress(run->progress_context, "judging", run->done + (uint64_t)epoch, run->n * (uint64_t)epochs)
               : 0;
}

static dpdm_status tuner_accuracy(tuner_run *run, dpdm_classifier *classifier, const dpdm_dataset *data,
                                  double *accuracy, dpdm_error *err)
{
    dpdm_dataset view = *data; /* borrowed; a real set may lack the last classes */
    dpdm_agreement agreement = {0};
    view.classes = run->model->description.classes;
    dpdm_status status = dpdm_classifier_predict(classifier, &view, run->probabilities, err);
    if (!status)
        status = dpdm_agreement_measure(&view, run->probabilities, &agreement, err);
    *accuracy = agreement.accuracy;
    dpdm_agreement_destroy(&agreement);
    return status;
}

/* Trains on one set and tests on all the others. */
static dpdm_status tuner_judge(tuner_run *run, size_t candidate, dpdm_error *err)
{
    dpdm_tuner_entry *entry = &run->entries[candidate];
    dpdm_classifier *classifier;
    double sum = 0, accuracy;
    dpdm_status status =
        dpdm_classifier_train(&run->config->classifier, &run->sets[candidate], tuner_trained, run, &classifier, err);
    if (status)
        return status;
    for (size_t i = 0; i < run->n && !status; i++) {
        if (i == candidate)
            continue;
        status = tuner_accuracy(run, classifier, &run->sets[i], &accuracy, err);
        sum += accuracy;
    }
    entry->agreement = sum / (double)(run->n - 1);
    if (!status && run->config->real)
        status = tuner_accuracy(run, classifier, run->config->real, &entry->real_accuracy, err);
    run->done += (uint64_t)run->config->classifier.epochs;
    dpdm_classifier_destroy(classifier);
    return status;
}
