/* workspace.c - one thread's memory, forward and backward. */
#include "nn/workspace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static dpdm_status workspace_plan(dpdm_workspace *w, int reuse, dpdm_error *err);
static void workspace_resolve(dpdm_workspace *w, int node);
static void *workspace_block(const dpdm_workspace *w, int block);
static float *workspace_value(const dpdm_workspace *w, int node);

dpdm_status dpdm_workspace_create(const dpdm_weights *weights, dpdm_workspace **workspace, dpdm_error *err)
{
    return dpdm_workspace_create_planned(weights, 1, workspace, err);
}

dpdm_status dpdm_workspace_create_planned(const dpdm_weights *weights, int reuse, dpdm_workspace **workspace,
                                          dpdm_error *err)
{
    dpdm_workspace *w = calloc(1, sizeof *w);
    if (!w)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a workspace");
    w->weights = weights;
    const dpdm_status status = workspace_plan(w, reuse, err);
    if (status) {
        dpdm_workspace_destroy(w);
        return status;
    }
    for (int i = 0; i < weights->network->node_count; i++)
        workspace_resolve(w, i);
    *workspace = w;
    return DPDM_OK;
}

void dpdm_workspace_destroy(dpdm_workspace *workspace)
{
    if (!workspace)
        return;
    dpdm_plan_destroy(&workspace->plan);
    free(workspace->runs);
    free(workspace->memory);
    free(workspace->gradient);
    free(workspace->padded);
    free(workspace);
}

size_t dpdm_workspace_bytes(const dpdm_workspace *workspace)
{
    const dpdm_weights *w = workspace->weights;
    return sizeof *workspace + workspace->plan.bytes + w->network->node_count * sizeof *workspace->runs +
           ((size_t)w->training * w->gradient_floats + w->padded_floats) * sizeof(float);
}

int dpdm_workspace_batch(const dpdm_workspace *workspace)
{
    return workspace->weights->batch;
}

float *dpdm_workspace_input_named(dpdm_workspace *workspace, const char *name)
{
    const int node = dpdm_network_input(workspace->weights->network, name);
    return node < 0 ? NULL : workspace_value(workspace, node);
}

const float *dpdm_workspace_output_named(const dpdm_workspace *workspace, const char *name)
{
    const int node = dpdm_network_output(workspace->weights->network, name);
    return node < 0 ? NULL : workspace_value(workspace, node);
}

float *dpdm_workspace_output_gradient_named(dpdm_workspace *workspace, const char *name)
{
    const int node = dpdm_network_output(workspace->weights->network, name);
    assert(workspace->weights->training);
    return node < 0 ? NULL : workspace_block(workspace, workspace->plan.nodes[node].gradient);
}

float *dpdm_workspace_x(dpdm_workspace *workspace)
{
    return dpdm_workspace_input_named(workspace, "x");
}

float *dpdm_workspace_noise(dpdm_workspace *workspace)
{
    return dpdm_workspace_input_named(workspace, "noise");
}

int32_t *dpdm_workspace_labels(dpdm_workspace *workspace)
{
    return workspace_block(workspace, workspace->plan.labels);
}

void dpdm_workspace_dropout(dpdm_workspace *workspace, dpdm_stream *stream)
{
    for (int i = 0; i < workspace->weights->network->node_count; i++)
        workspace->runs[i].dropout = stream;
}

const float *dpdm_workspace_forward(dpdm_workspace *workspace)
{
    const dpdm_network *net = workspace->weights->network;
    for (int i = 0; i < net->node_count; i++)
        net->nodes[i].op->forward(&workspace->runs[i]);
    return dpdm_workspace_output(workspace);
}

const float *dpdm_workspace_output(const dpdm_workspace *workspace)
{
    return dpdm_workspace_output_named(workspace, "output");
}

const float *dpdm_workspace_penultimate(const dpdm_workspace *workspace, dpdm_dims *dims)
{
    const dpdm_network *net = workspace->weights->network;
    const int node = net->nodes[dpdm_network_output(net, "output")].input[0];
    int picture = node;
    while (net->nodes[picture].op == &dpdm_op_flatten || net->nodes[picture].op == &dpdm_op_dropout)
        picture = net->nodes[picture].input[0];
    *dims = net->nodes[picture].out;
    return workspace_value(workspace, node); /* nothing ran since the last layer read it */
}

float *dpdm_workspace_output_gradient(dpdm_workspace *workspace)
{
    return dpdm_workspace_output_gradient_named(workspace, "output");
}

void dpdm_workspace_backward(dpdm_workspace *workspace)
{
    const dpdm_weights *w = workspace->weights;
    assert(w->training);
    for (int i = w->network->node_count - 1; i >= 0; i--) {
        const dpdm_node *node = &w->network->nodes[i];
        const dpdm_node_plan *plan = &workspace->plan.nodes[i];
        if (!node->needs_gradient || plan->gradient < 0)
            continue;
        node->op->backward(&workspace->runs[i]);
        for (int k = 0; k < node->inputs; k++)
            if (plan->mode[k] == DPDM_GRADIENT_ADD)
                w->kernels->accumulate(w->batch * dpdm_dims_floats(node->in[k]), workspace->runs[i].dx[k],
                                       workspace_block(workspace, workspace->plan.nodes[node->input[k]].gradient));
    }
}

