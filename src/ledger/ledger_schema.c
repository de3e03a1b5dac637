/* ledger_schema.c - the tables of a ledger. Changing a statement means a new version and a migration. */
#include "ledger/ledger_schema.h"

#include <stdio.h>
#include <string.h>

static dpdm_status schema_look(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_ledger_schema_state *state,
                               dpdm_error *err);
static dpdm_status schema_compare(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_error *err);
static const dpdm_ledger_migration *schema_migration(const dpdm_ledger_schema *schema, int64_t from);
static dpdm_status schema_set_version(dpdm_ledger_sql *sql, int version, dpdm_error *err);

static const char *const schema_statements[] = {
    "CREATE TABLE entry (\n"
    "    sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),\n"
    "    text TEXT NOT NULL CHECK (json_valid(text)),\n"
    "    hash BLOB NOT NULL CHECK (length(hash) = 32),\n"
    "    kind TEXT NOT NULL AS (json_extract(text, '$.kind')) VIRTUAL\n"
    "        CHECK (kind IN ('ledger', 'data_set', 'reserve', 'run', 'finish', 'abandon', 'cancel')),\n"
    "    data_set INTEGER AS (json_extract(text, '$.data_set')) VIRTUAL\n"
    "        REFERENCES entry (sequence) CHECK (data_set < sequence),\n"
    "    reservation INTEGER AS (json_extract(text, '$.reservation')) VIRTUAL\n"
    "        REFERENCES entry (sequence) CHECK (reservation < sequence)\n"
    ") STRICT",

    "CREATE UNIQUE INDEX entry_name ON entry (json_extract(text, '$.name')) WHERE kind = 'data_set'",
    "CREATE UNIQUE INDEX entry_run ON entry (json_extract(text, '$.run')) WHERE kind = 'reserve'",
    "CREATE INDEX entry_reservation ON entry (reservation)",

    "CREATE TRIGGER entry_no_gap BEFORE INSERT ON entry\n"
    "WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entry)\n"
    "BEGIN SELECT RAISE(ABORT, 'entries are numbered without gaps'); END",
    "CREATE TRIGGER entry_no_change BEFORE UPDATE ON entry\n"
    "BEGIN SELECT RAISE(ABORT, 'entries of a ledger are never changed'); END",
    "CREATE TRIGGER entry_no_removal BEFORE DELETE ON entry\n"
    "BEGIN SELECT RAISE(ABORT, 'entries of a ledger are never removed'); END",

    "CREATE VIEW data_set AS\n"
    "SELECT sequence AS id, text ->> '$.name' AS name, text ->> '$.epsilon' AS epsilon, text ->> '$.delta' AS delta,\n"
    "    text ->> '$.accountant' AS accountant, text ->> '$.order' AS \"order\", text ->> '$.unit' AS unit,\n"
    "    text ->> '$.digest' AS digest\n"
    "FROM entry WHERE kind = 'data_set'",
    "CREATE VIEW reservation AS\n"
    "SELECT sequence AS id, (SELECT name FROM data_set WHERE data_set.id = entry.data_set) AS data_set,\n"
    "    text ->> '$.run' AS run, text ->> '$.time' AS time, text ->> '$.who' AS who, text ->> '$.config' AS config,\n"
    "    text ->> '$.epsilon_after' AS epsilon_after,\n"
    "    CASE (SELECT kind FROM entry AS change WHERE change.reservation = entry.sequence\n"
    "        ORDER BY change.sequence DESC LIMIT 1)\n"
    "        WHEN 'run' THEN 'running' WHEN 'finish' THEN 'finished' WHEN 'abandon' THEN 'abandoned'\n"
    "        WHEN 'cancel' THEN 'cancelled' ELSE 'reserved' END AS state\n"
    "FROM entry WHERE kind = 'reserve'",
    "CREATE VIEW event AS\n"
    "SELECT sequence AS reservation, key + 1 AS number, value ->> '$.sampling_rate' AS sampling_rate,\n"
    "    value ->> '$.noise_multiplier' AS noise_multiplier, value ->> '$.steps' AS steps\n"
    "FROM entry, json_each(text, '$.events') WHERE kind = 'reserve'",
};

const dpdm_ledger_schema dpdm_ledger_schema_current = {
    .version = 1,
    .statements = schema_statements,
    .statement_count = sizeof schema_statements / sizeof *schema_statements,
};

dpdm_status dpdm_ledger_schema_look(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema,
                                    dpdm_ledger_schema_state *state, dpdm_error *err)
{
    if (sql->begun)
        return schema_look(sql, schema, state, err);
    dpdm_status status = dpdm_ledger_sql_begin(sql, 0, err); /* all as of one moment */
    if (!status)
        status = schema_look(sql, schema, state, err);
    return dpdm_ledger_sql_end(sql, status, err);
}

