/* simd_generic.c - the kernel set "generic", for any CPU that the build's own flags allow, 128-bit vectors. Flags:
 * src/nn/CMakeLists.txt. */
#define SIMD_WIDTH 4
#define SIMD_NAME "generic"
#define SIMD_TABLE dpdm_kernels_generic

#include "nn/cpu/simd.h"

static int simd_supported(void)
{
    return 1;
}

#include "nn/cpu/simd_kernels.h"
