/* fuzz_npy.c - .npy headers; one that is read must be written so that it reads the same. */
#include "fuzz.h"
#include "data/npy.h"

#include <string.h>

static void check_again(const dpdm_npy *npy)
{
    uint8_t header[512];
    dpdm_npy again;
    size_t length, written = dpdm_npy_format(npy, header, sizeof header);
    fuzz_assert(written > 0 && written % 64 == 0);
    fuzz_assert(!dpdm_npy_length("again", header, &length, NULL) && length == written);
    fuzz_assert(!dpdm_npy_parse("again", header, length, &again, NULL));
    fuzz_assert(again.kind == npy->kind && again.width == npy->width && (again.big == npy->big || npy->width == 1));
    fuzz_assert(again.dimensions == npy->dimensions && again.values == npy->values);
    fuzz_assert(!memcmp(again.sizes, npy->sizes, sizeof npy->sizes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dpdm_npy npy;
    dpdm_error err;
    size_t length;
    if (size < DPDM_NPY_PREFIX)
        return 0;
    dpdm_status status = dpdm_npy_length("header", bytes, &length, &err);
    if (!status && length > size)
        return 0;
    if (!status)
        status = dpdm_npy_parse("header", bytes, length, &npy, &err);
    if (status)
        fuzz_check_error(status, &err);
    else
        check_again(&npy);
    return 0;
}
