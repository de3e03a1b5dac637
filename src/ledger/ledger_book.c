/* ledger_book.c - what entry may follow what. */
#include "ledger/ledger_book.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/attacker.h"
#include "ledger/ledger_text.h"

static dpdm_status book_apply_data_set(dpdm_ledger_book *book, const dpdm_ledger_entry *entry, dpdm_error *err);
static dpdm_status book_apply_reserve(dpdm_ledger_book *book, dpdm_ledger_entry *entry, dpdm_error *err);
static dpdm_status book_apply_change(dpdm_ledger_book *book, const dpdm_ledger_entry *entry, dpdm_error *err);
static dpdm_status book_load_row(dpdm_ledger_book *book, sqlite3_stmt *row, dpdm_error *err);

const char *dpdm_ledger_state_name(dpdm_ledger_state state)
{
    static const char *const names[] = {"reserved", "running", "finished", "abandoned", "cancelled"};
    return (unsigned)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

void dpdm_ledger_book_free(dpdm_ledger_book *book)
{
    for (size_t i = 0; i < book->contents.reservation_count; i++)
        free(book->reservations[i].events);
    free(book->reservations);
    free(book->data_sets);
    *book = (dpdm_ledger_book){0};
}

/* ---- reading ---- */

dpdm_status dpdm_ledger_book_load(dpdm_ledger_book *book, const dpdm_ledger_sql *sql, dpdm_error *err)
{
    sqlite3_stmt *rows = NULL;
    dpdm_status status = DPDM_OK;
    int code = sqlite3_prepare_v2(sql->db, "SELECT sequence, text, hash FROM entry ORDER BY sequence", -1, &rows, NULL);
    while (code == SQLITE_OK && !status && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        status = book_load_row(book, rows, err);
        code = SQLITE_OK;
    }
    sqlite3_finalize(rows);
    if (code != SQLITE_OK && code != SQLITE_DONE)
        return dpdm_ledger_sql_error(sql, code, "read", err);
    if (!status && book->contents.entries == 0)
        return dpdm_error_set(err, DPDM_EFORMAT, "the ledger '%s' was tampered with: it holds no entries", sql->path);
    if (!status || status == DPDM_ENOMEM)
        return status;
    if (err)
        err->status = DPDM_EFORMAT; /* whatever rule it was that does not hold */
    return dpdm_error_prefix(err, DPDM_EFORMAT, "the ledger '%s' was tampered with or is damaged: entry %llu",
                             sql->path, (unsigned long long)book->contents.entries + 1);
}

/* Takes in one row, unless something about it is wrong. */
static dpdm_status book_load_row(dpdm_ledger_book *book, sqlite3_stmt *row, dpdm_error *err)
{
    dpdm_ledger_contents *contents = &book->contents;
    const char *text = (const char *)sqlite3_column_text(row, 1);
    size_t size = (size_t)sqlite3_column_bytes(row, 1);
    const void *stored = sqlite3_column_blob(row, 2);
    uint8_t hash[32];
    if (sqlite3_errcode(sqlite3_db_handle(row)) == SQLITE_NOMEM)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the ledger's entries");
    if (!text || !stored || sqlite3_column_bytes(row, 2) != 32)
        return dpdm_error_set(err, DPDM_EFORMAT, "text or hash is missing");
    dpdm_ledger_entry_hash(hash, contents->head, text, size);
    if (memcmp(hash, stored, sizeof hash) != 0)
        return dpdm_error_set(err, DPDM_EFORMAT, "its hash is not that of its text and the entry before it");
    dpdm_ledger_entry entry;
    dpdm_status status = dpdm_ledger_entry_parse(text, size, &entry, err);
    if (status)
        return status;
    if (sqlite3_column_int64(row, 0) != (sqlite3_int64)entry.sequence)
        status = dpdm_error_set(err, DPDM_EFORMAT, "it stands at number %lld", (long long)sqlite3_column_int64(row, 0));
    else
        status = dpdm_ledger_book_apply(book, &entry, err);
    if (!status)
        memcpy(contents->head, hash, sizeof hash);
    dpdm_ledger_entry_free(&entry);
    return status;
}

/* ---- rules ---- */

dpdm_status dpdm_ledger_book_apply(dpdm_ledger_book *book, dpdm_ledger_entry *entry, dpdm_error *err)
{
    dpdm_ledger_contents *contents = &book->contents;
    dpdm_status status = DPDM_OK;
    if (entry->sequence != contents->entries + 1)
        return dpdm_error_set(err, DPDM_EFORMAT, "it says that it is entry %llu", (unsigned long long)entry->sequence);
    if ((entry->kind == DPDM_LEDGER_ENTRY_LEDGER) != (entry->sequence == 1))
        return dpdm_error_set(err, DPDM_EFORMAT, "a ledger begins with the entry that says so, and has one of them");
    if (entry->kind == DPDM_LEDGER_ENTRY_LEDGER)
        memcpy(contents->id, entry->id, sizeof contents->id);
    else if (entry->kind == DPDM_LEDGER_ENTRY_DATA_SET)
        status = book_apply_data_set(book, entry, err);
    else if (entry->kind == DPDM_LEDGER_ENTRY_RESERVE)
        status = book_apply_reserve(book, entry, err);
    else
        status = book_apply_change(book, entry, err);
    if (!status)
        contents->entries++;
    return status;
}

/* Room for one more of `size` bytes in an array of `count`. */
static void *book_grow(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    size_t wanted = *room ? 2 * *room : 8;
    void *grown = wanted < SIZE_MAX / size ? realloc(array, wanted * size) : NULL;
    if (grown)
        *room = wanted;
    return grown;
}

static dpdm_status book_check_budget(const dpdm_ledger_data_set *set, dpdm_error *err)
{
    dpdm_status status = dpdm_ledger_text_check("the name of the data set", set->name, err);
    if (!status)
        status = dpdm_ledger_text_check("the unit", set->unit, err);
    if (status)
        return status;
    if (!(set->epsilon > 0) || isinf(set->epsilon))
        return dpdm_error_set(err, DPDM_EUSAGE, "the budget's epsilon must be a number above 0, not %g", set->epsilon);
    if (!(set->delta > 0 && set->delta < 1))
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "the budget's delta must lie between 0 and 1, both excluded, not %g; choose it well below "
            "1 / number of records, such as 1e-5",
            set->delta);
    if (set->group < 1 || set->group > DPDM_GROUP_MAX)
        return dpdm_error_set(err, DPDM_EUSAGE, "a unit of %llu records is not possible: 1 to %d are",
                              (unsigned long long)set->group, DPDM_GROUP_MAX);
    if (set->order != 0 && (set->accountant != DPDM_ACCOUNTANT_RDP || !(set->order > 1) || isinf(set->order)))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "a filter of order %g is not possible: orders lie above 1 and go with the rdp accountant",
                              set->order);
    return DPDM_OK;
}

