/* verb_selfcheck.c - dpdm selfcheck: does the private step keep its promises on this machine? */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/pool.h"
#include "dpdm/network.h"
#include "dpdm/selfcheck.h"
#include "dpdm/version.h"
#include "verbs.h"

typedef struct {
    char kernels[32];
    int threads;
    uint64_t seed;
} selfcheck_options;

#define ROW(field) .offset = offsetof(selfcheck_options, field)

static const dpdm_option rows[] = {
    {.name = "kernels",
     .type = DPDM_OPTION_STRING,
     ROW(kernels),
     .size = sizeof((selfcheck_options *)0)->kernels,
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

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

/* One kernel set at one number of threads. */
typedef struct {
    const char *kernels;
    int threads;
    dpdm_selfcheck_result *results;
} selfcheck_run;

enum { RUNS = 32 }; /* kernel sets are few, and each has one or two runs */

typedef struct {
    selfcheck_run runs[RUNS];
    size_t count, failed; /* runs; checks that failed in any of them */
} selfcheck_report;

static size_t failures_count(const selfcheck_report *report, size_t check)
{
    size_t failed = 0;
    for (size_t r = 0; r < report->count; r++)
        failed += !report->runs[r].results[check].passed;
    return failed;
}

static void text_print(const selfcheck_report *report)
{
    assert(report->runs[0].results); /* run_once makes room before anything is printed */
    for (size_t i = 0; i < dpdm_selfcheck_count(); i++) {
        const dpdm_selfcheck_result *first = &report->runs[0].results[i];
        printf("%s  %-13s  %s\n", failures_count(report, i) ? "FAIL" : "pass", first->name, first->claim);
        for (size_t r = 0; r < report->count; r++)
            if (!report->runs[r].results[i].passed)
                printf("      %s, threads %d: %s\n", report->runs[r].kernels, report->runs[r].threads,
                       report->runs[r].results[i].detail);
    }
    printf("%zu of %zu checks passed, each run with", dpdm_selfcheck_count() - report->failed, dpdm_selfcheck_count());
    for (size_t r = 0; r < report->count; r++)
        printf("%s %s, threads %d", r ? ";" : "", report->runs[r].kernels, report->runs[r].threads);
    putchar('\n');
}

static void json_add(cJSON *runs, const selfcheck_run *run)
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

static dpdm_status json_print(cli_call *call, const selfcheck_report *report, dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "version", dpdm_version());
    cJSON_AddBoolToObject(json, "passed", report->failed == 0);
    cJSON_AddNumberToObject(json, "checks", (double)dpdm_selfcheck_count());
    cJSON_AddNumberToObject(json, "failed", (double)report->failed);
    cJSON *runs = cJSON_AddArrayToObject(json, "runs");
    for (size_t r = 0; r < report->count; r++)
        json_add(runs, &report->runs[r]);
    return cli_print_json(call, json, err);
}

static dpdm_status run_once(cli_call *call, selfcheck_report *report, const char *kernels, int threads, uint64_t seed,
                            dpdm_error *err)
{
    if (report->count == RUNS)
        return DPDM_OK;
    selfcheck_run *run = &report->runs[report->count];
    *run = (selfcheck_run){kernels, threads, calloc(dpdm_selfcheck_count(), sizeof *run->results)};
    if (!run->results)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the self-check");
    report->count++;
    if (!call->json)
        cli_note(call, "kernels %s, threads %d", kernels, threads);
    dpdm_selfcheck_options options = {kernels, threads, seed};
    return dpdm_selfcheck_run(&options, run->results, err);
}

/* The numbers of threads to run: the one asked for, or one and all. */
static dpdm_status run_kernels(cli_call *call, selfcheck_report *report, const char *kernels,
                               const selfcheck_options *o, dpdm_error *err)
{
    if (o->threads)
        return run_once(call, report, kernels, o->threads, o->seed, err);
    dpdm_pool *pool;
    dpdm_status status = dpdm_pool_create(0, &pool, err);
    if (status)
        return status;
    int all = dpdm_pool_threads(pool);
    dpdm_pool_destroy(pool);
    status = run_once(call, report, kernels, 1, o->seed, err);
    return status ? status : run_once(call, report, kernels, all < 2 ? 2 : all > 256 ? 256 : all, o->seed, err);
}

static dpdm_status kernels_check(const char *name, dpdm_error *err)
{
    for (size_t i = 0; dpdm_kernels_name(i); i++)
        if (!strcmp(dpdm_kernels_name(i), name))
            return DPDM_OK;
    return dpdm_error_set(
        err, DPDM_EUSAGE,
        "there is no kernel set '%s' for this processor; 'dpdm version' lists those that can run here", name);
}

static dpdm_status run_all(cli_call *call, selfcheck_report *report, const selfcheck_options *o, dpdm_error *err)
{
    if (o->kernels[0]) {
        dpdm_status status = kernels_check(o->kernels, err);
        return status ? status : run_kernels(call, report, o->kernels, o, err);
    }
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && dpdm_kernels_name(i); i++)
        status = run_kernels(call, report, dpdm_kernels_name(i), o, err);
    return status;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    selfcheck_report report = {0};
    dpdm_status status = run_all(call, &report, call->options[0], err);
    for (size_t i = 0; !status && i < dpdm_selfcheck_count(); i++)
        report.failed += failures_count(&report, i) > 0;
    if (!status && call->json)
        status = json_print(call, &report, err);
    else if (!status)
        text_print(&report);
    for (size_t r = 0; r < report.count; r++)
        free(report.runs[r].results);
    if (!status && report.failed)
        status = dpdm_error_set(err, DPDM_EINTERNAL,
                                "%zu of %zu checks failed: do not train on private data with this program on this "
                                "machine",
                                report.failed, dpdm_selfcheck_count());
    return status;
}

const cli_verb cli_verb_selfcheck = {
    .name = "selfcheck",
    .group = "Privacy",
    .summary = "Replay training steps and check their promises",
    .description =
        "Runs steps of the real training code (gradients of a tiny network, clipping, exact sum, noise, release, "
        "optimiser) with the same keys on made-up data sets that differ in one image, and compares them without "
        "tolerance: everything must be equal, bit for bit, but the integer sum, which may move by one vector of norm "
        "at "
        "most 2^s. It does so for each kernel set that can run here, with one thread and with all, and reads no data "
        "of yours.\n\n"
        "The exit code is 0 if all checks pass, else 1. A failure proves a defect of program or machine; a pass is "
        "evidence for the cases tried, beside the proofs that come with dpdm.",
    .examples = "dpdm selfcheck\ndpdm selfcheck --kernels plain --threads 4 --json",
    .options = {{&table, sizeof(selfcheck_options), NULL}},
    .run = run,
};
