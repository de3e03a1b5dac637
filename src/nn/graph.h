/* graph.h - a network as a list of nodes in the order they run, and how one is built.
 *
 * Build: dpdm_graph_begin, one call a node (each returns the node's number), dpdm_graph_finish. A failure is kept until
 * finish reports it; node calls after it return -1 and take -1, so a builder needs no checks between.
 * Parameters are created with their node and lie in the flat buffer in the order of creation. */
#ifndef DPDM_NN_GRAPH_H
#define DPDM_NN_GRAPH_H

#include "dpdm/network.h"
#include "nn/operators.h"

/* How a parameter starts. */
typedef enum {
    DPDM_START_ZERO,
    DPDM_START_ONE,
    DPDM_START_UNIFORM, /* variance scaling: uniform, variance scale / ((fan_in + fan_out) / 2) */
    DPDM_START_NORMAL,  /* standard normal */
    DPDM_START_FAN_IN   /* normal, variance scale / fan_in */
} dpdm_parameter_start;

typedef struct {
    char *name, *layer;
    int rank, shape[4];
    size_t offset, size; /* in the flat buffer, in floats */
    dpdm_parameter_start start;
    double start_scale;
    int conv; /* the node whose convolution packs it, or -1: used as it lies in the flat buffer */
    int trained;
    size_t coordinate; /* of its first float in the vector of all that is trained */
} dpdm_parameter;

/* An input or output that callers know by name. */
enum { DPDM_PORTS = 4, DPDM_PORT_NAME = 24 };
typedef struct {
    char name[DPDM_PORT_NAME];
    int node;
} dpdm_port;

struct dpdm_network {
    dpdm_node *nodes;
    dpdm_parameter *parameters;
    int node_count, node_capacity, parameter_count, parameter_capacity;
    size_t floats, trained; /* of all parameters, and of those that are trained */
    dpdm_port inputs[DPDM_PORTS], outputs[DPDM_PORTS];
    int input_count, output_count, takes_labels;
};

/* The node of an input or output of that name, or -1. */
int dpdm_network_input(const dpdm_network *network, const char *name);
int dpdm_network_output(const dpdm_network *network, const char *name);
int dpdm_network_is_output(const dpdm_network *network, int node);

enum { DPDM_NO_NODE = -2 };

typedef struct {
    dpdm_network *network;
    dpdm_status status;
    dpdm_error *err;
} dpdm_graph;

void dpdm_graph_begin(dpdm_graph *graph, dpdm_error *err);
/* Names a node as an output; dpdm_graph_finish does it for networks that have one, named "output". */
void dpdm_graph_output(dpdm_graph *graph, const char *name, int node);
/* Marks the output (unless it is DPDM_NO_NODE: named outputs only) and hands the network over, or frees it and returns the
 * first failure. */
dpdm_status dpdm_graph_finish(dpdm_graph *graph, int output, dpdm_network **network);
/* For builders that find a value they cannot use; the first failure stays. */
void dpdm_graph_fail(dpdm_graph *graph, dpdm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Output of a node; all zero after a failure. */
dpdm_dims dpdm_graph_dims(const dpdm_graph *graph, int node);

/* An input of that name, [N, dims]; each name at most once. Networks of the library have "x" [N,H,W,C], and "noise" [N] where
 * there is a noise level. */
int dpdm_graph_input(dpdm_graph *graph, const char *name, dpdm_dims dims);
/* [N,1,1,width] of an input [N,1,1,1]. */
int dpdm_graph_sinusoid(dpdm_graph *graph, int x, int width);
/* The row of the label input in a table path.name.weight [rows, width]; a label outside [0, rows) takes the last. */
int dpdm_graph_class(dpdm_graph *graph, const char *path, const char *name, int rows, int width);
/* The same, starting at zero: a correction to learn. */
int dpdm_graph_class_zero(dpdm_graph *graph, const char *path, const char *name, int rows, int width);
/* Layers with parameters path.name.weight and path.name.bias. scale: of the variance of the first weights. */
int dpdm_graph_conv(dpdm_graph *graph, int x, const char *path, const char *name, int channels, int kernel, int stride,
                    double scale);
/* The same with a kernel of height x width, and padding only unless `valid`. */
int dpdm_graph_conv_window(dpdm_graph *graph, int x, const char *path, const char *name, int channels, int height,
                           int width, int stride, int valid);
/* A convolution of stride 1 without bias, with a weight path.name.weight of [out, in, kernel, kernel] on nodes that have more
 * channels: x, whose channels beyond `in` are not read, and an output of `padded` channels, zeros beyond `out`. So a map
 * of any rank runs on kernels that want whole vectors of channels. start, scale: of the first weights. */
int dpdm_graph_map(dpdm_graph *graph, int x, const char *path, const char *name, int in, int out, int padded,
                   int kernel, dpdm_parameter_start start, double scale);
int dpdm_graph_linear(dpdm_graph *graph, int x, const char *path, const char *name, int channels, double scale);
/* bias: a node [N,1,1,C] added to x before the norm, or DPDM_NO_NODE. silu: apply SiLU after it. */
int dpdm_graph_group_norm(dpdm_graph *graph, int x, int bias, const char *path, const char *name, int groups, int silu);
/* x (1 + s) + b by channels; m: a node [N,1,1,2C] that holds s, then b. */
int dpdm_graph_modulate(dpdm_graph *graph, int x, int m);
int dpdm_graph_attention(dpdm_graph *graph, int q, int k, int v);
int dpdm_graph_add(dpdm_graph *graph, int a, int b, float scale); /* (a + b) scale */
int dpdm_graph_concat(dpdm_graph *graph, int a, int b);           /* on channels */
int dpdm_graph_dropout(dpdm_graph *graph, int x, float rate);
/* Operators of one input without attributes: silu, relu, up2, down2, max_pool2, global_pool, flatten. */
int dpdm_graph_unary(dpdm_graph *graph, const dpdm_operator *op, int x);
/* Pooling (max_pool, average_pool) by kernel x kernel windows, cut at the border unless `valid`. */
int dpdm_graph_pool(dpdm_graph *graph, const dpdm_operator *op, int x, int kernel, int stride, int valid);
/* factor x factor pixels to channels (dpdm_op_space_to_depth), or back (dpdm_op_depth_to_space). */
int dpdm_graph_patch(dpdm_graph *graph, const dpdm_operator *op, int x, int factor);

/* Multiply-adds x 2 of one forward pass of one example. */
double dpdm_network_forward_flops(const dpdm_network *network);

#endif
