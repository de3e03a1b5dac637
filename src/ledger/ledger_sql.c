/* ledger_sql.c - the ledger's way to SQLite. */
#include "ledger/ledger_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *sql_file_name(const char *path);
static char *sql_fixed_name(const char *name);

dpdm_status dpdm_ledger_sql_open(dpdm_ledger_sql *sql, const char *path, int writable, int fixed, unsigned wait,
                                 dpdm_error *err)
{
    *sql = (dpdm_ledger_sql){.path = sql_file_name(path), .wait = wait};
    if (!sql->path)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to open the ledger '%s'", path);
    /* A reader opens for writing too: what a killed writer left is set right by whoever comes next. */
    int code;
    if (fixed) {
        char *name = sql_fixed_name(sql->path);
        code = name ? sqlite3_open_v2(name, &sql->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) : SQLITE_NOMEM;
        free(name);
    } else {
        code = sqlite3_open_v2(sql->path, &sql->db, SQLITE_OPEN_READWRITE, NULL);
    }
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(sql->db, 1);
        sqlite3_busy_timeout(sql->db, (int)wait);
        /* The file may come from anyone. */
        code = sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    }
    if (code == SQLITE_OK && !writable)
        code = sqlite3_exec(sql->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
    return code == SQLITE_OK ? DPDM_OK : dpdm_ledger_sql_error(sql, code, "open", err);
}

void dpdm_ledger_sql_close(dpdm_ledger_sql *sql)
{
    sqlite3_close(sql->db);
    free(sql->path);
    *sql = (dpdm_ledger_sql){0};
}

dpdm_status dpdm_ledger_sql_error(const dpdm_ledger_sql *sql, int code, const char *doing, dpdm_error *err)
{
    const char *why = sql->db ? sqlite3_errmsg(sql->db) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return dpdm_error_set(
            err, DPDM_ESTATE,
            "cannot %s the ledger '%s': another process has been using it for more than %.3g seconds; "
            "try again when it is done ('fuser' tells which one it is)",
            doing, sql->path, sql->wait / 1000.0);
    case SQLITE_NOTADB:
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is not a ledger: it is not an SQLite database", sql->path);
    case SQLITE_CORRUPT:
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "the ledger '%s' is damaged (%s); restore a copy, and reserve again what was spent since",
                              sql->path, why);
    case SQLITE_NOMEM:
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to %s the ledger '%s'", doing, sql->path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        return dpdm_error_set(err, DPDM_EIO,
                              "cannot %s the ledger '%s': %s; it takes leave to write the file and its folder, where "
                              "SQLite keeps '%s-wal' and '-shm'",
                              doing, sql->path, why, sql->path);
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return dpdm_error_set(err, DPDM_EIO, "cannot %s the ledger '%s': %s; see to the disk, then try again", doing,
                              sql->path, why);
    default:
        return dpdm_error_set(err, DPDM_EINTERNAL, "cannot %s the ledger '%s': %s", doing, sql->path, why);
    }
}

dpdm_status dpdm_ledger_sql_run(dpdm_ledger_sql *sql, const char *statements, dpdm_error *err)
{
    int code = sqlite3_exec(sql->db, statements, NULL, NULL, NULL);
    return code == SQLITE_OK ? DPDM_OK : dpdm_ledger_sql_error(sql, code, "write to", err);
}

dpdm_status dpdm_ledger_sql_number(dpdm_ledger_sql *sql, const char *query, int64_t *value, dpdm_error *err)
{
    sqlite3_stmt *statement = NULL;
    *value = 0;
    int code = sqlite3_prepare_v2(sql->db, query, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            *value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    int good = code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;
    return good ? DPDM_OK : dpdm_ledger_sql_error(sql, code, "read", err);
}

dpdm_status dpdm_ledger_sql_begin(dpdm_ledger_sql *sql, int writing, dpdm_error *err)
{
    int code = sqlite3_exec(sql->db, writing ? "BEGIN IMMEDIATE" : "BEGIN", NULL, NULL, NULL);
    sql->begun = code == SQLITE_OK;
    return sql->begun ? DPDM_OK : dpdm_ledger_sql_error(sql, code, writing ? "write to" : "read", err);
}

dpdm_status dpdm_ledger_sql_end(dpdm_ledger_sql *sql, dpdm_status status, dpdm_error *err)
{
    if (!sql->begun)
        return status;
    if (!status) {
        int code = sqlite3_exec(sql->db, "COMMIT", NULL, NULL, NULL);
        if (code != SQLITE_OK)
            status = dpdm_ledger_sql_error(sql, code, "write to", err);
    }
    if (!sqlite3_get_autocommit(sql->db))
        sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL); /* what it cannot undo now is undone by the next opener */
    sql->begun = 0;
    return status;
}

/* SQLite gives ":memory:" and "file:..." a meaning of their own; here they are names of files. */
static char *sql_file_name(const char *path)
{
    size_t size = strlen(path) + 3;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%s%s", path[0] == '/' || path[0] == '.' ? "" : "./", path);
    return name;
}

/* As a URI that says that nobody changes the file: SQLite then needs neither a lock nor a log beside it. */
static char *sql_fixed_name(const char *name)
{
    static const char before[] = "file:", after[] = "?immutable=1";
    char *uri = malloc(3 * strlen(name) + sizeof before + sizeof after);
    if (!uri)
        return NULL;
    char *to = uri + snprintf(uri, sizeof before, "%s", before);
    for (; *name; name++) {
        const char c = *name;
        const int plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("/._-", c);
        to += plain ? snprintf(to, 2, "%c", c) : snprintf(to, 4, "%%%02X", (unsigned)(unsigned char)c);
    }
    memcpy(to, after, sizeof after);
    return uri;
}