void dpdm_workspace_gradient(const dpdm_workspace *workspace, float *out)
{
    const dpdm_weights *w = workspace->weights;
    assert(w->training);
    for (int i = 0; i < w->network->parameter_count; i++) {
        const dpdm_parameter *p = &w->network->parameters[i];
        const float *from = workspace->gradient + w->gradient[i];
        float *to = out + p->coordinate;
        if (!p->trained)
            continue;
        if (p->conv < 0) {
            memcpy(to, from, p->size * sizeof *out);
        } else if (dpdm_weights_is_padded(w->network, i)) {
            w->kernels->conv_unpack_gradient(w->convs[p->conv], from, workspace->padded);
            dpdm_weights_cut(w->network, i, workspace->padded, to);
        } else {
            w->kernels->conv_unpack_gradient(w->convs[p->conv], from, to);
        }
    }
}

void dpdm_workspace_gradient_clear(dpdm_workspace *workspace)
{
    const dpdm_weights *w = workspace->weights;
    assert(w->training);
    memset(workspace->gradient, 0, (size_t)w->training * w->gradient_floats * sizeof *workspace->gradient);
}

int dpdm_workspace_records(const dpdm_workspace *workspace)
{
    return workspace->weights->training;
}

const float *dpdm_workspace_record_gradient(const dpdm_workspace *workspace, int record)
{
    assert(record >= 0 && record < workspace->weights->training);
    return workspace->gradient + (size_t)record * workspace->weights->gradient_floats;
}

static dpdm_status workspace_plan(dpdm_workspace *w, int reuse, dpdm_error *err)
{
    const dpdm_weights *weights = w->weights;
    const int n = weights->network->node_count;
    size_t *scratch = calloc(n, sizeof *scratch);
    w->runs = calloc(n, sizeof *w->runs);
    if (!scratch || !w->runs) {
        free(scratch);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a workspace");
    }
    for (int i = 0; i < n; i++)
        scratch[i] = weights->convs[i] ? weights->convs[i]->scratch_bytes : 0;
    const dpdm_status status =
        dpdm_plan_create(weights->network, weights->batch, weights->training > 0, reuse, scratch, &w->plan, err);
    free(scratch);
    if (status)
        return status;
    w->memory = dpdm_aligned_zero(w->plan.bytes);
    w->gradient = weights->training
                      ? dpdm_aligned_zero((size_t)weights->training * weights->gradient_floats * sizeof *w->gradient)
                      : NULL;
    w->padded = dpdm_aligned_zero(weights->padded_floats * sizeof *w->padded);
    if (!w->memory || !w->padded || (weights->training && !w->gradient))
        return dpdm_error_set(err, DPDM_ENOMEM,
                              "no memory for a workspace of %zu MB: use smaller batches or fewer threads",
                              dpdm_workspace_bytes(w) >> 20);
    return DPDM_OK;
}

/* Turns the numbers of the plan into the addresses a node works on. */
static void workspace_resolve(dpdm_workspace *w, int node)
{
    const dpdm_weights *weights = w->weights;
    const dpdm_node *n = &weights->network->nodes[node];
    const dpdm_node_plan *plan = &w->plan.nodes[node];
    dpdm_node_run *run = &w->runs[node];
    *run = (dpdm_node_run){.kernels = weights->kernels,
                           .node = n,
                           .conv = weights->convs[node],
                           .batch = weights->batch,
                           .records = weights->training,
                           .record_floats = weights->gradient_floats,
                           .y = workspace_value(w, node),
                           .saved = workspace_block(w, plan->saved),
                           .scratch = workspace_block(w, w->plan.scratch),
                           .labels = workspace_block(w, w->plan.labels)};
    for (int k = 0; k < n->inputs; k++)
        run->x[k] = workspace_value(w, n->input[k]);
    for (int k = 0; k < DPDM_NODE_PARAMETERS; k++)
        if (n->parameter[k] >= 0) {
            run->weight[k] = weights->values + weights->packed[n->parameter[k]];
            run->gradient[k] =
                weights->training && n->trained[k] ? w->gradient + weights->gradient[n->parameter[k]] : NULL;
        }
    if (!weights->training)
        return;
    run->dy = workspace_block(w, plan->gradient);
    for (int k = 0; k < n->inputs; k++)
        run->dx[k] = workspace_block(w, plan->dx[k]);
}

static void *workspace_block(const dpdm_workspace *w, int block)
{
    return block < 0 ? NULL : w->memory + w->plan.blocks[block].offset;
}

static float *workspace_value(const dpdm_workspace *w, int node)
{
    return workspace_block(w, w->plan.nodes[node].value);
}
