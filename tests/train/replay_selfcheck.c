/* replay_selfcheck.c - the replay audit passes with every kernel set, on one thread and on several. That it fails where the
 * mechanism is broken: replay_selfcheck_broken.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "dpdm/network.h"
#include "dpdm/selfcheck.h"

enum { CHECKS_ROOM = 64 };

static void passes(const char *kernels, int threads)
{
    dpdm_selfcheck_options options = {kernels, threads, 1};
    dpdm_selfcheck_result results[CHECKS_ROOM];
    dpdm_error err = {0};
    assert_true(dpdm_selfcheck_count() <= CHECKS_ROOM);
    if (dpdm_selfcheck_run(&options, results, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < dpdm_selfcheck_count(); i++)
        if (!results[i].passed)
            fail_msg("%s, %d threads: %s: %s", kernels, threads, results[i].name, results[i].detail);
}

static void every_kernel_set_passes_with_one_thread_and_several(void **state)
{
    (void)state;
    for (size_t i = 0; dpdm_kernels_name(i); i++) {
        passes(dpdm_kernels_name(i), 1);
        passes(dpdm_kernels_name(i), 3);
    }
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    dpdm_selfcheck_result results[CHECKS_ROOM];
    dpdm_selfcheck_options none = {NULL, 0, 1}, unknown = {"no such kernels", 1, 1};
    dpdm_error err = {0};
    assert_int_equal(dpdm_selfcheck_run(&none, results, &err), DPDM_ERANGE);
    assert_true(err.message[0]);
    assert_int_not_equal(dpdm_selfcheck_run(&unknown, results, &err), DPDM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_set_passes_with_one_thread_and_several),
        cmocka_unit_test(impossible_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
