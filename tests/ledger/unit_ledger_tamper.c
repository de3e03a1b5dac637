/* unit_ledger_tamper.c - changes made behind the ledger's back: every field of every entry, the hashes, the order, the
 * schema; and damage to the file. Whoever can write the file can also compute all hashes anew: an anchor shows that. */
#include "ledger/support.h"

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "dpdm/rng.h"
#include "ledger/dying_vfs.h"
#include "ledger/ledger_entry.h"
#include "ledger/ledger_schema.h"

/* A ledger with an entry of every kind; its files are closed and in one piece. */
enum { ENTRIES = 11 };

static void write_ledger(const support_place *place)
{
    dpdm_ledger *ledger = support_create(place, 2);
    dpdm_ledger_data_set set = support_data_set("scans", 3);
    const uint8_t release[32] = {7}, config[32] = {5};
    set.has_digest = 1;
    set.digest[3] = 1;
    set.order = 20;
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    for (unsigned n = 0; n < 4; n++) {
        dpdm_ledger_request request = support_request(n);
        dpdm_ledger_receipt receipt;
        request.config = n ? config : NULL;
        request.data_set = n == 3 ? "scans" : "faces";
        SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    }
    SUPPORT_GOOD(dpdm_ledger_run(ledger, 4, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_finish(ledger, 4, release, NULL));
    SUPPORT_GOOD(dpdm_ledger_abandon(ledger, 5, "no longer wanted", NULL));
    SUPPORT_GOOD(dpdm_ledger_cancel(ledger, 7, "mistyped", NULL));
    dpdm_ledger_close(ledger);
}

static int setup(void **state)
{
    support_setup(state);
    write_ledger(*state);
    return 0;
}

/* The bytes of the file, and putting them back. */
static uint8_t *take(const support_place *place, size_t *size)
{
    uint8_t *bytes;
    SUPPORT_GOOD(dpdm_file_read(place->path, 1 << 24, &bytes, size, NULL));
    return bytes;
}

static void put(const support_place *place, const void *bytes, size_t size)
{
    support_place_clear(place);
    FILE *file = fopen(place->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static dpdm_status check(const support_place *place, const dpdm_ledger_anchor *anchor, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_status status = dpdm_ledger_open(place->path, DPDM_LEDGER_READ, NULL, &ledger, err);
    if (!status)
        status = dpdm_ledger_verify(ledger, anchor, err);
    dpdm_ledger_close(ledger);
    return status;
}

/* ---- what an attacker can do with SQL ---- */

static const char *const guards[] = {"entry_no_gap", "entry_no_change", "entry_no_removal"};

/* Runs SQL with the triggers away, and puts them back as they were. */
static void attack(const support_place *place, const char *format, ...)
{
    char text[4000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (size_t i = 0; i < 3; i++) {
        char drop[100];
        snprintf(drop, sizeof drop, "DROP TRIGGER %s", guards[i]);
        support_sql(place, drop);
    }
    support_sql(place, text);
    const dpdm_ledger_schema *schema = &dpdm_ledger_schema_current;
    for (size_t i = 0; i < schema->statement_count; i++)
        if (!strncmp(schema->statements[i], "CREATE TRIGGER", 14))
            support_sql(place, schema->statements[i]);
}

static char *query(const support_place *place, const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    char *answer = strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return answer;
}

static char *text_of(const support_place *place, int entry)
{
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT text FROM entry WHERE sequence = %d", entry);
    return query(place, sql);
}

/* SQL cannot compute BLAKE2b, but the attacker can. */
static void chain_anew(const support_place *place)
{
    uint8_t head[32] = {0};
    char *count = query(place, "SELECT count(*) FROM entry");
    for (int n = 1; n <= atoi(count); n++) {
        char hex[65], *text = text_of(place, n);
        dpdm_ledger_entry_hash(head, head, text, strlen(text));
        for (int i = 0; i < 32; i++)
            snprintf(hex + 2 * i, 3, "%02x", head[i]);
        attack(place, "UPDATE entry SET hash = x'%s' WHERE sequence = %d", hex, n);
        free(text);
    }
    free(count);
}

/* Another value of the same type. */
static void change_value(cJSON *item)
{
    if (cJSON_IsString(item))
        item->valuestring[0] = item->valuestring[0] == '1' ? '2' : '1';
    else if (cJSON_IsNumber(item))
        cJSON_SetNumberValue(item, item->valuedouble * 0.5 + 0.25);
    else if (cJSON_IsNull(item))
        item->type = cJSON_True;
    else if (item->child)
        change_value(item->child);
}

static void every_field_is_under_the_hash(void **state)
{
    const support_place *place = *state;
    size_t size;
    uint8_t *before = take(place, &size);
    int fields = 0;
    dpdm_error err;
    SUPPORT_GOOD(check(place, NULL, &err));
    for (int n = 1; n <= ENTRIES; n++) {
        char *text = text_of(place, n), where[40];
        cJSON *plain = cJSON_Parse(text);
        assert_non_null(plain);
        for (int i = 0; i < cJSON_GetArraySize(plain); i++) {
            cJSON *changed = cJSON_Duplicate(plain, 1);
            change_value(cJSON_GetArrayItem(changed, i));
            char *other = cJSON_PrintUnformatted(changed);
            assert_string_not_equal(other, text);
            attack(place, "PRAGMA ignore_check_constraints = ON; UPDATE entry SET text = '%s' WHERE sequence = %d",
                   other, n);
            snprintf(where, sizeof where, "entry %d", n);
            support_refused(check(place, NULL, &err), &err, DPDM_EFORMAT, "tampered", where, NULL);
            put(place, before, size);
            cJSON_free(other);
            cJSON_Delete(changed);
            fields++;
        }
        cJSON_Delete(plain);
        free(text);
    }
    assert_true(fields > 80);
    free(before);
}

static void a_tampered_ledger_grants_nothing(void **state)
{
    const support_place *place = *state;
    dpdm_ledger *ledger;
    dpdm_error err;
    dpdm_ledger_request request = support_request(9);
    dpdm_ledger_receipt receipt;
    dpdm_bound bound;
    attack(place, "UPDATE entry SET text = replace(text, '\"epsilon\":2,', '\"epsilon\":9,') WHERE sequence = 2");
    SUPPORT_GOOD(dpdm_ledger_open(place->path, DPDM_LEDGER_WRITE, NULL, &ledger, &err));
    support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_EFORMAT, "entry 2", "hash", NULL);
    support_refused(dpdm_ledger_spent(ledger, "faces", &bound, &err), &err, DPDM_EFORMAT, "entry 2", NULL);
    dpdm_ledger_close(ledger);
}

static void entries_are_not_taken_out_moved_or_put_in(void **state)
{
    const support_place *place = *state;
    size_t size;
    uint8_t *before = take(place, &size);
    static const char *const attacks[] = {
        "UPDATE entry SET hash = zeroblob(32) WHERE sequence = 4",
        "UPDATE entry SET hash = zeroblob(32) WHERE sequence = 11",
        "DELETE FROM entry WHERE sequence = 1; UPDATE entry SET sequence = sequence - 1",
        "PRAGMA ignore_check_constraints = ON; DELETE FROM entry WHERE sequence = 6; UPDATE entry SET sequence = "
        "sequence - "
        "1 WHERE sequence > 6",
        "DELETE FROM entry WHERE sequence = 5",
        "DELETE FROM entry",
        ("PRAGMA ignore_check_constraints = ON; UPDATE entry SET sequence = 100 WHERE sequence = 4; UPDATE entry SET "
         "sequence = 4 WHERE sequence = 5; UPDATE entry SET sequence = 5 WHERE sequence = 100"),
        "INSERT INTO entry (sequence, text, hash) SELECT 12, text, hash FROM entry WHERE sequence = 11",
        "INSERT INTO entry (sequence, text, hash) SELECT 0, text, hash FROM entry WHERE sequence = 11",
    };
    dpdm_error err;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        char text[600];
        snprintf(text, sizeof text, "PRAGMA ignore_check_constraints = ON; %s", attacks[i]);
        attack(place, "%s", text);
        dpdm_status status = check(place, NULL, &err);
        if (status != DPDM_EFORMAT)
            fail_msg("%s: %s", attacks[i], dpdm_status_name(status));
        put(place, before, size);
    }
    free(before);
}

static void the_schema_is_compared_letter_by_letter(void **state)
{
    const support_place *place = *state;
    size_t size;
    uint8_t *before = take(place, &size);
    static const char *const attacks[][2] = {
        {"DROP TRIGGER entry_no_change", "1 of the"},
        {"DROP INDEX entry_run; DROP VIEW event", "2 of the"},
        {"CREATE TABLE more (x)", "'more'"},
        {"CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM entry WHERE sequence > 2; END", "'evil'"},
        {"DROP TRIGGER entry_no_change; CREATE TRIGGER entry_no_change BEFORE UPDATE ON entry BEGIN SELECT 1; END",
         "'entry_no_change'"},
    };
    dpdm_error err;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        support_sql(place, attacks[i][0]);
        support_refused(check(place, NULL, &err), &err, DPDM_EFORMAT, "tampered", attacks[i][1], NULL);
        put(place, before, size);
    }
    free(before);
}

static dpdm_ledger_anchor head_of(const support_place *place)
{
    dpdm_ledger *ledger = support_open(place, DPDM_LEDGER_READ);
    const dpdm_ledger_contents *contents;
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    dpdm_ledger_anchor anchor = {.entry = contents->entries};
    memcpy(anchor.hash, contents->head, sizeof anchor.hash);
    dpdm_ledger_close(ledger);
    return anchor;
}

static void an_anchor_shows_a_shorter_or_rewritten_ledger(void **state)
{
    const support_place *place = *state;
    size_t size;
    uint8_t *before = take(place, &size);
    dpdm_ledger_anchor anchor = head_of(place);
    dpdm_error err;
    SUPPORT_GOOD(check(place, &anchor, &err));

    attack(place, "DELETE FROM entry WHERE sequence > 10");
    SUPPORT_GOOD(check(place, NULL, &err)); /* the chain alone cannot know */
    support_refused(check(place, &anchor, &err), &err, DPDM_EFORMAT, "shorter", "entry 11", NULL);
    put(place, before, size);

    attack(place, "UPDATE entry SET text = replace(text, '\"epsilon\":2,', '\"epsilon\":9,') WHERE sequence = 2");
    chain_anew(place);
    SUPPORT_GOOD(check(place, NULL, &err));
    support_refused(check(place, &anchor, &err), &err, DPDM_EFORMAT, "another hash", NULL);
    put(place, before, size);

    /* A ledger that has grown is still the one of the anchor. */
    dpdm_ledger *ledger = support_open(place, DPDM_LEDGER_WRITE);
    SUPPORT_GOOD(dpdm_ledger_run(ledger, 5, NULL, &err));
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, &anchor, &err));
    dpdm_ledger_close(ledger);
    free(before);
}

