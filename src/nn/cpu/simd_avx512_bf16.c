/* simd_avx512_bf16.c - the kernel set "avx512-bf16": as "avx512", but the products inside Winograd convolutions are of bfloat16.
 * For CPUs with AVX-512 BF16: Cooper Lake, Sapphire Rapids, Zen 4 and later. Flags: src/nn/CMakeLists.txt. */
#define SIMD_WIDTH 16
#define SIMD_NARROWER dpdm_kernels_avx2
#define SIMD_BF16 1
#define SIMD_NAME "avx512-bf16"
#define SIMD_TABLE dpdm_kernels_avx512_bf16

#include "nn/cpu/simd.h"

static int simd_supported(void)
{
    return __builtin_cpu_supports("avx512bf16") && dpdm_kernels_avx512.supported();
}

#include "nn/cpu/simd_kernels.h"
