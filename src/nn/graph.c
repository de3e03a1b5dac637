/* graph.c - building a network node by node. */
#include "nn/graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/print.h"

/* Floats of one example of any tensor, or of one parameter: keeps every product of sizes far from overflow. */
static const double max_floats = 1 << 28;
enum { NAME_BYTES = 160 };

static int graph_add(dpdm_graph *graph, dpdm_node node);
static int graph_room(dpdm_graph *graph, void **array, size_t size, int count, int *capacity);
static int graph_parameter(dpdm_graph *graph, const char *path, const char *name, const char *kind, const char *layer,
                           int rank, const int *shape);
static void graph_start(dpdm_graph *graph, int parameter, dpdm_parameter_start start, double scale);
static void graph_own(dpdm_graph *graph, int node, int slot, int parameter);
static int graph_layer(dpdm_graph *graph, dpdm_node node, const char *path, const char *name, double scale);

void dpdm_graph_begin(dpdm_graph *graph, dpdm_error *err)
{
    graph->err = err;
    graph->status = DPDM_OK;
    graph->network = calloc(1, sizeof *graph->network);
    if (!graph->network)
        dpdm_graph_fail(graph, DPDM_ENOMEM, "no memory for a network");
}

dpdm_status dpdm_graph_finish(dpdm_graph *graph, int output, dpdm_network **network)
{
    if (output != DPDM_NO_NODE)
        dpdm_graph_output(graph, "output", output);
    if (graph->status) {
        dpdm_network_destroy(graph->network);
        return graph->status;
    }
    *network = graph->network;
    return DPDM_OK;
}

void dpdm_graph_fail(dpdm_graph *graph, dpdm_status status, const char *format, ...)
{
    if (graph->status)
        return;
    char message[512];
    va_list args;
    va_start(args, format);
    dpdm_print_list(message, sizeof message, format, args);
    va_end(args);
    graph->status = dpdm_error_set(graph->err, status, "%s", message);
}

dpdm_dims dpdm_graph_dims(const dpdm_graph *graph, int node)
{
    return graph->status ? (dpdm_dims){0, 0, 0} : graph->network->nodes[node].out;
}

static void graph_port(dpdm_graph *graph, dpdm_port *ports, int *count, const char *name, int node)
{
    if (graph->status)
        return;
    for (int i = 0; i < *count; i++)
        if (strcmp(ports[i].name, name) == 0)
            dpdm_graph_fail(graph, DPDM_EINTERNAL, "two inputs or outputs of the name '%s'", name);
    if (*count == DPDM_PORTS || strlen(name) >= DPDM_PORT_NAME)
        dpdm_graph_fail(graph, DPDM_EINTERNAL, "no room for an input or output '%s'", name);
    if (graph->status)
        return;
    strcpy(ports[*count].name, name);
    ports[(*count)++].node = node;
}

int dpdm_graph_input(dpdm_graph *graph, const char *name, dpdm_dims dims)
{
    const int node = graph_add(graph, (dpdm_node){.op = &dpdm_op_input, .out = dims});
    if (node >= 0)
        graph_port(graph, graph->network->inputs, &graph->network->input_count, name, node);
    return node;
}

void dpdm_graph_output(dpdm_graph *graph, const char *name, int node)
{
    if (!graph->status)
        graph_port(graph, graph->network->outputs, &graph->network->output_count, name, node);
}

int dpdm_graph_sinusoid(dpdm_graph *graph, int x, int width)
{
    return graph_add(graph, (dpdm_node){.op = &dpdm_op_sinusoid, .inputs = 1, .input = {x}, .size = width});
}

static int graph_class(dpdm_graph *graph, const char *path, const char *name, int rows, int width,
                       dpdm_parameter_start start)
{
    const int node =
        graph_add(graph, (dpdm_node){.op = &dpdm_op_class, .out = {1, 1, width}, .size = rows, .needs_gradient = 1});
    char layer[NAME_BYTES];
    snprintf(layer, sizeof layer, "class embedding: one row a class, the last for \"no label\"");
    const int table = graph_parameter(graph, path, name, "weight", layer, 2, (int[]){rows, width});
    graph_start(graph, table, start, 1);
    if (node >= 0 && table >= 0) {
        graph_own(graph, node, 0, table);
        graph->network->takes_labels = 1;
    }
    return node;
}

