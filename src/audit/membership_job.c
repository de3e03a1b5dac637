/* membership_job.c - the attack on samples: its options, its three sets, and its result as JSON. */
#include <float.h>
#include "audit/audit_jobs.h"
#include "base/json.h"

#define ROW(field) .offset = offsetof(dpdm_audit_membership_job, field)

static const char data_group[] = "Data", audit_group[] = "Audit";

static const dpdm_option rows[] = {
    {.name = "synthetic",
     .type = DPDM_OPTION_STRING,
     ROW(synthetic),
     .size = 1024,
     .metavar = "SPEC",
     .group = data_group,
     .help = "images sampled from the model"},
    {.name = "members",
     .type = DPDM_OPTION_STRING,
     ROW(members),
     .size = 1024,
     .metavar = "SPEC",
     .group = data_group,
     .help = "real images that the model was trained on (of a known set: the train split)"},
    {.name = "non-members",
     .type = DPDM_OPTION_STRING,
     ROW(non_members),
     .size = 1024,
     .metavar = "SPEC",
     .group = data_group,
     .help = "real images of the same kind that it was not trained on (of a known set: the test split)"},
    {.name = "data-dir",
     .type = DPDM_OPTION_STRING,
     ROW(data_dir),
     .size = 1024,
     .metavar = "DIR",
     .group = data_group,
     .help = "folder that holds known data sets, looked in first"},
    {.name = "delta",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.delta),
     .max = 1,
     .metavar = "D",
     .group = audit_group,
     .help = "delta of the bound"},
    {.name = "claim",
     .type = DPDM_OPTION_DOUBLE,
     ROW(claim),
     .max = DBL_MAX,
     .metavar = "E",
     .group = audit_group,
     .help = "hold the bound against this epsilon (0: against none)"},
    {.name = "confidence",
     .type = DPDM_OPTION_DOUBLE,
     ROW(audit.confidence),
     .max = 1,
     .metavar = "P",
     .group = audit_group,
     .help = "of bound and intervals"},
    {.name = "threads",
     .type = DPDM_OPTION_INT,
     ROW(audit.threads),
     .max = 4096,
     .metavar = "N",
     .group = audit_group,
     .help = "threads (0: all processors)"},
    {.name = "seed",
     .type = DPDM_OPTION_U64,
     ROW(audit.seed),
     .metavar = "N",
     .group = audit_group,
     .help = "divides the candidates into the half that chooses the attack and the half that is measured"},
    DPDM_READING_ROWS(offsetof(dpdm_audit_membership_job, reading)),
};

const dpdm_option_table dpdm_audit_membership_table = {rows, sizeof rows / sizeof *rows};

const char dpdm_audit_weak_note[] =
    "a weak attack that finds nothing proves nothing: these figures are no evidence of privacy, and never stand in "
    "for the privacy statement";

const char *dpdm_audit_coins_note(const dpdm_audit_membership_result *result)
{
    return result->fair ? "the bound holds if a fair coin of its own put each candidate among members or non-members "
                          "before the training"
                        : "no bound on epsilon: so different numbers of members and non-members do not come from fair "
                          "coins";
}

void dpdm_audit_membership_defaults(void *object)
{
    ((dpdm_audit_membership_job *)object)->audit = dpdm_audit_membership_default();
}

typedef struct {
    dpdm_dataset synthetic, members, non_members;
} membership_data;

static dpdm_status data_open(const dpdm_audit_membership_job *o, const dpdm_watch *watch, membership_data *data,
                             dpdm_error *err)
{
    const char *dir = o->data_dir[0] ? o->data_dir : NULL;
    const char *missing = !o->synthetic[0]    ? "synthetic"
                          : !o->members[0]    ? "members"
                          : o->non_members[0] ? NULL
                                              : "non-members";
    if (missing)
        return dpdm_error_set(err, DPDM_EUSAGE, "--%s is missing: name a folder, a file or a known data set", missing);
    dpdm_facts any = {.owners = DPDM_OWNERS_NOT_NEEDED};
    dpdm_status status = dpdm_dataset_open(o->synthetic, dir, DPDM_SPLIT_TRAIN, &any, &data->synthetic, err);
    if (!status)
        status = dpdm_reading_open(&o->reading, o->members, dir, DPDM_SPLIT_TRAIN, &any, watch, &data->members, err);
    if (!status)
        status =
            dpdm_reading_open(&o->reading, o->non_members, dir, DPDM_SPLIT_TEST, &any, watch, &data->non_members, err);
    if (!status)
        status = dpdm_dataset_match(&data->synthetic, o->synthetic, &data->members, o->members, err);
    if (!status)
        status = dpdm_dataset_match(&data->synthetic, o->synthetic, &data->non_members, o->non_members, err);
    return status;
}

