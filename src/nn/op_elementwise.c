/* op_elementwise.c - SiLU, ReLU, add-and-rescale, dropout. */
#include "nn/operators.h"

static size_t elementwise_floats(const dpdm_node_run *run)
{
    return run->batch * dpdm_dims_floats(run->node->out);
}

static void silu_forward(const dpdm_node_run *run)
{
    run->kernels->silu_forward(elementwise_floats(run), run->x[0], run->y);
}

static void silu_backward(const dpdm_node_run *run)
{
    run->kernels->silu_backward(elementwise_floats(run), run->x[0], run->dy, run->dx[0]);
}

static void relu_forward(const dpdm_node_run *run)
{
    run->kernels->relu_forward(elementwise_floats(run), run->x[0], run->y);
}

/* y > 0 where x > 0, so that x need not be kept. */
static void relu_backward(const dpdm_node_run *run)
{
    run->kernels->relu_backward(elementwise_floats(run), run->y, run->dy, run->dx[0]);
}

static dpdm_status add_infer(dpdm_node *node, dpdm_error *err)
{
    if (!dpdm_dims_equal(node->in[0], node->in[1]))
        return dpdm_error_set(err, DPDM_EINTERNAL, "sum of tensors of unequal sizes");
    node->out = node->in[0];
    return DPDM_OK;
}

static void add_forward(const dpdm_node_run *run)
{
    run->kernels->add_scale(elementwise_floats(run), run->x[0], run->x[1], run->node->scale, run->y);
}

/* dx[0] or dx[1] or both may be dy itself: a buffer that is not dy is written first. */
static void add_backward(const dpdm_node_run *run)
{
    const int first = run->dx[0] == run->dy ? 1 : 0;
    float *const a = run->dx[first], *const b = run->dx[1 - first];
    if (a)
        run->kernels->scale(elementwise_floats(run), run->dy, run->node->scale, a);
    if (b && b != a)
        run->kernels->scale(elementwise_floats(run), run->dy, run->node->scale, b);
}

static dpdm_status dropout_infer(dpdm_node *node, dpdm_error *err)
{
    if (!(node->scale >= 0 && node->scale < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "dropout rate %g: must be in [0, 1)", (double)node->scale);
    node->out = node->in[0];
    return DPDM_OK;
}

static size_t dropout_saved(const dpdm_node *node, int batch)
{
    return batch * dpdm_dims_floats(node->out);
}

static size_t dropout_scratch(const dpdm_node *node, int batch)
{
    return batch * dpdm_dims_floats(node->out) * sizeof(float);
}

/* saved[i]: 0 dropped, 1 passed as it is (no stream), 2 passed and scaled. */
static void dropout_apply(const dpdm_node_run *run, const float *from, float *to)
{
    const float factor[] = {0, 1, 1 / (1 - run->node->scale)};
    const uint8_t *mask = run->saved;
    const size_t n = elementwise_floats(run);
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] * factor[mask[i]];
}

static void dropout_forward(const dpdm_node_run *run)
{
    const size_t n = elementwise_floats(run);
    uint8_t *mask = run->saved;
    float *uniforms = run->scratch;
    if (run->dropout)
        dpdm_stream_uniforms(run->dropout, uniforms, n);
    for (size_t i = 0; i < n; i++)
        mask[i] = !run->dropout ? 1 : uniforms[i] < run->node->scale ? 0 : 2;
    dropout_apply(run, run->x[0], run->y);
}

static void dropout_backward(const dpdm_node_run *run)
{
    dropout_apply(run, run->dy, run->dx[0]);
}

const dpdm_operator dpdm_op_silu = {
    .name = "silu",
    .traits = DPDM_OP_IN_PLACE_0 | DPDM_OP_GRADIENT_IN_PLACE_0 | DPDM_OP_KEEPS_INPUTS,
    .forward = silu_forward,
    .backward = silu_backward,
};

const dpdm_operator dpdm_op_relu = {
    .name = "relu",
    .traits = DPDM_OP_IN_PLACE_0 | DPDM_OP_GRADIENT_IN_PLACE_0 | DPDM_OP_KEEPS_OUTPUT,
    .forward = relu_forward,
    .backward = relu_backward,
};

const dpdm_operator dpdm_op_add = {
    .name = "add",
    .traits = DPDM_OP_IN_PLACE_0 | DPDM_OP_IN_PLACE_1 | DPDM_OP_GRADIENT_IN_PLACE_0 | DPDM_OP_GRADIENT_IN_PLACE_1 |
              DPDM_OP_SAME_GRADIENTS,
    .infer = add_infer,
    .forward = add_forward,
    .backward = add_backward,
};

const dpdm_operator dpdm_op_dropout = {
    .name = "dropout",
    .traits = DPDM_OP_IN_PLACE_0 | DPDM_OP_GRADIENT_IN_PLACE_0,
    .infer = dropout_infer,
    .saved = dropout_saved,
    .scratch = dropout_scratch,
    .forward = dropout_forward,
    .backward = dropout_backward,
};
