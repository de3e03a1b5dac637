/* fuzz_owners.c - owners.csv: no byte is read beyond its end, and a refusal says why. */
#include "fuzz.h"
#include "data/owners.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {"0/a.png", "0/b.png", "1/c.png"};
    uint64_t owners[3];
    dpdm_error err;
    dpdm_blob file = {"owners.csv", bytes, size};
    dpdm_status status = dpdm_owners_parse(&file, names, 3, owners, &err);
    if (status)
        fuzz_check_error(status, &err);
    else
        fuzz_assert(size >= 40); /* three lines with their names */
    return 0;
}
