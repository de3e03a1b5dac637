/* network.c - what a finished network tells: parameters, cost, first weights. */
#include "nn/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void network_start(const dpdm_parameter *p, const dpdm_key *key, size_t index, float *values);

void dpdm_network_destroy(dpdm_network *network)
{
    if (!network)
        return;
    for (int i = 0; i < network->parameter_count; i++) {
        free(network->parameters[i].name);
        free(network->parameters[i].layer);
    }
    free(network->parameters);
    free(network->nodes);
    free(network);
}

size_t dpdm_network_parameters(const dpdm_network *network)
{
    return network->floats;
}

size_t dpdm_network_tensors(const dpdm_network *network)
{
    return (size_t)network->parameter_count;
}

dpdm_tensor_info dpdm_network_tensor(const dpdm_network *network, size_t index)
{
    const dpdm_parameter *p = &network->parameters[index];
    return (dpdm_tensor_info){.name = p->name,
                              .layer = p->layer,
                              .rank = p->rank,
                              .shape = {p->shape[0], p->shape[1], p->shape[2], p->shape[3]},
                              .offset = p->offset,
                              .size = p->size,
                              .trained = p->trained,
                              .coordinate = p->coordinate};
}

static int network_port(const dpdm_port *ports, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(ports[i].name, name) == 0)
            return ports[i].node;
    return -1;
}

int dpdm_network_input(const dpdm_network *network, const char *name)
{
    return network_port(network->inputs, network->input_count, name);
}

int dpdm_network_output(const dpdm_network *network, const char *name)
{
    return network_port(network->outputs, network->output_count, name);
}

int dpdm_network_is_output(const dpdm_network *network, int node)
{
    for (int i = 0; i < network->output_count; i++)
        if (network->outputs[i].node == node)
            return 1;
    return 0;
}

double dpdm_network_forward_flops(const dpdm_network *network)
{
    double total = 0;
    for (int i = 0; i < network->node_count; i++)
        if (network->nodes[i].op->multiply_adds)
            total += 2 * network->nodes[i].op->multiply_adds(&network->nodes[i]);
    return total;
}

double dpdm_network_flops(const dpdm_network *network)
{
    double total = 0;
    for (int i = 0; i < network->node_count; i++) {
        const dpdm_node *node = &network->nodes[i];
        if (!node->op->multiply_adds)
            continue;
        /* Forward; then once more for each operand of the products that has a gradient. A convolution multiplies its
         * weight and its input; attention makes two products of two operands each, counted together. */
        const int input = network->nodes[node->input[0]].needs_gradient;
        const int operands = node->parameter[0] >= 0 ? input + node->trained[0] : 2 * input;
        total += 2 * node->op->multiply_adds(node) * (1 + operands);
    }
    return total;
}

void dpdm_network_init(const dpdm_network *network, const dpdm_key *key, float *params)
{
    for (int i = 0; i < network->parameter_count; i++)
        network_start(&network->parameters[i], key, (size_t)i, params + network->parameters[i].offset);
}

static void network_start(const dpdm_parameter *p, const dpdm_key *key, size_t index, float *values)
{
    dpdm_stream stream;
    dpdm_stream_init(&stream, key, DPDM_PURPOSE_INIT, 0, index);
    const double taps = p->rank == 4 ? (double)p->shape[2] * p->shape[3] : 1;
    const double fan_average = p->rank > 1 ? taps * ((double)p->shape[0] + p->shape[1]) / 2 : 1;
    const float bound = (float)sqrt(3 * p->start_scale / fan_average);
    const float deviation = (float)sqrt(p->start_scale / (p->rank > 1 ? taps * p->shape[1] : 1));
    switch (p->start) {
    case DPDM_START_ZERO:
    case DPDM_START_ONE:
        for (size_t i = 0; i < p->size; i++)
            values[i] = p->start == DPDM_START_ONE;
        break;
    case DPDM_START_UNIFORM:
        dpdm_stream_uniforms(&stream, values, p->size);
        for (size_t i = 0; i < p->size; i++)
            values[i] = (2 * values[i] - 1) * bound;
        break;
    case DPDM_START_NORMAL:
        dpdm_stream_normals(&stream, values, p->size);
        break;
    case DPDM_START_FAN_IN:
        dpdm_stream_normals(&stream, values, p->size);
        for (size_t i = 0; i < p->size; i++)
            values[i] *= deviation;
        break;
    }
    dpdm_stream_wipe(&stream);
}