/* An attacker who chains anew still has to obey the rules. */
static void rules_hold_where_hashes_do(void **state)
{
    const support_place *place = *state;
    size_t size;
    uint8_t *before = take(place, &size);
    static const struct {
        int entry;
        const char *from, *to;
        dpdm_status status;
        const char *word;
    } attacks[] = {
        {2, "\"epsilon\":2,", "\"epsilon\":0.2,", DPDM_EBUDGET, "overspent"},
        {2, "\"epsilon\":2,", "\"epsilon\":-2,", DPDM_EFORMAT, "above 0"},
        {2, "\"epsilon\":2,", "\"epsilon\":\"2\",", DPDM_EFORMAT, "'epsilon'"},
        {2, "\"epsilon\":2,", "\"epsilon\":2,\"more\":1,", DPDM_EFORMAT, "'more'"},
        {2, "\"epsilon\":2,", "", DPDM_EFORMAT, "'epsilon'"},
        {2, "\"delta\":1e-05,", "\"delta\":1,", DPDM_EFORMAT, "delta"},
        {2, "\"group\":1,", "\"group\":0,", DPDM_EFORMAT, "unit of 0"},
        {2, "\"rdp\"", "\"none\"", DPDM_EFORMAT, "'accountant'"},
        {2, "add or remove", "replace", DPDM_EFORMAT, "'neighbours'"},
        {3, "\"order\":20", "\"order\":0.5", DPDM_EFORMAT, "order"},
        {3, "scans", "faces", DPDM_EFORMAT, "already"},
        {3, "}", ",\"more\":1}", DPDM_EFORMAT, "'more'"},
        {4, "\"data_set\":2", "\"data_set\":1", DPDM_EFORMAT, "no data set"},
        {4, "\"steps\":1", "\"steps\":0.5", DPDM_EFORMAT, "'events'"},
        {4, "\"steps\":1", "\"steps\":1000", DPDM_EBUDGET, "overspent"},
        {4, "\"steps\":1", "\"steps\":1000000000000", DPDM_ERANGE, "steps"},
        {8, "\"run\"", "\"walk\"", DPDM_EFORMAT, "'kind'"},
        {8, "\"reservation\":4", "\"reservation\":2", DPDM_EFORMAT, "no reservation"},
        {8, "\"reservation\":4", "\"reservation\":5", DPDM_EFORMAT, "cannot become"}, /* 4 then finishes without it */
        {9, "\"sequence\":9", "\"sequence\":10", DPDM_EFORMAT, "number"},
        {11, "\"reservation\":7", "\"reservation\":4", DPDM_EFORMAT, "never started"},
        {11, "mistyped", "", DPDM_EFORMAT, "'reason'"},
        {11, "\"kind\":\"cancel\"", "\"kind\":\"ledger\"", DPDM_EFORMAT, "entry 11"},
    };
    dpdm_error err;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        /* Unique indices and checks would be in the way of some. */
        attack(
            place,
            "DROP INDEX entry_name; PRAGMA ignore_check_constraints = ON; UPDATE entry SET text = replace(text, '%s', "
            "'%s') WHERE sequence = %d",
            attacks[i].from, attacks[i].to, attacks[i].entry);
        chain_anew(place);
        char *text = text_of(place, attacks[i].entry);
        if (!strstr(text, attacks[i].to))
            fail_msg("'%s' is not in entry %d: %s", attacks[i].from, attacks[i].entry, text);
        free(text);
        dpdm_ledger *ledger;
        dpdm_status status = dpdm_ledger_open(place->path, DPDM_LEDGER_READ, NULL, &ledger, &err);
        assert_int_equal(status, DPDM_EFORMAT); /* the index is missing; put it back where it can be */
        if (strcmp(attacks[i].to, "faces") != 0) {
            support_sql(place, "CREATE UNIQUE INDEX entry_name ON entry (json_extract(text, '$.name')) WHERE kind = "
                               "'data_set'");
            support_refused(check(place, NULL, &err), &err, attacks[i].status, attacks[i].word, NULL);
        }
        put(place, before, size);
    }
    free(before);
}

