/* audit_output.h - what the verbs of `dpdm audit` share. */
#ifndef DPDM_CLI_AUDIT_OUTPUT_H
#define DPDM_CLI_AUDIT_OUTPUT_H

#include "dpdm/status.h"

/* Prints the bound beside the claim, for people. */
void audit_bound_print(double epsilon_lower, double epsilon_claimed, double delta, double confidence);

/* DPDM_EINTERNAL, exit code 1, where the bound exceeds the claim. */
dpdm_status audit_verdict(double epsilon_lower, double epsilon_claimed, double delta, double confidence,
                          dpdm_error *err);

#endif
