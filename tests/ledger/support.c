/* support.c - see support.h. */
#include "ledger/support.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const dpdm_event support_event = {1, 10, 1};

void support_place_make(support_place *place)
{
    const char *base = getenv("TMPDIR");
    snprintf(place->folder, sizeof place->folder, "%.150s/dpdm-ledger-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/ledger", place->folder);
}

void support_place_clear(const support_place *place)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[300];
        snprintf(name, sizeof name, "%s%s", place->path, ends[i]);
        unlink(name);
    }
}

void support_place_remove(const support_place *place)
{
    support_place_clear(place);
    assert_int_equal(rmdir(place->folder), 0);
}

int support_setup(void **state)
{
    support_place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    support_place_make(place);
    *state = place;
    return 0;
}

int support_teardown(void **state)
{
    support_place_remove(*state);
    free(*state);
    return 0;
}

dpdm_ledger *support_open(const support_place *place, dpdm_ledger_mode mode)
{
    dpdm_ledger *ledger;
    dpdm_error err = {0};
    dpdm_ledger_options options = {.who = "tester@home"};
    if (dpdm_ledger_open(place->path, mode, &options, &ledger, &err))
        fail_msg("cannot open: %s", err.message);
    return ledger;
}

dpdm_ledger_data_set support_data_set(const char *name, double epsilon)
{
    dpdm_ledger_data_set set = {.epsilon = epsilon, .delta = 1e-5, .accountant = DPDM_ACCOUNTANT_RDP};
    snprintf(set.name, sizeof set.name, "%s", name);
    return set;
}

dpdm_ledger *support_create(const support_place *place, double epsilon)
{
    dpdm_ledger *ledger = support_open(place, DPDM_LEDGER_CREATE);
    dpdm_ledger_data_set set = support_data_set("faces", epsilon);
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    return ledger;
}

dpdm_ledger_request support_request(unsigned n)
{
    dpdm_ledger_request request = {.data_set = "faces", .events = &support_event, .event_count = 1};
    memcpy(request.run, &n, sizeof n);
    return request;
}

unsigned support_fitting(double epsilon)
{
    for (unsigned n = 1;; n++) {
        dpdm_event all = support_event;
        dpdm_bound bound;
        all.steps = n;
        SUPPORT_GOOD(dpdm_account(&all, 1, 1e-5, DPDM_ACCOUNTANT_RDP, &bound, NULL));
        if (!(bound.epsilon_upper <= epsilon))
            return n - 1;
    }
}

void support_refused(dpdm_status found, const dpdm_error *err, dpdm_status status, ...)
{
    if (found != status)
        fail_msg("%s instead of %s: %s", dpdm_status_name(found), dpdm_status_name(status), found ? err->message : "");
    assert_int_equal(err->status, status);
    va_list words;
    va_start(words, status);
    for (const char *word; (word = va_arg(words, const char *));)
        if (!strstr(err->message, word))
            fail_msg("'%s' is not in: %s", word, err->message);
    va_end(words);
}

void support_sql(const support_place *place, const char *statements)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    if (sqlite3_exec(db, statements, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", statements, message ? message : "");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