/* ---- damage ---- */

/* After damage: an error, or every entry as it was (the damage hit a place that is not used). */
static int survives(const support_place *place, const dpdm_ledger_anchor *anchor)
{
    dpdm_error err = {0};
    dpdm_status status = check(place, anchor, &err);
    if (status) {
        assert_true(status == DPDM_EFORMAT || status == DPDM_EUNSUPPORTED || status == DPDM_EIO ||
                    status == DPDM_EINTERNAL);
        assert_true(strlen(err.message) > 20);
        return 0;
    }
    return 1;
}

static void damaged_files_are_refused(void **state)
{
    const support_place *place = *state;
    size_t size;
    uint8_t *before = take(place, &size), *after = malloc(size);
    dpdm_ledger_anchor anchor = head_of(place);
    dpdm_key key;
    dpdm_stream dice;
    int survived = 0, flips = 500;
    assert_non_null(after);
    dpdm_key_from_seed(&key, 1);
    dpdm_stream_init(&dice, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int i = 0; i < flips; i++) {
        size_t at = i < 100 ? (size_t)i : (size_t)dpdm_stream_below(&dice, size);
        memcpy(after, before, size);
        after[at] ^= (uint8_t)(1 + dpdm_stream_below(&dice, 255));
        put(place, after, size);
        survived += survives(place, &anchor);
    }
    assert_true(survived < flips); /* the rest hit empty space */
    for (size_t cut = 1; cut < size; cut += 1 + cut / 3) {
        put(place, before, size - cut);
        assert_int_equal(survives(place, &anchor), 0);
    }
    free(before);
    free(after);
}

