/* verb_audit_membership.c - dpdm audit membership: who was trained on, by samples alone? */
#include <float.h>
#include <stdio.h>
#include "audit_output.h"
#include "base/json.h"
#include "data_options.h"
#include "dpdm/audit.h"
#include "interrupt.h"
#include "text.h"
#include "verbs.h"

typedef struct {
    char synthetic[1024], members[1024], non_members[1024], data_dir[1024];
    dpdm_audit_membership_options audit;
    double claim;
} membership_options;

static const char data_group[] = "Data", audit_group[] = "Audit";

#define ROW(field) .offset = offsetof(membership_options, field)

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
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static const char weak_note[] =
    "a weak attack that finds nothing proves nothing: these figures are no evidence of privacy, and never stand in "
    "for the privacy statement";
static const char coins_note[] =
    "the bound holds if a fair coin of its own put each candidate among members or non-members before the training";
static const char unfair_note[] =
    "no bound on epsilon: so different numbers of members and non-members do not come from fair coins";

static void defaults(void *object)
{
    ((membership_options *)object)->audit = dpdm_audit_membership_default();
}

/* ---- results ---- */

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
    interval_json(object, "true_positive_rate", audit_share(p->hits, p->hit_trials), p->hit_lower, p->hit_upper);
    interval_json(object, "false_positive_rate", audit_share(p->false_alarms, p->false_alarm_trials),
                  p->false_alarm_lower, p->false_alarm_upper);
}

static dpdm_status json_print(cli_call *call, const membership_options *o, const dpdm_audit_membership_result *r,
                              dpdm_error *err)
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
    cJSON_AddItemToObject(json, "guesses", dpdm_json_u64(r->guesses));
    cJSON_AddItemToObject(json, "right", dpdm_json_u64(r->right));
    cJSON_AddItemToObject(json, "delta", dpdm_json_double(o->audit.delta));
    cJSON_AddItemToObject(json, "confidence", dpdm_json_double(o->audit.confidence));
    cJSON *notes = cJSON_AddArrayToObject(json, "notes");
    cJSON_AddItemToArray(notes, cJSON_CreateString(weak_note));
    cJSON_AddItemToArray(notes, cJSON_CreateString(r->fair ? coins_note : unfair_note));
    cJSON_AddItemToArray(notes, cJSON_CreateString(AUDIT_TOUCHES_DATA));
    return cli_print_json(call, json, err);
}

static void point_print(const dpdm_audit_operating_point *p)
{
    printf("at %4g %%  %.3g %% of members are called so (%.3g to %.3g %%), and %.3g %% of non-members (%.3g to %.3g "
           "%%)\n",
           100 * p->target, 100 * audit_share(p->hits, p->hit_trials), 100 * p->hit_lower, 100 * p->hit_upper,
           100 * audit_share(p->false_alarms, p->false_alarm_trials), 100 * p->false_alarm_lower,
           100 * p->false_alarm_upper);
}

static void text_print(const membership_options *o, const dpdm_audit_membership_result *r)
{
    printf("measured  %llu members and %llu non-members; as many others chose the attack: %s\n",
           (unsigned long long)r->members, (unsigned long long)r->non_members, r->score);
    printf("AUC       %.4f (%.4f to %.4f); a blind guess has 0.5\n", r->auc, r->auc_lower, r->auc_upper);
    for (int i = 0; i < DPDM_AUDIT_POINTS; i++)
        point_print(&r->points[i]);
    if (r->fair)
        printf("bound     epsilon >= %.4g at delta %g, with %g %% confidence (%llu of %llu guesses right)\n",
               r->epsilon_lower, o->audit.delta, 100 * o->audit.confidence, (unsigned long long)r->right,
               (unsigned long long)r->guesses);
    fputs("note      ", stdout);
    cli_text_wrap(stdout, r->fair ? coins_note : unfair_note, 10, 10, 79);
    fputs("note      ", stdout);
    cli_text_wrap(stdout, weak_note, 10, 10, 79);
}

/* ---- the audit ---- */

typedef struct {
    dpdm_dataset synthetic, members, non_members;
} membership_data;

static dpdm_status data_open(const membership_options *o, membership_data *data, dpdm_error *err)
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
        status = dpdm_dataset_open(o->members, dir, DPDM_SPLIT_TRAIN, &any, &data->members, err);
    if (!status)
        status = dpdm_dataset_open(o->non_members, dir, DPDM_SPLIT_TEST, &any, &data->non_members, err);
    if (!status)
        status = dpdm_dataset_match(&data->synthetic, o->synthetic, &data->members, o->members, err);
    if (!status)
        status = dpdm_dataset_match(&data->synthetic, o->synthetic, &data->non_members, o->non_members, err);
    return status;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const membership_options *o = call->options[0];
    membership_data data = {0};
    dpdm_audit_membership_result result = {0};
    cli_progress bar;
    cli_interrupt_catch();
    dpdm_status status = data_open(o, &data, err);
    if (!status) {
        cli_note(call, "%s", AUDIT_TOUCHES_DATA);
        cli_progress_begin(&bar, call, "audit", "img");
        status = dpdm_audit_membership_run(&data.synthetic, &data.members, &data.non_members, &o->audit, audit_progress,
                                           &bar, &result, err);
        cli_progress_end(&bar);
    }
    dpdm_dataset_destroy(&data.non_members);
    dpdm_dataset_destroy(&data.members);
    dpdm_dataset_destroy(&data.synthetic);
    if (!status && call->json)
        status = json_print(call, o, &result, err);
    else if (!status)
        text_print(o, &result);
    if (!status && o->claim > 0)
        status = audit_verdict(result.epsilon_lower, o->claim, o->audit.delta, o->audit.confidence, err);
    return status;
}

const cli_verb cli_verb_audit_membership = {
    .name = "audit membership",
    .group = "Privacy",
    .summary = "Attack samples: can members be told from non-members?",
    .description =
        "Tries to tell real images that a model was trained on from others of the same kind, by images sampled from it "
        "alone: by the distance to the nearest, by a kernel density, and by the nearest relative to how near other "
        "real "
        "images are. One half of the candidates chooses the attack, the other measures it.\n\n"
        "What it finds is a leak. What it does not find proves nothing: this attack is weak, distances to the nearest "
        "record are no measure of privacy and are not reported, and the figures never stand in for the privacy "
        "statement. With --claim the exit code is 1 if the bound exceeds it.\n\n"
        "The bound on epsilon holds if a fair coin of its own put each candidate among members or non-members before "
        "the training. Intervals take members for independent, which records of one training are only about. "
        "The result is computed from members and non-members and covered by no guarantee. See "
        "docs/privacy/audit.md.\n\n" DATA_SPEC_TEXT,
    .examples =
        "dpdm audit membership --synthetic samples.npz --members in.npz --non-members out.npz\n"
        "dpdm audit membership --synthetic samples.npz --members in.npz --non-members out.npz --claim 10 --json",
    .options = {{.table = &table, .size = sizeof(membership_options), .defaults = defaults}},
    .run = run,
};
