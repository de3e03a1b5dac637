/* version.h - which dpdm this is. */
#ifndef DPDM_VERSION_H
#define DPDM_VERSION_H

#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "MAJOR.MINOR.PATCH" of the library at run time. The binary interface changes with MAJOR, and before 1.0 with MINOR too. */
DPDM_API const char *dpdm_version(void);

#ifdef __cplusplus
}
#endif
#endif
