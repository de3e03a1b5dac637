/* status.c - error messages. */
#include "dpdm/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/print.h"
#include "base/text.h"

dpdm_status dpdm_error_set(dpdm_error *err, dpdm_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        dpdm_print_list(err->message, sizeof err->message, format, args);
        va_end(args);
        dpdm_text_clean(err->message);
    }
    return status;
}

dpdm_status dpdm_error_prefix(dpdm_error *err, dpdm_status status, const char *format, ...)
{
    if (!err)
        return status;
    char prefix[sizeof err->message], joined[2 * sizeof err->message + 2];
    va_list args;
    va_start(args, format);
    dpdm_print_list(prefix, sizeof prefix, format, args);
    va_end(args);
    snprintf(joined, sizeof joined, "%s: %s", prefix, err->message);
    joined[sizeof err->message - 1] = '\0';
    memcpy(err->message, joined, sizeof err->message);
    dpdm_text_clean(err->message);
    err->status = status;
    return status;
}

const char *dpdm_status_name(dpdm_status status)
{
    static const char *const names[] = {"DPDM_OK",       "DPDM_EUSAGE", "DPDM_ERANGE",     "DPDM_EIO",
                                        "DPDM_EFORMAT",  "DPDM_ENOMEM", "DPDM_EEXIST",     "DPDM_ENOENT",
                                        "DPDM_EBUDGET",  "DPDM_ESTATE", "DPDM_ECANCELLED", "DPDM_EUNSUPPORTED",
                                        "DPDM_EINTERNAL"};
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown status";
}
