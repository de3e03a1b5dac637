/* selfcheck_suite.c - see selfcheck_suite.h. */
#include "audit/selfcheck_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "dpdm/network.h"
#include "dpdm/version.h"

#define ROW(field) .offset = offsetof(dpdm_selfcheck_choice, field)

static const dpdm_option rows[] = {
    {.name = "kernels",
     .type = DPDM_OPTION_STRING,
     ROW(kernels),
     .size = sizeof((dpdm_selfcheck_choice *)0)->kernels,
     .metavar = "NAME",
     .group = "Self-check",
     .help = "only this kernel set (default: each that can run here)"},
    {.name = "threads",
     .type = DPDM_OPTION_INT,
     ROW(threads),
     .max = 256,
     .metavar = "N",
     .group = "Self-check",
     .help = "only this many threads (0: 1, and as many as there are processors)"},
    {.name = "seed",
     .type = DPDM_OPTION_U64,
     ROW(seed),
     .metavar = "N",
     .group = "Self-check",
     .help = "other made-up images, weights and keys"},
};

const dpdm_option_table dpdm_selfcheck_table = {rows, sizeof rows / sizeof *rows};

size_t dpdm_selfcheck_failures(const dpdm_selfcheck_report *report, size_t check)
{
    size_t failed = 0;
    for (size_t r = 0; r < report->count; r++)
        failed += !report->runs[r].results[check].passed;
    return failed;
}

/* Enters what is to be run. */
static void suite_enter(dpdm_selfcheck_report *report, const char *kernels, int threads)
{
    if (report->count < DPDM_SELFCHECK_RUNS)
        report->runs[report->count++] = (dpdm_selfcheck_once){kernels, threads, NULL};
}

/* The numbers of threads to run: the one asked for, or one and all. */
static dpdm_status suite_enter_kernels(dpdm_selfcheck_report *report, const char *kernels, int threads, dpdm_error *err)
{
    if (threads) {
        suite_enter(report, kernels, threads);
        return DPDM_OK;
    }
    dpdm_pool *pool;
    dpdm_status status = dpdm_pool_create(0, &pool, err);
    if (status)
        return status;
    int all = dpdm_pool_threads(pool);
    dpdm_pool_destroy(pool);
    suite_enter(report, kernels, 1);
    suite_enter(report, kernels, all < 2 ? 2 : all > 256 ? 256 : all);
    return DPDM_OK;
}

static dpdm_status suite_plan(const dpdm_selfcheck_choice *choice, dpdm_selfcheck_report *report, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && dpdm_kernels_name(i); i++)
        if (!choice->kernels[0] || !strcmp(dpdm_kernels_name(i), choice->kernels))
            status = suite_enter_kernels(report, dpdm_kernels_name(i), choice->threads, err);
    if (!status && !report->count)
        status = dpdm_error_set(
            err, DPDM_EUSAGE,
            "there is no kernel set '%s' for this processor; 'dpdm version' lists those that can run here",
            choice->kernels);
    return status;
}

static dpdm_status suite_run_once(dpdm_selfcheck_once *once, uint64_t seed, dpdm_error *err)
{
    const dpdm_selfcheck_options options = {once->kernels, once->threads, seed};
    once->results = calloc(dpdm_selfcheck_count(), sizeof *once->results);
    return once->results ? dpdm_selfcheck_run(&options, once->results, err)
                         : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the self-check");
}

dpdm_status dpdm_selfcheck_run_all(const dpdm_selfcheck_choice *choice, const dpdm_watch *watch,
                                   dpdm_selfcheck_report *report, dpdm_error *err)
{
    *report = (dpdm_selfcheck_report){0};
    dpdm_status status = suite_plan(choice, report, err);
    for (size_t r = 0; !status && r < report->count; r++) {
        char note[60];
        snprintf(note, sizeof note, "kernels %s, threads %d", report->runs[r].kernels, report->runs[r].threads);
        if (dpdm_watch_progress(watch, "selfcheck", "runs", r, report->count, note))
            status = dpdm_error_set(err, DPDM_ECANCELLED, "the self-check was stopped");
        else
            status = suite_run_once(&report->runs[r], choice->seed, err);
    }
    if (!status)
        dpdm_watch_progress(watch, "selfcheck", "runs", report->count, report->count, NULL);
    for (size_t i = 0; !status && i < dpdm_selfcheck_count(); i++)
        report->failed += dpdm_selfcheck_failures(report, i) > 0;
    return status;
}

void dpdm_selfcheck_report_free(dpdm_selfcheck_report *report)
{
    for (size_t r = 0; r < report->count; r++)
        free(report->runs[r].results);
    report->count = 0;
}

static void run_json(cJSON *runs, const dpdm_selfcheck_once *run)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(runs, object);
    cJSON_AddStringToObject(object, "kernels", run->kernels);
    cJSON_AddNumberToObject(object, "threads", run->threads);
    cJSON *checks = cJSON_AddArrayToObject(object, "checks");
    for (size_t i = 0; i < dpdm_selfcheck_count(); i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", run->results[i].name);
        cJSON_AddStringToObject(item, "claim", run->results[i].claim);
        cJSON_AddBoolToObject(item, "passed", run->results[i].passed);
        cJSON_AddStringToObject(item, "detail", run->results[i].detail);
        cJSON_AddItemToArray(checks, item);
    }
}

cJSON *dpdm_selfcheck_to_json(const dpdm_selfcheck_report *report)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "version", dpdm_version());
    cJSON_AddBoolToObject(json, "passed", report->failed == 0);
    cJSON_AddNumberToObject(json, "checks", (double)dpdm_selfcheck_count());
    cJSON_AddNumberToObject(json, "failed", (double)report->failed);
    cJSON *runs = cJSON_AddArrayToObject(json, "runs");
    for (size_t r = 0; r < report->count; r++)
        run_json(runs, &report->runs[r]);
    return json;
}
