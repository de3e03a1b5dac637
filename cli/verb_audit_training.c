/* verb_audit_training.c - dpdm audit training: one training with canaries among its records. */
#include <stdio.h>
#include "audit_output.h"
#include "base/json.h"
#include "dpdm/audit.h"
#include "interrupt.h"
#include "recipe.h"
#include "verbs.h"

typedef struct {
    uint64_t canaries;
    double confidence;
    int null;
} training_options;

static const char audit_group[] = "Audit";

#define ROW(field) .offset = offsetof(training_options, field)

static const dpdm_option rows[] = {
    {.name = "canaries",
     .type = DPDM_OPTION_U64,
     ROW(canaries),
     .min = 10,
     .max = 1e9,
     .metavar = "N",
     .group = audit_group,
     .help = "gradients that a fair coin each puts among the records; more show more, up to the number of weights",
     .flags = DPDM_OPTION_NO_FILE},
    {.name = "confidence",
     .type = DPDM_OPTION_DOUBLE,
     ROW(confidence),
     .max = 1,
     .metavar = "P",
     .group = audit_group,
     .help = "of the lower bound",
     .flags = DPDM_OPTION_NO_FILE},
    {.name = "null",
     .type = DPDM_OPTION_FLAG,
     ROW(null),
     .group = audit_group,
     .help = "toss the coins and put no canary in: the bound must then be about 0, or the audit itself is wrong",
     .flags = DPDM_OPTION_NO_FILE},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *object)
{
    dpdm_audit_training_options own = dpdm_audit_training_default();
    *(training_options *)object = (training_options){.canaries = own.canaries, .confidence = own.confidence};
}

static dpdm_status json_print(cli_call *call, const dpdm_train_config *config, const training_options *o,
                              const dpdm_audit_training_result *r, dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "audit", "training");
    audit_bound_json(json, r->epsilon_lower, r->epsilon_claimed, config->delta, o->confidence);
    cJSON_AddItemToObject(json, "epsilon_expected", dpdm_json_double(r->epsilon_expected));
    cJSON_AddBoolToObject(json, "null", o->null);
    cJSON_AddItemToObject(json, "canaries", dpdm_json_u64(r->canaries));
    cJSON_AddItemToObject(json, "inserted", dpdm_json_u64(r->inserted));
    cJSON_AddItemToObject(json, "guesses", dpdm_json_u64(r->guesses));
    cJSON_AddItemToObject(json, "right", dpdm_json_u64(r->right));
    cJSON_AddItemToObject(json, "p_value", dpdm_json_double(r->p_value));
    cJSON_AddStringToObject(json, "note", AUDIT_TOUCHES_DATA);
    return cli_print_json(call, json, err);
}

static void text_print(const dpdm_train_config *config, const training_options *o, const dpdm_audit_training_result *r)
{
    printf("canaries  %llu, of which %llu were in%s\n", (unsigned long long)r->canaries,
           (unsigned long long)r->inserted, o->null ? "; --null: none is ever put in" : "");
    printf("guesses   %llu, as settled beforehand; %llu right, which a sound training has with probability at most "
           "%.3g\n",
           (unsigned long long)r->guesses, (unsigned long long)r->right, r->p_value);
    audit_bound_print(r->epsilon_lower, r->epsilon_claimed, config->delta, o->confidence);
    printf("reach     about %.3g is what this audit shows of a sound training; more canaries or steps show more\n",
           r->epsilon_expected);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    dpdm_train_config *config = call->options[0];
    const training_options *o = call->options[2];
    dpdm_audit_training_result result;
    cli_progress bar;
    dpdm_status status = cli_recipe_read(call, call->options[1], config, err);
    if (status)
        return status;
    cli_interrupt_catch();
    cli_note(call, "%s", AUDIT_TOUCHES_DATA);
    cli_progress_begin(&bar, call, "audit", "step");
    dpdm_audit_training_options options = {o->canaries, o->confidence, o->null};
    status = dpdm_audit_training_run(config, &options, audit_progress, &bar, &result, err);
    cli_progress_end(&bar);
    if (!status && call->json)
        status = json_print(call, config, o, &result, err);
    else if (!status)
        text_print(config, o, &result);
    return status ? status
                  : audit_verdict(result.epsilon_lower, result.epsilon_claimed, config->delta, o->confidence, err);
}

const cli_verb cli_verb_audit_training = {
    .name = "audit training",
    .group = "Privacy",
    .summary = "Attack one training and bound epsilon from below",
    .description =
        "Trains as 'dpdm train' does, with canaries among the records: gradients far longer than the clipping norm, "
        "each put in or left out by a fair coin. An attacker who knows all other records, their draws and their "
        "batches then guesses from the released vectors who is in; how many guesses are right bounds epsilon from "
        "below, at the stated confidence (Steinke, Nasr, Jagielski 2023). The number of guesses is settled beforehand "
        "from public numbers.\n\n"
        "This tests the implementation: a bound above the claim refutes it (exit code 1); one below it is no evidence "
        "of privacy, since one run cannot show much. With --null no canary is put in: the bound must be about 0.\n\n"
        "The canaries spoil the model, so nothing is kept: no folder, no model, no entry in a ledger; --out, --ledger, "
        "--resume, --overwrite, checkpoints and previews are not used. It reads --data, and its result is covered by "
        "no guarantee: public images of the same shape audit the same code. See docs/privacy/audit.md.",
    .examples = "dpdm audit training --preset fmnist-cpu --steps 100\n"
                "dpdm audit training --config recipe.yaml --canaries 5000 --json",
    .options = {{.table = &dpdm_train_option_table, .size = sizeof(dpdm_train_config), .defaults = cli_recipe_defaults},
                {.table = &cli_recipe_table, .size = sizeof(cli_recipe)},
                {.table = &table, .size = sizeof(training_options), .defaults = defaults}},
    .run = run,
};
