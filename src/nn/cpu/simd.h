/* simd.h - the vectorised kernel sets; which of them exist depends on the compiler's target. */
#ifndef DPDM_NN_CPU_SIMD_H
#define DPDM_NN_CPU_SIMD_H

#include "nn/kernels.h"

#if defined(__x86_64__)
extern const dpdm_kernels dpdm_kernels_avx512;      /* AVX-512 F, BW, DQ, VL and FMA: Skylake server, Zen 4 and later */
extern const dpdm_kernels dpdm_kernels_avx512_bf16; /* and BF16; for who asks for it */
extern const dpdm_kernels dpdm_kernels_avx2;        /* AVX2 and FMA: Haswell, Zen and later */
#endif
extern const dpdm_kernels dpdm_kernels_generic; /* 128-bit vectors, any CPU */

#endif
