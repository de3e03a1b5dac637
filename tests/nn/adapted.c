/* adapted.c - a network with all that the U-Net has not: frozen parts, two of whose tensors are trained alone, a condition,
 * an adapter of a rank that is no whole vector, a low-rank addition, and two outputs. */
#include "nn/adapted.h"

#include <string.h>
#include "nn/graph.h"

enum { HEIGHT = 8, WIDTH = 12, WIDE = 16, RANK = 3 };

/* What is trained: what was added, the mean's head, and of two frozen layers the bias. */
static int adapted_trained(void *context, const dpdm_tensor_info *tensor)
{
    (void)context;
    return strstr(tensor->name, ".down.") || strstr(tensor->name, ".up.") || strncmp(tensor->name, "mean.", 5) == 0 ||
           strcmp(tensor->name, "base.norm.bias") == 0 || strcmp(tensor->name, "base.conv2.bias") == 0;
}

/* x plus a map through RANK channels. */
static int adapted_addition(dpdm_graph *g, int x, int to, const char *path, int kernel)
{
    int h = dpdm_graph_map(g, x, path, "down", WIDE, RANK, WIDE, 1, DPDM_START_FAN_IN, 1);
    if (kernel > 1)
        h = dpdm_graph_unary(g, &dpdm_op_silu, h);
    h = dpdm_graph_map(g, h, path, "up", RANK, WIDE, WIDE, kernel, DPDM_START_ZERO, 1);
    return dpdm_graph_add(g, to, h, 1);
}

dpdm_status adapted_create(int frozen, dpdm_network **network, dpdm_error *err)
{
    dpdm_graph g;
    dpdm_graph_begin(&g, err);
    const int x = dpdm_graph_input(&g, "x", (dpdm_dims){HEIGHT, WIDTH, 2});
    const int condition = dpdm_graph_input(&g, "condition", (dpdm_dims){HEIGHT, WIDTH, 3});
    int h = dpdm_graph_conv(&g, dpdm_graph_concat(&g, x, condition), "base", "conv1", WIDE, 3, 1, 1);
    h = dpdm_graph_group_norm(&g, h, DPDM_NO_NODE, "base", "norm", 4, 1);
    h = adapted_addition(&g, h, dpdm_graph_conv(&g, h, "base", "conv2", WIDE, 3, 1, 1), "adapter", 3);
    h = adapted_addition(&g, h, dpdm_graph_conv(&g, h, "base", "conv3", WIDE, 1, 1, 1), "low", 1);
    dpdm_graph_output(&g, "mean", dpdm_graph_conv(&g, h, "", "mean", 2, 1, 1, 1));
    dpdm_graph_output(&g, "log_variance", dpdm_graph_conv(&g, h, "", "spread", 2, 3, 1, 1));
    dpdm_status status = dpdm_graph_finish(&g, DPDM_NO_NODE, network);
    if (!status && frozen)
        status = dpdm_network_train_only(*network, adapted_trained, NULL, err);
    return status;
}
