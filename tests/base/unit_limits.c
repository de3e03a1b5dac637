/* unit_limits.c - catches limits of control groups that are not seen, or seen where there are none, in made-up folders of
 * both versions. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sched.h>
#include <sys/stat.h>
#include "base/machine.h"

static char root[64];

/* Writes a file below the root, and the folders it lies in. */
static void put(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int begin(void **state)
{
    (void)state;
    strcpy(root, "/tmp/dpdm-machine-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static void no_groups_are_no_limits(void **state)
{
    (void)state;
    dpdm_machine machine = dpdm_machine_read(root);
    assert_true(machine.cores >= 1);
    assert_true(machine.quota == 0);
    assert_true(machine.memory == 0);
    assert_int_equal(dpdm_machine_threads(&machine), machine.cores);
}

static void version_2_counts_the_groups_above(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/pod/box\n");
    put("/sys/fs/cgroup/pod/box/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/pod/box/memory.max", "8589934592\n");
    put("/sys/fs/cgroup/pod/cpu.max", "250000 100000\n");
    put("/sys/fs/cgroup/pod/memory.max", "max\n");
    put("/sys/fs/cgroup/memory.max", "17179869184\n");
    dpdm_machine machine = dpdm_machine_read(root);
    assert_true(machine.quota == 2.5);
    assert_true(machine.memory == UINT64_C(8) << 30);
    machine.cores = 64;
    assert_int_equal(dpdm_machine_threads(&machine), 3); /* of which the third has half a core */
    machine.cores = 2;
    assert_int_equal(dpdm_machine_threads(&machine), 2);
    machine.quota = 0.25;
    assert_int_equal(dpdm_machine_threads(&machine), 1);
}

/* In a container the path is that of the machine outside, and the limits lie where groups are mounted. */
static void paths_from_outside_are_no_hindrance(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/system.slice/docker-1234.scope\n");
    put("/sys/fs/cgroup/cpu.max", "150000 50000\n");
    put("/sys/fs/cgroup/memory.max", "1000000\n");
    dpdm_machine machine = dpdm_machine_read(root);
    assert_true(machine.quota == 3);
    assert_true(machine.memory == 1000000);
}

static void version_1_has_a_folder_for_each_controller(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "12:pids:/a\n4:memory:/a/b\n3:cpu,cpuacct:/a/b\n2:cpuset:/a\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "400000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
    dpdm_machine machine = dpdm_machine_read(root);
    assert_true(machine.quota == 4);
    assert_true(machine.memory == UINT64_C(2) << 30);
}

static void nonsense_is_no_limit(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "nonsense\n0:\n:::\n0::/x\n7:cpu:\n8:memory:/\n");
    put("/sys/fs/cgroup/x/cpu.max", "-5 100000\n");
    put("/sys/fs/cgroup/cpu.max", "100000 0\n");
    put("/sys/fs/cgroup/x/memory.max", "12 bananas\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "99999999999999999999999\n");
    dpdm_machine machine = dpdm_machine_read(root);
    assert_true(machine.quota == 0);
    assert_true(machine.memory == 0);
}

static void this_machine_can_be_read(void **state)
{
    (void)state;
    cpu_set_t set;
    dpdm_machine machine = dpdm_machine_read("");
    assert_true(dpdm_machine_threads(&machine) >= 1);
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        assert_int_equal(machine.cores, CPU_COUNT(&set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_groups_are_no_limits, begin, end),
        cmocka_unit_test_setup_teardown(version_2_counts_the_groups_above, begin, end),
        cmocka_unit_test_setup_teardown(paths_from_outside_are_no_hindrance, begin, end),
        cmocka_unit_test_setup_teardown(version_1_has_a_folder_for_each_controller, begin, end),
        cmocka_unit_test_setup_teardown(nonsense_is_no_limit, begin, end),
        cmocka_unit_test(this_machine_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
