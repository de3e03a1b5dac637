/* ledger_append.c - entries are written behind each other, and never otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/rng.h"
#include "dpdm/version.h"
#include "ledger/ledger_handle.h"
#include "ledger/ledger_text.h"

dpdm_status dpdm_ledger_begin_entries(dpdm_ledger *ledger, dpdm_error *err)
{
    dpdm_ledger_entry entry = {.kind = DPDM_LEDGER_ENTRY_LEDGER};
    dpdm_key key;
    dpdm_status status = dpdm_key_generate(&key, err);
    memcpy(entry.id, key.bytes, sizeof entry.id);
    return status ? status : dpdm_ledger_append(ledger, &entry, err);
}

static dpdm_status append_insert(dpdm_ledger *ledger, const char *text, uint64_t sequence, const uint8_t hash[32],
                                 dpdm_error *err)
{
    sqlite3_stmt *insert = NULL;
    int code = sqlite3_prepare_v2(ledger->sql.db, "INSERT INTO entry (sequence, text, hash) VALUES (?1, ?2, ?3)", -1,
                                  &insert, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(insert, 1, (sqlite3_int64)sequence);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(insert, 2, text, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_bind_blob(insert, 3, hash, 32, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(insert);
    sqlite3_finalize(insert);
    return code == SQLITE_DONE ? DPDM_OK : dpdm_ledger_sql_error(&ledger->sql, code, "write to", err);
}

dpdm_status dpdm_ledger_append(dpdm_ledger *ledger, dpdm_ledger_entry *entry, dpdm_error *err)
{
    char *text = NULL;
    uint8_t hash[32];
    entry->sequence = ledger->book.contents.entries + 1;
    memcpy(entry->who, ledger->who, sizeof entry->who);
    snprintf(entry->version, sizeof entry->version, "%s", dpdm_version());
    dpdm_status status = dpdm_ledger_text_time(entry->time, err);
    if (!status)
        status = dpdm_ledger_entry_write(entry, &text, err);
    if (!status)
        status = dpdm_ledger_book_apply(&ledger->book, entry, err);
    if (!status) {
        dpdm_ledger_entry_hash(hash, ledger->book.contents.head, text, strlen(text));
        memcpy(ledger->book.contents.head, hash, sizeof hash);
        status = append_insert(ledger, text, entry->sequence, hash, err);
    }
    free(text);
    return status;
}
