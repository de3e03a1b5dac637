/* verb_audit_training.c - dpdm audit training: one training with canaries among its records. */
#include <stdio.h>
#include "audit/audit_jobs.h"
#include "audit_output.h"
#include "interrupt.h"
#include "recipe.h"
#include "verbs.h"
#include "watch.h"

static void text_print(const dpdm_train_config *config, const dpdm_audit_training_job *o,
                       const dpdm_audit_training_result *r)
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
    const dpdm_audit_training_job *job = call->options[2];
    dpdm_audit_training_result result;
    cli_watch watch = {.call = call};
    dpdm_watch told = cli_watch_begin(&watch);
    dpdm_status status = cli_recipe_read(call, call->options[1], config, err);
    if (status)
        return status;
    cli_interrupt_catch();
    cli_note(call, "%s", dpdm_audit_touches_data);
    status = dpdm_audit_training_job_run(config, job, &told, &result, err);
    cli_watch_end(&watch);
    if (!status && call->json)
        status = cli_print_json(call, dpdm_audit_training_to_json(config, job, &result), err);
    else if (!status)
        text_print(config, job, &result);
    return status ? status
                  : audit_verdict(result.epsilon_lower, result.epsilon_claimed, config->delta, job->confidence, err);
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
                {.table = &dpdm_audit_training_table,
                 .size = sizeof(dpdm_audit_training_job),
                 .defaults = dpdm_audit_training_defaults}},
    .run = run,
};
