/* audits.c - audits and the self-check. */
#include "api/handles.h"

dpdm_status dpdm_selfcheck_json(const dpdm_config *config, dpdm_watch_fn watch, void *context, char **json,
                                dpdm_error *err)
{
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    dpdm_selfcheck_report report;
    *json = NULL;
    dpdm_status status = config_check(config, CONFIG_SELFCHECK, err);
    if (status)
        return status;
    status = dpdm_selfcheck_run_all(&config->of.selfcheck, &told, &report, err);
    if (!status)
        status = json_hand_over(dpdm_selfcheck_to_json(&report), json, err);
    dpdm_selfcheck_report_free(&report);
    return status;
}

dpdm_status dpdm_audit_mechanism_json(const dpdm_config *config, dpdm_watch_fn watch, void *context, char **json,
                                      dpdm_error *err)
{
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    dpdm_audit_mechanism_result result;
    *json = NULL;
    dpdm_status status = config_check(config, CONFIG_AUDIT_MECHANISM, err);
    if (status)
        return status;
    dpdm_audit_mechanism_job job = config->of.mechanism;
    status = dpdm_audit_mechanism_job_run(&job, &told, &result, err);
    return status ? status : json_hand_over(dpdm_audit_mechanism_to_json(&job.audit, &result), json, err);
}

dpdm_status dpdm_audit_training_json(const dpdm_config *config, const dpdm_images *images, dpdm_watch_fn watch,
                                     void *context, char **json, dpdm_error *err)
{
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    dpdm_audit_training_result result;
    *json = NULL;
    dpdm_status status = config_check(config, CONFIG_AUDIT_TRAINING, err);
    if (status)
        return status;
    const dpdm_train_config train = config_with_images(&config->of.audit.train, images);
    const dpdm_audit_training_job *job = &config->of.audit.canaries;
    status = dpdm_audit_training_job_run(&train, job, &told, &result, err);
    return status ? status : json_hand_over(dpdm_audit_training_to_json(&train, job, &result), json, err);
}

dpdm_status dpdm_audit_membership_json(const dpdm_config *config, const dpdm_images *synthetic,
                                       const dpdm_images *members, const dpdm_images *non_members, dpdm_watch_fn watch,
                                       void *context, char **json, dpdm_error *err)
{
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    dpdm_audit_membership_result result;
    *json = NULL;
    dpdm_status status = config_check(config, CONFIG_AUDIT_MEMBERSHIP, err);
    if (!status && (!synthetic != !members || !synthetic != !non_members))
        status = dpdm_error_set(err, DPDM_EUSAGE,
                                "give all three sets, synthetic, members and non-members, or none of them");
    if (status)
        return status;
    const dpdm_audit_membership_job *job = &config->of.membership;
    if (synthetic) {
        const dpdm_audit_membership_sets sets = {&synthetic->data, &members->data, &non_members->data};
        status = dpdm_audit_membership_job_run(job, &sets, &told, &result, err);
    } else {
        status = dpdm_audit_membership_job_run(job, NULL, &told, &result, err);
    }
    return status ? status : json_hand_over(dpdm_audit_membership_to_json(job, &result), json, err);
}
