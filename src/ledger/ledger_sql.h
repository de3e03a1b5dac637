/* ledger_sql.h - the ledger's way to SQLite: opening, errors as dpdm_status, transactions. */
#ifndef DPDM_PRIVACY_LEDGER_SQL_H
#define DPDM_PRIVACY_LEDGER_SQL_H

#include <stdint.h>
#include <sqlite3.h>
#include "dpdm/status.h"

/* A connection to one file. */
typedef struct {
    sqlite3 *db;
    char *path; /* for messages */
    unsigned wait;
    int begun; /* a transaction is open */
} dpdm_ledger_sql;

/* Opens an existing file; `wait` milliseconds for others that write. fixed: for reading only, and nobody writes (see
 * dpdm_ledger_place_fixed). Nothing is read yet. Close also after a failure. */
dpdm_status dpdm_ledger_sql_open(dpdm_ledger_sql *sql, const char *path, int writable, int fixed, unsigned wait,
                                 dpdm_error *err);
void dpdm_ledger_sql_close(dpdm_ledger_sql *sql);

/* The failure `code` of SQLite as a status with a message. `doing`: "read", "write to". */
dpdm_status dpdm_ledger_sql_error(const dpdm_ledger_sql *sql, int code, const char *doing, dpdm_error *err);

/* Runs statements that give no rows wanted here. */
dpdm_status dpdm_ledger_sql_run(dpdm_ledger_sql *sql, const char *statements, dpdm_error *err);
/* The first column of the first row as a whole number; 0 where there is no row. */
dpdm_status dpdm_ledger_sql_number(dpdm_ledger_sql *sql, const char *query, int64_t *value, dpdm_error *err);

/* Begins a transaction, for writing (which waits for other writers) or of a reader. */
dpdm_status dpdm_ledger_sql_begin(dpdm_ledger_sql *sql, int writing, dpdm_error *err);
/* Commits if status is DPDM_OK, else takes everything back. Returns the first failure. */
dpdm_status dpdm_ledger_sql_end(dpdm_ledger_sql *sql, dpdm_status status, dpdm_error *err);

#endif
