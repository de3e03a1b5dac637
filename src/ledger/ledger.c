/* ledger.c - budgets, reservations and what becomes of them; each change is one transaction that begins by reading and
 * checking all that is there. */
#include "dpdm/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/events.h"
#include "ledger/ledger_handle.h"
#include "ledger/ledger_spend.h"
#include "ledger/ledger_text.h"

static dpdm_status ledger_change(dpdm_ledger *ledger, uint64_t id, dpdm_ledger_entry *entry, dpdm_ledger_state to,
                                 dpdm_error *err);

/* ---- budgets ---- */

dpdm_status dpdm_ledger_add(dpdm_ledger *ledger, const dpdm_ledger_data_set *data_set, dpdm_error *err)
{
    dpdm_ledger_entry entry = {.kind = DPDM_LEDGER_ENTRY_DATA_SET, .data_set = *data_set};
    if (!entry.data_set.unit[0])
        snprintf(entry.data_set.unit, sizeof entry.data_set.unit, "%s", DPDM_LEDGER_UNIT);
    if (!entry.data_set.group)
        entry.data_set.group = 1;
    dpdm_status status = dpdm_ledger_begin(ledger, 1, err);
    if (!status)
        status = dpdm_ledger_append(ledger, &entry, err);
    return dpdm_ledger_sql_end(&ledger->sql, status, err);
}

/* ---- reservations ---- */

static dpdm_status ledger_find_data_set(const dpdm_ledger *ledger, const char *name, const dpdm_ledger_data_set **set,
                                        dpdm_error *err)
{
    *set = dpdm_ledger_book_named(&ledger->book, name);
    if (*set)
        return DPDM_OK;
    const dpdm_ledger_contents *contents = &ledger->book.contents;
    return dpdm_error_set(
        err, DPDM_ENOENT, "the ledger '%s' has no data set '%.250s'; it has %zu%s%s%s: 'dpdm ledger init' adds one",
        ledger->sql.path, name, contents->data_set_count, contents->data_set_count ? ", such as '" : "",
        contents->data_set_count ? contents->data_sets[0].name : "", contents->data_set_count ? "'" : "");
}

static int ledger_same_events(const dpdm_ledger_reservation *reservation, const dpdm_ledger_request *request)
{
    int same = reservation->event_count == request->event_count;
    for (size_t i = 0; same && i < request->event_count; i++)
        same = reservation->events[i].sampling_rate == request->events[i].sampling_rate &&
               reservation->events[i].noise_multiplier == request->events[i].noise_multiplier &&
               reservation->events[i].steps == request->events[i].steps;
    return same;
}

/* The reservation of a run that asks again: what it computes must be what was paid for. */
static dpdm_status ledger_reserve_again(const dpdm_ledger_reservation *reservation, const dpdm_ledger_data_set *set,
                                        const dpdm_ledger_request *request, dpdm_ledger_receipt *receipt,
                                        dpdm_error *err)
{
    const char *reason = NULL;
    int same_config =
        reservation->has_config == (request->config != NULL) &&
        (!request->config || memcmp(reservation->config, request->config, sizeof reservation->config) == 0);
    if (reservation->state == DPDM_LEDGER_CANCELLED)
        reason = "it was cancelled";
    else if (reservation->data_set != set->id)
        reason = "it is for another data set";
    else if (!ledger_same_events(reservation, request))
        reason = "it is for other events";
    else if (!same_config)
        reason = "it is for another config";
    if (reason)
        return dpdm_error_set(err, DPDM_ESTATE,
                              "the run has reservation %llu, but %s; give a new run a name of its own",
                              (unsigned long long)reservation->id, reason);
    receipt->id = reservation->id;
    receipt->state = reservation->state;
    return DPDM_OK;
}

static dpdm_status ledger_append_reservation(dpdm_ledger *ledger, const dpdm_ledger_data_set *set,
                                             const dpdm_ledger_request *request, const dpdm_bound *bound,
                                             dpdm_error *err)
{
    dpdm_ledger_entry entry = {.kind = DPDM_LEDGER_ENTRY_RESERVE,
                               .subject = set->id,
                               .has_config = request->config != NULL,
                               .event_count = request->event_count,
                               .epsilon_after = bound->epsilon_upper,
                               .accountant = bound->accountant};
    entry.events = malloc(request->event_count * sizeof *entry.events);
    if (!entry.events)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a reservation of %zu events", request->event_count);
    memcpy(entry.events, request->events, request->event_count * sizeof *entry.events);
    memcpy(entry.run, request->run, sizeof entry.run);
    if (request->config)
        memcpy(entry.config, request->config, sizeof entry.config);
    dpdm_status status = dpdm_ledger_append(ledger, &entry, err);
    dpdm_ledger_entry_free(&entry);
    return status;
}

