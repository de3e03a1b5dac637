/* trained.c - which parameters of a network are trained, and the vector that holds those alone. */
#include "nn/graph.h"

#include <string.h>

/* What has a gradient follows from what is trained, node by node: a graph lists a node after its inputs. */
static void trained_nodes(dpdm_network *network)
{
    for (int i = 0; i < network->node_count; i++) {
        dpdm_node *node = &network->nodes[i];
        node->needs_gradient = 0;
        for (int k = 0; k < DPDM_NODE_PARAMETERS; k++) {
            node->trained[k] = node->parameter[k] >= 0 && network->parameters[node->parameter[k]].trained;
            node->needs_gradient |= node->trained[k];
        }
        for (int k = 0; k < node->inputs; k++)
            node->needs_gradient |= network->nodes[node->input[k]].needs_gradient;
    }
}

dpdm_status dpdm_network_train_only(dpdm_network *network, dpdm_tensor_filter trained, void *context, dpdm_error *err)
{
    network->trained = 0;
    for (int i = 0; i < network->parameter_count; i++) {
        dpdm_parameter *p = &network->parameters[i];
        const dpdm_tensor_info info = dpdm_network_tensor(network, (size_t)i);
        p->trained = trained(context, &info) != 0;
        p->coordinate = network->trained;
        network->trained += p->trained ? p->size : 0;
    }
    trained_nodes(network);
    if (network->trained == 0)
        return dpdm_error_set(err, DPDM_EUSAGE, "no parameter of the network is trained");
    return DPDM_OK;
}

size_t dpdm_network_trained(const dpdm_network *network)
{
    return network->trained;
}

void dpdm_network_gather(const dpdm_network *network, const float *params, float *trained)
{
    for (int i = 0; i < network->parameter_count; i++) {
        const dpdm_parameter *p = &network->parameters[i];
        if (p->trained)
            memcpy(trained + p->coordinate, params + p->offset, p->size * sizeof *trained);
    }
}

void dpdm_network_scatter(const dpdm_network *network, const float *trained, float *params)
{
    for (int i = 0; i < network->parameter_count; i++) {
        const dpdm_parameter *p = &network->parameters[i];
        if (p->trained)
            memcpy(params + p->offset, trained + p->coordinate, p->size * sizeof *params);
    }
}
