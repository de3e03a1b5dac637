/* verb_audit_mechanism.c - dpdm audit mechanism: an attack on many short runs of the real step. */
#include <stdio.h>
#include "audit/audit_jobs.h"
#include "audit_output.h"
#include "interrupt.h"
#include "verbs.h"
#include "watch.h"

static void text_print(const dpdm_audit_mechanism_options *o, const dpdm_audit_mechanism_result *r)
{
    const char *word = r->says_in ? "in" : "out", *other = r->says_in ? "out" : "in";
    printf("mechanism rate %.6g, noise multiplier %.6g, %llu step%s%s\n", o->sampling_rate, o->noise_multiplier,
           (unsigned long long)o->steps, o->steps == 1 ? "" : "s", o->null ? "; canaries never put in" : "");
    printf("trials    %llu, in %llu runs; a quarter chose the threshold\n", (unsigned long long)r->trials,
           (unsigned long long)r->runs);
    printf("attack    says \"%s\" where the log-likelihood ratio is %s %.3f\n", word, r->says_in ? "at least" : "below",
           r->threshold);
    printf("right     %llu of %llu canaries that were %s: rate %.4g, at least %.4g\n", (unsigned long long)r->hits,
           (unsigned long long)r->hit_trials, word, dpdm_audit_share(r->hits, r->hit_trials), r->hit_lower);
    printf("wrong     %llu of %llu canaries that were %s: rate %.4g, at most %.4g\n",
           (unsigned long long)r->false_alarms, (unsigned long long)r->false_alarm_trials, other,
           dpdm_audit_share(r->false_alarms, r->false_alarm_trials), r->false_alarm_upper);
    audit_bound_print(r->epsilon_lower, r->epsilon_claimed, o->delta, o->confidence);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    dpdm_audit_mechanism_job *job = call->options[0];
    const dpdm_audit_mechanism_options *audit = &job->audit;
    dpdm_audit_mechanism_result result;
    cli_watch watch = {.call = call};
    dpdm_watch told = cli_watch_begin(&watch);
    cli_interrupt_catch();
    dpdm_status status = dpdm_audit_mechanism_job_run(job, &told, &result, err);
    cli_watch_end(&watch);
    if (!status && call->json)
        status = cli_print_json(call, dpdm_audit_mechanism_to_json(audit, &result), err);
    else if (!status)
        text_print(audit, &result);
    return status ? status
                  : audit_verdict(result.epsilon_lower, result.epsilon_claimed, audit->delta, audit->confidence, err);
}

const cli_verb cli_verb_audit_mechanism = {
    .name = "audit mechanism",
    .group = "Privacy",
    .summary = "Attack the private step and bound epsilon from below",
    .description =
        "Runs the real training step (Poisson sampling, clip, exact sum, exact noise) many times on made-up data in "
        "which each canary, a gradient far longer than the clipping norm, is by a fair coin or is not, and lets the "
        "best "
        "attacker guess which. The counts of right and wrong guesses give a lower bound on epsilon at the stated "
        "confidence, whatever the mechanism really is; it is printed beside what the accountant claims. Reads no data "
        "of yours.\n\n"
        "A bound above the claim refutes it (exit code 1). A bound near below it says that the accounting is tight and "
        "that noise, clip and sampling of this build are not weaker than claimed. With --null no canary is ever put "
        "in: the bound must then be about 0.\n\n"
        "What the bound rests on, and figures: docs/privacy/audit.md.",
    .examples = "dpdm audit mechanism --epsilon 4\n"
                "dpdm audit mechanism --epsilon 2 --sampling-rate 0.5 --steps 4 --runs 1000000\n"
                "dpdm audit mechanism --noise-multiplier 1.1 --delta 0.01 --runs 20000 --json",
    .options = {{&dpdm_audit_mechanism_table, sizeof(dpdm_audit_mechanism_job), dpdm_audit_mechanism_defaults}},
    .run = run,
};
