/* ledger_schema.h - the tables of a ledger, their version, and the way from older versions. */
#ifndef DPDM_PRIVACY_LEDGER_SCHEMA_H
#define DPDM_PRIVACY_LEDGER_SCHEMA_H

#include <stddef.h>
#include "ledger/ledger_sql.h"

#define DPDM_LEDGER_APPLICATION 0x64706C67 /* "dplg" */

/* Brings a ledger from schema version `from` to from + 1, inside the transaction that the caller began. It must leave
 * the texts and hashes of all entries as they are. */
typedef struct {
    int from;
    dpdm_status (*step)(dpdm_ledger_sql *sql, dpdm_error *err);
} dpdm_ledger_migration;

/* A schema version: the statements that make its objects, in any order, and the migrations that lead to it. */
typedef struct {
    int version;
    const char *const *statements; /* exactly as SQLite keeps them: "CREATE ...", without the final semicolon */
    size_t statement_count;
    const dpdm_ledger_migration *migrations;
    size_t migration_count;
} dpdm_ledger_schema;

/* The version that this program writes. */
extern const dpdm_ledger_schema dpdm_ledger_schema_current;

typedef enum {
    DPDM_LEDGER_SCHEMA_EMPTY, /* a database without anything: to be made a ledger */
    DPDM_LEDGER_SCHEMA_OLDER, /* can be migrated */
    DPDM_LEDGER_SCHEMA_GOOD
} dpdm_ledger_schema_state;

/* Looks at what a file is. DPDM_EFORMAT: not a ledger, or with other objects than its version has. DPDM_EUNSUPPORTED:
 * of a newer version, or of an older one from which no migration leads. */
dpdm_status dpdm_ledger_schema_look(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema,
                                    dpdm_ledger_schema_state *state, dpdm_error *err);
/* Makes the objects in an empty database; inside a transaction of the caller. */
dpdm_status dpdm_ledger_schema_create(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_error *err);
/* Runs the migrations from the file's version on; inside a transaction of the caller. */
dpdm_status dpdm_ledger_schema_migrate(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_error *err);

#endif
