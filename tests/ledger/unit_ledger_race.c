/* unit_ledger_race.c - processes that reserve on one ledger at the same time: exactly the runs that fit get through. */
#include "ledger/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ledger/dying_vfs.h"

enum { PROCESSES = 4, TRIES = 12 };

/* Waits for the parent, then tries to reserve; the exit code says how many were granted, or 100 for anything odd. */
static int racer(const support_place *place, unsigned number, int start)
{
    char byte;
    dpdm_ledger *ledger;
    int granted = 0;
    if (read(start, &byte, 1) != 0 || dpdm_ledger_open(place->path, DPDM_LEDGER_WRITE, NULL, &ledger, NULL))
        return 100;
    for (unsigned i = 0; i < TRIES; i++) {
        dpdm_ledger_request request = support_request(TRIES * number + i);
        dpdm_ledger_receipt receipt;
        dpdm_status status = dpdm_ledger_reserve(ledger, &request, &receipt, NULL);
        if (status && status != DPDM_EBUDGET)
            return 100;
        granted += !status;
    }
    dpdm_ledger_close(ledger);
    return granted;
}

static void start_all(pid_t children[PROCESSES], const support_place *place,
                      int (*child)(const support_place *, unsigned, int))
{
    int start[2];
    assert_int_equal(pipe(start), 0);
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            close(start[1]);
            _exit(child(place, i, start[0]));
        }
    }
    close(start[0]);
    close(start[1]); /* off they go */
}

static void racing_processes_do_not_overspend(void **state)
{
    const support_place *place = *state;
    pid_t children[PROCESSES];
    dpdm_ledger_close(support_create(place, 2));
    int granted = 0, fitting = (int)support_fitting(2);
    assert_in_range(fitting, 5, PROCESSES * TRIES - 5);
    start_all(children, place, racer);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= TRIES);
        granted += WEXITSTATUS(status);
    }
    assert_int_equal(granted, fitting);
    dpdm_ledger *ledger = support_open(place, DPDM_LEDGER_READ);
    const dpdm_ledger_contents *contents;
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_int_equal(contents->reservation_count, fitting);
    dpdm_ledger_close(ledger);
}

/* All create the same ledger and the same data set: it is made once. */
static int creator(const support_place *place, unsigned number, int start)
{
    char byte;
    dpdm_ledger *ledger;
    dpdm_ledger_data_set set = support_data_set("faces", 2);
    (void)number;
    if (read(start, &byte, 1) != 0 || dpdm_ledger_open(place->path, DPDM_LEDGER_CREATE, NULL, &ledger, NULL))
        return 100;
    dpdm_status status = dpdm_ledger_add(ledger, &set, NULL);
    dpdm_ledger_close(ledger);
    return !status ? 1 : status == DPDM_EEXIST ? 0 : 100;
}

static void racing_creators_make_one_ledger(void **state)
{
    const support_place *place = *state;
    for (int round = 0; round < 5; round++) {
        pid_t children[PROCESSES];
        int made = 0;
        start_all(children, place, creator);
        for (int i = 0; i < PROCESSES; i++) {
            int status;
            assert_int_equal(waitpid(children[i], &status, 0), children[i]);
            assert_true(WIFEXITED(status));
            made += WEXITSTATUS(status);
        }
        assert_int_equal(made, 1);
        dpdm_ledger *ledger = support_open(place, DPDM_LEDGER_READ);
        const dpdm_ledger_contents *contents;
        SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
        assert_int_equal(contents->entries, 2);
        dpdm_ledger_close(ledger);
        support_place_clear(place);
    }
}

/* Of a run that is cancelled and started at once, one wins: never both. */
static int rival(const support_place *place, unsigned number, int start)
{
    char byte;
    dpdm_ledger *ledger;
    if (read(start, &byte, 1) != 0 || dpdm_ledger_open(place->path, DPDM_LEDGER_WRITE, NULL, &ledger, NULL))
        return 100;
    dpdm_status status =
        number % 2 ? dpdm_ledger_run(ledger, 3, NULL, NULL) : dpdm_ledger_cancel(ledger, 3, "not wanted", NULL);
    dpdm_ledger_close(ledger);
    return !status ? 1 + (int)(number % 2) : status == DPDM_ESTATE ? 0 : 100;
}

static void a_run_is_cancelled_or_started(void **state)
{
    const support_place *place = *state;
    for (int round = 0; round < 5; round++) {
        pid_t children[PROCESSES];
        int won[3] = {0};
        dpdm_ledger *ledger = support_create(place, 3);
        dpdm_ledger_request request = support_request(1);
        dpdm_ledger_receipt receipt;
        SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
        dpdm_ledger_close(ledger);
        start_all(children, place, rival);
        for (int i = 0; i < PROCESSES; i++) {
            int status;
            assert_int_equal(waitpid(children[i], &status, 0), children[i]);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 3);
            won[WEXITSTATUS(status)]++;
        }
        assert_true((won[1] > 0) != (won[2] > 0));
        support_place_clear(place);
    }
}

int main(void)
{
    dying_vfs_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(racing_processes_do_not_overspend, support_setup, support_teardown),
        cmocka_unit_test_setup_teardown(racing_creators_make_one_ledger, support_setup, support_teardown),
        cmocka_unit_test_setup_teardown(a_run_is_cancelled_or_started, support_setup, support_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
