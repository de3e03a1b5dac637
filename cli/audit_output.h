/* audit_output.h - what the verbs of `dpdm audit` share. */
#ifndef DPDM_CLI_AUDIT_OUTPUT_H
#define DPDM_CLI_AUDIT_OUTPUT_H

#include "progress.h"
#include "verb.h"

/* What verbs that read data say of their results. */
#define AUDIT_TOUCHES_DATA                                                                                             \
    "computed from the data themselves: outside any privacy guarantee, not for publication if they are private"

/* How far the audit is; context: a cli_progress. Answers non-zero after Ctrl-C. */
int audit_progress(void *context, uint64_t done, uint64_t total);

/* part / all; 0 of nothing. */
double audit_share(uint64_t part, uint64_t all);

/* Prints the bound beside the claim, for people. */
void audit_bound_print(double epsilon_lower, double epsilon_claimed, double delta, double confidence);
/* The same keys in each verb: epsilon_lower, epsilon_claimed, ratio, delta, confidence, exceeded. */
void audit_bound_json(cJSON *json, double epsilon_lower, double epsilon_claimed, double delta, double confidence);

/* DPDM_EINTERNAL, exit code 1, where the bound exceeds the claim. */
dpdm_status audit_verdict(double epsilon_lower, double epsilon_claimed, double delta, double confidence,
                          dpdm_error *err);

#endif
