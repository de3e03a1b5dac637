/* write_watch.c - how far the writing of a data set is, and whether to stop. */
#include "data/readers.h"

dpdm_status dpdm_write_watched(dpdm_write_watch watch, const char *path, uint64_t done, uint64_t total, dpdm_error *err)
{
    if (!watch.watch || !watch.watch(watch.context, done, total))
        return DPDM_OK;
    return dpdm_write_stopped(path, err);
}

dpdm_status dpdm_write_stopped(const char *path, dpdm_error *err)
{
    return dpdm_error_set(err, DPDM_ECANCELLED, "stopped while writing '%s'; nothing of it is left", path);
}
