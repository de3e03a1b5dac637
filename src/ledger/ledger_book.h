/* ledger_book.h - the entries of a ledger read in order: data sets, reservations, and the rules they obey.
 *
 * One function, dpdm_ledger_book_apply, knows what entry may follow what; it is asked when entries are read and before
 * they are written. */
#ifndef DPDM_PRIVACY_LEDGER_BOOK_H
#define DPDM_PRIVACY_LEDGER_BOOK_H

#include "ledger/ledger_entry.h"
#include "ledger/ledger_sql.h"

typedef struct {
    dpdm_ledger_contents contents; /* points to the arrays below */
    dpdm_ledger_data_set *data_sets;
    dpdm_ledger_reservation *reservations;
    size_t data_set_room, reservation_room;
} dpdm_ledger_book;

/* An empty book is {0}. */
void dpdm_ledger_book_free(dpdm_ledger_book *book);

/* Checks an entry against what is there and takes it in (with its events, which it then owns: entry->events becomes
 * NULL). The number of the entry must be the next one; hashes are not looked at. DPDM_EEXIST, DPDM_ENOENT, DPDM_ESTATE,
 * DPDM_EUSAGE, DPDM_ENOMEM; the book is then as it was. */
dpdm_status dpdm_ledger_book_apply(dpdm_ledger_book *book, dpdm_ledger_entry *entry, dpdm_error *err);

/* Reads all entries into an empty book, checking chain and rules. DPDM_EFORMAT names the entry that is wrong. */
dpdm_status dpdm_ledger_book_load(dpdm_ledger_book *book, const dpdm_ledger_sql *sql, dpdm_error *err);

/* NULL if there is none. */
const dpdm_ledger_data_set *dpdm_ledger_book_data_set(const dpdm_ledger_book *book, uint64_t id);
const dpdm_ledger_data_set *dpdm_ledger_book_named(const dpdm_ledger_book *book, const char *name);
const dpdm_ledger_reservation *dpdm_ledger_book_reservation(const dpdm_ledger_book *book, uint64_t id);
const dpdm_ledger_reservation *dpdm_ledger_book_run(const dpdm_ledger_book *book, const uint8_t run[16]);

/* May a reservation in state `from` become `to`? */
int dpdm_ledger_book_allows(dpdm_ledger_state from, dpdm_ledger_state to);

#endif
