/* operators.c - the table of operators. */
#include "nn/operators.h"

#include <stddef.h>

const dpdm_operator *const dpdm_operators[] = {
    &dpdm_op_input,
    &dpdm_op_sinusoid,
    &dpdm_op_class,
    &dpdm_op_conv,
    &dpdm_op_linear,
    &dpdm_op_group_norm,
    &dpdm_op_attention,
    &dpdm_op_silu,
    &dpdm_op_relu,
    &dpdm_op_add,
    &dpdm_op_dropout,
    &dpdm_op_up2,
    &dpdm_op_down2,
    &dpdm_op_max_pool2,
    &dpdm_op_global_pool,
    &dpdm_op_max_pool,
    &dpdm_op_average_pool,
    &dpdm_op_concat,
    &dpdm_op_flatten,
    &dpdm_op_space_to_depth,
    &dpdm_op_depth_to_space,
    &dpdm_op_modulate,
    NULL,
};
