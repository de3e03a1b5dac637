/* verb_audit_mechanism.c - dpdm audit mechanism: an attack on many short runs of the real step. */
#include <float.h>
#include <stdio.h>
#include "audit_output.h"
#include "base/json.h"
#include "dpdm/audit.h"
#include "interrupt.h"
#include "verbs.h"

typedef struct {
    dpdm_audit_mechanism_options audit;
    double epsilon;
    int has_epsilon, has_noise;
} mechanism_options;

#define ROW(field) .offset = offsetof(mechanism_options, field)

static const char mechanism_group[] = "Mechanism", audit_group[] = "Audit";

static const dpdm_option rows[] = {
    {.name = "epsilon",
     .type = DPDM_OPTION_DOUBLE,
     ROW(epsilon),
     .max = DBL_MAX,
     .metavar = "E",
     .group = mechanism_group,
     .help = "calibrate the noise to this epsilon (or give --noise-multiplier)",
     .given_offset = offsetof(mechanism_options, has_epsilon)},
    {.name = "noise-multiplier",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.noise_multiplier),
     .min = DBL_TRUE_MIN,
     .max = DBL_MAX,
     .metavar = "S",
     .group = mechanism_group,
     .help = "standard deviation of the noise / clipping norm",
     .given_offset = offsetof(mechanism_options, has_noise)},
    {.name = "sampling-rate",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.sampling_rate),
     .max = 1,
     .metavar = "Q",
     .group = mechanism_group,
     .help = "probability with which each record is in a step"},
    {.name = "steps",
     .type = DPDM_OPTION_U64,
     ROW(audit.steps),
     .min = 1,
     .max = 0x1p40,
     .metavar = "T",
     .group = mechanism_group,
     .help = "steps of one run; the attacker sees what each releases"},
    {.name = "delta",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.delta),
     .max = 1,
     .metavar = "D",
     .group = mechanism_group,
     .help = "delta of claim and bound; a larger one needs fewer runs"},
    {.name = "claim",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.claim),
     .max = DBL_MAX,
     .metavar = "E",
     .group = mechanism_group,
     .help = "hold the bound against this epsilon (0: what the accountant says)"},
    {.name = "runs",
     .type = DPDM_OPTION_U64,
     ROW(audit.runs),
     .min = 4,
     .max = 0x1p40,
     .metavar = "N",
     .group = audit_group,
     .help = "runs of the mechanism; each gives 128 trials"},
    {.name = "confidence",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.confidence),
     .max = 1,
     .metavar = "P",
     .group = audit_group,
     .help = "of the lower bound"},
    {.name = "threads",
     .type = DPDM_OPTION_INT,
     ROW(audit.threads),
     .max = 4096,
     .metavar = "N",
     .group = audit_group,
     .help = "threads (0: all processors)"},
    {.name = "null",
     .type = DPDM_OPTION_FLAG,
     ROW(audit.null),
     .group = audit_group,
     .help = "never put a canary in: the bound must then be about 0, or the audit itself is wrong"},
    {.name = "seed",
     .type = DPDM_OPTION_U64,
     ROW(audit.seed),
     .metavar = "N",
     .group = audit_group,
     .help = "keys from a number, for the same counts each time (default: from the operating system)",
     .given_offset = offsetof(mechanism_options, audit.has_seed)},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *object)
{
    mechanism_options *options = object;
    options->audit = dpdm_audit_mechanism_default();
}

static dpdm_status noise_settle(mechanism_options *options, dpdm_error *err)
{
    dpdm_audit_mechanism_options *audit = &options->audit;
    dpdm_bound bound;
    if (options->has_epsilon + options->has_noise != 1)
        return dpdm_error_set(err, DPDM_EUSAGE, "give one of --epsilon and --noise-multiplier");
    if (options->has_noise)
        return DPDM_OK;
    return dpdm_calibrate_noise(options->epsilon, audit->delta, audit->sampling_rate, audit->steps, NULL, 0,
                                DPDM_ACCOUNTANT_PLD, &audit->noise_multiplier, &bound, err);
}

static void rates_json(cJSON *json, const char *name, uint64_t said, uint64_t trials, double bound, const char *side)
{
    cJSON *object = cJSON_AddObjectToObject(json, name);
    cJSON_AddItemToObject(object, "count", dpdm_json_u64(said));
    cJSON_AddItemToObject(object, "trials", dpdm_json_u64(trials));
    cJSON_AddItemToObject(object, "rate", dpdm_json_double(audit_share(said, trials)));
    cJSON_AddItemToObject(object, side, dpdm_json_double(bound));
}

static dpdm_status json_print(cli_call *call, const dpdm_audit_mechanism_options *o,
                              const dpdm_audit_mechanism_result *r, dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "audit", "mechanism");
    audit_bound_json(json, r->epsilon_lower, r->epsilon_claimed, o->delta, o->confidence);
    cJSON_AddItemToObject(json, "noise_multiplier", dpdm_json_double(o->noise_multiplier));
    cJSON_AddItemToObject(json, "sampling_rate", dpdm_json_double(o->sampling_rate));
    cJSON_AddItemToObject(json, "steps", dpdm_json_u64(o->steps));
    cJSON_AddBoolToObject(json, "null", o->null);
    cJSON_AddStringToObject(json, "says", r->says_in ? "in" : "out");
    cJSON_AddItemToObject(json, "threshold", dpdm_json_double(r->threshold));
    rates_json(json, "true_positives", r->hits, r->hit_trials, r->hit_lower, "lower");
    rates_json(json, "false_positives", r->false_alarms, r->false_alarm_trials, r->false_alarm_upper, "upper");
    cJSON_AddItemToObject(json, "runs", dpdm_json_u64(r->runs));
    cJSON_AddItemToObject(json, "trials", dpdm_json_u64(r->trials));
    return cli_print_json(call, json, err);
}

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
           (unsigned long long)r->hit_trials, word, audit_share(r->hits, r->hit_trials), r->hit_lower);
    printf("wrong     %llu of %llu canaries that were %s: rate %.4g, at most %.4g\n",
           (unsigned long long)r->false_alarms, (unsigned long long)r->false_alarm_trials, other,
           audit_share(r->false_alarms, r->false_alarm_trials), r->false_alarm_upper);
    audit_bound_print(r->epsilon_lower, r->epsilon_claimed, o->delta, o->confidence);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    mechanism_options *options = call->options[0];
    const dpdm_audit_mechanism_options *audit = &options->audit;
    dpdm_audit_mechanism_result result;
    cli_progress bar;
    dpdm_status status = noise_settle(options, err);
    if (status)
        return status;
    cli_interrupt_catch();
    cli_progress_begin(&bar, call, "audit", "run");
    status = dpdm_audit_mechanism_run(audit, audit_progress, &bar, &result, err);
    cli_progress_end(&bar);
    if (!status && call->json)
        status = json_print(call, audit, &result, err);
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
    .options = {{&table, sizeof(mechanism_options), defaults}},
    .run = run,
};
