/* unit_run_state.c - a state that could not be written leaves no key behind: its bytes are overwritten before it loses its name. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "train/run_state.h"

enum { WEIGHTS = 200, ROOM = 1 << 16 };
static const unsigned char KEY_BYTE = 0xa7;

static char folder[] = "/tmp/dpdm-state-XXXXXX", path[64];
static int fail_rename, kept = -1,
                        left; /* kept: the last file that lost its name; left: of the key in it, at that time */

/* Bytes of the key in a row, at most, in a file; -1: it cannot be read, or is empty. */
static int key_left(int file)
{
    static unsigned char bytes[ROOM];
    ssize_t size = pread(file, bytes, sizeof bytes, 0);
    int most = 0, run = 0;
    for (ssize_t i = 0; i < size; i++) {
        run = bytes[i] == KEY_BYTE ? run + 1 : 0;
        most = run > most ? run : most;
    }
    return size > 0 ? most : -1;
}

/* In place of the C library's. */
int unlink(const char *name)
{
    if (strstr(name, folder)) {
        if (kept >= 0)
            close(kept);
        kept = open(name, O_RDONLY | O_CLOEXEC);
        left = key_left(kept);
    }
    return (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}

int rename(const char *from, const char *to)
{
    if (fail_rename) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static dpdm_run_state *make_state(void)
{
    dpdm_run_state *state;
    assert_int_equal(dpdm_run_state_create(WEIGHTS, 0, &state, NULL), DPDM_OK);
    memset(state->key.bytes, KEY_BYTE, sizeof state->key.bytes);
    return state;
}

static dpdm_status save(const dpdm_run_state *state, dpdm_error *err)
{
    if (kept >= 0)
        close(kept);
    kept = -1;
    return dpdm_run_state_save(path, state, err);
}

static void the_key_is_where_this_test_looks_for_it(void **context)
{
    (void)context;
    dpdm_run_state *state = make_state();
    assert_int_equal(save(state, NULL), DPDM_OK);
    int file = open(path, O_RDONLY);
    assert_true(key_left(file) >= (int)sizeof state->key.bytes);
    close(file);
    dpdm_run_state_destroy(state);
    assert_int_equal(dpdm_run_state_erase(path, NULL), DPDM_OK);
}

/* As on a full disk, at every size that leaves some of the key in the file. */
static void a_write_that_fails_leaves_no_key(void **context)
{
    (void)context;
    dpdm_run_state *state = make_state();
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t most = 60; most < 3000; most += 140) {
        dpdm_error err = {0};
        limit = (struct rlimit){most, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        dpdm_status status = save(state, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_not_equal(status, DPDM_OK);
        assert_non_null(strstr(err.message, "too large"));
        assert_true(kept >= 0);
        assert_in_range(left, 0, 3); /* before it lost its name */
        assert_int_not_equal(access(path, F_OK), 0);
    }
    dpdm_run_state_destroy(state);
}

static void a_state_that_cannot_take_its_name_leaves_no_key(void **context)
{
    (void)context;
    dpdm_run_state *state = make_state();
    fail_rename = 1;
    assert_int_not_equal(save(state, NULL), DPDM_OK);
    fail_rename = 0;
    assert_true(kept >= 0);
    assert_in_range(key_left(kept), 0, 3);
    dpdm_run_state_destroy(state);
}

static void the_key_of_the_state_before_goes_too(void **context)
{
    (void)context;
    dpdm_run_state *state = make_state();
    assert_int_equal(save(state, NULL), DPDM_OK);
    int previous = open(path, O_RDONLY);
    memset(state->key.bytes, 0, sizeof state->key.bytes);
    assert_int_equal(save(state, NULL), DPDM_OK);
    assert_in_range(key_left(previous), 0, 3);
    close(previous);
    dpdm_run_state_destroy(state);
    assert_int_equal(dpdm_run_state_erase(path, NULL), DPDM_OK);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/state", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_where_this_test_looks_for_it),
        cmocka_unit_test(a_write_that_fails_leaves_no_key),
        cmocka_unit_test(a_state_that_cannot_take_its_name_leaves_no_key),
        cmocka_unit_test(the_key_of_the_state_before_goes_too),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
