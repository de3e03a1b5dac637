/* mechanism_job.c - the audit of the mechanism: its options, and its result as JSON. */
#include <float.h>
#include "audit/audit_jobs.h"
#include "base/json.h"

#define ROW(field) .offset = offsetof(dpdm_audit_mechanism_job, field)

static const char mechanism_group[] = "Mechanism", audit_group[] = "Audit";

static const dpdm_option rows[] = {
    {.name = "epsilon",
     .type = DPDM_OPTION_DOUBLE,
     ROW(epsilon),
     .max = DBL_MAX,
     .metavar = "E",
     .group = mechanism_group,
     .help = "calibrate the noise to this epsilon (or give --noise-multiplier)",
     .given_offset = offsetof(dpdm_audit_mechanism_job, has_epsilon)},
    {.name = "noise-multiplier",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.noise_multiplier),
     .min = DBL_TRUE_MIN,
     .max = DBL_MAX,
     .metavar = "S",
     .group = mechanism_group,
     .help = "standard deviation of the noise / clipping norm",
     .given_offset = offsetof(dpdm_audit_mechanism_job, has_noise)},
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
     .given_offset = offsetof(dpdm_audit_mechanism_job, audit.has_seed)},
};

const dpdm_option_table dpdm_audit_mechanism_table = {rows, sizeof rows / sizeof *rows};

void dpdm_audit_mechanism_defaults(void *object)
{
    dpdm_audit_mechanism_job *options = object;
    options->audit = dpdm_audit_mechanism_default();
}

static dpdm_status noise_settle(dpdm_audit_mechanism_job *options, dpdm_error *err)
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

static int mechanism_progress(void *context, uint64_t done, uint64_t total)
{
    return dpdm_watch_progress(context, "audit", "run", done, total, NULL);
}

dpdm_status dpdm_audit_mechanism_job_run(dpdm_audit_mechanism_job *job, const dpdm_watch *watch,
                                         dpdm_audit_mechanism_result *result, dpdm_error *err)
{
    dpdm_watch told = *watch;
    dpdm_status status = noise_settle(job, err);
    return status ? status : dpdm_audit_mechanism_run(&job->audit, mechanism_progress, &told, result, err);
}

static void rates_json(cJSON *json, const char *name, uint64_t said, uint64_t trials, double bound, const char *side)
{
    cJSON *object = cJSON_AddObjectToObject(json, name);
    cJSON_AddItemToObject(object, "count", dpdm_json_u64(said));
    cJSON_AddItemToObject(object, "trials", dpdm_json_u64(trials));
    cJSON_AddItemToObject(object, "rate", dpdm_json_double(dpdm_audit_share(said, trials)));
    cJSON_AddItemToObject(object, side, dpdm_json_double(bound));
}

cJSON *dpdm_audit_mechanism_to_json(const dpdm_audit_mechanism_options *o, const dpdm_audit_mechanism_result *r)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "audit", "mechanism");
    dpdm_audit_bound_json(json, r->epsilon_lower, r->epsilon_claimed, o->delta, o->confidence);
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
    return json;
}
