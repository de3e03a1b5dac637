/* selfcheck_suite.h - the self-check (dpdm/selfcheck.h) with every kernel set of this machine, with one thread and with all. */
#ifndef DPDM_AUDIT_SELFCHECK_SUITE_H
#define DPDM_AUDIT_SELFCHECK_SUITE_H

#include <cjson/cJSON.h>
#include "base/options.h"
#include "base/watch.h"
#include "dpdm/selfcheck.h"

/* What to run; zeros: everything. */
typedef struct {
    char kernels[32]; /* "": each that can run here */
    int threads;      /* 0: one, and as many as there are processors */
    uint64_t seed;
} dpdm_selfcheck_choice;

extern const dpdm_option_table dpdm_selfcheck_table;

/* One kernel set at one number of threads; results: [dpdm_selfcheck_count()]. */
typedef struct {
    const char *kernels;
    int threads;
    dpdm_selfcheck_result *results;
} dpdm_selfcheck_once;

enum { DPDM_SELFCHECK_RUNS = 32 }; /* kernel sets are few, and each has one or two runs */

typedef struct {
    dpdm_selfcheck_once runs[DPDM_SELFCHECK_RUNS];
    size_t count, failed; /* runs; checks that failed in any of them */
} dpdm_selfcheck_report;

/* Runs them all; the watch hears of "selfcheck" with what runs as the note. *report: for dpdm_selfcheck_report_free, also on
 * failure. DPDM_OK says that all were run, not that they passed: report->failed does. DPDM_EUSAGE: a kernel set that this
 * processor does not have. */
dpdm_status dpdm_selfcheck_run_all(const dpdm_selfcheck_choice *choice, const dpdm_watch *watch,
                                   dpdm_selfcheck_report *report, dpdm_error *err);
void dpdm_selfcheck_report_free(dpdm_selfcheck_report *report);
/* In how many of the runs a check failed. */
size_t dpdm_selfcheck_failures(const dpdm_selfcheck_report *report, size_t check);
/* The object of `dpdm selfcheck --json`; NULL when out of memory. */
cJSON *dpdm_selfcheck_to_json(const dpdm_selfcheck_report *report);

#endif
