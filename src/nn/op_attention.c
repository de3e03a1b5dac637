/* op_attention.c - one attention head over all positions of q, k, v. */
#include "nn/operators.h"

/* The probabilities take positions^2 floats an example. */
enum { MAX_POSITIONS = 1 << 14 };

static int attention_positions(const dpdm_node *node)
{
    return node->in[0].height * node->in[0].width;
}

static dpdm_status attention_infer(dpdm_node *node, dpdm_error *err)
{
    if (!dpdm_dims_equal(node->in[0], node->in[1]) || !dpdm_dims_equal(node->in[0], node->in[2]))
        return dpdm_error_set(err, DPDM_EINTERNAL, "attention on q, k, v of unequal sizes");
    if (dpdm_dims_floats(node->in[0]) / node->in[0].channels > MAX_POSITIONS)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                              "attention over %d x %d positions: at most %d, choose a lower resolution",
                              node->in[0].height, node->in[0].width, MAX_POSITIONS);
    node->out = node->in[0];
    return DPDM_OK;
}

static size_t attention_saved(const dpdm_node *node, int batch)
{
    const size_t positions = attention_positions(node);
    return batch * positions * positions * sizeof(float);
}

static size_t attention_scratch(const dpdm_node *node, int batch)
{
    const size_t positions = attention_positions(node);
    (void)batch; /* the kernel takes one example after the other */
    return 2 * positions * positions * sizeof(float);
}

static double attention_multiply_adds(const dpdm_node *node)
{
    return 2.0 * attention_positions(node) * attention_positions(node) * node->in[0].channels;
}

static void attention_forward(const dpdm_node_run *run)
{
    run->kernels->attention_forward(run->batch, attention_positions(run->node), run->node->in[0].channels, run->x[0],
                                    run->x[1], run->x[2], run->saved, run->y, run->scratch);
}

static void attention_backward(const dpdm_node_run *run)
{
    run->kernels->attention_backward(run->batch, attention_positions(run->node), run->node->in[0].channels, run->x[0],
                                     run->x[1], run->x[2], run->saved, run->dy, run->dx[0], run->dx[1], run->dx[2],
                                     run->scratch);
}

const dpdm_operator dpdm_op_attention = {
    .name = "attention",
    .traits = DPDM_OP_KEEPS_INPUTS | DPDM_OP_WRITES_ALL,
    .infer = attention_infer,
    .saved = attention_saved,
    .scratch = attention_scratch,
    .multiply_adds = attention_multiply_adds,
    .forward = attention_forward,
    .backward = attention_backward,
};
