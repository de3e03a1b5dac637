/* unit_ledger_schema.c - versions: a newer ledger is refused, an older one is brought up to date in one piece, whatever
 * kills the program meanwhile. There is no version before 1, so the older one here is made up. */
#include "ledger/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ledger/dying_vfs.h"
#include "ledger/ledger_handle.h"
#include "ledger/ledger_place.h"

/* ---- a version 0: the same entries in a bare table of another name ---- */

static const char *const to_version_0 = "CREATE TABLE line (number INTEGER PRIMARY KEY, body TEXT, chain BLOB);"
                                        "INSERT INTO line SELECT sequence, text, hash FROM entry;"
                                        "DROP VIEW event; DROP VIEW reservation; DROP VIEW data_set;"
                                        "DROP TABLE entry; PRAGMA user_version = 0";

static dpdm_status from_version_0(dpdm_ledger_sql *sql, dpdm_error *err)
{
    const dpdm_ledger_schema *schema = &dpdm_ledger_schema_current;
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < schema->statement_count; i++)
        status = dpdm_ledger_sql_run(sql, schema->statements[i], err);
    if (!status)
        status = dpdm_ledger_sql_run(sql,
                                     "INSERT INTO entry (sequence, text, hash) SELECT number, body, chain FROM line "
                                     "ORDER BY number; DROP TABLE line",
                                     err);
    return status;
}

static dpdm_status fails_half_way(dpdm_ledger_sql *sql, dpdm_error *err)
{
    dpdm_status status = dpdm_ledger_sql_run(sql, "DROP TABLE line", err);
    return status ? status : dpdm_error_set(err, DPDM_EIO, "the disk is full");
}

static dpdm_ledger_schema schema_with(const dpdm_ledger_migration *migration, size_t count)
{
    dpdm_ledger_schema schema = dpdm_ledger_schema_current;
    schema.migrations = migration;
    schema.migration_count = count;
    return schema;
}

static const dpdm_ledger_migration good_way = {0, from_version_0}, bad_way = {0, fails_half_way};

static dpdm_ledger_anchor write_version_0(const support_place *place)
{
    dpdm_ledger *ledger = support_create(place, 2);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    const dpdm_ledger_contents *contents;
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    dpdm_ledger_anchor anchor = {.entry = contents->entries};
    memcpy(anchor.hash, contents->head, sizeof anchor.hash);
    dpdm_ledger_close(ledger);
    support_sql(place, to_version_0);
    return anchor;
}

/* ---- tests ---- */

static void a_newer_ledger_is_refused(void **state)
{
    const support_place *place = *state;
    dpdm_ledger *ledger, *early;
    dpdm_error err;
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_ledger_close(support_create(place, 2));
    early = support_open(place, DPDM_LEDGER_WRITE);
    support_sql(place, "PRAGMA user_version = 2");
    for (int mode = DPDM_LEDGER_READ; mode <= DPDM_LEDGER_CREATE; mode++)
        support_refused(dpdm_ledger_open(place->path, (dpdm_ledger_mode)mode, NULL, &ledger, &err), &err,
                        DPDM_EUNSUPPORTED, "version 2", "newer", NULL);
    /* Also one that became newer while it was open. */
    support_refused(dpdm_ledger_reserve(early, &request, &receipt, &err), &err, DPDM_EUNSUPPORTED, "version 2", NULL);
    dpdm_ledger_close(early);
}

static void an_older_ledger_is_brought_up_to_date(void **state)
{
    const support_place *place = *state;
    dpdm_ledger_anchor anchor = write_version_0(place);
    dpdm_ledger_schema schema = schema_with(&good_way, 1);
    dpdm_ledger *ledger;
    dpdm_error err;
    dpdm_bound spent;
    support_refused(dpdm_ledger_open_schema(place->path, DPDM_LEDGER_READ, NULL, &schema, &ledger, &err), &err,
                    DPDM_EUNSUPPORTED, "older", NULL);
    SUPPORT_GOOD(dpdm_ledger_open_schema(place->path, DPDM_LEDGER_WRITE, NULL, &schema, &ledger, &err));
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, &anchor, &err)); /* the chain is what it was */
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &spent, NULL));
    assert_true(spent.epsilon_upper > 0);
    SUPPORT_GOOD(dpdm_ledger_abandon(ledger, 3, "old", NULL));
    dpdm_ledger_close(ledger);
    ledger = support_open(place, DPDM_LEDGER_READ);
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, &anchor, &err));
    dpdm_ledger_close(ledger);
}

static void without_a_way_it_stays_as_it_was(void **state)
{
    const support_place *place = *state;
    dpdm_ledger_anchor anchor = write_version_0(place);
    dpdm_ledger_schema bad = schema_with(&bad_way, 1), good = schema_with(&good_way, 1);
    dpdm_ledger *ledger;
    dpdm_error err;
    support_refused(dpdm_ledger_open(place->path, DPDM_LEDGER_WRITE, NULL, &ledger, &err), &err, DPDM_EUNSUPPORTED,
                    "version 0", NULL);
    support_refused(dpdm_ledger_open_schema(place->path, DPDM_LEDGER_WRITE, NULL, &bad, &ledger, &err), &err, DPDM_EIO,
                    "disk is full", NULL);
    SUPPORT_GOOD(dpdm_ledger_open_schema(place->path, DPDM_LEDGER_WRITE, NULL, &good, &ledger, &err));
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, &anchor, &err));
    dpdm_ledger_close(ledger);
}

static void killed_anywhere_it_is_old_or_new(void **state)
{
    const support_place *place = *state;
    dpdm_ledger_schema schema = schema_with(&good_way, 1);
    int died = 1;
    long call = 0;
    while (died) {
        dpdm_ledger *ledger;
        dpdm_error err;
        int status;
        dpdm_ledger_anchor anchor = write_version_0(place);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            dying_vfs_arm(call + 1, call % 2 ? DYING_POWER : DYING_HALF);
            status = dpdm_ledger_open_schema(place->path, DPDM_LEDGER_WRITE, NULL, &schema, &ledger, NULL);
            dpdm_ledger_close(ledger);
            _exit(status ? 1 : 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        died = WIFSIGNALED(status);
        assert_true(died || WEXITSTATUS(status) == 0);
        if (dpdm_ledger_open_schema(place->path, DPDM_LEDGER_WRITE, NULL, &schema, &ledger, &err))
            fail_msg("call %ld: %s", call, err.message);
        SUPPORT_GOOD(dpdm_ledger_verify(ledger, &anchor, &err));
        dpdm_ledger_close(ledger);
        support_place_clear(place);
        call++;
    }
    assert_true(call > 20);
}

/* Two machines on one network file system could both hold the lock. */
static void network_file_systems_are_known(void **state)
{
    (void)state;
    assert_string_equal(dpdm_ledger_place_network(0x6969), "NFS");
    assert_string_equal(dpdm_ledger_place_network((unsigned long)(int)0xff534d42), "SMB");
    assert_string_equal(dpdm_ledger_place_network(0x0bd00bd0), "Lustre");
    assert_null(dpdm_ledger_place_network(0xef53));     /* ext4 */
    assert_null(dpdm_ledger_place_network(0x01021994)); /* tmpfs */
}

int main(void)
{
    dying_vfs_install();
#define TEST(name) cmocka_unit_test_setup_teardown(name, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_newer_ledger_is_refused),        TEST(an_older_ledger_is_brought_up_to_date),
        TEST(without_a_way_it_stays_as_it_was), TEST(killed_anywhere_it_is_old_or_new),
        TEST(network_file_systems_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
