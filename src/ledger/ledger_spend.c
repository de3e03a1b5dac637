/* ledger_spend.c - what a data set has spent, and whether a request still fits. */
#include "ledger/ledger_spend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/print.h"
#include "dpdm/attacker.h"
#include "privacy/pld_composition.h"
#include "privacy/rdp.h"

static dpdm_status spend_events(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                                const dpdm_event *extra, size_t extra_count, dpdm_event **events, size_t *count,
                                dpdm_error *err);
static dpdm_status spend_filter(const dpdm_ledger_data_set *set, const dpdm_event *events, size_t count,
                                dpdm_bound *bound, dpdm_error *err);
static dpdm_status spend_only_run(const dpdm_ledger_data_set *set, const dpdm_event *events, size_t count,
                                  dpdm_status filtered, dpdm_bound *bound, dpdm_error *err);
static size_t spend_runs(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set);
static int spend_noise(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set, const dpdm_event *extra,
                       size_t count, double *noise);
static double spend_round_up(double value);

dpdm_status dpdm_ledger_spend_bound(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                                    const dpdm_event *extra, size_t extra_count, dpdm_bound *bound, dpdm_error *err)
{
    dpdm_event *events;
    size_t count;
    *bound = (dpdm_bound){.epsilon_upper = INFINITY, .delta = set->delta, .accountant = set->accountant};
    dpdm_status status = spend_events(contents, set, extra, extra_count, &events, &count, err);
    if (status)
        return status;
    if (set->order > 0)
        status = spend_filter(set, events, count, bound, err);
    if (set->order > 0 && spend_runs(contents, set) + (extra_count > 0) == 1)
        status = spend_only_run(set, events, count, status, bound, err);
    else if (!(set->order > 0))
        status = dpdm_account_group(events, count, (unsigned)set->group, set->delta, set->accountant, bound, err);
    free(events);
    if (!status)
        return DPDM_OK;
    return dpdm_error_prefix(err, status, "all events of data set '%s' together", set->name);
}

dpdm_status dpdm_ledger_bound(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set, dpdm_bound *bound,
                              dpdm_error *err)
{
    return dpdm_ledger_spend_bound(contents, set, NULL, 0, bound, err);
}

dpdm_status dpdm_ledger_spend_check(const dpdm_ledger_data_set *set, const dpdm_bound *bound, dpdm_error *err)
{
    if (bound->epsilon_upper <= set->epsilon)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EBUDGET,
                          "data set '%s' is overspent: epsilon <= %.6g of a budget of %.6g at delta %g", set->name,
                          spend_round_up(bound->epsilon_upper), set->epsilon, set->delta);
}

dpdm_status dpdm_ledger_spend_refuse(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                                     const dpdm_event *extra, size_t count, const dpdm_bound *bound, dpdm_error *err)
{
    dpdm_bound spent;
    char way[200] = "use more noise, fewer steps or a lower sampling rate";
    double noise, left = set->epsilon;
    if (!dpdm_ledger_spend_bound(contents, set, NULL, 0, &spent, NULL))
        left = fmax(set->epsilon - spent.epsilon_upper, 0);
    if (spend_noise(contents, set, extra, count, &noise))
        dpdm_print_text(way, sizeof way, "with a noise multiplier of %.4g it would fit, or use fewer steps", noise);
    return dpdm_error_set(
        err, DPDM_EBUDGET,
        "the budget of data set '%s' (epsilon %.6g at delta %g) does not allow this run: it would bring "
        "all spending to epsilon <= %.6g (%s accountant); %.6g is spent, about %.3g left: %s",
        set->name, set->epsilon, set->delta, spend_round_up(bound->epsilon_upper),
        dpdm_accountant_name(bound->accountant), spend_round_up(set->epsilon - left), left, way);
}

/* The events of all reservations that count, then the extra ones. */
static dpdm_status spend_events(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                                const dpdm_event *extra, size_t extra_count, dpdm_event **events, size_t *count,
                                dpdm_error *err)
{
    size_t room = extra_count + 1;
    for (size_t i = 0; i < contents->reservation_count; i++)
        room += contents->reservations[i].event_count;
    *count = 0;
    *events = calloc(room, sizeof **events);
    if (!*events)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the %zu events of the ledger", room);
    for (size_t i = 0; i < contents->reservation_count; i++) {
        const dpdm_ledger_reservation *reservation = &contents->reservations[i];
        if (reservation->data_set != set->id || reservation->state == DPDM_LEDGER_CANCELLED)
            continue;
        memcpy(*events + *count, reservation->events, reservation->event_count * sizeof **events);
        *count += reservation->event_count;
    }
    if (extra_count)
        memcpy(*events + *count, extra, extra_count * sizeof **events);
    *count += extra_count;
    return DPDM_OK;
}

