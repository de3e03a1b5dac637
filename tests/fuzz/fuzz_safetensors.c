/* fuzz_safetensors.c - model files: every tensor that is named must lie in the file. */
#include "fuzz.h"
#include "base/safetensors.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dpdm_safetensors file;
    dpdm_error err;
    dpdm_status status = dpdm_safetensors_parse(bytes, size, "model", &file, &err);
    if (status) {
        fuzz_check_error(status, &err);
        return 0;
    }
    for (size_t i = 0; i < file.count; i++) {
        const dpdm_safetensor *tensor = &file.tensors[i];
        fuzz_assert(tensor->count <= size / 4 && tensor->bytes >= bytes);
        fuzz_assert((size_t)(tensor->bytes - bytes) <= size - 4 * (size_t)tensor->count);
        float *values = malloc((size_t)tensor->count * sizeof *values + 1);
        fuzz_assert(values);
        dpdm_safetensor_floats(tensor, values);
        free(values);
        fuzz_assert(dpdm_safetensors_find(&file, tensor->name) == tensor);
    }
    dpdm_safetensors_metadata(&file, "dpdm.config");
    dpdm_safetensors_destroy(&file);
    return 0;
}
