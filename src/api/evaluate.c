/* evaluate.c - evaluations, the choice of a sampler, and reports. */
#include "api/handles.h"
#include "dpdm/report.h"

dpdm_status dpdm_evaluate(const dpdm_config *config, const dpdm_images *synthetic, const dpdm_images *test,
                          dpdm_watch_fn watch, void *context, char **json, dpdm_error *err)
{
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    cJSON *result = NULL;
    *json = NULL;
    dpdm_status status = config_check(config, CONFIG_EVALUATE, err);
    if (!status && !synthetic != !test)
        status = dpdm_error_set(err, DPDM_EUSAGE, "give both sets, synthetic and test, or neither");
    if (!status)
        status = dpdm_evaluation_run(&config->of.evaluate, synthetic ? &synthetic->data : NULL,
                                     test ? &test->data : NULL, &told, &result, err);
    return status ? status : json_hand_over(result, json, err);
}

dpdm_status dpdm_tune_sampler_json(const dpdm_model *model, const dpdm_config *config, const dpdm_images *real,
                                   dpdm_watch_fn watch, void *context, char **json, dpdm_error *err)
{
    api_watcher watcher = {watch, context};
    dpdm_watch told = watcher_watch(&watcher);
    dpdm_tuner_entry entries[DPDM_TUNER_CANDIDATES];
    size_t count;
    int tested;
    *json = NULL;
    dpdm_status status = config_check(config, CONFIG_TUNE_SAMPLER, err);
    if (!status)
        status = dpdm_tuner_job_run(model, &config->of.tune, real ? &real->data : NULL, &told, entries, &count, &tested,
                                    err);
    return status ? status : json_hand_over(dpdm_tuner_to_json(entries, count, tested), json, err);
}

dpdm_status dpdm_report_html(const char *run, const char *evaluation, const char *out, int overwrite, int threads,
                             dpdm_error *err)
{
    const dpdm_report_request request = {
        .run = run, .eval = evaluation, .out = out, .overwrite = overwrite, .threads = threads};
    return dpdm_report_write(&request, NULL, err);
}
