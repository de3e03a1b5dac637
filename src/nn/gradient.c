/* gradient.c - see gradient.h. */
#include "nn/gradient.h"

#include <string.h>
#include "nn/workspace.h"

/* The floats of entries [used, capacity) of a tensor whose entries have `size`. */
static void gradient_clear_tail(float *values, size_t size, int used, int capacity)
{
    memset(values + (size_t)used * size, 0, (size_t)(capacity - used) * size * sizeof *values);
}

void dpdm_workspace_clear_inputs(dpdm_workspace *workspace, int used)
{
    const dpdm_network *network = workspace->weights->network;
    const int capacity = dpdm_workspace_batch(workspace);
    gradient_clear_tail(dpdm_workspace_x(workspace), dpdm_dims_floats(network->nodes[network->x].out), used, capacity);
    if (network->noise >= 0)
        gradient_clear_tail(dpdm_workspace_noise(workspace), 1, used, capacity);
    for (int i = used; network->takes_labels && i < capacity; i++)
        dpdm_workspace_labels(workspace)[i] = 0;
}

/* One chunk; what is drawn is drawn twice, which needs no memory beside what the workspace planned. */
static double gradient_chunk(const dpdm_loss *loss, void *of, int first, int used, dpdm_workspace *workspace,
                             dpdm_stream *stream)
{
    const dpdm_network *network = workspace->weights->network;
    dpdm_stream again;
    if (stream)
        again = *stream;
    loss->fill(of, workspace, 0, first, used, stream);
    dpdm_workspace_clear_inputs(workspace, used);
    dpdm_workspace_forward(workspace);
    double share = loss->derive(of, workspace, 0, first, used, stream ? &again : NULL);
    if (stream)
        dpdm_stream_wipe(&again);
    gradient_clear_tail(dpdm_workspace_output_gradient(workspace),
                        dpdm_dims_floats(network->nodes[network->output].out), used, dpdm_workspace_batch(workspace));
    dpdm_workspace_backward(workspace);
    return share;
}

double dpdm_loss_gradient(const dpdm_loss *loss, void *of, int draws, dpdm_workspace *workspace, dpdm_stream *stream,
                          dpdm_stream *dropout, float *gradient)
{
    const int capacity = dpdm_workspace_batch(workspace);
    double total = 0;
    dpdm_workspace_dropout(workspace, dropout);
    dpdm_workspace_gradient_clear(workspace);
    for (int first = 0; first < draws; first += capacity)
        total +=
            gradient_chunk(loss, of, first, draws - first < capacity ? draws - first : capacity, workspace, stream);
    dpdm_workspace_gradient(workspace, gradient);
    return total;
}
