/* verb_classify.c - dpdm classify train: the DP-SGD rival of synthetic images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/json.h"
#include "base/file.h"
#include "dpdm/classifier.h"
#include "dpdm/dp_classifier.h"
#include "eval/classifier_results.h"
#include "interrupt.h"
#include "ledger_options.h"
#include "progress.h"
#include "statement_print.h"
#include "train/config.h"
#include "train/run_folder.h"
#include "verbs.h"

typedef struct {
    char real_test[1024], out[1024], run[1024];
    int dry_run;
} classify_options;

static const char output_group[] = "Output";

#define AT(field) offsetof(classify_options, field)
static const dpdm_option rows[] = {
    {"real-test", DPDM_OPTION_STRING, AT(real_test), 1024, 0, 0, NULL, "SPEC", output_group,
     "real images to test on; the accuracy is outside the guarantee if they are private", 0, DPDM_OPTION_NO_FILE},
    {"out", DPDM_OPTION_STRING, AT(out), 1024, 0, 0, NULL, "FILE", output_group,
     "the release, a .safetensors file: weights, config, privacy statement", 0,
     DPDM_OPTION_NO_FILE | DPDM_OPTION_OUTPUT},
    {"run", DPDM_OPTION_STRING, AT(run), 1024, 0, 0, NULL, "RUN", output_group,
     "run folder, which stays, as of 'dpdm train'; without it one beside the release, OUT.run, until that is written",
     0, DPDM_OPTION_NO_FILE},
    {"dry-run", DPDM_OPTION_FLAG, AT(dry_run), 0, 0, 0, NULL, NULL, output_group,
     "print the plan; reads no data and writes nothing", 0, DPDM_OPTION_NO_FILE},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *object)
{
    *(dpdm_train_config *)object = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
}

typedef struct {
    cli_call *call;
    dpdm_train_config *config;
    const classify_options *options;
    dpdm_train_plan plan;
    cli_progress bar;
    dpdm_dataset test;
    dpdm_dp_classifier *classifier;
    dpdm_agreement agreement;
} classify_run;

/* ---- results ---- */

static cJSON *plan_json(const classify_run *run)
{
    const dpdm_train_plan *plan = &run->plan;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "classifier", dpdm_classifier_name(run->config->classifier));
    cJSON_AddItemToObject(json, "parameters", dpdm_json_u64(plan->parameters));
    cJSON_AddItemToObject(json, "sampling_rate", dpdm_json_double(plan->sampling_rate));
    cJSON_AddItemToObject(json, "batch", dpdm_json_double(plan->batch));
    cJSON_AddItemToObject(json, "steps", dpdm_json_u64(plan->steps));
    cJSON_AddItemToObject(json, "learning_rate", dpdm_json_double(run->config->learning_rate));
    cJSON_AddItemToObject(json, "noise_multiplier", dpdm_json_double(plan->noise_multiplier));
    cJSON_AddItemToObject(json, "clip", dpdm_json_double(run->config->clip));
    cJSON_AddItemToObject(json, "epsilon_upper", dpdm_json_double(plan->bound.epsilon_upper));
    cJSON_AddItemToObject(json, "epsilon_lower", dpdm_json_double(plan->bound.epsilon_lower));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(run->config->delta));
    char unit[DPDM_UNIT_TEXT];
    cJSON_AddStringToObject(json, "unit", dpdm_owner_unit(&run->config->owner, unit));
    cJSON_AddStringToObject(json, "accountant", dpdm_accountant_name(run->config->accountant));
    cJSON_AddNumberToObject(json, "threads", plan->threads);
    cJSON_AddNumberToObject(json, "memory_bytes", (double)plan->memory_bytes);
    cJSON_AddBoolToObject(json, "private", !run->config->has_seed);
    return json;
}

static void plan_print(const classify_run *run)
{
    const dpdm_train_plan *plan = &run->plan;
    printf("classifier  %s, %llu parameters\n", dpdm_classifier_name(run->config->classifier),
           (unsigned long long)plan->parameters);
    printf("sampling    rate %.6g, expected batch %g\n", plan->sampling_rate, plan->batch);
    printf("length      %llu steps (%.4g epochs)\n", (unsigned long long)plan->steps,
           (double)plan->steps * plan->sampling_rate);
    printf("noise       multiplier %.6g, clip %g\n", plan->noise_multiplier, run->config->clip);
    printf("privacy     epsilon <= %.4f at delta %g (%s accountant)%s\n", ceil(plan->bound.epsilon_upper * 1e4) / 1e4,
           run->config->delta, dpdm_accountant_name(run->config->accountant),
           run->config->has_seed ? "; --seed: NO privacy claim" : "");
    char unit[DPDM_UNIT_TEXT];
    printf("unit        %s\n", dpdm_owner_unit(&run->config->owner, unit));
    printf("machine     %d threads\n", plan->threads);
    printf("memory      %.0f MB\n", (double)plan->memory_bytes * 1e-6);
    char note[DPDM_MEMORY_NOTE];
    if (dpdm_train_plan_memory_note(plan, note, sizeof note))
        printf("            %s\n", note);
}

