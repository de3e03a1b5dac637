/* lint.h - included before every file by tools/lint.sh: tells clang's analyzer what it cannot see from one file at a time,
 * that these functions return the status they are given, so that "return dpdm_error_set(...)" is a failure. */
#include "dpdm/status.h"

#define dpdm_error_set(err, status, ...) (dpdm_error_set(err, status, __VA_ARGS__), (status))
#define dpdm_error_prefix(err, status, ...) (dpdm_error_prefix(err, status, __VA_ARGS__), (status))
