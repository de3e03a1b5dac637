/* operators.h - what a node of a graph can be: one row a kind of operator, forward beside backward.
 *
 * A node has one output, up to three inputs and up to two parameter tensors. Adding an operator is one row: a
 * dpdm_operator in an op_*.c file, its declaration here and its line in operators.c. All tensors are fp32
 * [batch, H, W, C]; dims give the part after the batch. */
#ifndef DPDM_NN_OPERATORS_H
#define DPDM_NN_OPERATORS_H

#include "dpdm/rng.h"
#include "nn/kernels.h"

enum { DPDM_NODE_INPUTS = 3, DPDM_NODE_PARAMETERS = 2 };

typedef struct {
    int height, width, channels;
} dpdm_dims;

typedef struct dpdm_operator dpdm_operator;

typedef struct {
    const dpdm_operator *op;
    int inputs;                  /* number of inputs */
    int input[DPDM_NODE_INPUTS]; /* the nodes whose outputs they are */
    dpdm_dims in[DPDM_NODE_INPUTS], out;
    int parameter[DPDM_NODE_PARAMETERS]; /* parameter tensors (weight, bias), or -1 */
    int trained[DPDM_NODE_PARAMETERS];   /* is that tensor trained? 0 where there is none */
    int needs_gradient;                  /* has a trained parameter, or an input that needs a gradient */
    /* Attributes; each operator reads its own. */
    int kernel, kernel_width, stride, valid; /* conv, max_pool, average_pool: as dpdm_conv_shape, kernel_width set */
    int groups, silu;                        /* group_norm */
    int size;                                /* sinusoid: width; class: rows; space_to_depth, depth_to_space: factor */
    float scale;                             /* add: factor of the sum; dropout: rate */
} dpdm_node;

/* Everything a node needs to run, resolved once when a workspace is made. */
typedef struct {
    const dpdm_kernels *kernels;
    const dpdm_node *node;
    const dpdm_conv *conv; /* of operators that have one */
    int batch;
    int records;          /* whose gradients are kept apart: each has batch / records examples */
    size_t record_floats; /* between the gradients of two records */
    const float *x[DPDM_NODE_INPUTS];
    float *y;
    const float *weight[DPDM_NODE_PARAMETERS]; /* as packed by the kernels, or plain */
    void *saved, *scratch;
    const int32_t *labels;
    dpdm_stream *dropout; /* NULL: no dropout */
    /* Backward only. */
    const float *dy;
    float *dx[DPDM_NODE_INPUTS];           /* overwritten; NULL where none is wanted */
    float *gradient[DPDM_NODE_PARAMETERS]; /* of the first record; added to; NULL where the tensor is not trained */
} dpdm_node_run;

/* What the planner may do with a node's buffers, and what it must keep for backward. */
enum {
    DPDM_OP_IN_PLACE_0 = 1,          /* y may be x[0] */
    DPDM_OP_IN_PLACE_1 = 2,          /* y may be x[1] */
    DPDM_OP_GRADIENT_IN_PLACE_0 = 4, /* dx[0] may be dy */
    DPDM_OP_GRADIENT_IN_PLACE_1 = 8, /* dx[1] may be dy */
    DPDM_OP_SAME_GRADIENTS = 16,     /* dx[0] and dx[1] hold equal values and may be one buffer */
    DPDM_OP_KEEPS_INPUTS = 32,       /* backward reads all x */
    DPDM_OP_KEEPS_OUTPUT = 64,       /* backward reads y */
    DPDM_OP_WRITES_ALL = 128,        /* backward writes all dx: each needs room, wanted or not */
    DPDM_OP_KEEPS_TO_TRAIN = 256     /* backward reads all x if the weight is trained */
};

struct dpdm_operator {
    const char *name;
    unsigned traits;
    /* Sets node->out from node->in and the attributes, or says why that cannot be. NULL: out is as in[0]. */
    dpdm_status (*infer)(dpdm_node *node, dpdm_error *err);
    /* The convolution of a node that has one. NULL: none. */
    dpdm_conv_shape (*conv)(const dpdm_node *node, int batch);
    /* Bytes kept from forward to backward. NULL: none. */
    size_t (*saved)(const dpdm_node *node, int batch);
    /* Bytes needed during one call, beside those of the convolution. NULL: none. */
    size_t (*scratch)(const dpdm_node *node, int batch);
    /* Multiply-adds of forward for one example; each input's and each weight's gradient costs as much. NULL: none. */
    double (*multiply_adds)(const dpdm_node *node);
    void (*forward)(const dpdm_node_run *run);
    void (*backward)(const dpdm_node_run *run); /* NULL: no input or parameter has a gradient */
};

extern const dpdm_operator dpdm_op_input;                         /* op_embedding.c: filled by the caller */
extern const dpdm_operator dpdm_op_sinusoid, dpdm_op_class;       /* op_embedding.c */
extern const dpdm_operator dpdm_op_conv, dpdm_op_linear;          /* op_conv.c */
extern const dpdm_operator dpdm_op_group_norm, dpdm_op_attention; /* op_norm.c, op_attention.c */
extern const dpdm_operator dpdm_op_silu, dpdm_op_relu, dpdm_op_add, dpdm_op_dropout;           /* op_elementwise.c */
extern const dpdm_operator dpdm_op_modulate;                                                   /* op_modulate.c */
extern const dpdm_operator dpdm_op_up2, dpdm_op_down2, dpdm_op_max_pool2, dpdm_op_global_pool; /* op_resample.c */
extern const dpdm_operator dpdm_op_max_pool, dpdm_op_average_pool;                             /* op_pool.c */
extern const dpdm_operator dpdm_op_concat, dpdm_op_flatten;                                    /* op_shape.c */
extern const dpdm_operator dpdm_op_space_to_depth, dpdm_op_depth_to_space;

/* All of them, NULL at the end. */
extern const dpdm_operator *const dpdm_operators[];

/* Does backward of a node read its inputs? */
static inline int dpdm_node_keeps_inputs(const dpdm_node *node)
{
    return (node->op->traits & DPDM_OP_KEEPS_INPUTS) ||
           ((node->op->traits & DPDM_OP_KEEPS_TO_TRAIN) && node->trained[0]);
}

/* Floats of one example, and of a batch. */
static inline size_t dpdm_dims_floats(dpdm_dims dims)
{
    return (size_t)dims.height * dims.width * dims.channels;
}

static inline int dpdm_dims_equal(dpdm_dims a, dpdm_dims b)
{
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

#endif
