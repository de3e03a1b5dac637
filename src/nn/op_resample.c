/* op_resample.c - nearest up x2, average down x2, max-pool 2x2, average over all positions. */
#include "nn/operators.h"

#include <string.h>

static dpdm_status up2_infer(dpdm_node *node, dpdm_error *err)
{
    (void)err;
    node->out = (dpdm_dims){2 * node->in[0].height, 2 * node->in[0].width, node->in[0].channels};
    return DPDM_OK;
}

static void up2_forward(const dpdm_node_run *run)
{
    const dpdm_dims in = run->node->in[0];
    run->kernels->up2_forward(run->batch, in.height, in.width, in.channels, run->x[0], run->y);
}

static void up2_backward(const dpdm_node_run *run)
{
    const dpdm_dims in = run->node->in[0];
    run->kernels->up2_backward(run->batch, in.height, in.width, in.channels, run->dy, run->dx[0]);
}

static dpdm_status down2_infer(dpdm_node *node, dpdm_error *err)
{
    if (node->in[0].height % 2 || node->in[0].width % 2)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "a picture of %d x %d cannot be halved: use fewer levels, or pad or crop the images to a "
                              "size that stays even at every level but the last",
                              node->in[0].height, node->in[0].width);
    node->out = (dpdm_dims){node->in[0].height / 2, node->in[0].width / 2, node->in[0].channels};
    return DPDM_OK;
}

static void down2_forward(const dpdm_node_run *run)
{
    const dpdm_dims in = run->node->in[0];
    run->kernels->down2_forward(run->batch, in.height, in.width, in.channels, run->x[0], run->y);
}

static void down2_backward(const dpdm_node_run *run)
{
    const dpdm_dims in = run->node->in[0];
    run->kernels->down2_backward(run->batch, in.height, in.width, in.channels, run->dy, run->dx[0]);
}

static dpdm_status max_pool2_infer(dpdm_node *node, dpdm_error *err)
{
    if (node->in[0].height < 2 || node->in[0].width < 2)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "a picture of %d x %d is too small for one more max-pool: the images "
                              "must be at least 8 x 8",
                              node->in[0].height, node->in[0].width);
    node->out = (dpdm_dims){node->in[0].height / 2, node->in[0].width / 2, node->in[0].channels};
    return DPDM_OK;
}

static size_t max_pool2_saved(const dpdm_node *node, int batch)
{
    return batch * dpdm_dims_floats(node->out);
}

static void max_pool2_forward(const dpdm_node_run *run)
{
    const dpdm_dims in = run->node->in[0];
    run->kernels->max_pool2_forward(run->batch, in.height, in.width, in.channels, run->x[0], run->y, run->saved);
}

static void max_pool2_backward(const dpdm_node_run *run)
{
    const dpdm_dims in = run->node->in[0];
    run->kernels->max_pool2_backward(run->batch, in.height, in.width, in.channels, run->saved, run->dy, run->dx[0]);
}

static dpdm_status global_pool_infer(dpdm_node *node, dpdm_error *err)
{
    (void)err;
    node->out = (dpdm_dims){1, 1, node->in[0].channels};
    return DPDM_OK;
}

static void global_pool_forward(const dpdm_node_run *run)
{
    const size_t channels = run->node->out.channels, positions = dpdm_dims_floats(run->node->in[0]) / channels;
    const float *x = run->x[0];
    float *y = run->y;
    memset(y, 0, run->batch * channels * sizeof *y);
    for (int n = 0; n < run->batch; n++, y += channels) {
        for (size_t p = 0; p < positions; p++, x += channels)
            for (size_t c = 0; c < channels; c++)
                y[c] += x[c];
        for (size_t c = 0; c < channels; c++)
            y[c] /= (float)positions;
    }
}

static void global_pool_backward(const dpdm_node_run *run)
{
    const size_t channels = run->node->out.channels, positions = dpdm_dims_floats(run->node->in[0]) / channels;
    const float *dy = run->dy;
    float *dx = run->dx[0];
    for (int n = 0; n < run->batch; n++, dy += channels)
        for (size_t p = 0; p < positions; p++, dx += channels)
            for (size_t c = 0; c < channels; c++)
                dx[c] = dy[c] / (float)positions;
}

const dpdm_operator dpdm_op_up2 = {.name = "up2", .infer = up2_infer, .forward = up2_forward, .backward = up2_backward};

const dpdm_operator dpdm_op_down2 = {
    .name = "down2", .infer = down2_infer, .forward = down2_forward, .backward = down2_backward};

const dpdm_operator dpdm_op_max_pool2 = {.name = "max_pool2",
                                         .infer = max_pool2_infer,
                                         .saved = max_pool2_saved,
                                         .forward = max_pool2_forward,
                                         .backward = max_pool2_backward};

const dpdm_operator dpdm_op_global_pool = {.name = "global_pool",
                                           .infer = global_pool_infer,
                                           .forward = global_pool_forward,
                                           .backward = global_pool_backward};
