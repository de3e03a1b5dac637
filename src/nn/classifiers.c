/* classifiers.c - the classifiers that judge synthetic images, and the DP-SGD rival. */
#include "nn/graph.h"

#include <stdio.h>
#include "nn/classifier_choices.h"

enum { MAX_SIDE = 4096, MAX_CLASSES = 1 << 16 };

static int classifier_mlp(dpdm_graph *g, int h, int classes);
static int classifier_cnn(dpdm_graph *g, int h, int classes);
static int classifier_resnet(dpdm_graph *g, int h, int classes);
static int classifier_logreg(dpdm_graph *g, int h, int classes);
static int resnet_block(dpdm_graph *g, int x, const char *path, int channels, int stride);

const char *const dpdm_classifier_choices[] = {"logreg", "mlp", "cnn", "resnet", NULL};

const char *dpdm_classifier_name(dpdm_classifier_kind kind)
{
    return (unsigned)kind <= DPDM_CLASSIFIER_RESNET ? dpdm_classifier_choices[kind] : "unknown";
}

dpdm_status dpdm_network_classifier(dpdm_classifier_kind kind, int height, int width, int channels, int classes,
                                    dpdm_network **network, dpdm_error *err)
{
    static int (*const builders[])(dpdm_graph *, int, int) = {
        [DPDM_CLASSIFIER_LOGREG] = classifier_logreg,
        [DPDM_CLASSIFIER_MLP] = classifier_mlp,
        [DPDM_CLASSIFIER_CNN] = classifier_cnn,
        [DPDM_CLASSIFIER_RESNET] = classifier_resnet,
    };
    if ((unsigned)kind >= sizeof builders / sizeof *builders)
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown classifier number %d", (int)kind);
    if (height < 1 || width < 1 || channels < 1 || height > MAX_SIDE || width > MAX_SIDE || channels > MAX_SIDE)
        return dpdm_error_set(err, DPDM_EUSAGE, "classifier for images of %d x %d x %d: each must be 1 to %d", height,
                              width, channels, MAX_SIDE);
    if (classes < 1 || classes > MAX_CLASSES)
        return dpdm_error_set(err, DPDM_EUSAGE, "classifier for %d classes: must be 1 to %d", classes, MAX_CLASSES);
    dpdm_graph graph;
    dpdm_graph_begin(&graph, err);
    const int x = dpdm_graph_input(&graph, "x", (dpdm_dims){height, width, channels});
    return dpdm_graph_finish(&graph, builders[kind](&graph, x, classes), network);
}

static int classifier_logreg(dpdm_graph *g, int h, int classes)
{
    return dpdm_graph_linear(g, dpdm_graph_unary(g, &dpdm_op_flatten, h), "", "linear", classes, 1);
}

static int classifier_mlp(dpdm_graph *g, int h, int classes)
{
    h = dpdm_graph_linear(g, dpdm_graph_unary(g, &dpdm_op_flatten, h), "", "linear1", 100, 1);
    return dpdm_graph_linear(g, dpdm_graph_unary(g, &dpdm_op_relu, h), "", "linear2", classes, 1);
}

static int classifier_cnn(dpdm_graph *g, int h, int classes)
{
    static const int channels[] = {32, 64, 128};
    char name[16];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "conv%d", i + 1);
        h = dpdm_graph_conv(g, h, "", name, channels[i], 3, 1, 1);
        h = dpdm_graph_unary(g, &dpdm_op_max_pool2, dpdm_graph_unary(g, &dpdm_op_relu, h));
    }
    h = dpdm_graph_dropout(g, dpdm_graph_unary(g, &dpdm_op_flatten, h), 0.5f);
    return dpdm_graph_linear(g, h, "", "linear", classes, 1);
}

/* Three stages of two blocks, 16, 32 and 64 channels; the second and third stage start with stride 2. */
static int classifier_resnet(dpdm_graph *g, int h, int classes)
{
    char path[32];
    h = dpdm_graph_conv(g, h, "", "input", 16, 3, 1, 1);
    for (int stage = 0; stage < 3; stage++)
        for (int b = 0; b < 2; b++) {
            snprintf(path, sizeof path, "stage.%d.block.%d", stage, b);
            h = resnet_block(g, h, path, 16 << stage, stage > 0 && b == 0 ? 2 : 1);
        }
    h = dpdm_graph_group_norm(g, h, DPDM_NO_NODE, "output", "norm", 16, 1);
    return dpdm_graph_linear(g, dpdm_graph_unary(g, &dpdm_op_global_pool, h), "output", "linear", classes, 1);
}

/* norm, SiLU, conv, norm, SiLU, conv; then skip + h. */
static int resnet_block(dpdm_graph *g, int x, const char *path, int channels, int stride)
{
    const int in = dpdm_graph_dims(g, x).channels;
    int h = dpdm_graph_group_norm(g, x, DPDM_NO_NODE, path, "norm1", in / 4, 1);
    h = dpdm_graph_conv(g, h, path, "conv1", channels, 3, stride, 1);
    h = dpdm_graph_group_norm(g, h, DPDM_NO_NODE, path, "norm2", channels / 4, 1);
    h = dpdm_graph_conv(g, h, path, "conv2", channels, 3, 1, 1);
    if (stride != 1 || in != channels)
        x = dpdm_graph_conv(g, x, path, "skip", channels, 1, stride, 1);
    return dpdm_graph_add(g, x, h, 1);
}
