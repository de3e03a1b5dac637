/* privacy_options.h - what the verbs about privacy share: options, checks and the words about what an epsilon means. */
#ifndef DPDM_CLI_PRIVACY_OPTIONS_H
#define DPDM_CLI_PRIVACY_OPTIONS_H

#include "dpdm/attacker.h"
#include "dpdm/events.h"
#include "privacy/bound_json.h"
#include "verb.h"

typedef struct {
    double epsilon, delta, sampling_rate, noise_multiplier;
    uint64_t steps, group; /* group: records of one unit, 1 or more */
    dpdm_accountant accountant;
    char events[1024];
    int has_epsilon, has_delta, has_rate, has_noise, has_steps;
} cli_privacy;

extern const dpdm_option_table cli_privacy_options;
void cli_privacy_defaults(void *object);

/* DPDM_EUSAGE unless delta, where it was given, lies strictly between 0 and 1. */
dpdm_status cli_privacy_check(const cli_privacy *privacy, dpdm_error *err);

/* A bound (privacy/bound_json.h) for people, on standard output. */
void cli_bound_print(const dpdm_bound *bound);
void cli_assumptions_print(uint64_t group);

#endif
