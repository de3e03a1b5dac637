/* simd_avx2.c - the kernel set "avx2", for CPUs with AVX2 and FMA. Flags: src/nn/CMakeLists.txt. */
#define SIMD_WIDTH 8
#define SIMD_NAME "avx2"
#define SIMD_TABLE dpdm_kernels_avx2

#include "nn/cpu/simd.h"

static int simd_supported(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#include "nn/cpu/simd_kernels.h"
