/* simd_kernels.h - the table of a vectorised kernel set. The including file defines SIMD_WIDTH, SIMD_TABLE (the name of
 * the table), SIMD_NAME (its string) and simd_supported. */
#ifndef DPDM_NN_SIMD_KERNELS_H
#define DPDM_NN_SIMD_KERNELS_H

#include "nn/cpu/plain.h"
#include "nn/cpu/simd_attention.h"
#include "nn/cpu/simd_conv.h"
#include "nn/cpu/simd_elementwise.h"
#include "nn/cpu/simd_norm.h"

const dpdm_kernels SIMD_TABLE = {
    .name = SIMD_NAME,
    .bf16 = SIMD_BF16,
    .supported = simd_supported,
    .conv_create = simd_conv_create,
    .conv_destroy = simd_conv_destroy,
    .conv_pack = simd_conv_pack,
    .conv_forward = simd_conv_forward,
    .conv_backward_data = simd_conv_backward_data,
    .conv_backward_weight = simd_conv_backward_weight,
    .conv_unpack_gradient = simd_conv_unpack_gradient,
    .group_norm_forward = simd_group_norm_forward,
    .group_norm_backward = simd_group_norm_backward,
    .silu_forward = simd_silu_forward,
    .silu_backward = simd_silu_backward,
    .relu_forward = simd_relu_forward,
    .relu_backward = simd_relu_backward,
    .add_scale = simd_add_scale,
    .scale = simd_scale,
    .accumulate = simd_accumulate,
    .up2_forward = simd_up2_forward,
    .up2_backward = simd_up2_backward,
    .down2_forward = simd_down2_forward,
    .down2_backward = simd_down2_backward,
    .attention_forward = simd_attention_forward,
    .attention_backward = simd_attention_backward,
    .max_pool2_forward = plain_max_pool2_forward,
    .max_pool2_backward = plain_max_pool2_backward,
};

#endif
