/* op_norm.c - group norm of x, or of x + bias[n, c] where a second input is given; SiLU after it if asked. */
#include "nn/operators.h"

#include <string.h>

static dpdm_group_norm_shape norm_shape(const dpdm_node *node, int batch)
{
    return (dpdm_group_norm_shape){.batch = batch,
                                   .positions = node->in[0].height * node->in[0].width,
                                   .channels = node->in[0].channels,
                                   .groups = node->groups,
                                   .epsilon = 1e-6f,
                                   .silu = node->silu};
}

static dpdm_status norm_infer(dpdm_node *node, dpdm_error *err)
{
    const int channels = node->in[0].channels;
    if (node->groups < 1 || channels % node->groups != 0)
        return dpdm_error_set(
            err, DPDM_EUNSUPPORTED,
            "group norm of %d channels in %d groups: choose widths that are a multiple of 4 up to 128 "
            "channels and of 32 beyond (base width, multipliers)",
            channels, node->groups);
    if (node->inputs == 2 && !dpdm_dims_equal(node->in[1], (dpdm_dims){1, 1, channels}))
        return dpdm_error_set(err, DPDM_EINTERNAL, "group norm of %d channels with a bias of %d x %d x %d", channels,
                              node->in[1].height, node->in[1].width, node->in[1].channels);
    node->out = node->in[0];
    return DPDM_OK;
}

static size_t norm_saved(const dpdm_node *node, int batch)
{
    return (size_t)batch * node->groups * 2 * sizeof(float);
}

/* Room for gradients of scale and shift that nobody wants: the kernels write both. */
static size_t norm_scratch(const dpdm_node *node, int batch)
{
    (void)batch;
    return node->trained[0] && node->trained[1] ? 0 : (size_t)node->in[0].channels * sizeof(float);
}

static float *norm_gradient(const dpdm_node_run *run, int parameter, size_t record)
{
    if (run->gradient[parameter])
        return run->gradient[parameter] + record * run->record_floats;
    memset(run->scratch, 0, (size_t)run->node->in[0].channels * sizeof(float)); /* so that it cannot grow for ever */
    return run->scratch;
}

static void norm_forward(const dpdm_node_run *run)
{
    const dpdm_group_norm_shape shape = norm_shape(run->node, run->batch);
    run->kernels->group_norm_forward(&shape, run->x[0], run->x[1], run->weight[0], run->weight[1], run->y, run->saved);
}

static void norm_backward(const dpdm_node_run *run)
{
    const dpdm_node *node = run->node;
    const size_t examples = (size_t)(run->batch / run->records), channels = (size_t)node->in[0].channels;
    const size_t x = examples * dpdm_dims_floats(node->in[0]), bias = examples * channels;
    const size_t stats = examples * (size_t)node->groups * 2;
    const dpdm_group_norm_shape shape = norm_shape(node, (int)examples);
    for (size_t r = 0; r < (size_t)run->records; r++)
        run->kernels->group_norm_backward(
            &shape, run->x[0] + r * x, run->x[1] ? run->x[1] + r * bias : NULL, run->weight[0], run->weight[1],
            (const float *)run->saved + r * stats, run->dy + r * x, run->dx[0] + r * x,
            run->dx[1] ? run->dx[1] + r * bias : NULL, norm_gradient(run, 0, r), norm_gradient(run, 1, r));
}

const dpdm_operator dpdm_op_group_norm = {
    .name = "group_norm",
    .traits = DPDM_OP_KEEPS_INPUTS | DPDM_OP_WRITES_ALL,
    .infer = norm_infer,
    .saved = norm_saved,
    .scratch = norm_scratch,
    .forward = norm_forward,
    .backward = norm_backward,
};
