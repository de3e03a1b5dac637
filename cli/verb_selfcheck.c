/* verb_selfcheck.c - dpdm selfcheck: does the private step keep its promises on this machine? */
#include <stdio.h>
#include "audit/selfcheck_suite.h"
#include "interrupt.h"
#include "verbs.h"
#include "watch.h"

static void text_print(const dpdm_selfcheck_report *report)
{
    for (size_t i = 0; i < dpdm_selfcheck_count(); i++) {
        const dpdm_selfcheck_result *first = &report->runs[0].results[i];
        printf("%s  %-13s  %s\n", dpdm_selfcheck_failures(report, i) ? "FAIL" : "pass", first->name, first->claim);
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

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    dpdm_selfcheck_report report;
    cli_watch watch = {.call = call};
    dpdm_watch told = cli_watch_begin(&watch);
    cli_interrupt_catch();
    dpdm_status status = dpdm_selfcheck_run_all(call->options[0], &told, &report, err);
    cli_watch_end(&watch);
    if (!status && call->json)
        status = cli_print_json(call, dpdm_selfcheck_to_json(&report), err);
    else if (!status)
        text_print(&report);
    if (!status && report.failed)
        status = dpdm_error_set(err, DPDM_EINTERNAL,
                                "%zu of %zu checks failed: do not train on private data with this program on this "
                                "machine",
                                report.failed, dpdm_selfcheck_count());
    dpdm_selfcheck_report_free(&report);
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
    .options = {{&dpdm_selfcheck_table, sizeof(dpdm_selfcheck_choice), NULL}},
    .run = run,
};
