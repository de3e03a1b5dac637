/* ledger_verify.c - checking a ledger through and through, and handing out its entries. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "ledger/ledger_handle.h"
#include "ledger/ledger_spend.h"

static dpdm_status verify_database(const dpdm_ledger_sql *sql, const char *pragma, const char *good, dpdm_error *err);
static dpdm_status verify_anchor(const dpdm_ledger_sql *sql, const dpdm_ledger_anchor *anchor, dpdm_error *err);
static dpdm_status verify_sums(const dpdm_ledger_book *book, dpdm_error *err);
static char *export_line(sqlite3_stmt *row);

dpdm_status dpdm_ledger_verify(dpdm_ledger *ledger, const dpdm_ledger_anchor *anchor, dpdm_error *err)
{
    dpdm_ledger_sql *sql = &ledger->sql;
    dpdm_ledger_schema_state state;
    dpdm_status status = dpdm_ledger_begin(ledger, 0, err); /* chain and rules */
    if (!status)
        status = dpdm_ledger_schema_look(sql, ledger->schema, &state, err);
    if (!status)
        status = verify_database(sql, "PRAGMA integrity_check(1)", "ok", err);
    if (!status)
        status = verify_database(sql, "PRAGMA foreign_key_check", NULL, err);
    if (!status && anchor)
        status = verify_anchor(sql, anchor, err);
    if (!status)
        status = verify_sums(&ledger->book, err);
    return dpdm_ledger_sql_end(sql, status, err);
}

dpdm_status dpdm_ledger_export(dpdm_ledger *ledger, dpdm_ledger_line_fn line, void *context, dpdm_error *err)
{
    sqlite3_stmt *rows = NULL;
    dpdm_status status = DPDM_OK;
    int code =
        sqlite3_prepare_v2(ledger->sql.db, "SELECT sequence, text, hash FROM entry ORDER BY sequence", -1, &rows, NULL);
    while (code == SQLITE_OK && !status && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        char *text = export_line(rows);
        if (!text)
            status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for an entry of the ledger '%s'", ledger->sql.path);
        else if (line(context, text))
            status = dpdm_error_set(err, DPDM_ECANCELLED, "stopped while giving out the ledger '%s'", ledger->sql.path);
        free(text);
        code = SQLITE_OK;
    }
    sqlite3_finalize(rows);
    if (code != SQLITE_OK && code != SQLITE_DONE)
        return dpdm_ledger_sql_error(&ledger->sql, code, "read", err);
    return status;
}

/* One of SQLite's own checks: its first row must be `good`, or there must be none. */
static dpdm_status verify_database(const dpdm_ledger_sql *sql, const char *pragma, const char *good, dpdm_error *err)
{
    sqlite3_stmt *rows = NULL;
    dpdm_status status = DPDM_OK;
    int code = sqlite3_prepare_v2(sql->db, pragma, -1, &rows, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(rows);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(rows, 0) : NULL;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = dpdm_ledger_sql_error(sql, code, "read", err);
    else if (code == SQLITE_ROW && (!good || !text || strcmp(text, good) != 0))
        status = dpdm_error_set(err, DPDM_EFORMAT, "the ledger '%s' is damaged: %s says '%.300s'", sql->path, pragma,
                                text ? text : "");
    sqlite3_finalize(rows);
    return status;
}

static dpdm_status verify_anchor(const dpdm_ledger_sql *sql, const dpdm_ledger_anchor *anchor, dpdm_error *err)
{
    sqlite3_stmt *rows = NULL;
    int code = sqlite3_prepare_v2(sql->db, "SELECT hash FROM entry WHERE sequence = ?1", -1, &rows, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(rows, 1, (sqlite3_int64)anchor->entry);
    if (code == SQLITE_OK)
        code = sqlite3_step(rows);
    int found = code == SQLITE_ROW;
    int same =
        found && sqlite3_column_bytes(rows, 0) == 32 && memcmp(sqlite3_column_blob(rows, 0), anchor->hash, 32) == 0;
    sqlite3_finalize(rows);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return dpdm_ledger_sql_error(sql, code, "read", err);
    if (same)
        return DPDM_OK;
    return dpdm_error_set(
        err, DPDM_EFORMAT,
        found ? "the ledger '%s' is not the one of the anchor: entry %llu has another hash, so the ledger "
                "was written anew"
              : "the ledger '%s' is shorter than it was: the anchor is of entry %llu, which it has no "
                "longer",
        sql->path, (unsigned long long)anchor->entry);
}

static dpdm_status verify_sums(const dpdm_ledger_book *book, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < book->contents.data_set_count; i++) {
        dpdm_bound bound;
        status = dpdm_ledger_bound(&book->contents, &book->data_sets[i], &bound, err);
        if (!status)
            status = dpdm_ledger_spend_check(&book->data_sets[i], &bound, err);
    }
    return status;
}

static char *export_line(sqlite3_stmt *row)
{
    const char *text = (const char *)sqlite3_column_text(row, 1);
    const uint8_t *hash = sqlite3_column_blob(row, 2);
    size_t size = (size_t)sqlite3_column_bytes(row, 2);
    char digits[2 * 32 + 1] = "";
    if (hash && size <= 32)
        sodium_bin2hex(digits, sizeof digits, hash, size);
    cJSON *object = cJSON_CreateObject();
    int good =
        object && cJSON_AddItemToObject(object, "sequence", dpdm_json_u64((uint64_t)sqlite3_column_int64(row, 0))) &&
        cJSON_AddStringToObject(object, "hash", digits) && cJSON_AddStringToObject(object, "text", text ? text : "");
    char *line = good ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return line;
}
