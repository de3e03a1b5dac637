/* verb_calibrate.c - dpdm calibrate: the noise, steps or rate that fit a privacy target. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "privacy/events_json.h"
#include "base/number.h"
#include "privacy_options.h"
#include "verbs.h"

typedef enum { FIND_NOISE, FIND_STEPS, FIND_RATE } unknown;

static const char *const unknown_keys[] = {"noise_multiplier", "steps", "sampling_rate"};

/* Which of the three was left out. */
static dpdm_status unknown_get(const cli_privacy *p, unknown *what, dpdm_error *err)
{
    if (!p->has_epsilon || !p->has_delta)
        return dpdm_error_set(err, DPDM_EUSAGE, "--%s is missing: calibration needs a target epsilon and delta",
                              p->has_epsilon ? "delta" : "epsilon");
    if (!(p->epsilon > 0))
        return dpdm_error_set(err, DPDM_EUSAGE, "epsilon must be greater than 0");
    if (p->has_noise + p->has_steps + p->has_rate != 2)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "give two of --sampling-rate, --noise-multiplier and --steps; the third is "
                              "what is calibrated");
    *what = !p->has_noise ? FIND_NOISE : !p->has_steps ? FIND_STEPS : FIND_RATE;
    if (p->events[0] && *what != FIND_NOISE)
        return dpdm_error_set(err, DPDM_EUSAGE, "--events goes only with the calibration of the noise multiplier");
    if (p->group > 1 && *what != FIND_NOISE)
        return dpdm_error_set(err, DPDM_EUSAGE, "--group goes only with the calibration of the noise multiplier");
    return DPDM_OK;
}

/* Puts what was found into *found beside what was given. */
static dpdm_status unknown_find(const cli_privacy *p, unknown what, const dpdm_event *fixed, size_t count,
                                dpdm_event *found, dpdm_bound *bound, dpdm_error *err)
{
    *found = (dpdm_event){p->sampling_rate, p->noise_multiplier, p->steps};
    switch (what) {
    case FIND_NOISE:
        return dpdm_calibrate_noise_group(p->epsilon, p->delta, p->sampling_rate, p->steps, fixed, count,
                                          (unsigned)p->group, p->accountant, &found->noise_multiplier, bound, err);
    case FIND_STEPS:
        return dpdm_calibrate_steps(p->epsilon, p->delta, p->sampling_rate, p->noise_multiplier, p->accountant,
                                    &found->steps, bound, err);
    case FIND_RATE:
        return dpdm_calibrate_rate(p->epsilon, p->delta, p->noise_multiplier, p->steps, p->accountant,
                                   &found->sampling_rate, bound, err);
    }
    return dpdm_error_set(err, DPDM_EINTERNAL, "nothing to calibrate");
}

static dpdm_status result_print_json(cli_call *call, unknown what, const dpdm_event *found, const dpdm_event *fixed,
                                     size_t count, const dpdm_bound *bound, dpdm_error *err)
{
    const cli_privacy *p = call->options[0];
    cJSON *json = dpdm_bound_to_json(bound, p->group);
    cJSON_AddItemToObject(json, "epsilon", dpdm_json_double(p->epsilon));
    cJSON_AddItemToObject(json, "noise_multiplier", dpdm_json_double(found->noise_multiplier));
    cJSON_AddItemToObject(json, "sampling_rate", dpdm_json_double(found->sampling_rate));
    cJSON_AddItemToObject(json, "steps", dpdm_json_u64(found->steps));
    cJSON_AddStringToObject(json, "calibrated", unknown_keys[what]);
    if (count)
        cJSON_AddItemToObject(json, "events", dpdm_events_to_json(fixed, count));
    return cli_print_json(call, json, err);
}

static void result_print(const cli_privacy *p, const dpdm_event *found, unknown what, size_t count,
                         const dpdm_bound *bound)
{
    char noise[40], rate[40];
    dpdm_number_format(found->noise_multiplier, noise, sizeof noise); /* every digit: fewer might exceed the target */
    dpdm_number_format(found->sampling_rate, rate, sizeof rate);
    printf("noise multiplier  %s%s\n", noise, what == FIND_NOISE ? "  <- the smallest, to 0.1 %" : "");
    printf("sampling rate     %s%s\n", rate, what == FIND_RATE ? "  <- the largest, to 0.1 %" : "");
    printf("steps             %llu%s\n", (unsigned long long)found->steps, what == FIND_STEPS ? "  <- the most" : "");
    if (count)
        printf("after             %zu earlier event%s\n", count, count == 1 ? "" : "s");
    putchar('\n');
    cli_bound_print(bound);
    cli_assumptions_print(p->group);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const cli_privacy *p = call->options[0];
    unknown what = FIND_NOISE;
    dpdm_event *fixed = NULL, found;
    size_t count = 0;
    dpdm_bound bound;
    dpdm_status status = cli_privacy_check(p, err);
    if (!status)
        status = unknown_get(p, &what, err);
    if (!status && p->events[0])
        status = dpdm_events_read(p->events, &fixed, &count, err);
    if (!status)
        status = unknown_find(p, what, fixed, count, &found, &bound, err);
    if (!status && what == FIND_STEPS && found.steps == 0)
        status = dpdm_error_set(err, DPDM_ERANGE, "not even one step fits: raise epsilon or the noise multiplier");
    if (!status && call->json)
        status = result_print_json(call, what, &found, fixed, count, &bound, err);
    else if (!status)
        result_print(p, &found, what, count, &bound);
    free(fixed);
    return status;
}

const cli_verb cli_verb_calibrate = {
    .name = "calibrate",
    .group = "Privacy",
    .summary = "Find the noise multiplier, steps or sampling rate that fit a privacy target",
    .description =
        "Give --epsilon and --delta, and two of --sampling-rate, --noise-multiplier and --steps: prints the third, "
        "such that "
        "the proven upper bound does not exceed the target. With --events, the noise is calibrated so that everything "
        "together, those earlier events included, stays within the target.",
    .examples = "dpdm calibrate --epsilon 10 --delta 1e-5 --sampling-rate 0.0683 --steps 4395\n"
                "dpdm calibrate --epsilon 1 --delta 1e-5 --sampling-rate 0.01 --noise-multiplier 1.1 --json",
    .options = {{&cli_privacy_options, sizeof(cli_privacy), cli_privacy_defaults}},
    .run = run,
};
