/* fuzz_npz.c - .npz archives, as data sets of each split and as plain arrays. */
#include "fuzz.h"
#include "data/npz.h"

#include <stdlib.h>

static void read_arrays(const dpdm_blob *file)
{
    static const char *const keys[] = {"images", "labels", "x"};
    dpdm_npz *npz;
    dpdm_npy npy;
    dpdm_error err;
    char text[64];
    if (dpdm_npz_open(file, &npz, &err))
        return;
    dpdm_npz_keys(npz, text, sizeof text);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        float *floats;
        int64_t *integers;
        dpdm_status status = dpdm_npz_floats(npz, keys[i], &npy, &floats, &err);
        fuzz_assert(!status == !!floats);
        if (status)
            fuzz_check_error(status, &err);
        free(floats);
        status = dpdm_npz_integers(npz, keys[i], &npy, &integers, &err);
        fuzz_assert(!status == !!integers);
        if (status)
            fuzz_check_error(status, &err);
        free(integers);
    }
    dpdm_npz_close(npz);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const dpdm_facts facts;
    dpdm_blob file = {"archive", bytes, size};
    for (int split = DPDM_SPLIT_TRAIN; split <= DPDM_SPLIT_VAL; split++) {
        dpdm_dataset data;
        dpdm_error err;
        dpdm_status status = dpdm_npz_parse(&file, (dpdm_split)split, &facts, &data, &err);
        fuzz_check_dataset(status, &err, &data);
    }
    read_arrays(&file);
    return 0;
}