/* What the ledger says to a request; where it is new and `keep`, its entry is written. In a transaction. */
static dpdm_status ledger_answer(dpdm_ledger *ledger, const dpdm_ledger_request *request, int keep,
                                 dpdm_ledger_receipt *receipt, dpdm_error *err)
{
    const dpdm_ledger_data_set *set;
    const char *unit = request->unit ? request->unit : DPDM_LEDGER_UNIT;
    dpdm_status status = ledger_find_data_set(ledger, request->data_set, &set, err);
    if (status)
        return status;
    uint64_t group = request->group ? request->group : 1;
    if (strcmp(set->unit, unit) != 0 || set->group != group)
        return dpdm_error_set(
            err, DPDM_ESTATE,
            "the budget of data set '%s' protects %s (of at most %llu records), but the run protects %s "
            "(of at most %llu): the two do not add up",
            set->name, set->unit, (unsigned long long)set->group, unit, (unsigned long long)group);
    receipt->budget = set->epsilon;
    const dpdm_ledger_reservation *before = dpdm_ledger_book_run(&ledger->book, request->run);
    if (before)
        return ledger_reserve_again(before, set, request, receipt, err);
    receipt->fresh = 1;
    receipt->planned_only =
        !dpdm_ledger_spend_adaptive(&ledger->book.contents, set, request->events, request->event_count);
    status = dpdm_ledger_spend_bound(&ledger->book.contents, set, request->events, request->event_count,
                                     &receipt->bound, err);
    if (!status)
        status = dpdm_ledger_spend_check(set, &receipt->bound, err);
    if (!status && keep) {
        status = ledger_append_reservation(ledger, set, request, &receipt->bound, err);
        receipt->id = ledger->book.contents.entries;
    }
    return status;
}

static dpdm_status ledger_request(dpdm_ledger *ledger, const dpdm_ledger_request *request, int keep,
                                  dpdm_ledger_receipt *receipt, dpdm_error *err)
{
    *receipt = (dpdm_ledger_receipt){.state = DPDM_LEDGER_RESERVED};
    if (request->event_count < 1 || request->event_count > DPDM_EVENTS_MAX)
        return dpdm_error_set(err, DPDM_EUSAGE, "%zu events are asked for; 1 to %d are possible", request->event_count,
                              DPDM_EVENTS_MAX);
    dpdm_status status = dpdm_ledger_begin(ledger, keep, err);
    if (!status)
        status = ledger_answer(ledger, request, keep, receipt, err);
    status = dpdm_ledger_sql_end(&ledger->sql, status, err);
    if (status) {
        receipt->id = 0;
        receipt->fresh = 0;
    }
    if (status != DPDM_EBUDGET)
        return status;
    /* With the lock given back: it takes a while. */
    return dpdm_ledger_spend_refuse(&ledger->book.contents, dpdm_ledger_book_named(&ledger->book, request->data_set),
                                    request->events, request->event_count, &receipt->bound, err);
}

dpdm_status dpdm_ledger_reserve(dpdm_ledger *ledger, const dpdm_ledger_request *request, dpdm_ledger_receipt *receipt,
                                dpdm_error *err)
{
    return ledger_request(ledger, request, 1, receipt, err);
}

dpdm_status dpdm_ledger_ask(dpdm_ledger *ledger, const dpdm_ledger_request *request, dpdm_ledger_receipt *receipt,
                            dpdm_error *err)
{
    return ledger_request(ledger, request, 0, receipt, err);
}

/* ---- state changes ---- */

dpdm_status dpdm_ledger_run(dpdm_ledger *ledger, uint64_t reservation, const uint8_t *digest, dpdm_error *err)
{
    dpdm_ledger_entry entry = {.kind = DPDM_LEDGER_ENTRY_RUN};
    if (digest) {
        entry.data_set.has_digest = 1;
        memcpy(entry.data_set.digest, digest, sizeof entry.data_set.digest);
    }
    return ledger_change(ledger, reservation, &entry, DPDM_LEDGER_RUNNING, err);
}

dpdm_status dpdm_ledger_finish(dpdm_ledger *ledger, uint64_t reservation, const uint8_t *release, dpdm_error *err)
{
    dpdm_ledger_entry entry = {.kind = DPDM_LEDGER_ENTRY_FINISH};
    memcpy(entry.release, release, sizeof entry.release);
    return ledger_change(ledger, reservation, &entry, DPDM_LEDGER_FINISHED, err);
}

dpdm_status dpdm_ledger_abandon(dpdm_ledger *ledger, uint64_t reservation, const char *reason, dpdm_error *err)
{
    dpdm_ledger_entry entry = {.kind = DPDM_LEDGER_ENTRY_ABANDON};
    dpdm_status status = dpdm_ledger_text_check("the reason", reason, err);
    if (!status)
        memcpy(entry.reason, reason, strlen(reason) + 1);
    return status ? status : ledger_change(ledger, reservation, &entry, DPDM_LEDGER_ABANDONED, err);
}

dpdm_status dpdm_ledger_cancel(dpdm_ledger *ledger, uint64_t reservation, const char *reason, dpdm_error *err)
{
    dpdm_ledger_entry entry = {.kind = DPDM_LEDGER_ENTRY_CANCEL};
    dpdm_status status = dpdm_ledger_text_check("the reason", reason, err);
    if (!status)
        memcpy(entry.reason, reason, strlen(reason) + 1);
    return status ? status : ledger_change(ledger, reservation, &entry, DPDM_LEDGER_CANCELLED, err);
}

