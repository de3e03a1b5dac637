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

dpdm_status dpdm_conv_check(const dpdm_conv_shape *s, dpdm_error *err)
{
    const int high = s->kernel, wide = dpdm_conv_kernel_width(s), most = DPDM_CONV_KERNEL_MOST;
    if (s->batch >= 1 && s->height >= 1 && s->width >= 1 && s->in_channels >= 1 && s->out_channels >= 1 &&
        high % 2 == 1 && wide % 2 == 1 && high >= 1 && high <= most && wide >= 1 && wide <= most && s->stride >= 1 &&
        s->stride <= 2 && (!s->valid || (s->height >= high && s->width >= wide)))
        return DPDM_OK;
    return dpdm_error_set(
        err, DPDM_EUNSUPPORTED,
        "convolution of %d x %d x %d x %d to %d channels with kernel %d x %d and stride %d: sizes must "
        "be positive, the kernel odd and at most %d, the stride 1 or 2",
        s->batch, s->height, s->width, s->in_channels, s->out_channels, high, wide, s->stride, most);
}