/* A plan that the ledger refuses is shown all the same. */
static dpdm_status plan_show(classify_run *run, dpdm_error *err)
{
    const char *path = run->config->ledger;
    dpdm_ledger_receipt receipt;
    dpdm_error refusal = {.status = DPDM_OK};
    char *statement;
    dpdm_status status = dpdm_train_statement(run->config, &run->plan, &statement, err);
    if (status)
        return status;
    cJSON *json = run->call->json ? plan_json(run) : NULL;
    if (!json)
        plan_print(run);
    if (path[0]) {
        dpdm_train_budget(run->config, &run->plan, &receipt, &refusal);
        ledger_budget_show(path, &receipt, &refusal, json);
    }
    if (!json)
        putchar('\n');
    status = statement_show(statement, json, err);
    if (json) {
        dpdm_status printed = cli_print_json(run->call, json, err);
        status = status ? status : printed;
    }
    return refusal.status ? dpdm_error_set(err, refusal.status, "%s", refusal.message) : status;
}

static void test_print(const dpdm_agreement *a)
{
    printf("accuracy    %.2f %% of %llu images, calibration error %.3f\nby class   ", 100 * a->accuracy,
           (unsigned long long)a->count, a->calibration_error);
    for (int c = 0; c < a->classes && c < 100; c++)
        printf(" %d: %.1f", c, 100 * a->class_accuracy[c]);
    printf(" %%\n            (%s)\n", dpdm_agreement_notice);
}

static dpdm_status result_show(classify_run *run, dpdm_error *err)
{
    char release[DPDM_PATH + 40];
    if (run->options->out[0])
        snprintf(release, sizeof release, "%s", run->options->out);
    else
        snprintf(release, sizeof release, "%s/release/model.safetensors", run->config->out);
    if (!run->call->json) {
        plan_print(run);
        if (run->agreement.count)
            test_print(&run->agreement);
        cli_say("release     %s\n", release);
        return DPDM_OK;
    }
    cJSON *json = plan_json(run);
    cJSON_AddStringToObject(json, "out", release);
    if (run->options->run[0])
        cJSON_AddStringToObject(json, "run", run->config->out);
    if (run->agreement.count)
        dpdm_agreement_json(json, &run->agreement);
    return cli_print_json(run->call, json, err);
}

/* ---- the run ---- */

static int train_progress(void *context, const dpdm_train_progress *progress)
{
    classify_run *run = context;
    char extra[120];
    if (progress->note[0])
        cli_note(run->call, "%s", progress->note);
    snprintf(extra, sizeof extra, "step %llu/%llu  epsilon <= %.4f", (unsigned long long)progress->step,
             (unsigned long long)progress->steps, ceil(progress->epsilon_spent * 1e4) / 1e4);
    /* Images as expected from the public batch size: the true number is private. */
    cli_progress_update(&run->bar, (uint64_t)((double)progress->step * run->plan.batch + 0.5),
                        (uint64_t)((double)progress->steps * run->plan.batch + 0.5), extra);
    return cli_interrupt_pending() != 0;
}

/* Where the run works, and where its release is wanted. */
static dpdm_status run_places(classify_run *run, dpdm_error *err)
{
    const classify_options *options = run->options;
    if (!options->out[0] && !options->run[0])
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "out is missing: name the file of the release, such as rival.safetensors");
    int length = options->run[0] ? snprintf(run->config->out, sizeof run->config->out, "%s", options->run)
                                 : snprintf(run->config->out, sizeof run->config->out, "%s.run", options->out);
    if (length > (int)DPDM_RUN_PATH)
        return dpdm_error_set(err, DPDM_EUSAGE, "the name of the run folder is too long: at most %d bytes",
                              (int)DPDM_RUN_PATH);
    return DPDM_OK;
}

/* All that can be refused is refused before the first step: privacy spent cannot be taken back. */
static dpdm_status run_prepare(classify_run *run, dpdm_error *err)
{
    const dpdm_train_config *config = run->config;
    dpdm_status status = run_places(run, err);
    if (!status && run->options->out[0])
        status = dpdm_dp_classifier_write_check(run->options->out, config->overwrite || config->resume, err);
    if (status || !run->options->real_test[0])
        return status;
    dpdm_facts facts = dpdm_train_facts(config);
    facts.owners = DPDM_OWNERS_NOT_NEEDED;
    status = dpdm_dataset_open(run->options->real_test, config->data_dir[0] ? config->data_dir : NULL, DPDM_SPLIT_TEST,
                               &facts, &run->test, err);
    return status
               ? status
               : dpdm_dataset_expect_names(&run->test, run->options->real_test, config->class_names, "the config", err);
}

