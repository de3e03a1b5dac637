/* verb_account.c - dpdm account: the epsilon of a training, or of several on the same data. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/json.h"
#include "privacy/events_json.h"
#include "privacy_options.h"
#include "verbs.h"

/* The events that the options name; *events: to free(). */
static dpdm_status events_get(const cli_privacy *p, dpdm_event **events, size_t *count, dpdm_error *err)
{
    int given = p->has_rate + p->has_noise + p->has_steps;
    if (p->events[0] && given)
        return dpdm_error_set(err, DPDM_EUSAGE, "--events holds rates, noise and steps; do not give them beside it");
    if (p->events[0])
        return dpdm_events_read(p->events, events, count, err);
    if (given < 3)
        return dpdm_error_set(err, DPDM_EUSAGE, "--%s is missing (or give --events FILE)",
                              !p->has_rate    ? "sampling-rate"
                              : !p->has_noise ? "noise-multiplier"
                                              : "steps");
    *events = malloc(sizeof **events);
    if (!*events)
        return dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    **events = (dpdm_event){p->sampling_rate, p->noise_multiplier, p->steps};
    *count = 1;
    return DPDM_OK;
}

static dpdm_status epsilon_print(cli_call *call, const dpdm_event *events, size_t count, dpdm_error *err)
{
    const cli_privacy *p = call->options[0];
    dpdm_bound bound;
    dpdm_status status = dpdm_account_group(events, count, (unsigned)p->group, p->delta, p->accountant, &bound, err);
    if (status)
        return status;
    if (call->json) {
        cJSON *json = dpdm_bound_to_json(&bound, p->group);
        cJSON_AddItemToObject(json, "events", dpdm_events_to_json(events, count));
        return cli_print_json(call, json, err);
    }
    cli_bound_print(&bound);
    cli_assumptions_print(p->group);
    return DPDM_OK;
}

static dpdm_status delta_print(cli_call *call, const dpdm_event *events, size_t count, dpdm_error *err)
{
    const cli_privacy *p = call->options[0];
    double upper, lower;
    dpdm_status status =
        dpdm_account_group_delta(events, count, (unsigned)p->group, p->epsilon, p->accountant, &upper, &lower, err);
    if (status)
        return status;
    if (call->json) {
        cJSON *json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "delta_upper", dpdm_json_double(upper));
        cJSON_AddItemToObject(json, "delta_lower", dpdm_json_double(lower));
        cJSON_AddItemToObject(json, "epsilon", dpdm_json_double(p->epsilon));
        cJSON_AddStringToObject(json, "accountant", dpdm_accountant_name(p->accountant));
        cJSON_AddItemToObject(json, "events", dpdm_events_to_json(events, count));
        return cli_print_json(call, json, err);
    }
    printf("delta <= %.5g at epsilon = %g  (%s accountant)\n", upper, p->epsilon, dpdm_accountant_name(p->accountant));
    cli_assumptions_print(p->group);
    return DPDM_OK;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const cli_privacy *p = call->options[0];
    dpdm_status status = cli_privacy_check(p, err);
    if (status)
        return status;
    if (p->has_delta + p->has_epsilon != 1)
        return dpdm_error_set(err, DPDM_EUSAGE, "give either --delta (to get epsilon) or --epsilon (to get delta)");
    dpdm_event *events = NULL;
    size_t count = 0;
    status = events_get(p, &events, &count, err);
    if (!status)
        status = p->has_delta ? epsilon_print(call, events, count, err) : delta_print(call, events, count, err);
    free(events);
    return status;
}

const cli_verb cli_verb_account = {
    .name = "account",
    .group = "Privacy",
    .summary = "Compute the epsilon of a training, or of several on the same data",
    .description = "Prints an upper bound on the epsilon, at the given delta, of noisy steps on randomly sampled "
                   "records, and a lower "
                   "bound where the accountant has one. With --epsilon in place of --delta, prints delta.\n\n"
                   "The upper bound is proven, with every rounding in the safe direction; where nothing is proven the "
                   "verb refuses.",
    .examples = "dpdm account --sampling-rate 0.0683 --noise-multiplier 2.5 --steps 4395 --delta 1e-5\n"
                "dpdm account --events spent.json --delta 1e-5 --json\n"
                "dpdm account --sampling-rate 0.01 --noise-multiplier 1 --steps 1000 --epsilon 2",
    .options = {{&cli_privacy_options, sizeof(cli_privacy), cli_privacy_defaults}},
    .run = run,
};
