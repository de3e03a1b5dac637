/* sized.h - public structs that begin with their size, so that they can grow.
 *
 * The first member is size_t size: sizeof the struct as the caller was compiled. A caller of an older library has a shorter one
 * and gets defaults for the rest; one of a newer library asks for what is not known here and is refused. */
#ifndef DPDM_BASE_SIZED_H
#define DPDM_BASE_SIZED_H

#include <stddef.h>
#include "dpdm/status.h"

/* Copies what `given` has over the defaults in own[0..size). least: bytes that every caller must have. DPDM_ERANGE outside
 * [least, size]. own->size is then `size`. */
dpdm_status dpdm_sized_read(const char *name, const void *given, size_t least, void *own, size_t size, dpdm_error *err);

#endif
