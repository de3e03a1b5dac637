/* build.h - which build of the code is running. */
#ifndef DPDM_BASE_BUILD_H
#define DPDM_BASE_BUILD_H

#include <stdint.h>
#include "dpdm/status.h"

/* BLAKE2b of the machine code and constants of the program or library that holds dpdm, as they lie in memory: equal for
 * two processes of one build, and different once anything was changed or compiled otherwise. */
dpdm_status dpdm_build_digest(uint8_t digest[32], dpdm_error *err);

#endif
