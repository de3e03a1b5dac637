/* fuzz.h - what fuzz targets share. A target feeds one input to a parser and stops the process where a promise is broken:
 * a failure must come with its message and leave nothing behind, a success must be whole. */
#ifndef DPDM_TESTS_FUZZ_H
#define DPDM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/dataset.h"

/* The entry that libFuzzer and replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define fuzz_assert(promise) fuzz_check((promise) != 0, #promise, __FILE__, __LINE__)
void fuzz_check(int holds, const char *promise, const char *file, int line);

/* A failure: a message that fits, with the same status. */
void fuzz_check_error(dpdm_status status, const dpdm_error *err);
/* What every reader of data sets promises; destroys data. */
void fuzz_check_dataset(dpdm_status status, const dpdm_error *err, dpdm_dataset *data);

#endif
