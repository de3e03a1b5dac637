/* kernels.c - which kernel sets there are, best first; after the reference those that round more and have to be asked for. */
#include "nn/kernels.h"
#include "nn/cpu/simd.h"
#include "dpdm/network.h"

#include <string.h>

static const dpdm_kernels *const kernel_sets[] = {
#if defined(__x86_64__)
    &dpdm_kernels_avx512,      &dpdm_kernels_avx2,
#endif
    &dpdm_kernels_generic,     &dpdm_kernels_plain,
#if defined(__x86_64__)
    &dpdm_kernels_avx512_bf16,
#endif
};

enum { KERNEL_SETS = sizeof kernel_sets / sizeof *kernel_sets };

const dpdm_kernels *dpdm_kernels_find(const char *name)
{
    for (size_t i = 0; i < KERNEL_SETS; i++)
        if ((!name || strcmp(name, kernel_sets[i]->name) == 0) && kernel_sets[i]->supported())
            return kernel_sets[i];
    return NULL;
}

const char *dpdm_kernels_name(size_t index)
{
    for (size_t i = 0; i < KERNEL_SETS; i++)
        if (kernel_sets[i]->supported() && index-- == 0)
            return kernel_sets[i]->name;
    return NULL;
}