static dpdm_status schema_look(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_ledger_schema_state *state,
                               dpdm_error *err)
{
    int64_t application, version = 0, objects = 0;
    dpdm_status status = dpdm_ledger_sql_number(sql, "PRAGMA application_id", &application, err);
    if (!status)
        status = dpdm_ledger_sql_number(sql, "PRAGMA user_version", &version, err);
    if (!status)
        status = dpdm_ledger_sql_number(sql, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (status)
        return status;
    *state = DPDM_LEDGER_SCHEMA_EMPTY;
    if (application == 0 && version == 0 && objects == 0)
        return DPDM_OK;
    if (application != DPDM_LEDGER_APPLICATION)
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is not a ledger: it is a database of another program",
                              sql->path);
    if (version > schema->version)
        return dpdm_error_set(
            err, DPDM_EUNSUPPORTED,
            "the ledger '%s' has schema version %lld; this dpdm knows versions up to %d: use the dpdm "
            "that made it, or a newer one",
            sql->path, (long long)version, schema->version);
    *state = version == schema->version ? DPDM_LEDGER_SCHEMA_GOOD : DPDM_LEDGER_SCHEMA_OLDER;
    if (*state == DPDM_LEDGER_SCHEMA_GOOD)
        return schema_compare(sql, schema, err);
    for (int64_t from = version; from < schema->version; from++)
        if (!schema_migration(schema, from))
            return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                                  "the ledger '%s' has schema version %lld, which this dpdm cannot bring up to date; "
                                  "open it once with the dpdm that followed the one that made it",
                                  sql->path, (long long)version);
    return DPDM_OK;
}

dpdm_status dpdm_ledger_schema_create(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_error *err)
{
    char application[64];
    snprintf(application, sizeof application, "PRAGMA application_id = %d", DPDM_LEDGER_APPLICATION);
    dpdm_status status = dpdm_ledger_sql_run(sql, application, err);
    if (!status)
        status = schema_set_version(sql, schema->version, err);
    for (size_t i = 0; !status && i < schema->statement_count; i++)
        status = dpdm_ledger_sql_run(sql, schema->statements[i], err);
    return status;
}

dpdm_status dpdm_ledger_schema_migrate(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_error *err)
{
    int64_t version;
    dpdm_status status = dpdm_ledger_sql_number(sql, "PRAGMA user_version", &version, err);
    for (; !status && version < schema->version; version++) {
        const dpdm_ledger_migration *migration = schema_migration(schema, version);
        status = migration ? migration->step(sql, err)
                           : dpdm_error_set(err, DPDM_EUNSUPPORTED, "no way leads from schema version %lld",
                                            (long long)version);
    }
    if (!status)
        status = schema_set_version(sql, schema->version, err);
    return status ? status : schema_compare(sql, schema, err);
}

/* Every object of the file is a statement of the schema, letter by letter, and none is missing: whoever took a trigger
 * away to change an entry did not leave it that way unseen. */
static dpdm_status schema_compare(dpdm_ledger_sql *sql, const dpdm_ledger_schema *schema, dpdm_error *err)
{
    sqlite3_stmt *rows = NULL;
    size_t found = 0;
    char other[200] = "";
    int code = sqlite3_prepare_v2(
        sql->db, "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", -1, &rows, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(rows, 0),
                   *text = (const char *)sqlite3_column_text(rows, 1);
        size_t i = 0;
        while (i < schema->statement_count && strcmp(schema->statements[i], text ? text : "") != 0)
            i++;
        if (i == schema->statement_count && !other[0])
            snprintf(other, sizeof other, "%.190s", name ? name : "?");
        found += i < schema->statement_count;
        code = SQLITE_OK;
    }
    sqlite3_finalize(rows);
    if (code != SQLITE_DONE)
        return dpdm_ledger_sql_error(sql, code, "read", err);
    if (other[0])
        return dpdm_error_set(err, DPDM_EFORMAT, "the ledger '%s' was tampered with: '%s' is not as dpdm made it",
                              sql->path, other);
    if (found != schema->statement_count)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "the ledger '%s' was tampered with: %zu of the %zu parts of its schema are missing",
                              sql->path, schema->statement_count - found, schema->statement_count);
    return DPDM_OK;
}

static const dpdm_ledger_migration *schema_migration(const dpdm_ledger_schema *schema, int64_t from)
{
    for (size_t i = 0; i < schema->migration_count; i++)
        if (schema->migrations[i].from == from)
            return &schema->migrations[i];
    return NULL;
}

static dpdm_status schema_set_version(dpdm_ledger_sql *sql, int version, dpdm_error *err)
{
    char text[64];
    snprintf(text, sizeof text, "PRAGMA user_version = %d", version);
    return dpdm_ledger_sql_run(sql, text, err);
}
