/* sized.c - see sized.h. */
#include "base/sized.h"

#include <string.h>

dpdm_status dpdm_sized_read(const char *name, const void *given, size_t least, void *own, size_t size, dpdm_error *err)
{
    size_t has;
    memcpy(&has, given, sizeof has);
    if (has < least || has > size)
        return dpdm_error_set(
            err, DPDM_ERANGE,
            "a %s of %zu bytes; this library knows those of %zu to %zu: set its size to sizeof(%s) and "
            "use the header of this version",
            name, has, least, size, name);
    memcpy(own, given, has);
    memcpy(own, &size, sizeof size);
    return DPDM_OK;
}
