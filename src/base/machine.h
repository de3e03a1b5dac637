/* machine.h - what of this machine the process may use: cores and memory.
 *
 * A container with 2 CPUs of a machine of 64 sees all 64 and may run on any of them, but is stopped for the rest of each
 * period once it has used its share; and it is killed when it takes more memory than its share, however much is free. Both
 * shares are limits of the control groups (Linux, versions 1 and 2) that the process is in, or of those above. */
#ifndef DPDM_BASE_MACHINE_H
#define DPDM_BASE_MACHINE_H

#include <stdint.h>

typedef struct {
    int cores;       /* that the scheduler may put the process on (sched_getaffinity); at least 1 */
    double quota;    /* CPUs' worth of time, or 0: no limit */
    uint64_t memory; /* bytes, or 0: no limit */
} dpdm_machine;

/* root: put before every path that is read; "" for the machine itself, a folder in tests. What cannot be read or
 * understood is no limit. */
dpdm_machine dpdm_machine_read(const char *root);

/* How many threads can work at once: the cores, or the quota, rounded up, where it is less. */
int dpdm_machine_threads(const dpdm_machine *machine);

#endif
