/* verb_pretrain.c - dpdm pretrain: a public start. */
#include <stdio.h>
#include <string.h>
#include "base/output.h"
#include "dpdm/pretrain.h"
#include "interrupt.h"
#include "progress.h"
#include "recipe.h"
#include "verbs.h"

static const char group[] = "Start";

#define AT(field) offsetof(dpdm_pretrain_config, field)
static const dpdm_option rows[] = {
    {"procedural", DPDM_OPTION_STRING, AT(procedural), 128, 0, 0, NULL, "KIND,...", group,
     "see images that dpdm makes: leaves, fields, strokes, silhouettes, shapes ('dpdm data make' shows them)", 0,
     DPDM_OPTION_NO_FILE},
    {"public", DPDM_OPTION_STRING, AT(public_set), DPDM_PATH, 0, 0, NULL, "SPEC", group,
     "or the images of a public set; that it is public is your word", 0, DPDM_OPTION_NO_FILE},
    {"licence", DPDM_OPTION_STRING, AT(licence), 128, 0, 0, NULL, "TEXT", group,
     "of the public set, kept in the file and in the statements of what starts from it", 0, DPDM_OPTION_NO_FILE},
    {"start-seed", DPDM_OPTION_U64, AT(seed), 0, 0, 0, NULL, "N", group,
     "decides images, weights and draws: a start can be made again", 0, DPDM_OPTION_NO_FILE},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

typedef struct {
    cli_call *call;
    cli_progress bar;
} pretrain_watch;

static int pretrain_progress(void *context, const dpdm_train_progress *progress)
{
    pretrain_watch *watch = context;
    if (progress->note[0])
        cli_note(watch->call, "%s", progress->note);
    cli_progress_update(&watch->bar, progress->step, progress->steps, NULL);
    return cli_interrupt_pending() != 0;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    dpdm_train_config *train = call->options[0];
    dpdm_status status = cli_recipe_read(call, call->options[1], train, err);
    if (status)
        return status;
    dpdm_pretrain_config config = *(const dpdm_pretrain_config *)call->options[2];
    const dpdm_train_config plain = dpdm_train_config_default();
    if (strcmp(train->out, plain.out) == 0)
        return dpdm_error_set(err, DPDM_EUSAGE, "--out is missing: name the file of the start");
    snprintf(config.out, sizeof config.out, "%s", train->out);
    config.resume = train->resume;
    config.overwrite = train->overwrite;
    status = dpdm_output_check(config.out, DPDM_OUTPUT_FILE, config.overwrite || config.resume, err);
    if (status)
        return status;
    cli_interrupt_catch();
    cli_note(call, "no private data, and no privacy: the file says that it is a public start");
    pretrain_watch watch = {.call = call};
    cli_progress_begin(&watch.bar, call, "pretrain", "steps");
    status = dpdm_pretrain_run(train, &config, pretrain_progress, &watch, err);
    cli_progress_end(&watch.bar);
    if (status)
        return status;
    if (!call->json) {
        cli_say("%s\n", config.out);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "out", config.out);
    cJSON_AddBoolToObject(json, "private", 0);
    cJSON_AddBoolToObject(json, "public_start", 1);
    cJSON_AddStringToObject(json, "origin", config.procedural[0] ? "procedural" : "public");
    cJSON_AddNumberToObject(json, "steps", (double)train->steps);
    cJSON_AddNumberToObject(json, "batch", train->batch);
    return cli_print_json(call, json, err);
}

const cli_verb cli_verb_pretrain = {
    .name = "pretrain",
    .group = "Train and sample",
    .summary = "Train a public start, without privacy, on public images",
    .description =
        "Trains the network of a preset or config on images that are public: made by dpdm itself (--procedural), or of "
        "a "
        "public set (--public). 'dpdm train --init FILE' with the same preset or config then starts from it, and its "
        "statement names the start.\n\n"
        "The options are those of 'dpdm train'; those of privacy play no part here, but for a prior: where the config "
        "has one, the start is trained around that of the public images. Never give it private images: nothing "
        "protects "
        "them.\n\n"
        "It can be stopped with Ctrl-C, or killed, and goes on with --resume. Samples are drawn now and then, in "
        "FILE.preview (--no-preview: none).",
    .examples =
        "dpdm pretrain --preset fmnist-cpu --procedural silhouettes,strokes --steps 1000 --out start.safetensors\n"
        "dpdm train --preset fmnist-cpu --init start.safetensors --out run",
    .options = {{.table = &dpdm_train_option_table, .size = sizeof(dpdm_train_config), .defaults = cli_recipe_defaults},
                {.table = &cli_recipe_table, .size = sizeof(cli_recipe)},
                {.table = &table, .size = sizeof(dpdm_pretrain_config)}},
    .run = run,
};
