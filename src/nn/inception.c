/* inception.c - Inception-v3 up to its last pooling, in the variant that FIDs are computed with.
 *
 * Every convolution is followed by a batch norm (folded into its weights) and ReLU. The variant differs from the published
 * network in its pooling branches: averages leave the padding out, and the last block takes the largest value instead. */
#include "nn/graph.h"

typedef struct {
    dpdm_graph *graph;
    const char *block;
} inception;

static int inception_stem(dpdm_graph *g, int h);
static int inception_a(dpdm_graph *g, int x, const char *block, int pooled);
static int inception_b(dpdm_graph *g, int x, const char *block);
static int inception_c(dpdm_graph *g, int x, const char *block, int narrow);
static int inception_d(dpdm_graph *g, int x, const char *block);
static int inception_e(dpdm_graph *g, int x, const char *block, const dpdm_operator *pool);

dpdm_status dpdm_network_inception(dpdm_network **network, dpdm_error *err)
{
    dpdm_graph g;
    dpdm_graph_begin(&g, err);
    int h = inception_stem(&g, dpdm_graph_input(&g, "x", (dpdm_dims){299, 299, 3}));
    h = inception_a(&g, h, "Mixed_5b", 32);
    h = inception_a(&g, h, "Mixed_5c", 64);
    h = inception_a(&g, h, "Mixed_5d", 64);
    h = inception_b(&g, h, "Mixed_6a");
    h = inception_c(&g, h, "Mixed_6b", 128);
    h = inception_c(&g, h, "Mixed_6c", 160);
    h = inception_c(&g, h, "Mixed_6d", 160);
    h = inception_c(&g, h, "Mixed_6e", 192);
    h = inception_d(&g, h, "Mixed_7a");
    h = inception_e(&g, h, "Mixed_7b", &dpdm_op_average_pool);
    h = inception_e(&g, h, "Mixed_7c", &dpdm_op_max_pool);
    return dpdm_graph_finish(&g, dpdm_graph_unary(&g, &dpdm_op_global_pool, h), network);
}

/* Stride 1, padded. */
static int layer(inception i, int x, const char *name, int channels, int height, int width)
{
    x = dpdm_graph_conv_window(i.graph, x, i.block, name, channels, height, width, 1, 0);
    return dpdm_graph_unary(i.graph, &dpdm_op_relu, x);
}

/* 3 x 3, whole windows only. */
static int layer_valid(inception i, int x, const char *name, int channels, int stride)
{
    x = dpdm_graph_conv_window(i.graph, x, i.block, name, channels, 3, 3, stride, 1);
    return dpdm_graph_unary(i.graph, &dpdm_op_relu, x);
}

static int halve(dpdm_graph *g, int x)
{
    return dpdm_graph_pool(g, &dpdm_op_max_pool, x, 3, 2, 1);
}

static int join(dpdm_graph *g, int a, int b, int c, int d)
{
    a = dpdm_graph_concat(g, a, b);
    return dpdm_graph_concat(g, a, dpdm_graph_concat(g, c, d));
}

static int inception_stem(dpdm_graph *g, int h)
{
    const inception i = {g, ""};
    h = layer_valid(i, h, "Conv2d_1a_3x3", 32, 2);
    h = layer_valid(i, h, "Conv2d_2a_3x3", 32, 1);
    h = halve(g, layer(i, h, "Conv2d_2b_3x3", 64, 3, 3));
    h = layer(i, h, "Conv2d_3b_1x1", 80, 1, 1);
    return halve(g, layer_valid(i, h, "Conv2d_4a_3x3", 192, 1));
}

static int inception_a(dpdm_graph *g, int x, const char *block, int pooled)
{
    const inception i = {g, block};
    const int one = layer(i, x, "branch1x1", 64, 1, 1);
    const int five = layer(i, layer(i, x, "branch5x5_1", 48, 1, 1), "branch5x5_2", 64, 5, 5);
    int three = layer(i, layer(i, x, "branch3x3dbl_1", 64, 1, 1), "branch3x3dbl_2", 96, 3, 3);
    three = layer(i, three, "branch3x3dbl_3", 96, 3, 3);
    x = dpdm_graph_pool(g, &dpdm_op_average_pool, x, 3, 1, 0);
    return join(g, one, five, three, layer(i, x, "branch_pool", pooled, 1, 1));
}

static int inception_b(dpdm_graph *g, int x, const char *block)
{
    const inception i = {g, block};
    const int three = layer_valid(i, x, "branch3x3", 384, 2);
    int twice = layer(i, layer(i, x, "branch3x3dbl_1", 64, 1, 1), "branch3x3dbl_2", 96, 3, 3);
    twice = layer_valid(i, twice, "branch3x3dbl_3", 96, 2);
    const int both = dpdm_graph_concat(g, three, twice);
    return dpdm_graph_concat(g, both, halve(g, x));
}

static int inception_c(dpdm_graph *g, int x, const char *block, int narrow)
{
    const inception i = {g, block};
    const int one = layer(i, x, "branch1x1", 192, 1, 1);
    int seven = layer(i, layer(i, x, "branch7x7_1", narrow, 1, 1), "branch7x7_2", narrow, 1, 7);
    seven = layer(i, seven, "branch7x7_3", 192, 7, 1);
    int twice = layer(i, layer(i, x, "branch7x7dbl_1", narrow, 1, 1), "branch7x7dbl_2", narrow, 7, 1);
    twice = layer(i, layer(i, twice, "branch7x7dbl_3", narrow, 1, 7), "branch7x7dbl_4", narrow, 7, 1);
    twice = layer(i, twice, "branch7x7dbl_5", 192, 1, 7);
    x = dpdm_graph_pool(g, &dpdm_op_average_pool, x, 3, 1, 0);
    return join(g, one, seven, twice, layer(i, x, "branch_pool", 192, 1, 1));
}

static int inception_d(dpdm_graph *g, int x, const char *block)
{
    const inception i = {g, block};
    const int three = layer_valid(i, layer(i, x, "branch3x3_1", 192, 1, 1), "branch3x3_2", 320, 2);
    int seven = layer(i, layer(i, x, "branch7x7x3_1", 192, 1, 1), "branch7x7x3_2", 192, 1, 7);
    seven = layer_valid(i, layer(i, seven, "branch7x7x3_3", 192, 7, 1), "branch7x7x3_4", 192, 2);
    const int both = dpdm_graph_concat(g, three, seven);
    return dpdm_graph_concat(g, both, halve(g, x));
}

/* A 1 x 3 and a 3 x 1 convolution of the same, side by side. */
static int split(inception i, int x, const char *across, const char *down)
{
    const int wide = layer(i, x, across, 384, 1, 3);
    return dpdm_graph_concat(i.graph, wide, layer(i, x, down, 384, 3, 1));
}

static int inception_e(dpdm_graph *g, int x, const char *block, const dpdm_operator *pool)
{
    const inception i = {g, block};
    const int one = layer(i, x, "branch1x1", 320, 1, 1);
    const int three = split(i, layer(i, x, "branch3x3_1", 384, 1, 1), "branch3x3_2a", "branch3x3_2b");
    int twice = layer(i, layer(i, x, "branch3x3dbl_1", 448, 1, 1), "branch3x3dbl_2", 384, 3, 3);
    twice = split(i, twice, "branch3x3dbl_3a", "branch3x3dbl_3b");
    x = dpdm_graph_pool(g, pool, x, 3, 1, 0);
    return join(g, one, three, twice, layer(i, x, "branch_pool", 192, 1, 1));
}
