/* fuzz_cifar.c - CIFAR-10 files; read twice as two files of one set. */
#include "fuzz.h"
#include "data/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const dpdm_facts facts;
    dpdm_blob files[2] = {{"one", bytes, size}, {"two", bytes, size}};
    for (size_t n = 1; n <= 2; n++) {
        dpdm_dataset data;
        dpdm_error err;
        dpdm_status status = dpdm_cifar_parse(files, n, &facts, &data, &err);
        fuzz_check_dataset(status, &err, &data);
    }
    return 0;
}