int dpdm_graph_class(dpdm_graph *graph, const char *path, const char *name, int rows, int width)
{
    return graph_class(graph, path, name, rows, width, DPDM_START_NORMAL);
}

int dpdm_graph_class_zero(dpdm_graph *graph, const char *path, const char *name, int rows, int width)
{
    return graph_class(graph, path, name, rows, width, DPDM_START_ZERO);
}

int dpdm_graph_conv(dpdm_graph *graph, int x, const char *path, const char *name, int channels, int kernel, int stride,
                    double scale)
{
    const dpdm_node node = {.op = &dpdm_op_conv,
                            .inputs = 1,
                            .input = {x},
                            .out = {0, 0, channels},
                            .kernel = kernel,
                            .kernel_width = kernel,
                            .stride = stride};
    return graph_layer(graph, node, path, name, scale);
}

int dpdm_graph_conv_window(dpdm_graph *graph, int x, const char *path, const char *name, int channels, int height,
                           int width, int stride, int valid)
{
    const dpdm_node node = {.op = &dpdm_op_conv,
                            .inputs = 1,
                            .input = {x},
                            .out = {0, 0, channels},
                            .kernel = height,
                            .kernel_width = width,
                            .stride = stride,
                            .valid = valid};
    return graph_layer(graph, node, path, name, 1);
}

int dpdm_graph_map(dpdm_graph *graph, int x, const char *path, const char *name, int in, int out, int padded,
                   int kernel, dpdm_parameter_start start, double scale)
{
    const int id = graph_add(graph, (dpdm_node){.op = &dpdm_op_conv,
                                                .inputs = 1,
                                                .input = {x},
                                                .out = {0, 0, padded},
                                                .kernel = kernel,
                                                .kernel_width = kernel,
                                                .stride = 1,
                                                .needs_gradient = 1});
    if (id < 0)
        return -1;
    const dpdm_dims dims = dpdm_graph_dims(graph, x);
    char layer[NAME_BYTES];
    if (in > dims.channels || out > padded)
        dpdm_graph_fail(graph, DPDM_EINTERNAL, "a map of %d to %d channels between tensors of %d and %d", in, out,
                        dims.channels, padded);
    snprintf(layer, sizeof layer, "%d x %d convolution without bias, %d to %d channels, at %d x %d", kernel, kernel, in,
             out, dims.height, dims.width);
    const int weight = graph_parameter(graph, path, name, "weight", layer, 4, (int[]){out, in, kernel, kernel});
    graph_start(graph, weight, start, scale);
    if (graph->status)
        return -1;
    graph->network->parameters[weight].conv = id;
    graph_own(graph, id, 0, weight);
    return id;
}

int dpdm_graph_linear(dpdm_graph *graph, int x, const char *path, const char *name, int channels, double scale)
{
    const dpdm_node node = {.op = &dpdm_op_linear, .inputs = 1, .input = {x}, .out = {0, 0, channels}};
    return graph_layer(graph, node, path, name, scale);
}

int dpdm_graph_group_norm(dpdm_graph *graph, int x, int bias, const char *path, const char *name, int groups, int silu)
{
    const int node = graph_add(graph, (dpdm_node){.op = &dpdm_op_group_norm,
                                                  .inputs = bias == DPDM_NO_NODE ? 1 : 2,
                                                  .input = {x, bias},
                                                  .groups = groups,
                                                  .silu = silu,
                                                  .needs_gradient = 1});
    const dpdm_dims dims = dpdm_graph_dims(graph, node);
    char layer[NAME_BYTES];
    snprintf(layer, sizeof layer, "group norm of %d channels in %d groups at %d x %d%s", dims.channels, groups,
             dims.height, dims.width, silu ? ", then SiLU" : "");
    const int gamma = graph_parameter(graph, path, name, "weight", layer, 1, &dims.channels);
    const int beta = graph_parameter(graph, path, name, "bias", layer, 1, &dims.channels);
    graph_start(graph, gamma, DPDM_START_ONE, 1);
    if (!graph->status) {
        graph_own(graph, node, 0, gamma);
        graph_own(graph, node, 1, beta);
    }
    return node;
}