/* The data set with a digest; NULL if there is none. */
static const dpdm_ledger_data_set *ledger_of_digest(const dpdm_ledger *ledger, const uint8_t *digest)
{
    const dpdm_ledger_contents *contents = &ledger->book.contents;
    for (size_t i = 0; i < contents->data_set_count; i++)
        if (contents->data_sets[i].has_digest && memcmp(contents->data_sets[i].digest, digest, 32) == 0)
            return &contents->data_sets[i];
    return NULL;
}

/* DPDM_ESTATE if the reservation's data set has another digest than the one given, if one is given; or has none, where
 * another data set has it: those data have one budget, whatever they are called. */
static dpdm_status ledger_check_data(const dpdm_ledger *ledger, const dpdm_ledger_reservation *reservation,
                                     const uint8_t *digest, dpdm_error *err)
{
    const dpdm_ledger_data_set *set = dpdm_ledger_book_data_set(&ledger->book, reservation->data_set);
    const dpdm_ledger_data_set *other = digest && !set->has_digest ? ledger_of_digest(ledger, digest) : NULL;
    if (other)
        return dpdm_error_set(err, DPDM_ESTATE,
                              "the data are those of data set '%s' in the ledger '%s', and '%s' is another name for "
                              "them: spend from '%s'",
                              other->name, ledger->sql.path, set->name, other->name);
    if (!digest || !set->has_digest || memcmp(set->digest, digest, sizeof set->digest) == 0)
        return DPDM_OK;
    return dpdm_error_set(
        err, DPDM_ESTATE,
        "the data are not those of data set '%s' in the ledger '%s' (their digest is another); name the "
        "right one, or add it with 'dpdm ledger init'",
        set->name, ledger->sql.path);
}

dpdm_status dpdm_ledger_match(dpdm_ledger *ledger, uint64_t id, const uint8_t *digest, dpdm_error *err)
{
    dpdm_status status = dpdm_ledger_sql_end(&ledger->sql, dpdm_ledger_begin(ledger, 0, err), err);
    if (status)
        return status;
    const dpdm_ledger_reservation *found = dpdm_ledger_book_reservation(&ledger->book, id);
    return found ? ledger_check_data(ledger, found, digest, err)
                 : dpdm_error_set(err, DPDM_ENOENT, "the ledger has no reservation %llu", (unsigned long long)id);
}

/* Is the change made already? *done is then set. A digest that differs from the one in the ledger is refused. */
static dpdm_status ledger_change_check(const dpdm_ledger *ledger, const dpdm_ledger_reservation *reservation,
                                       const dpdm_ledger_entry *entry, dpdm_ledger_state to, int *done, dpdm_error *err)
{
    const dpdm_ledger_data_set *data = &entry->data_set;
    *done = reservation->state == to || (to == DPDM_LEDGER_RUNNING && reservation->state == DPDM_LEDGER_FINISHED);
    if (to == DPDM_LEDGER_FINISHED && *done && memcmp(reservation->release, entry->release, 32) != 0)
        return dpdm_error_set(err, DPDM_ESTATE, "reservation %llu has finished with another release",
                              (unsigned long long)reservation->id);
    return to == DPDM_LEDGER_RUNNING
               ? ledger_check_data(ledger, reservation, data->has_digest ? data->digest : NULL, err)
               : DPDM_OK;
}

static dpdm_status ledger_change(dpdm_ledger *ledger, uint64_t id, dpdm_ledger_entry *entry, dpdm_ledger_state to,
                                 dpdm_error *err)
{
    int done = 0;
    dpdm_status status = dpdm_ledger_begin(ledger, 1, err);
    const dpdm_ledger_reservation *found = status ? NULL : dpdm_ledger_book_reservation(&ledger->book, id);
    if (found)
        status = ledger_change_check(ledger, found, entry, to, &done, err);
    entry->subject = id;
    if (!status && !done)
        status = dpdm_ledger_append(ledger, entry, err);
    return dpdm_ledger_sql_end(&ledger->sql, status, err);
}

/* ---- reading ---- */

dpdm_status dpdm_ledger_read(dpdm_ledger *ledger, const dpdm_ledger_contents **contents, dpdm_error *err)
{
    dpdm_status status = dpdm_ledger_sql_end(&ledger->sql, dpdm_ledger_begin(ledger, 0, err), err);
    *contents = status ? NULL : &ledger->book.contents;
    return status;
}

dpdm_status dpdm_ledger_spent(dpdm_ledger *ledger, const char *data_set, dpdm_bound *bound, dpdm_error *err)
{
    const dpdm_ledger_data_set *set;
    dpdm_status status = dpdm_ledger_sql_end(&ledger->sql, dpdm_ledger_begin(ledger, 0, err), err);
    if (!status)
        status = ledger_find_data_set(ledger, data_set, &set, err);
    return status ? status : dpdm_ledger_bound(&ledger->book.contents, set, bound, err);
}
