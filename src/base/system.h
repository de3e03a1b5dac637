/* system.h - failures of the operating system. */
#ifndef DPDM_BASE_SYSTEM_H
#define DPDM_BASE_SYSTEM_H

#include "dpdm/status.h"

/* A system call failed with errno value `number`, which the caller saved at once: any later call may change errno. Sets
 * the message, with ": " and the system's words behind it, and the status that follows: DPDM_ENOENT, DPDM_EEXIST,
 * DPDM_ENOMEM, DPDM_EIO for anything else, also for 0 ("the system gives no reason"). Returns the status. */
dpdm_status dpdm_error_system(dpdm_error *err, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
