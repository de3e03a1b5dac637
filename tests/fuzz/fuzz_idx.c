/* fuzz_idx.c - IDX pairs: two bytes say how long the images file is, the labels file is the rest. */
#include "fuzz.h"
#include "data/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const dpdm_facts facts[] = {{0}, {.height = 2, .width = 3, .channels = 1, .classes = 4}};
    if (size < 2)
        return 0;
    size_t split = (size_t)bytes[0] | (size_t)bytes[1] << 8;
    split = split < size - 2 ? split : size - 2;
    dpdm_blob images = {"images", bytes + 2, split}, labels = {"labels", bytes + 2 + split, size - 2 - split};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        dpdm_dataset data;
        dpdm_error err;
        dpdm_status status = dpdm_idx_parse(&images, &labels, &facts[i], &data, &err);
        fuzz_check_dataset(status, &err, &data);
    }
    return 0;
}