/* Reads the release of the run and puts a copy where it is wanted; a folder that nobody named goes then. */
static dpdm_status run_deliver(classify_run *run, dpdm_error *err)
{
    const dpdm_train_config *config = run->config;
    char path[DPDM_PATH + 40];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/release/model.safetensors", config->out);
    dpdm_status status = dpdm_file_read(path, (size_t)1 << 31, &bytes, &size, err);
    if (!status)
        status = dpdm_dp_classifier_parse(bytes, size, path, config->threads, &run->classifier, err);
    if (!status && run->options->out[0])
        status =
            dpdm_file_write(run->options->out, bytes, size, config->overwrite || config->resume, DPDM_FILE_SHARED, err);
    free(bytes);
    return status || run->options->run[0] ? status : dpdm_run_folder_remove(config->out, err);
}

static dpdm_status run_train(classify_run *run, dpdm_error *err)
{
    const dpdm_train_plan *plan = &run->plan;
    const int leads = dpdm_train_leads(run->config);
    cli_interrupt_catch();
    if (!leads)
        run->call->quiet = 1; /* the first of several processes speaks and writes for all */
    if (run->config->has_seed)
        cli_note(run->call, "--seed is for tests: this classifier carries no privacy claim");
    statement_warn(run->config->delta, run->config->records, plan->batch, plan->sampling_rate);
    char note[DPDM_MEMORY_NOTE];
    if (dpdm_train_plan_memory_note(&run->plan, note, sizeof note))
        cli_note(run->call, "%s", note);
    cli_note(run->call, "%llu parameters, %llu steps, noise multiplier %.4g, epsilon <= %.4f at delta %g",
             (unsigned long long)plan->parameters, (unsigned long long)plan->steps, plan->noise_multiplier,
             ceil(plan->bound.epsilon_upper * 1e4) / 1e4, run->config->delta);
    cli_progress_begin_private(&run->bar, run->call, "classify", "img");
    dpdm_status status = dpdm_train_run(run->config, train_progress, run, err);
    cli_progress_end(&run->bar);
    if (!leads)
        return status;
    if (!status)
        status = run_deliver(run, err);
    if (!status && run->test.count)
        status = dpdm_dp_classifier_test(run->classifier, &run->test, &run->agreement, err);
    return status ? status : result_show(run, err);
}

static dpdm_status classify_train(cli_call *call, dpdm_error *err)
{
    dpdm_train_config *config = call->options[1];
    classify_run run = {.call = call, .config = config, .options = call->options[0]};
    ledger_default(config->ledger, sizeof config->ledger, config->has_seed);
    dpdm_train_config_settle(config);
    dpdm_status status = dpdm_train_plan_make(run.config, &run.plan, err);
    if (status)
        return status;
    if (run.options->dry_run)
        return plan_show(&run, err);
    status = run_prepare(&run, err);
    if (!status)
        status = run_train(&run, err);
    dpdm_agreement_destroy(&run.agreement);
    dpdm_dp_classifier_destroy(run.classifier);
    dpdm_dataset_destroy(&run.test);
    return status;
}

const cli_verb cli_verb_classify_train = {
    .name = "classify train",
    .group = "Quality",
    .summary = "Train a classifier on private images with DP-SGD: the rival of synthetic images",
    .description =
        "Trains one classifier directly on the private images, with the same differentially private step as 'dpdm "
        "train', and leaves one file that may be shared: weights, config and privacy statement. Compare its accuracy "
        "with that of a classifier trained on synthetic images at the same epsilon ('dpdm eval'). Both trainings on "
        "one data set spend from one budget: their epsilons compose.\n\n"
        "The image size, the number of classes and, if you give it, the number of images count as public; 'dpdm data "
        "info' proposes them. Choosing options by looking at results on the private images is not covered.\n\n"
        "A training can be stopped at any time with Ctrl-C, or killed, and goes on with --resume as if it had never "
        "stopped: until the release is written its run folder, OUT.run, holds what that needs, the key of the noise "
        "included. Name a folder with --run to keep it, with its metrics.\n\n"
        "With --ledger the training reserves its whole cost from the budget of the data before it reads them, and is "
        "refused if that is not left.",
    .examples = "dpdm classify train --data fashion-mnist --height 28 --width 28 --channels 1 --classes 10 "
                "--records 60000 --epsilon 10 --delta 1e-5 --dry-run\n"
                "dpdm classify train --data fashion-mnist --height 28 --width 28 --channels 1 --classes 10 "
                "--records 60000 --epsilon 10 --delta 1e-5 --real-test fashion-mnist --out rival.safetensors\n"
                "dpdm classify train --data scans --height 28 --width 28 --channels 1 --classes 2 --records 4708 "
                "--epsilon 3 --delta 1e-5 --out rival.safetensors --resume",
    .options = {{&table, sizeof(classify_options), NULL},
                {&dpdm_classifier_option_table, sizeof(dpdm_train_config), defaults}},
    .run = classify_train,
};