int dpdm_graph_modulate(dpdm_graph *graph, int x, int m)
{
    return graph_add(graph, (dpdm_node){.op = &dpdm_op_modulate, .inputs = 2, .input = {x, m}});
}

int dpdm_graph_attention(dpdm_graph *graph, int q, int k, int v)
{
    return graph_add(graph, (dpdm_node){.op = &dpdm_op_attention, .inputs = 3, .input = {q, k, v}});
}

int dpdm_graph_add(dpdm_graph *graph, int a, int b, float scale)
{
    return graph_add(graph, (dpdm_node){.op = &dpdm_op_add, .inputs = 2, .input = {a, b}, .scale = scale});
}

int dpdm_graph_concat(dpdm_graph *graph, int a, int b)
{
    return graph_add(graph, (dpdm_node){.op = &dpdm_op_concat, .inputs = 2, .input = {a, b}});
}

int dpdm_graph_dropout(dpdm_graph *graph, int x, float rate)
{
    return graph_add(graph, (dpdm_node){.op = &dpdm_op_dropout, .inputs = 1, .input = {x}, .scale = rate});
}

int dpdm_graph_unary(dpdm_graph *graph, const dpdm_operator *op, int x)
{
    return graph_add(graph, (dpdm_node){.op = op, .inputs = 1, .input = {x}});
}

int dpdm_graph_pool(dpdm_graph *graph, const dpdm_operator *op, int x, int kernel, int stride, int valid)
{
    return graph_add(graph, (dpdm_node){.op = op,
                                        .inputs = 1,
                                        .input = {x},
                                        .kernel = kernel,
                                        .kernel_width = kernel,
                                        .stride = stride,
                                        .valid = valid});
}

int dpdm_graph_patch(dpdm_graph *graph, const dpdm_operator *op, int x, int factor)
{
    return graph_add(graph, (dpdm_node){.op = op, .inputs = 1, .input = {x}, .size = factor});
}

/* Completes the node from its inputs and appends it. */
static int graph_add(dpdm_graph *graph, dpdm_node node)
{
    if (graph->status)
        return -1;
    dpdm_network *net = graph->network;
    for (int i = 0; i < node.inputs; i++) {
        node.in[i] = net->nodes[node.input[i]].out;
        node.needs_gradient |= net->nodes[node.input[i]].needs_gradient;
    }
    for (int i = 0; i < DPDM_NODE_PARAMETERS; i++)
        node.parameter[i] = -1; /* graph_own gives it some */
    if (!node.op->infer)
        node.out = node.in[0];
    else if ((graph->status = node.op->infer(&node, graph->err)))
        return -1;
    if (node.out.height < 1 || node.out.width < 1 || node.out.channels < 1 ||
        (double)node.out.height * node.out.width * node.out.channels > max_floats) {
        dpdm_graph_fail(graph, DPDM_EUSAGE,
                        "tensor of %d x %d x %d after %s: sizes must be positive and their product at "
                        "most %.0f",
                        node.out.height, node.out.width, node.out.channels, node.op->name, max_floats);
        return -1;
    }
    if (!graph_room(graph, (void **)&net->nodes, sizeof node, net->node_count, &net->node_capacity))
        return -1;
    net->nodes[net->node_count] = node;
    return net->node_count++;
}

/* Room for one more in an array that grows by doubling. */
static int graph_room(dpdm_graph *graph, void **array, size_t size, int count, int *capacity)
{
    if (count < *capacity)
        return 1;
    const int wanted = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(*array, wanted * size);
    if (!grown) {
        dpdm_graph_fail(graph, DPDM_ENOMEM, "no memory for a network of %d nodes", wanted);
        return 0;
    }
    *array = grown;
    *capacity = wanted;
    return 1;
}

