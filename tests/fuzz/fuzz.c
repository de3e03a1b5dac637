/* fuzz.c - see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_check(int holds, const char *promise, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
    abort();
}

void fuzz_check_error(dpdm_status status, const dpdm_error *err)
{
    fuzz_assert(status && status != DPDM_EINTERNAL);
    fuzz_assert(err->status == status);
    size_t length = strnlen(err->message, sizeof err->message);
    fuzz_assert(length > 10 && length < sizeof err->message);
}

void fuzz_check_dataset(dpdm_status status, const dpdm_error *err, dpdm_dataset *data)
{
    if (status) {
        fuzz_check_error(status, err);
        fuzz_assert(!data->pixels && !data->labels && !data->count);
        return;
    }
    fuzz_assert(data->count >= 1 && data->height >= 1 && data->width >= 1 && data->channels >= 1 && data->classes >= 1);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < data->count; i++)
        fuzz_assert(data->labels[i] >= 0 && data->labels[i] < data->classes);
    size_t bytes = (size_t)data->count * (size_t)data->height * (size_t)data->width * (size_t)data->channels;
    for (size_t i = 0; i < bytes; i++) /* a sanitizer sees pixels that are not there */
        sum += data->pixels[i];
    fuzz_assert(sum <= 255 * (uint64_t)bytes);
    dpdm_dataset_destroy(data);
}
