/* training_job.c - the audit of one training: its options, and its result as JSON. */
#include "audit/audit_jobs.h"
#include "base/json.h"

#define ROW(field) .offset = offsetof(dpdm_audit_training_job, field)

static const char audit_group[] = "Audit";

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

const dpdm_option_table dpdm_audit_training_table = {rows, sizeof rows / sizeof *rows};

void dpdm_audit_training_defaults(void *object)
{
    dpdm_audit_training_options own = dpdm_audit_training_default();
    *(dpdm_audit_training_job *)object =
        (dpdm_audit_training_job){.canaries = own.canaries, .confidence = own.confidence};
}

static int training_progress(void *context, uint64_t done, uint64_t total)
{
    return dpdm_watch_progress(context, "audit", "step", done, total, NULL);
}

dpdm_status dpdm_audit_training_job_run(const dpdm_train_config *config, const dpdm_audit_training_job *job,
                                        const dpdm_watch *watch, dpdm_audit_training_result *result, dpdm_error *err)
{
    dpdm_watch told = *watch;
    const dpdm_audit_training_options options = {job->canaries, job->confidence, job->null};
    return dpdm_audit_training_run(config, &options, training_progress, &told, result, err);
}

cJSON *dpdm_audit_training_to_json(const dpdm_train_config *config, const dpdm_audit_training_job *o,
                                   const dpdm_audit_training_result *r)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "audit", "training");
    dpdm_audit_bound_json(json, r->epsilon_lower, r->epsilon_claimed, config->delta, o->confidence);
    cJSON_AddItemToObject(json, "epsilon_expected", dpdm_json_double(r->epsilon_expected));
    cJSON_AddBoolToObject(json, "null", o->null);
    cJSON_AddItemToObject(json, "canaries", dpdm_json_u64(r->canaries));
    cJSON_AddItemToObject(json, "inserted", dpdm_json_u64(r->inserted));
    cJSON_AddItemToObject(json, "guesses", dpdm_json_u64(r->guesses));
    cJSON_AddItemToObject(json, "right", dpdm_json_u64(r->right));
    cJSON_AddItemToObject(json, "p_value", dpdm_json_double(r->p_value));
    cJSON_AddStringToObject(json, "note", dpdm_audit_touches_data);
    return json;
}
