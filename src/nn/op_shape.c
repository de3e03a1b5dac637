/* op_shape.c - operators that only move values: concat on channels, flatten, space to depth and back. */
#include "nn/operators.h"

#include <string.h>

static dpdm_status concat_infer(dpdm_node *node, dpdm_error *err)
{
    if (node->in[0].height != node->in[1].height || node->in[0].width != node->in[1].width)
        return dpdm_error_set(err, DPDM_EINTERNAL, "concat of %d x %d and %d x %d", node->in[0].height,
                              node->in[0].width, node->in[1].height, node->in[1].width);
    node->out = node->in[0];
    node->out.channels += node->in[1].channels;
    return DPDM_OK;
}

static void concat_forward(const dpdm_node_run *run)
{
    const size_t a = run->node->in[0].channels, b = run->node->in[1].channels;
    const size_t pixels = (size_t)run->batch * run->node->out.height * run->node->out.width;
    for (size_t p = 0; p < pixels; p++) {
        memcpy(run->y + p * (a + b), run->x[0] + p * a, a * sizeof(float));
        memcpy(run->y + p * (a + b) + a, run->x[1] + p * b, b * sizeof(float));
    }
}

static void concat_backward(const dpdm_node_run *run)
{
    const size_t a = run->node->in[0].channels, b = run->node->in[1].channels;
    const size_t pixels = (size_t)run->batch * run->node->out.height * run->node->out.width;
    for (size_t p = 0; p < pixels; p++) {
        if (run->dx[0])
            memcpy(run->dx[0] + p * a, run->dy + p * (a + b), a * sizeof(float));
        if (run->dx[1])
            memcpy(run->dx[1] + p * b, run->dy + p * (a + b) + a, b * sizeof(float));
    }
}

static dpdm_status flatten_infer(dpdm_node *node, dpdm_error *err)
{
    (void)err; /* the graph bounds the floats of a tensor, so they fit an int */
    node->out = (dpdm_dims){1, 1, (int)dpdm_dims_floats(node->in[0])};
    return DPDM_OK;
}

static void flatten_forward(const dpdm_node_run *run)
{
    if (run->y != run->x[0])
        memcpy(run->y, run->x[0], run->batch * dpdm_dims_floats(run->node->out) * sizeof(float));
}

static void flatten_backward(const dpdm_node_run *run)
{
    if (run->dx[0] != run->dy)
        memcpy(run->dx[0], run->dy, run->batch * dpdm_dims_floats(run->node->out) * sizeof(float));
}

static dpdm_status space_to_depth_infer(dpdm_node *node, dpdm_error *err)
{
    const int p = node->size;
    if (p < 1 || node->in[0].height % p || node->in[0].width % p)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "images of %d x %d cannot be cut into patches of %d x %d: choose a patch that divides "
                              "height and width",
                              node->in[0].height, node->in[0].width, p, p);
    node->out = (dpdm_dims){node->in[0].height / p, node->in[0].width / p, node->in[0].channels * p * p};
    return DPDM_OK;
}

static dpdm_status depth_to_space_infer(dpdm_node *node, dpdm_error *err)
{
    const int p = node->size;
    if (p < 1 || node->in[0].channels % (p * p))
        return dpdm_error_set(err, DPDM_EINTERNAL, "%d channels do not make patches of %d x %d", node->in[0].channels,
                              p, p);
    node->out = (dpdm_dims){node->in[0].height * p, node->in[0].width * p, node->in[0].channels / (p * p)};
    return DPDM_OK;
}

/* Between space [N, h p, w p, c] and depth [N, h, w, p p c]: channel (dy p + dx) c + k of a patch is channel k of its
 * pixel (dy, dx). A row of p pixels of a patch lies side by side in both. */
static void patch_move(int batch, dpdm_dims depth, int p, const float *from, float *to, int to_depth)
{
    const size_t run = (size_t)depth.channels / p, rows = (size_t)batch * depth.height;
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < (size_t)depth.width; x++)
            for (size_t dy = 0; dy < (size_t)p; dy++) {
                const size_t in_depth = ((y * depth.width + x) * p + dy) * run;
                const size_t in_space = ((y * p + dy) * depth.width + x) * run;
                if (to_depth)
                    memcpy(to + in_depth, from + in_space, run * sizeof(float));
                else
                    memcpy(to + in_space, from + in_depth, run * sizeof(float));
            }
}

static void space_to_depth_forward(const dpdm_node_run *run)
{
    patch_move(run->batch, run->node->out, run->node->size, run->x[0], run->y, 1);
}

static void space_to_depth_backward(const dpdm_node_run *run)
{
    patch_move(run->batch, run->node->out, run->node->size, run->dy, run->dx[0], 0);
}

static void depth_to_space_forward(const dpdm_node_run *run)
{
    patch_move(run->batch, run->node->in[0], run->node->size, run->x[0], run->y, 0);
}

static void depth_to_space_backward(const dpdm_node_run *run)
{
    patch_move(run->batch, run->node->in[0], run->node->size, run->dy, run->dx[0], 1);
}

const dpdm_operator dpdm_op_concat = {
    .name = "concat", .infer = concat_infer, .forward = concat_forward, .backward = concat_backward};

const dpdm_operator dpdm_op_flatten = {.name = "flatten",
                                       .traits = DPDM_OP_IN_PLACE_0 | DPDM_OP_GRADIENT_IN_PLACE_0,
                                       .infer = flatten_infer,
                                       .forward = flatten_forward,
                                       .backward = flatten_backward};

const dpdm_operator dpdm_op_space_to_depth = {.name = "space_to_depth",
                                              .infer = space_to_depth_infer,
                                              .forward = space_to_depth_forward,
                                              .backward = space_to_depth_backward};

const dpdm_operator dpdm_op_depth_to_space = {.name = "depth_to_space",
                                              .infer = depth_to_space_infer,
                                              .forward = depth_to_space_forward,
                                              .backward = depth_to_space_backward};
