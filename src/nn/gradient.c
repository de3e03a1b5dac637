/* gradient.c - see gradient.h. */
#include "nn/gradient.h"

#include <assert.h>
#include <string.h>
#include "nn/workspace.h"

/* Zeros in the floats of entries [from, to) of a tensor whose entries have `size`. */
static void gradient_clear(float *values, size_t size, int from, int to)
{
    memset(values + (size_t)from * size, 0, (size_t)(to - from) * size * sizeof *values);
}

static void gradient_clear_inputs(dpdm_workspace *workspace, int from, int to)
{
    const dpdm_network *network = workspace->weights->network;
    for (int i = 0; i < network->input_count; i++)
        gradient_clear(dpdm_workspace_input_named(workspace, network->inputs[i].name),
                       dpdm_dims_floats(network->nodes[network->inputs[i].node].out), from, to);
    for (int i = from; network->takes_labels && i < to; i++)
        dpdm_workspace_labels(workspace)[i] = 0;
}

static void gradient_clear_output(dpdm_workspace *workspace, int from, int to)
{
    const dpdm_network *network = workspace->weights->network;
    for (int i = 0; i < network->output_count; i++)
        gradient_clear(dpdm_workspace_output_gradient_named(workspace, network->outputs[i].name),
                       dpdm_dims_floats(network->nodes[network->outputs[i].node].out), from, to);
}

void dpdm_workspace_clear_inputs(dpdm_workspace *workspace, int used)
{
    gradient_clear_inputs(workspace, used, dpdm_workspace_batch(workspace));
}

/* One chunk of each record; what is drawn is drawn twice, which needs no memory beside what the workspace planned. */
static void gradient_chunk(const dpdm_loss *loss, const dpdm_loss_group *group, int first, int used,
                           dpdm_workspace *workspace)
{
    const int each = dpdm_workspace_batch(workspace) / dpdm_workspace_records(workspace);
    const int capacity = dpdm_workspace_batch(workspace);
    dpdm_stream again[DPDM_LOSS_RECORDS];
    if (group->streams)
        memcpy(again, group->streams, (size_t)group->records * sizeof *again);
    for (int r = 0; r < group->records; r++) {
        loss->fill(group->of[r], workspace, r * each, first, used, group->streams ? &group->streams[r] : NULL);
        gradient_clear_inputs(workspace, r * each + used, (r + 1) * each);
    }
    gradient_clear_inputs(workspace, group->records * each, capacity);
    dpdm_workspace_forward(workspace);
    for (int r = 0; r < group->records; r++) {
        double share = loss->derive(group->of[r], workspace, r * each, first, used, group->streams ? &again[r] : NULL);
        if (group->losses)
            group->losses[r] += share;
        gradient_clear_output(workspace, r * each + used, (r + 1) * each);
    }
    gradient_clear_output(workspace, group->records * each, capacity);
    for (int r = 0; group->streams && r < group->records; r++)
        dpdm_stream_wipe(&again[r]);
    dpdm_workspace_backward(workspace);
}

void dpdm_loss_gradients(const dpdm_loss *loss, const dpdm_loss_group *group, int draws, dpdm_workspace *workspace,
                         dpdm_stream *dropout)
{
    const int each = dpdm_workspace_batch(workspace) / dpdm_workspace_records(workspace);
    assert(group->records >= 1 && group->records <= dpdm_workspace_records(workspace));
    for (int r = 0; group->losses && r < group->records; r++)
        group->losses[r] = 0;
    dpdm_workspace_dropout(workspace, dropout);
    dpdm_workspace_gradient_clear(workspace);
    for (int first = 0; first < draws; first += each)
        gradient_chunk(loss, group, first, draws - first < each ? draws - first : each, workspace);
}

double dpdm_loss_gradient(const dpdm_loss *loss, void *of, int draws, dpdm_workspace *workspace, dpdm_stream *stream,
                          dpdm_stream *dropout, float *gradient)
{
    double total;
    const dpdm_loss_group group = {1, &of, stream, &total};
    dpdm_loss_gradients(loss, &group, draws, workspace, dropout);
    dpdm_workspace_gradient(workspace, gradient);
    return total;
}
