/* unit_program.c - a program that failed is never taken for one that succeeded, whatever the host program does with SIGCHLD. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <signal.h>

#include "data/download.h"

static dpdm_status run(const char *script, dpdm_error *err)
{
    const char *const words[] = {"sh", "-c", script, NULL};
    *err = (dpdm_error){0};
    return dpdm_program_run(words, err);
}

static void success_and_failure_are_told_apart(void **state)
{
    (void)state;
    dpdm_error err;
    const char *const nobody[] = {"dpdm-no-such-program", NULL};
    assert_int_equal(run("exit 0", &err), DPDM_OK);
    assert_int_equal(run("echo no room >&2; exit 3", &err), DPDM_EIO);
    assert_non_null(strstr(err.message, "no room"));
    assert_int_equal(run("kill -9 $$", &err), DPDM_EIO);
    assert_int_equal(dpdm_program_run(nobody, &err), DPDM_ENOENT);
}

/* Then the system throws exit statuses away, and waitpid fails once the child is gone. */
static void an_exit_status_that_was_taken_away_is_no_success(void **state)
{
    (void)state;
    dpdm_error err;
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    dpdm_status failed = run("exit 3", &err);
    dpdm_error told = err;
    dpdm_status succeeded = run("exit 0", &err);
    signal(SIGCHLD, before);
    assert_int_not_equal(failed, DPDM_OK);
    assert_non_null(strstr(told.message, "SIGCHLD"));
    assert_int_not_equal(succeeded, DPDM_OK); /* nobody can know */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_and_failure_are_told_apart),
        cmocka_unit_test(an_exit_status_that_was_taken_away_is_no_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
