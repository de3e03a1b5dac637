/* verb_train.c - `dpdm train`. */
#include <math.h>
#include <stdio.h>
#include "base/json.h"
#include "interrupt.h"
#include "ledger_options.h"
#include "privacy_options.h"
#include "progress.h"
#include "recipe.h"
#include "statement_print.h"
#include "train/plan_json.h"
#include "train/tune.h"
#include "verbs.h"

typedef struct {
    int dry_run;
} train_options;

static const dpdm_option train_rows[] = {
    {.name = "dry-run",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(train_options, dry_run),
     .group = "Recipe",
     .help = "print the plan - memory, time and the privacy statement; reads no data and writes nothing",
     .flags = DPDM_OPTION_NO_FILE},
};

static const dpdm_option_table train_table = {train_rows, sizeof train_rows / sizeof *train_rows};

static dpdm_status train_run(cli_call *call, dpdm_error *err);

const cli_verb cli_verb_train = {
    .name = "train",
    .group = "Train and sample",
    .summary = "Train a diffusion model on private images",
    .description =
        "Trains with differential privacy (DPDM, Dockhorn et al. 2023) and leaves a run folder whose release/ may be "
        "shared: the model and its privacy statement. The image size, the number of classes and, if you give it, the "
        "number of images count as public; 'dpdm data info' proposes them.\n\n"
        "Options come from a preset, then a config file, then the command line; the later wins. With --dry-run nothing "
        "is read or written: you see what the run would spend and cost.\n\n"
        "A run can be stopped at any time with Ctrl-C, or killed, and goes on with --resume as if it had never "
        "stopped. "
        "The key of its randomness lies in RUN/state until the run ends, and is destroyed then.\n\n"
        "Where people own several images and the data say so, --owner-cap M protects people instead of images: of each "
        "person the first M images count, and epsilon is for all of them together.\n\n"
        "With --ledger the run reserves its whole cost from the budget of the data before it reads them, and is "
        "refused "
        "if that is not left; a resumed run has paid already.\n\n"
        "'mpirun -n R dpdm train ... --ranks mpi' trains with R processes, on one machine or many, to the same bits; "
        "each needs "
        "the data, and the network between them is trusted.",
    .examples = "dpdm train --preset fmnist-cpu --out run\n"
                "dpdm train --preset dpdm-mnist-eps10 --dry-run\n"
                "dpdm train --config recipe.yaml --epsilon 3 --out run\n"
                "dpdm train --config recipe.yaml --epsilon 3 --out run --resume\n"
                "dpdm train --config recipe.yaml --epsilon 3 --out run --ledger budget.ledger --data-set scans",
    .options = {{.table = &dpdm_train_option_table, .size = sizeof(dpdm_train_config), .defaults = cli_recipe_defaults},
                {.table = &cli_recipe_table, .size = sizeof(cli_recipe)},
                {.table = &train_table, .size = sizeof(train_options)}},
    .run = train_run,
};

/* ---- the plan ---- */

static void plan_print(FILE *out, const dpdm_train_config *config, const dpdm_train_plan *plan, double draw)
{
    char duration[64], unit[DPDM_UNIT_TEXT], note[DPDM_MEMORY_NOTE];
    cli_duration_format(dpdm_train_plan_seconds(config, plan, draw), duration, sizeof duration);
    fprintf(out, "network     %llu parameters, %.3g GFLOP a draw\n", (unsigned long long)plan->parameters,
            plan->flops_per_draw * 1e-9);
    if (plan->trained < plan->parameters)
        fprintf(out, "trained     %llu of them (tune %s): the coordinates that get noise\n",
                (unsigned long long)plan->trained, dpdm_tune_choices[config->tune]);
    fprintf(out, "sampling    rate %.6g, expected batch %g, %d draws an image\n", plan->sampling_rate, plan->batch,
            config->multiplicity);
    fprintf(out, "length      %llu steps (%.4g epochs)\n", (unsigned long long)plan->steps,
            (double)plan->steps * plan->sampling_rate);
    fprintf(out, "noise       multiplier %.6g, clip %g\n", plan->noise_multiplier, config->clip);
    for (size_t i = 0; i + 1 < plan->event_count; i++)
        fprintf(out, "before      %s, noise multiplier %g, clip %.6g\n", plan->event_names[i],
                plan->events[i].noise_multiplier, plan->event_clips[i]);
    fprintf(out, "privacy     epsilon <= %.4f at delta %g (%s accountant)%s\n",
            ceil(plan->bound.epsilon_upper * 1e4) / 1e4, config->delta, dpdm_accountant_name(config->accountant),
            config->has_seed ? "; --seed: NO privacy claim" : "");
    fprintf(out, "unit        %s\n", dpdm_owner_unit(&config->owner, unit));
    fprintf(out, "machine     %d threads, kernel set %s, %d draws at once\n", plan->threads, plan->kernels,
            plan->chunk);
    fprintf(out, "memory      %.0f MB\n", (double)plan->memory_bytes * 1e-6);
    if (dpdm_train_plan_memory_note(plan, note, sizeof note))
        fprintf(out, "            %s\n", note);
    fprintf(out, "time        about %s (%.3g ms a draw), timed on random images\n", duration,
            1e3 * draw / plan->threads);
    if (dpdm_train_plan_seconds(config, plan, draw) > 3600)
        fprintf(out,
                "            'dpdm presets' lists quicker recipes; small-set takes minutes for some thousand images\n");
}

