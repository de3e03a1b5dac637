/* verb_tune_sampler.c - dpdm tune-sampler: which sampler suits a model, found without private images. */
#include <math.h>
#include <stdio.h>
#include "eval/tuner_job.h"
#include "interrupt.h"
#include "verbs.h"
#include "watch.h"

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
        dpdm_tuner_words(&entries[i].sampler, words, sizeof words);
        printf("%-72s", words);
        figure_print(entries[i].agreement, 100, "%12.2f");
        figure_print(entries[i].moments, 1, "%12.2f");
        if (real)
            figure_print(entries[i].real_accuracy, 100, "%12.2f");
        printf("\n");
    }
    dpdm_tuner_words(&entries[0].sampler, words, sizeof words);
    cli_say("\nbest by agreement, which touches no private data:\n  dpdm sample %s %s --count N --out PATH\n", model,
            words);
    if (real)
        printf("the column \"real\" TOUCHES REAL IMAGES: no guarantee covers a choice by it, if they are private\n");
}

static dpdm_status tune_run(cli_call *call, dpdm_error *err)
{
    dpdm_tuner_entry entries[DPDM_TUNER_CANDIDATES];
    size_t count;
    int real;
    dpdm_model model;
    cli_watch watch = {.call = call};
    dpdm_watch told = cli_watch_begin(&watch);
    dpdm_status status = dpdm_model_read(call->arguments[0], &model, err);
    if (status)
        return status;
    cli_interrupt_catch();
    status = dpdm_tuner_job_run(&model, call->options[0], NULL, &told, entries, &count, &real, err);
    cli_watch_end(&watch);
    dpdm_model_destroy(&model);
    if (!status && call->json)
        return cli_print_json(call, dpdm_tuner_to_json(entries, count, real), err);
    if (!status)
        results_print(entries, count, call->arguments[0], real);
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
    .options = {{&dpdm_tuner_table, sizeof(dpdm_tuner_job), dpdm_tuner_defaults}},
    .run = tune_run,
};
