/* op_conv.c - convolution and linear layer; both are one convolution of the kernel set. */
#include "nn/operators.h"

static dpdm_conv_shape conv_shape(const dpdm_node *node, int batch)
{
    return (dpdm_conv_shape){.batch = batch,
                             .height = node->in[0].height,
                             .width = node->in[0].width,
                             .in_channels = node->in[0].channels,
                             .out_channels = node->out.channels,
                             .kernel = node->kernel,
                             .stride = node->stride,
                             .kernel_width = node->kernel_width,
                             .valid = node->valid};
}

/* node->out.channels is set by the builder. */
static dpdm_status conv_infer(dpdm_node *node, dpdm_error *err)
{
    const int high = node->kernel, wide = node->kernel_width;
    if (high < 1 || high % 2 == 0 || wide < 1 || wide % 2 == 0 || node->stride < 1 || node->stride > 2)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                              "convolution with kernel %d x %d and stride %d: the kernel must be odd, "
                              "the stride 1 or 2",
                              high, wide, node->stride);
    if (node->valid && (node->in[0].height < high || node->in[0].width < wide))
        return dpdm_error_set(err, DPDM_EUSAGE, "a picture of %d x %d is too small for a %d x %d convolution",
                              node->in[0].height, node->in[0].width, high, wide);
    node->out.height = dpdm_conv_windows(node->in[0].height, high, node->stride, node->valid);
    node->out.width = dpdm_conv_windows(node->in[0].width, wide, node->stride, node->valid);
    return DPDM_OK;
}

static double conv_multiply_adds(const dpdm_node *node)
{
    return (double)dpdm_dims_floats(node->out) * node->in[0].channels * node->kernel * node->kernel_width;
}

static void conv_forward(const dpdm_node_run *run)
{
    run->kernels->conv_forward(run->conv, run->x[0], run->weight[0], run->weight[1], run->y, run->scratch);
}

/* The bias's gradient where the weight has none: the kernels take both together. */
static void conv_backward_bias(size_t channels, const float *dy, size_t floats, float *gradient)
{
    for (size_t i = 0; i < floats; i += channels)
        for (size_t c = 0; c < channels; c++)
            gradient[c] += dy[i + c];
}

static void conv_backward(const dpdm_node_run *run)
{
    const dpdm_node *node = run->node;
    const size_t examples = (size_t)(run->batch / run->records);
    const size_t x = examples * dpdm_dims_floats(node->in[0]), y = examples * dpdm_dims_floats(node->out);
    for (size_t r = 0; r < (size_t)run->records; r++) {
        float *bias = run->gradient[1] ? run->gradient[1] + r * run->record_floats : NULL;
        if (run->gradient[0])
            run->kernels->conv_backward_weight(run->conv, run->x[0] + r * x, run->dy + r * y,
                                               run->gradient[0] + r * run->record_floats, bias, run->scratch);
        else if (bias)
            conv_backward_bias((size_t)node->out.channels, run->dy + r * y, y, bias);
    }
    if (run->dx[0])
        run->kernels->conv_backward_data(run->conv, run->dy, run->weight[0], run->dx[0], run->scratch);
}

static dpdm_status linear_infer(dpdm_node *node, dpdm_error *err)
{
    if (node->in[0].height != 1 || node->in[0].width != 1)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED, "linear layer on a %d x %d picture: flatten it first",
                              node->in[0].height, node->in[0].width);
    node->kernel = node->kernel_width = node->stride = 1;
    return conv_infer(node, err);
}

const dpdm_operator dpdm_op_conv = {
    .name = "conv",
    .traits = DPDM_OP_KEEPS_TO_TRAIN,
    .infer = conv_infer,
    .conv = conv_shape,
    .multiply_adds = conv_multiply_adds,
    .forward = conv_forward,
    .backward = conv_backward,
};

const dpdm_operator dpdm_op_linear = {
    .name = "linear",
    .traits = DPDM_OP_KEEPS_TO_TRAIN,
    .infer = linear_infer,
    .conv = conv_shape,
    .multiply_adds = conv_multiply_adds,
    .forward = conv_forward,
    .backward = conv_backward,
};