static int membership_progress(void *context, uint64_t done, uint64_t total)
{
    return dpdm_watch_progress(context, "audit", "img", done, total, NULL);
}

dpdm_status dpdm_audit_membership_job_run(const dpdm_audit_membership_job *job, const dpdm_audit_membership_sets *given,
                                          const dpdm_watch *watch, dpdm_audit_membership_result *result,
                                          dpdm_error *err)
{
    dpdm_watch told = *watch;
    membership_data data = {0};
    const dpdm_audit_membership_sets opened = {&data.synthetic, &data.members, &data.non_members};
    const dpdm_audit_membership_sets *sets = given ? given : &opened;
    dpdm_status status = given ? DPDM_OK : data_open(job, &told, &data, err);
    if (!status)
        status = dpdm_audit_membership_run(sets->synthetic, sets->members, sets->non_members, &job->audit,
                                           membership_progress, &told, result, err);
    dpdm_dataset_destroy(&data.non_members);
    dpdm_dataset_destroy(&data.members);
    dpdm_dataset_destroy(&data.synthetic);
    return status;
}

static void interval_json(cJSON *json, const char *name, double value, double lower, double upper)
{
    cJSON *object = cJSON_AddObjectToObject(json, name);
    cJSON_AddItemToObject(object, "value", dpdm_json_double(value));
    cJSON_AddItemToObject(object, "lower", dpdm_json_double(lower));
    cJSON_AddItemToObject(object, "upper", dpdm_json_double(upper));
}

static void point_json(cJSON *list, const dpdm_audit_operating_point *p)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(list, object);
    cJSON_AddItemToObject(object, "target_false_positive_rate", dpdm_json_double(p->target));
    interval_json(object, "true_positive_rate", dpdm_audit_share(p->hits, p->hit_trials), p->hit_lower, p->hit_upper);
    interval_json(object, "false_positive_rate", dpdm_audit_share(p->false_alarms, p->false_alarm_trials),
                  p->false_alarm_lower, p->false_alarm_upper);
}

cJSON *dpdm_audit_membership_to_json(const dpdm_audit_membership_job *o, const dpdm_audit_membership_result *r)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "audit", "membership");
    cJSON_AddStringToObject(json, "attack", r->score);
    cJSON_AddItemToObject(json, "members", dpdm_json_u64(r->members));
    cJSON_AddItemToObject(json, "non_members", dpdm_json_u64(r->non_members));
    interval_json(json, "auc", r->auc, r->auc_lower, r->auc_upper);
    cJSON *list = cJSON_AddArrayToObject(json, "operating_points");
    for (int i = 0; i < DPDM_AUDIT_POINTS; i++)
        point_json(list, &r->points[i]);
    if (r->fair)
        cJSON_AddItemToObject(json, "epsilon_lower", dpdm_json_double(r->epsilon_lower));
    else
        cJSON_AddNullToObject(json, "epsilon_lower");
    if (o->claim > 0) {
        cJSON_AddItemToObject(json, "epsilon_claimed", dpdm_json_double(o->claim));
        cJSON_AddBoolToObject(json, "exceeded", r->epsilon_lower > o->claim);
    }
    cJSON_AddItemToObject(json, "guesses", dpdm_json_u64(r->guesses));
    cJSON_AddItemToObject(json, "right", dpdm_json_u64(r->right));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(o->audit.delta));
    cJSON_AddItemToObject(json, "confidence", dpdm_json_double(o->audit.confidence));
    cJSON *notes = cJSON_AddArrayToObject(json, "notes");
    cJSON_AddItemToArray(notes, cJSON_CreateString(dpdm_audit_weak_note));
    cJSON_AddItemToArray(notes, cJSON_CreateString(dpdm_audit_coins_note(r)));
    cJSON_AddItemToArray(notes, cJSON_CreateString(dpdm_audit_touches_data));
    return json;
}
