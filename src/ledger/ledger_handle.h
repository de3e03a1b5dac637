/* ledger_handle.h - an open ledger. */
#ifndef DPDM_PRIVACY_LEDGER_HANDLE_H
#define DPDM_PRIVACY_LEDGER_HANDLE_H

#include "ledger/ledger_book.h"
#include "ledger/ledger_schema.h"

struct dpdm_ledger {
    dpdm_ledger_sql sql;
    const dpdm_ledger_schema *schema;
    char who[DPDM_LEDGER_TEXT];
    dpdm_ledger_book book; /* as last read */
};

/* dpdm_ledger_open with another schema than the current one: for tests of migrations. */
dpdm_status dpdm_ledger_open_schema(const char *path, dpdm_ledger_mode mode, const dpdm_ledger_options *options,
                                    const dpdm_ledger_schema *schema, dpdm_ledger **ledger, dpdm_error *err);

/* Begins a transaction and reads the book anew; end it with dpdm_ledger_sql_end, also after a failure. */
dpdm_status dpdm_ledger_begin(dpdm_ledger *ledger, int writing, dpdm_error *err);

/* Fills in an entry's common fields and writes it behind the others, in a transaction; the book takes it in, and refuses what
 * the rules do not allow. */
dpdm_status dpdm_ledger_append(dpdm_ledger *ledger, dpdm_ledger_entry *entry, dpdm_error *err);

/* Writes the first entry of a new ledger, in the transaction that made its schema. */
dpdm_status dpdm_ledger_begin_entries(dpdm_ledger *ledger, dpdm_error *err);

#endif