/* Appends a parameter path.name.kind, described as "layer, kind"; -1 on failure. */
static int graph_parameter(dpdm_graph *graph, const char *path, const char *name, const char *kind, const char *layer,
                           int rank, const int *shape)
{
    dpdm_network *net = graph->network;
    if (graph->status || !graph_room(graph, (void **)&net->parameters, sizeof *net->parameters, net->parameter_count,
                                     &net->parameter_capacity))
        return -1;
    dpdm_parameter p = {
        .rank = rank, .offset = net->floats, .size = 1, .conv = -1, .trained = 1, .coordinate = net->trained};
    double size = 1;
    for (int i = 0; i < rank; i++) {
        p.shape[i] = shape[i];
        p.size *= (size_t)shape[i];
        size *= shape[i];
    }
    if (size > max_floats || (double)net->floats + size > 16 * max_floats) {
        dpdm_graph_fail(graph, DPDM_EUSAGE, "%s%s%s: %.0f parameters are too many: choose a smaller width", path,
                        *path ? "." : "", name, size);
        return -1;
    }
    const size_t name_bytes = strlen(path) + strlen(name) + strlen(kind) + 3;
    const size_t layer_bytes = strlen(layer) + strlen(kind) + 3;
    p.name = malloc(name_bytes);
    p.layer = malloc(layer_bytes);
    if (!p.name || !p.layer) {
        free(p.name);
        free(p.layer);
        dpdm_graph_fail(graph, DPDM_ENOMEM, "no memory for the names of a network");
        return -1;
    }
    snprintf(p.name, name_bytes, "%s%s%s.%s", path, *path ? "." : "", name, kind);
    snprintf(p.layer, layer_bytes, "%s: %s", layer, kind);
    net->floats += p.size;
    net->trained += p.size;
    net->parameters[net->parameter_count] = p;
    return net->parameter_count++;
}

/* Gives a node its parameter. */
static void graph_own(dpdm_graph *graph, int node, int slot, int parameter)
{
    graph->network->nodes[node].parameter[slot] = parameter;
    graph->network->nodes[node].trained[slot] = 1;
}

static void graph_start(dpdm_graph *graph, int parameter, dpdm_parameter_start start, double scale)
{
    if (parameter < 0)
        return;
    graph->network->parameters[parameter].start = start;
    graph->network->parameters[parameter].start_scale = scale;
}

/* A convolution or linear layer with its weight and bias. */
static int graph_layer(dpdm_graph *graph, dpdm_node node, const char *path, const char *name, double scale)
{
    const int linear = node.op == &dpdm_op_linear;
    node.needs_gradient = 1;
    const int id = graph_add(graph, node);
    if (id < 0)
        return -1;
    node = graph->network->nodes[id];
    char layer[NAME_BYTES];
    if (linear)
        snprintf(layer, sizeof layer, "linear layer, %d to %d", node.in[0].channels, node.out.channels);
    else
        snprintf(layer, sizeof layer, "%d x %d convolution, %d to %d channels, at %d x %d%s%s", node.kernel,
                 node.kernel_width, node.in[0].channels, node.out.channels, node.in[0].height, node.in[0].width,
                 node.stride == 2 ? ", stride 2" : "", node.valid ? ", unpadded" : "");
    const int weight = graph_parameter(graph, path, name, "weight", layer, linear ? 2 : 4,
                                       (int[]){node.out.channels, node.in[0].channels, node.kernel, node.kernel_width});
    const int bias = graph_parameter(graph, path, name, "bias", layer, 1, &node.out.channels);
    graph_start(graph, weight, DPDM_START_UNIFORM, scale);
    if (graph->status)
        return -1;
    graph->network->parameters[weight].conv = id;
    graph_own(graph, id, 0, weight);
    graph_own(graph, id, 1, bias);
    return id;
}