/* Renyi divergences at the one order add up, also where runs are chosen after seeing earlier results. */
static dpdm_status spend_filter(const dpdm_ledger_data_set *set, const dpdm_event *events, size_t count,
                                dpdm_bound *bound, dpdm_error *err)
{
    dpdm_pld_composition composition;
    bound->order = set->order;
    dpdm_status status = dpdm_pld_composition_create(events, count, (unsigned)set->group, &composition, err);
    if (!status)
        status = dpdm_rdp_epsilon_at(&composition, set->order, set->delta, &bound->epsilon_upper, err);
    dpdm_pld_composition_free(&composition);
    return status;
}

static size_t spend_runs(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set)
{
    size_t runs = 0;
    for (size_t i = 0; i < contents->reservation_count; i++)
        runs +=
            contents->reservations[i].data_set == set->id && contents->reservations[i].state != DPDM_LEDGER_CANCELLED;
    return runs;
}

/* A run alone is planned whole before any result is seen, so its own bound holds as well as the filter's, and the smaller one
 * counts. With a second run the filter adds up both: it may then have no room left, whatever the run is. */
static dpdm_status spend_only_run(const dpdm_ledger_data_set *set, const dpdm_event *events, size_t count,
                                  dpdm_status filtered, dpdm_bound *bound, dpdm_error *err)
{
    dpdm_bound alone;
    dpdm_status status =
        dpdm_account_group(events, count, (unsigned)set->group, set->delta, DPDM_ACCOUNTANT_PLD, &alone, NULL);
    if (status || (!filtered && !(alone.epsilon_upper < bound->epsilon_upper)))
        return filtered;
    *bound = alone;
    if (err)
        err->status = DPDM_OK;
    return DPDM_OK;
}

int dpdm_ledger_proven_adaptively(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set)
{
    return dpdm_ledger_spend_adaptive(contents, set, NULL, 0);
}

int dpdm_ledger_spend_adaptive(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                               const dpdm_event *extra, size_t extra_count)
{
    dpdm_event *events;
    size_t count;
    if (set->order > 0 || spend_runs(contents, set) + (extra_count > 0) <= 1)
        return 1;
    if (spend_events(contents, set, extra, extra_count, &events, &count, NULL))
        return 0;
    int same = 1, plain = 1;
    for (size_t i = 0; i < count; i++) {
        same = same && events[i].sampling_rate == events[0].sampling_rate &&
               events[i].noise_multiplier == events[0].noise_multiplier;
        plain = plain && events[i].sampling_rate == 1;
    }
    free(events);
    return same || plain;
}

/* A noise multiplier with which the request's last event, its main one, would fit. */
static int spend_noise(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set, const dpdm_event *extra,
                       size_t count, double *noise)
{
    dpdm_event *fixed;
    size_t fixed_count;
    dpdm_bound bound;
    if (set->order > 0 || set->group > 1 || spend_events(contents, set, extra, count, &fixed, &fixed_count, NULL))
        return 0;
    const dpdm_event *last = &extra[count - 1];
    int found = !dpdm_calibrate_noise(set->epsilon, set->delta, last->sampling_rate, last->steps, fixed,
                                      fixed_count - 1, set->accountant, noise, &bound, NULL);
    free(fixed);
    double unit = found ? pow(10, floor(log10(*noise)) - 3) : 1;
    *noise = found ? ceil(*noise / unit) * unit : 0;
    return found;
}

/* Up to six digits, so that what is printed is a bound too. */
static double spend_round_up(double value)
{
    if (!(value > 0) || isinf(value))
        return value;
    double unit = pow(10, floor(log10(value)) - 5);
    return ceil(value / unit) * unit;
}

/* A plain Gaussian release of noise multiplier s has Renyi divergence alpha / (2 s^2); this many of them, in units of
 * 2 s^2, fit at an order: the largest rho alpha with rho + log(1 - 1/alpha) - log(alpha delta) / (alpha - 1) = epsilon. */
static double spend_room(double alpha, double epsilon, double delta)
{
    return (epsilon - log1p(-1 / alpha) + log(alpha * delta) / (alpha - 1)) / alpha;
}

double dpdm_ledger_filter_order(double epsilon, double delta)
{
    double best = 2;
    for (double excess = 0x1p-6; excess < 0x1p20; excess *= 1.05)
        if (spend_room(1 + excess, epsilon, delta) > spend_room(best, epsilon, delta))
            best = 1 + excess;
    double unit = pow(10, floor(log10(best - 1)) - 1);
    return 1 + round((best - 1) / unit) * unit;
}
