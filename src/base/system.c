/* system.c - failures of the operating system. */
#include "base/system.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/print.h"

static dpdm_status status_of(int number)
{
    switch (number) {
    case ENOENT:
        return DPDM_ENOENT;
    case EEXIST:
        return DPDM_EEXIST;
    case ENOMEM:
        return DPDM_ENOMEM;
    default:
        return DPDM_EIO;
    }
}

dpdm_status dpdm_error_system(dpdm_error *err, int number, const char *format, ...)
{
    char what[sizeof err->message];
    va_list args;
    va_start(args, format);
    dpdm_print_list(what, sizeof what, format, args);
    va_end(args);
    return dpdm_error_set(err, status_of(number), "%s: %s", what,
                          number ? strerror(number) : "the system gives no reason");
}