static dpdm_status book_apply_data_set(dpdm_ledger_book *book, const dpdm_ledger_entry *entry, dpdm_error *err)
{
    const dpdm_ledger_data_set *set = &entry->data_set;
    dpdm_ledger_contents *contents = &book->contents;
    dpdm_status status = book_check_budget(set, err);
    if (status)
        return status;
    for (size_t i = 0; i < contents->data_set_count; i++) {
        const dpdm_ledger_data_set *other = &contents->data_sets[i];
        if (strcmp(other->name, set->name) == 0)
            return dpdm_error_set(
                err, DPDM_EEXIST,
                "the ledger has a data set '%s' already (epsilon %g at delta %g); its budget is fixed", set->name,
                other->epsilon, other->delta);
        if (set->has_digest && other->has_digest && memcmp(other->digest, set->digest, sizeof set->digest) == 0)
            return dpdm_error_set(err, DPDM_EEXIST, "the same data are in the ledger already, as '%s'", other->name);
    }
    void *grown = book_grow(book->data_sets, contents->data_set_count, &book->data_set_room, sizeof *book->data_sets);
    if (!grown)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the ledger's data sets");
    contents->data_sets = book->data_sets = grown;
    book->data_sets[contents->data_set_count] = *set;
    book->data_sets[contents->data_set_count++].id = entry->sequence;
    return DPDM_OK;
}

static dpdm_status book_apply_reserve(dpdm_ledger_book *book, dpdm_ledger_entry *entry, dpdm_error *err)
{
    dpdm_ledger_contents *contents = &book->contents;
    const dpdm_ledger_data_set *set = dpdm_ledger_book_data_set(book, entry->subject);
    if (!set)
        return dpdm_error_set(err, DPDM_ENOENT, "the ledger has no data set with id %llu",
                              (unsigned long long)entry->subject);
    if (dpdm_ledger_book_run(book, entry->run))
        return dpdm_error_set(err, DPDM_ESTATE, "the run has a reservation already");
    void *grown =
        book_grow(book->reservations, contents->reservation_count, &book->reservation_room, sizeof *book->reservations);
    if (!grown)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the ledger's reservations");
    contents->reservations = book->reservations = grown;
    dpdm_ledger_reservation *reservation = &book->reservations[contents->reservation_count++];
    *reservation = (dpdm_ledger_reservation){.id = entry->sequence,
                                             .data_set = entry->subject,
                                             .has_config = entry->has_config,
                                             .events = entry->events,
                                             .event_count = entry->event_count,
                                             .epsilon_after = entry->epsilon_after,
                                             .state = DPDM_LEDGER_RESERVED};
    memcpy(reservation->run, entry->run, sizeof reservation->run);
    memcpy(reservation->config, entry->config, sizeof reservation->config);
    memcpy(reservation->time, entry->time, sizeof reservation->time);
    memcpy(reservation->who, entry->who, sizeof reservation->who);
    entry->events = NULL;
    entry->event_count = 0;
    return DPDM_OK;
}

