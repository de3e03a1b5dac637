/* version.c - which dpdm this is. */
#include "dpdm/version.h"

const char *dpdm_version(void)
{
    return DPDM_VERSION; /* from CMake */
}