/* A plan that the ledger refuses is shown all the same. */
static dpdm_status plan_show(cli_call *call, dpdm_error *err)
{
    const dpdm_train_config *config = call->options[0];
    dpdm_train_plan plan;
    dpdm_ledger_receipt receipt;
    dpdm_error refusal = {.status = DPDM_OK};
    double draw = 0;
    char note[DPDM_MEMORY_NOTE];
    char *statement = NULL;
    dpdm_status status = dpdm_train_plan_make(config, &plan, err);
    if (!status && !dpdm_train_plan_fits(&plan) && dpdm_train_plan_memory_note(&plan, note, sizeof note))
        cli_note(call, "%s", note); /* before the draws that are timed, which may be the end */
    if (!status)
        status = dpdm_train_time_draw(config, &plan, &draw, err);
    if (!status)
        status = dpdm_train_statement(config, &plan, &statement, err);
    if (status)
        return status;
    if (config->ledger[0])
        dpdm_train_budget(config, &plan, &receipt, &refusal);
    cJSON *json = call->json ? dpdm_train_plan_to_json(config, &plan, draw) : NULL;
    if (!call->json)
        plan_print(stdout, config, &plan, draw);
    if (config->ledger[0])
        ledger_budget_show(config->ledger, &receipt, &refusal, json);
    if (!call->json)
        putchar('\n');
    status = statement_show(statement, json, err);
    if (call->json) {
        dpdm_status printed = cli_print_json(call, json, err);
        status = status ? status : printed;
    }
    return refusal.status ? dpdm_error_set(err, refusal.status, "%s", refusal.message) : status;
}

/* ---- the run ---- */

typedef struct {
    const cli_call *call;
    cli_progress bar;
    dpdm_train_plan plan;
} train_watch;

static int train_progress(void *context, const dpdm_train_progress *progress)
{
    train_watch *watch = context;
    char extra[120];
    if (progress->note[0])
        cli_note(watch->call, "%s", progress->note);
    snprintf(extra, sizeof extra, "step %llu/%llu  epsilon <= %.4f", (unsigned long long)progress->step,
             (unsigned long long)progress->steps, ceil(progress->epsilon_spent * 1e4) / 1e4);
    /* Images as expected from the public batch size: the true number is private. */
    cli_progress_update(&watch->bar, (uint64_t)((double)progress->step * watch->plan.batch + 0.5),
                        (uint64_t)((double)progress->steps * watch->plan.batch + 0.5), extra);
    return cli_interrupt_pending() != 0;
}

static cJSON *run_json(const dpdm_train_config *config, const dpdm_train_plan *plan)
{
    char model[DPDM_PATH + 40];
    snprintf(model, sizeof model, "%s/release/model.safetensors", config->out);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "out", config->out);
    cJSON_AddStringToObject(json, "model", model);
    snprintf(model, sizeof model, "%s/metrics.jsonl", config->out);
    cJSON_AddStringToObject(json, "metrics", model);
    cJSON_AddNumberToObject(json, "parameters", (double)plan->parameters);
    cJSON_AddNumberToObject(json, "steps", (double)plan->steps);
    cJSON_AddItemToObject(json, "noise_multiplier", dpdm_json_double(plan->noise_multiplier));
    cJSON_AddItemToObject(json, "epsilon_upper", dpdm_json_double(plan->bound.epsilon_upper));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(config->delta));
    cJSON_AddBoolToObject(json, "private", !config->has_seed);
    return json;
}

static dpdm_status train_run(cli_call *call, dpdm_error *err)
{
    dpdm_train_config *config = call->options[0];
    const train_options *options = call->options[2];
    dpdm_status status = cli_recipe_read(call, call->options[1], config, err);
    if (status)
        return status;
    ledger_default(config->ledger, sizeof config->ledger, config->has_seed);
    if (options->dry_run)
        return plan_show(call, err);
    train_watch watch = {.call = call};
    status = dpdm_train_plan_make(config, &watch.plan, err);
    if (status)
        return status;
    cli_interrupt_catch();
    const int leads = dpdm_train_leads(config);
    if (!leads)
        call->quiet = 1; /* the first of several processes speaks for all */
    if (config->has_seed)
        cli_note(call, "--seed is for tests: this run carries no privacy claim");
    statement_warn(config->delta, config->records, watch.plan.batch, watch.plan.sampling_rate);
    char unit[DPDM_UNIT_TEXT];
    cli_note(call,
             "%llu parameters, %llu steps, noise multiplier %.4g, epsilon <= %.4f at delta %g for %s, kernel set %s",
             (unsigned long long)watch.plan.parameters, (unsigned long long)watch.plan.steps,
             watch.plan.noise_multiplier, ceil(watch.plan.bound.epsilon_upper * 1e4) / 1e4, config->delta,
             dpdm_owner_unit(&config->owner, unit), watch.plan.kernels);
    char note[DPDM_MEMORY_NOTE];
    if (dpdm_train_plan_memory_note(&watch.plan, note, sizeof note))
        cli_note(call, "%s", note);
    if (config->private_metrics)
        cli_note(call, "private metrics go to %s/private: outside the guarantee, not for release", config->out);
    cli_progress_begin_private(&watch.bar, call, "train", "img");
    status = dpdm_train_run(config, train_progress, &watch, err);
    cli_progress_end(&watch.bar);
    if (status || !leads)
        return status;
    if (call->json)
        return cli_print_json(call, run_json(config, &watch.plan), err);
    cli_say("%s/release/model.safetensors\n", config->out);
    return DPDM_OK;
}
