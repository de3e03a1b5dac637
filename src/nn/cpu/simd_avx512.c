/* simd_avx512.c - the kernel set "avx512", for CPUs with AVX-512. Flags: src/nn/CMakeLists.txt. */
#define SIMD_WIDTH 16
#define SIMD_NARROWER dpdm_kernels_avx2
#define SIMD_NAME "avx512"
#define SIMD_TABLE dpdm_kernels_avx512

#include "nn/cpu/simd.h"

static int simd_supported(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("fma");
}

#include "nn/cpu/simd_kernels.h"