static void other_files_are_not_ledgers(void **state)
{
    const support_place *place = *state;
    dpdm_error err;
    dpdm_ledger *ledger;
    static const dpdm_ledger_mode modes[] = {DPDM_LEDGER_READ, DPDM_LEDGER_WRITE, DPDM_LEDGER_CREATE};
    for (int i = 0; i < 3; i++) {
        static const char prose[] =
            "This is a text, and it is long enough to be taken for the first page of something.\n"
            "It is not a database, though, whatever else may be said of it.\n";
        size_t size;
        put(place, prose, sizeof prose);
        support_refused(dpdm_ledger_open(place->path, modes[i], NULL, &ledger, &err), &err, DPDM_EFORMAT,
                        "not an SQLite", NULL);
        assert_null(ledger);
        support_place_clear(place);
        support_sql(place, "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
        uint8_t *before = take(place, &size), *after;
        support_refused(dpdm_ledger_open(place->path, modes[i], NULL, &ledger, &err), &err, DPDM_EFORMAT,
                        "another program", NULL);
        after = take(place, &size); /* and left as they were */
        assert_memory_equal(before, after, size);
        free(before);
        free(after);
        support_refused(dpdm_ledger_open(place->folder, modes[i], NULL, &ledger, &err), &err, DPDM_EFORMAT,
                        "not a file", NULL);
        support_refused(dpdm_ledger_open("", modes[i], NULL, &ledger, &err), &err, DPDM_EUSAGE, "empty", NULL);
        if (modes[i] == DPDM_LEDGER_CREATE)
            continue;
        put(place, "", 0);
        support_refused(dpdm_ledger_open(place->path, modes[i], NULL, &ledger, &err), &err, DPDM_EFORMAT, "is empty",
                        "init", NULL);
        support_place_clear(place);
        support_refused(dpdm_ledger_open(place->path, modes[i], NULL, &ledger, &err), &err, DPDM_ENOENT, "init", NULL);
    }
}

int main(void)
{
    dying_vfs_install();
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, support_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_field_is_under_the_hash),
        TEST(a_tampered_ledger_grants_nothing),
        TEST(entries_are_not_taken_out_moved_or_put_in),
        TEST(the_schema_is_compared_letter_by_letter),
        TEST(an_anchor_shows_a_shorter_or_rewritten_ledger),
        TEST(rules_hold_where_hashes_do),
        TEST(damaged_files_are_refused),
        TEST(other_files_are_not_ledgers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
