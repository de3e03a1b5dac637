/* kill_train_ledger.c - a training paid for by a ledger, killed at calls that change the disk (the run's files and the
 * ledger's alike), then started again: it is never paid for twice, never runs without being paid for, and what the kill
 * leaves can be cancelled only if it never ran. */
#include "ledger/support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ledger/dying_vfs.h"
#include "train/tiny_run.h"

/* The calls of the C library that change the run's files; the linker takes these for the library's own. */
int rename(const char *from, const char *to)
{
    dying_vfs_count();
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    dying_vfs_count();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int fsync(int descriptor)
{
    (void)descriptor; /* nothing here outlives the machine */
    return 0;
}

typedef struct {
    tiny_place run;
    support_place ledger;
    dpdm_train_config config;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    tiny_place_create(&f->run);
    support_place_make(&f->ledger);
    f->config = tiny_config(&f->run);
    f->config.has_seed = 0;
    f->config.steps = 2;
    f->config.no_preview = 1;
    f->config.threads = 1;
    snprintf(f->config.ledger, sizeof f->config.ledger, "%s", f->ledger.path);
    snprintf(f->config.data_set, sizeof f->config.data_set, "faces");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    tiny_place_destroy(&f->run);
    support_place_remove(&f->ledger);
    free(f);
    return 0;
}

/* A budget in which two such runs fit, and not three. */
static void write_ledger(const fixture *f)
{
    dpdm_train_plan plan;
    SUPPORT_GOOD(dpdm_train_plan_make(&f->config, &plan, NULL));
    dpdm_event events[4];
    dpdm_bound two;
    memcpy(events, plan.events, plan.event_count * sizeof *events);
    events[plan.event_count - 1].steps *= 2;
    SUPPORT_GOOD(dpdm_account(events, plan.event_count, f->config.delta, DPDM_ACCOUNTANT_RDP, &two, NULL));
    dpdm_ledger *ledger = support_open(&f->ledger, DPDM_LEDGER_CREATE);
    dpdm_ledger_data_set set = support_data_set("faces", two.epsilon_upper * 1.0001);
    set.delta = f->config.delta;
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    dpdm_ledger_close(ledger);
}

static int train_until(const fixture *f, long death)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dying_vfs_arm(death, DYING_BEFORE);
        _exit(!dpdm_train_run(&f->config, NULL, NULL, NULL) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* The states of all reservations, as one letter each. */
static void states(const fixture *f, char letters[8])
{
    dpdm_ledger *ledger = support_open(&f->ledger, DPDM_LEDGER_READ);
    const dpdm_ledger_contents *contents;
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_in_range(contents->reservation_count, 0, 7);
    memset(letters, 0, 8);
    for (size_t i = 0; i < contents->reservation_count; i++)
        letters[i] = "vrfac"[contents->reservations[i].state]; /* reserVed, ... */
    dpdm_ledger_close(ledger);
}

static void every_run_is_paid_for_once(void **state)
{
    fixture *f = *state;
    int died = 1, resumed = 0, anew = 0;
    for (long call = 1; died; call += 7) {
        char before[8], after[8];
        dpdm_error err = {0};
        write_ledger(f);
        died = train_until(f, call);
        states(f, before);
        /* A state can be resumed; its noise is used only once the ledger says that it runs. */
        int saved = tiny_exists(&f->run, "state");
        int finished = !saved && tiny_exists(&f->run, "release/model.safetensors");
        if (finished)
            assert_string_equal(before, "f");
        else if (saved)
            assert_true(!strcmp(before, "v") || !strcmp(before, "r") || !strcmp(before, "f"));
        else
            assert_true(!strcmp(before, "") || !strcmp(before, "v"));
        f->config.resume = saved || finished;
        if (dpdm_train_run(&f->config, NULL, NULL, &err))
            fail_msg("after call %ld: %s", call, err.message);
        f->config.resume = 0;
        states(f, after);
        if (saved || finished || !before[0])
            assert_string_equal(after, "f");
        else
            assert_string_equal(after, "vf"); /* the first key is lost: its reservation can be cancelled */
        resumed += saved;
        anew += !saved && !finished;
        tiny_place_clear(&f->run);
        support_place_clear(&f->ledger);
    }
    assert_true(resumed > 2 && anew > 2);
}

/* Called before the first step, and after each. */
static int see_it_run(void *context, const dpdm_train_progress *progress)
{
    char letters[8];
    (void)progress;
    states(context, letters);
    assert_string_equal(letters, "r");
    return 0;
}

static void the_ledger_knows_before_the_first_step(void **state)
{
    fixture *f = *state;
    char letters[8];
    write_ledger(f);
    SUPPORT_GOOD(dpdm_train_run(&f->config, see_it_run, f, NULL));
    states(f, letters);
    assert_string_equal(letters, "f");
}

int main(void)
{
    dying_vfs_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_ledger_knows_before_the_first_step, setup, teardown),
        cmocka_unit_test_setup_teardown(every_run_is_paid_for_once, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