/* Finished and cancelled are final. An abandoned run may go on after all: it is paid for. */
int dpdm_ledger_book_allows(dpdm_ledger_state from, dpdm_ledger_state to)
{
    switch (to) {
    case DPDM_LEDGER_RUNNING:
        return from == DPDM_LEDGER_RESERVED || from == DPDM_LEDGER_ABANDONED;
    case DPDM_LEDGER_FINISHED:
        return from == DPDM_LEDGER_RUNNING;
    case DPDM_LEDGER_ABANDONED:
        return from == DPDM_LEDGER_RESERVED || from == DPDM_LEDGER_RUNNING;
    case DPDM_LEDGER_CANCELLED: /* an abandoned run may have run before */
    case DPDM_LEDGER_RESERVED:
        return from == DPDM_LEDGER_RESERVED && to == DPDM_LEDGER_CANCELLED;
    }
    return 0;
}

static dpdm_ledger_state book_state(dpdm_ledger_kind kind)
{
    switch (kind) {
    case DPDM_LEDGER_ENTRY_RUN:
        return DPDM_LEDGER_RUNNING;
    case DPDM_LEDGER_ENTRY_FINISH:
        return DPDM_LEDGER_FINISHED;
    case DPDM_LEDGER_ENTRY_ABANDON:
        return DPDM_LEDGER_ABANDONED;
    case DPDM_LEDGER_ENTRY_CANCEL:
        return DPDM_LEDGER_CANCELLED;
    default:
        return DPDM_LEDGER_RESERVED;
    }
}

static dpdm_status book_apply_change(dpdm_ledger_book *book, const dpdm_ledger_entry *entry, dpdm_error *err)
{
    const dpdm_ledger_reservation *found = dpdm_ledger_book_reservation(book, entry->subject);
    dpdm_ledger_state to = book_state(entry->kind);
    if (!found)
        return dpdm_error_set(err, DPDM_ENOENT, "the ledger has no reservation %llu",
                              (unsigned long long)entry->subject);
    if (!dpdm_ledger_book_allows(found->state, to))
        return dpdm_error_set(err, DPDM_ESTATE, "reservation %llu is %s and cannot become %s%s",
                              (unsigned long long)entry->subject, dpdm_ledger_state_name(found->state),
                              dpdm_ledger_state_name(to),
                              to == DPDM_LEDGER_CANCELLED  ? ": only a run that never started gives anything back"
                              : to == DPDM_LEDGER_FINISHED ? ": a run says that it runs before its first private step"
                                                           : "");
    dpdm_status status = DPDM_OK;
    if (to == DPDM_LEDGER_ABANDONED || to == DPDM_LEDGER_CANCELLED)
        status = dpdm_ledger_text_check("the reason", entry->reason, err);
    if (status)
        return status;
    dpdm_ledger_reservation *reservation = &book->reservations[found - book->reservations];
    reservation->state = to;
    memcpy(reservation->reason, entry->reason, sizeof reservation->reason);
    if (to == DPDM_LEDGER_FINISHED) {
        reservation->has_release = 1;
        memcpy(reservation->release, entry->release, sizeof reservation->release);
    }
    return DPDM_OK;
}

/* ---- finding ---- */

const dpdm_ledger_data_set *dpdm_ledger_book_data_set(const dpdm_ledger_book *book, uint64_t id)
{
    for (size_t i = 0; i < book->contents.data_set_count; i++)
        if (book->data_sets[i].id == id)
            return &book->data_sets[i];
    return NULL;
}

const dpdm_ledger_data_set *dpdm_ledger_book_named(const dpdm_ledger_book *book, const char *name)
{
    for (size_t i = 0; i < book->contents.data_set_count; i++)
        if (strcmp(book->data_sets[i].name, name) == 0)
            return &book->data_sets[i];
    return NULL;
}

/* Ids rise, so halving finds them. */
const dpdm_ledger_reservation *dpdm_ledger_book_reservation(const dpdm_ledger_book *book, uint64_t id)
{
    size_t low = 0, high = book->contents.reservation_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->reservations[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    int found = low < book->contents.reservation_count && book->reservations[low].id == id;
    return found ? &book->reservations[low] : NULL;
}

const dpdm_ledger_reservation *dpdm_ledger_book_run(const dpdm_ledger_book *book, const uint8_t run[16])
{
    for (size_t i = 0; i < book->contents.reservation_count; i++)
        if (memcmp(book->reservations[i].run, run, sizeof book->reservations[i].run) == 0)
            return &book->reservations[i];
    return NULL;
}
