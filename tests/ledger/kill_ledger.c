/* kill_ledger.c - a process that is killed at every call that touches the disk, whose last write is torn, or whose
 * machine loses its power: the ledger then holds what was promised before, and at most the one thing that was being done;
 * going on from there charges nothing twice. */
#include "ledger/support.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "dpdm/rng.h"
#include "ledger/dying_vfs.h"

enum { ACTS = 6 }; /* each adds one entry */

static const uint8_t release[32] = {9};

/* Does act n (0..5) of the play: create, add, reserve, run, finish, reserve another. Done already is fine. */
static dpdm_status act(const support_place *place, dpdm_ledger **ledger, int n)
{
    dpdm_ledger_data_set set = support_data_set("faces", 2);
    dpdm_ledger_request request = support_request(n == 5 ? 2 : 1);
    dpdm_ledger_receipt receipt;
    dpdm_status status;
    switch (n) {
    case 0:
        return dpdm_ledger_open(place->path, DPDM_LEDGER_CREATE, NULL, ledger, NULL);
    case 1:
        status = dpdm_ledger_add(*ledger, &set, NULL);
        return status == DPDM_EEXIST ? DPDM_OK : status;
    case 3:
        return dpdm_ledger_run(*ledger, 3, NULL, NULL);
    case 4:
        return dpdm_ledger_finish(*ledger, 3, release, NULL);
    default:
        return dpdm_ledger_reserve(*ledger, &request, &receipt, NULL);
    }
}

/* The play in a child that dies at the given call; says after each act that it is done. Returns whether it died. */
static int play(const support_place *place, long death, dying_way way, int *done)
{
    int told[2];
    char byte = 0;
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dpdm_ledger *ledger = NULL;
        dying_vfs_arm(death, way);
        for (int n = 0; n < ACTS; n++) {
            if (act(place, &ledger, n) || write(told[1], &byte, 1) != 1)
                _exit(1);
        }
        dpdm_ledger_close(ledger);
        _exit(0);
    }
    int status;
    close(told[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    for (*done = 0; read(told[0], &byte, 1) == 1;)
        ++*done;
    close(told[0]);
    int died = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    assert_true(died || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return died;
}

/* What was promised is there; one more act may be. */
static void check_promises(const support_place *place, int done)
{
    dpdm_ledger *ledger;
    dpdm_error err = {0};
    const dpdm_ledger_contents *contents;
    dpdm_status status = dpdm_ledger_open(place->path, DPDM_LEDGER_READ, NULL, &ledger, &err);
    if (done == 0 && (status == DPDM_ENOENT || status == DPDM_EFORMAT)) {
        if (status == DPDM_EFORMAT)
            assert_non_null(strstr(err.message, "is empty"));
        return;
    }
    if (status)
        fail_msg("after act %d: %s", done, err.message);
    if (dpdm_ledger_verify(ledger, NULL, &err))
        fail_msg("after act %d: %s", done, err.message);
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_in_range(contents->entries, done, done + 1);
    dpdm_ledger_close(ledger);
}

static void go_on(const support_place *place)
{
    dpdm_ledger *ledger = NULL;
    const dpdm_ledger_contents *contents;
    dpdm_bound spent, expected;
    dpdm_event both = support_event;
    both.steps = 2;
    for (int n = 0; n < ACTS; n++)
        SUPPORT_GOOD(act(place, &ledger, n));
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_int_equal(contents->entries, ACTS);
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &spent, NULL));
    SUPPORT_GOOD(dpdm_account(&both, 1, 1e-5, DPDM_ACCOUNTANT_RDP, &expected, NULL));
    assert_true(spent.epsilon_upper >= expected.epsilon_upper * (1 - 1e-12));
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, NULL, NULL));
    dpdm_ledger_close(ledger);
}

static void kill_everywhere(const support_place *place, dying_way way)
{
    int died = 1, done;
    long call = 0;
    while (died) {
        died = play(place, ++call, way, &done);
        assert_true(died || done == ACTS);
        check_promises(place, done);
        go_on(place);
        support_place_clear(place);
    }
    assert_true(call > 40); /* it was about something */
}

static void killed_before_every_call(void **state)
{
    kill_everywhere(*state, DYING_BEFORE);
}

static void killed_in_the_middle_of_every_write(void **state)
{
    kill_everywhere(*state, DYING_HALF);
}

static void the_power_fails_at_every_call(void **state)
{
    kill_everywhere(*state, DYING_POWER);
}

/* Reserves and cancels for ever, saying so each time. */
static void busy_child(const support_place *place, int told, unsigned first)
{
    dpdm_ledger *ledger;
    char byte = 0;
    if (dpdm_ledger_open(place->path, DPDM_LEDGER_WRITE, NULL, &ledger, NULL))
        _exit(1);
    for (unsigned n = first;; n++) {
        dpdm_ledger_request request = support_request(n);
        dpdm_ledger_receipt receipt;
        if (dpdm_ledger_reserve(ledger, &request, &receipt, NULL) || write(told, &byte, 1) != 1 ||
            dpdm_ledger_cancel(ledger, receipt.id, "again", NULL) || write(told, &byte, 1) != 1)
            _exit(1);
    }
}

static void killed_at_random_moments(void **state)
{
    const support_place *place = *state;
    dpdm_key key;
    dpdm_stream dice;
    uint64_t entries = 2;
    assert_int_equal(dpdm_key_generate(&key, NULL), DPDM_OK);
    dpdm_stream_init(&dice, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_ledger_close(support_create(place, 2));
    for (unsigned round = 0; round < 30; round++) {
        int told[2], status, done = 0;
        char byte;
        assert_int_equal(pipe(told), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            busy_child(place, told[1], 10000 * round);
        close(told[1]);
        int wanted = (int)dpdm_stream_below(&dice, 6); /* acts to wait for */
        while (done < wanted && read(told[0], &byte, 1) == 1)
            done++;
        struct timespec pause = {.tv_nsec = (long)dpdm_stream_below(&dice, 2000000)};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(told[0], &byte, 1) == 1)
            done++;
        close(told[0]);
        const dpdm_ledger_contents *contents;
        dpdm_ledger *ledger = support_open(place, DPDM_LEDGER_READ);
        SUPPORT_GOOD(dpdm_ledger_verify(ledger, NULL, NULL));
        SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
        assert_in_range(contents->entries - entries, done, done + 1);
        entries = contents->entries;
        dpdm_ledger_close(ledger);
        /* What the kill left reserved is charged until it is cancelled. */
        ledger = support_open(place, DPDM_LEDGER_WRITE);
        SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
        if (contents->reservation_count) {
            SUPPORT_GOOD(
                dpdm_ledger_cancel(ledger, contents->reservations[contents->reservation_count - 1].id, "killed", NULL));
            SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
            entries = contents->entries;
        }
        dpdm_ledger_close(ledger);
    }
}

int main(void)
{
    dying_vfs_install();
#define TEST(name) cmocka_unit_test_setup_teardown(name, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        TEST(killed_before_every_call),
        TEST(killed_in_the_middle_of_every_write),
        TEST(the_power_fails_at_every_call),
        TEST(killed_at_random_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
