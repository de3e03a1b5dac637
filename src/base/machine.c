/* machine.c - affinity mask and control groups; see cgroups(7), and the kernel's cgroup-v1 and cgroup-v2 guides. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity, CPU_ALLOC */
#endif
#include "base/machine.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 4096, LINE_ROOM = 4096, MOST_CORES = 1 << 22 };

/* Where limits of one kind may be said, below the folder of a group. */
typedef void (*machine_read_fn)(const char *folder, dpdm_machine *machine);

/* The first line of a file in a folder, without its end; 0 if there is none. */
static int machine_line(const char *folder, const char *name, char line[LINE_ROOM])
{
    char path[PATH_ROOM];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= PATH_ROOM)
        return 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    const int found = fgets(line, LINE_ROOM, file) != NULL;
    fclose(file);
    if (found)
        line[strcspn(line, "\n")] = 0;
    return found;
}

static void machine_take_quota(dpdm_machine *machine, double quota, double period)
{
    const double cpus = quota / period;
    if (quota > 0 && period > 0 && (machine->quota == 0 || cpus < machine->quota))
        machine->quota = cpus;
}

/* Version 1 says "no limit" with the largest multiple of a page. */
static void machine_take_memory(dpdm_machine *machine, const char *text)
{
    char *end;
    errno = 0;
    const unsigned long long bytes = strtoull(text, &end, 10);
    if (end == text || *end || errno || bytes >= 1ull << 62)
        return;
    if (machine->memory == 0 || bytes < machine->memory)
        machine->memory = bytes;
}

static void machine_read_both(const char *folder, dpdm_machine *machine)
{
    char line[LINE_ROOM];
    long long quota, period;
    if (machine_line(folder, "cpu.max", line) && sscanf(line, "%lld %lld", &quota, &period) == 2) /* else "max" */
        machine_take_quota(machine, (double)quota, (double)period);
    if (machine_line(folder, "memory.max", line))
        machine_take_memory(machine, line);
}

static void machine_read_cpu(const char *folder, dpdm_machine *machine)
{
    char quota[LINE_ROOM], period[LINE_ROOM];
    if (machine_line(folder, "cpu.cfs_quota_us", quota) && machine_line(folder, "cpu.cfs_period_us", period))
        machine_take_quota(machine, (double)strtoll(quota, NULL, 10), (double)strtoll(period, NULL, 10));
}

static void machine_read_memory(const char *folder, dpdm_machine *machine)
{
    char line[LINE_ROOM];
    if (machine_line(folder, "memory.limit_in_bytes", line))
        machine_take_memory(machine, line);
}

/* The group and all above it, up to the folder where groups are mounted. In a container that is often the group itself,
 * while its path is told as the machine outside sees it: then none of the lower folders is there. */
static void machine_climb(const char *mount, const char *group, machine_read_fn read, dpdm_machine *machine)
{
    char folder[PATH_ROOM];
    const size_t top = strlen(mount);
    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= PATH_ROOM)
        return;
    for (;;) {
        read(folder, machine);
        char *slash = strrchr(folder + top, '/');
        if (!slash)
            return;
        *slash = 0;
    }
}

/* Is `name` one of the comma-separated words of a list? */
static int machine_lists(const char *list, const char *name)
{
    const size_t n = strlen(name);
    for (const char *word = list; word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL)
        if (strncmp(word, name, n) == 0 && (word[n] == ',' || !word[n]))
            return 1;
    return 0;
}

/* One line of /proc/self/cgroup: number:controllers:path; version 2 has no controllers. */
static void machine_group(const char *root, char *line, dpdm_machine *machine)
{
    static const struct {
        const char *name;
        machine_read_fn read;
    } kinds[] = {{"cpu", machine_read_cpu}, {"memory", machine_read_memory}};
    char mount[PATH_ROOM];
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *group++ = 0;
    controllers++;
    if (!*controllers) {
        static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
        for (size_t i = 0; i < 2; i++)
            if (snprintf(mount, sizeof mount, "%s%s", root, mounts[i]) < PATH_ROOM)
                machine_climb(mount, group, machine_read_both, machine);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!machine_lists(controllers, kinds[i].name))
            continue;
        if (snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, kinds[i].name) < PATH_ROOM)
            machine_climb(mount, group, kinds[i].read, machine);
        if (strcmp(controllers, kinds[i].name) != 0 &&
            snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, controllers) < PATH_ROOM)
            machine_climb(mount, group, kinds[i].read, machine);
    }
}

/* The mask of the kernel may be longer than a cpu_set_t, which ends at 1,024 CPUs. */
static int machine_cores(void)
{
    int cores = 0;
    for (int most = CPU_SETSIZE; most <= MOST_CORES && !cores; most *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)most);
        const size_t bytes = CPU_ALLOC_SIZE((size_t)most);
        if (!set)
            break;
        if (sched_getaffinity(0, bytes, set) == 0)
            cores = CPU_COUNT_S(bytes, set);
        else if (errno != EINVAL) /* else it was too short */
            most = MOST_CORES;
        CPU_FREE(set);
    }
    return cores > 0 ? cores : 1;
}

dpdm_machine dpdm_machine_read(const char *root)
{
    dpdm_machine machine = {.cores = machine_cores()};
    char path[PATH_ROOM], line[LINE_ROOM];
    FILE *file = snprintf(path, sizeof path, "%s/proc/self/cgroup", root) < PATH_ROOM ? fopen(path, "r") : NULL;
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        machine_group(root, line, &machine);
    }
    if (file)
        fclose(file);
    return machine;
}

int dpdm_machine_threads(const dpdm_machine *machine)
{
    const double quota = machine->quota > 0 ? ceil(machine->quota) : machine->cores;
    return quota < machine->cores ? (int)quota : machine->cores;
}
