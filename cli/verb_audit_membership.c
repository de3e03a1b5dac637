/* verb_audit_membership.c - dpdm audit membership: who was trained on, by samples alone? */
#include <stdio.h>
#include "audit/audit_jobs.h"
#include "audit_output.h"
#include "data_options.h"
#include "interrupt.h"
#include "text.h"
#include "verbs.h"
#include "watch.h"

static void point_print(const dpdm_audit_operating_point *p)
{
    printf("at %4g %%  %.3g %% of members are called so (%.3g to %.3g %%), and %.3g %% of non-members (%.3g to %.3g "
           "%%)\n",
           100 * p->target, 100 * dpdm_audit_share(p->hits, p->hit_trials), 100 * p->hit_lower, 100 * p->hit_upper,
           100 * dpdm_audit_share(p->false_alarms, p->false_alarm_trials), 100 * p->false_alarm_lower,
           100 * p->false_alarm_upper);
}

static void text_print(const dpdm_audit_membership_job *o, const dpdm_audit_membership_result *r)
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
    cli_text_wrap(stdout, dpdm_audit_coins_note(r), 10, 10, 79);
    fputs("note      ", stdout);
    cli_text_wrap(stdout, dpdm_audit_weak_note, 10, 10, 79);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const dpdm_audit_membership_job *job = call->options[0];
    dpdm_audit_membership_result result;
    cli_watch watch = {.call = call};
    dpdm_watch told = cli_watch_begin(&watch);
    cli_interrupt_catch();
    cli_note(call, "%s", dpdm_audit_touches_data);
    dpdm_status status = dpdm_audit_membership_job_run(job, NULL, &told, &result, err);
    cli_watch_end(&watch);
    if (!status && call->json)
        status = cli_print_json(call, dpdm_audit_membership_to_json(job, &result), err);
    else if (!status)
        text_print(job, &result);
    if (!status && job->claim > 0)
        status = audit_verdict(result.epsilon_lower, job->claim, job->audit.delta, job->audit.confidence, err);
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
    .options = {{&dpdm_audit_membership_table, sizeof(dpdm_audit_membership_job), dpdm_audit_membership_defaults}},
    .run = run,
};
