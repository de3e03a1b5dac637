/* ledger_open.c - opening, creating and bringing up to date. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ledger/ledger_handle.h"
#include "ledger/ledger_place.h"
#include "ledger/ledger_text.h"

enum { OPEN_WAIT = 60000 };

static dpdm_status open_file(dpdm_ledger *ledger, const char *path, dpdm_ledger_mode mode, dpdm_error *err);
static dpdm_status open_settle(dpdm_ledger *ledger, dpdm_ledger_mode mode, dpdm_error *err);
static dpdm_status open_log(dpdm_ledger *ledger, dpdm_error *err);

dpdm_status dpdm_ledger_open(const char *path, dpdm_ledger_mode mode, const dpdm_ledger_options *options,
                             dpdm_ledger **ledger, dpdm_error *err)
{
    return dpdm_ledger_open_schema(path, mode, options, &dpdm_ledger_schema_current, ledger, err);
}

dpdm_status dpdm_ledger_open_schema(const char *path, dpdm_ledger_mode mode, const dpdm_ledger_options *options,
                                    const dpdm_ledger_schema *schema, dpdm_ledger **ledger, dpdm_error *err)
{
    *ledger = NULL;
    dpdm_status status = DPDM_OK;
    if (options && options->who)
        status = dpdm_ledger_text_check("who", options->who, err);
    if (status)
        return status;
    dpdm_ledger *opened = calloc(1, sizeof *opened);
    if (!opened)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to open the ledger '%s'", path);
    opened->schema = schema;
    opened->sql.wait = options && options->wait ? options->wait : OPEN_WAIT;
    if (options && options->who)
        memcpy(opened->who, options->who, strlen(options->who) + 1);
    else
        dpdm_ledger_text_who(opened->who);
    status = open_file(opened, path, mode, err);
    if (!status)
        *ledger = opened;
    else
        dpdm_ledger_close(opened);
    return status;
}

void dpdm_ledger_close(dpdm_ledger *ledger)
{
    if (!ledger)
        return;
    dpdm_ledger_book_free(&ledger->book);
    dpdm_ledger_sql_close(&ledger->sql);
    free(ledger);
}

dpdm_status dpdm_ledger_begin(dpdm_ledger *ledger, int writing, dpdm_error *err)
{
    int64_t version;
    dpdm_ledger_book_free(&ledger->book);
    dpdm_status status = dpdm_ledger_sql_begin(&ledger->sql, writing, err);
    if (!status)
        status = dpdm_ledger_sql_number(&ledger->sql, "PRAGMA user_version", &version, err);
    if (!status && version != ledger->schema->version)
        status =
            dpdm_error_set(err, DPDM_EUNSUPPORTED,
                           "the ledger '%s' was brought to schema version %lld by a newer dpdm meanwhile; use that one",
                           ledger->sql.path, (long long)version);
    return status ? status : dpdm_ledger_book_load(&ledger->book, &ledger->sql, err);
}

static dpdm_status open_file(dpdm_ledger *ledger, const char *path, dpdm_ledger_mode mode, dpdm_error *err)
{
    dpdm_ledger_schema_state state;
    dpdm_status status = dpdm_ledger_place_prepare(path, mode == DPDM_LEDGER_CREATE, err);
    int fixed = 0;
    if (!status && mode == DPDM_LEDGER_READ)
        status = dpdm_ledger_place_fixed(path, &fixed, err);
    if (!status)
        status = dpdm_ledger_sql_open(&ledger->sql, path, mode != DPDM_LEDGER_READ, fixed, ledger->sql.wait, err);
    if (!status)
        status = dpdm_ledger_schema_look(&ledger->sql, ledger->schema, &state, err); /* before anything is written */
    if (status)
        return status;
    if (state == DPDM_LEDGER_SCHEMA_EMPTY && mode != DPDM_LEDGER_CREATE)
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is empty, not a ledger; 'dpdm ledger init' makes one of it",
                              path);
    if (state == DPDM_LEDGER_SCHEMA_OLDER && mode == DPDM_LEDGER_READ)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                              "the ledger '%s' has an older schema; it is brought up to date when something is next "
                              "written to it",
                              path);
    status = mode == DPDM_LEDGER_READ ? DPDM_OK : open_log(ledger, err);
    return !status && state != DPDM_LEDGER_SCHEMA_GOOD ? open_settle(ledger, mode, err) : status;
}

/* The journal mode that the file then has, in mode[size], or an error of SQLite. */
static int open_set_log(sqlite3 *db, char *mode, size_t size)
{
    sqlite3_stmt *statement = NULL;
    mode[0] = '\0';
    int code = sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (text)
        snprintf(mode, size, "%s", text);
    sqlite3_finalize(statement);
    return code;
}

/* Readers go on while one process writes; a commit returns once its log is on the disk. */
static dpdm_status open_log(dpdm_ledger *ledger, dpdm_error *err)
{
    enum { PAUSE = 10 };
    dpdm_ledger_sql *sql = &ledger->sql;
    char mode[16];
    int code = open_set_log(sql->db, mode, sizeof mode);
    /* SQLite does not wait for others here by itself. */
    for (unsigned waited = 0; (code & 0xff) == SQLITE_BUSY && waited < sql->wait; waited += PAUSE) {
        sqlite3_sleep(PAUSE);
        code = open_set_log(sql->db, mode, sizeof mode);
    }
    if (code != SQLITE_ROW)
        return dpdm_ledger_sql_error(sql, code, "write to", err);
    if (strcmp(mode, "wal") != 0)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                              "the ledger '%s' cannot lie here: the file system gives no shared memory; keep it on a "
                              "local disk",
                              sql->path);
    return dpdm_ledger_sql_run(sql, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", err);
}

/* Makes or migrates the schema in one transaction; another process may have been faster. */
static dpdm_status open_settle(dpdm_ledger *ledger, dpdm_ledger_mode mode, dpdm_error *err)
{
    dpdm_ledger_sql *sql = &ledger->sql;
    dpdm_ledger_schema_state state;
    dpdm_status status = dpdm_ledger_sql_begin(sql, 1, err);
    if (!status)
        status = dpdm_ledger_schema_look(sql, ledger->schema, &state, err);
    if (!status && state == DPDM_LEDGER_SCHEMA_EMPTY && mode == DPDM_LEDGER_CREATE) {
        status = dpdm_ledger_schema_create(sql, ledger->schema, err);
        if (!status)
            status = dpdm_ledger_begin_entries(ledger, err);
    } else if (!status && state == DPDM_LEDGER_SCHEMA_OLDER) {
        status = dpdm_ledger_schema_migrate(sql, ledger->schema, err);
        if (!status)
            status = dpdm_ledger_book_load(&ledger->book, sql, err);
    }
    return dpdm_ledger_sql_end(sql, status, err);
}
