/* op_embedding.c - inputs of a graph and the embeddings of noise level and class. */
#include "nn/operators.h"

#include <math.h>
#include <string.h>

/* node->out is set by the builder; the caller of the workspace writes the values. */
static dpdm_status input_infer(dpdm_node *node, dpdm_error *err)
{
    (void)node;
    (void)err;
    return DPDM_OK;
}

static void input_forward(const dpdm_node_run *run)
{
    (void)run;
}

static dpdm_status sinusoid_infer(dpdm_node *node, dpdm_error *err)
{
    if (node->size < 4 || node->size % 2)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "sinusoidal embedding of width %d: the base width must be even and at "
                              "least 4",
                              node->size);
    node->out = (dpdm_dims){1, 1, node->size};
    return DPDM_OK;
}

/* With half = width / 2: y[i] = sin(x f_i), y[half + i] = cos(x f_i), f_i = 10000^(-i / (half - 1)). */
static void sinusoid_forward(const dpdm_node_run *run)
{
    const int half = run->node->size / 2;
    for (int n = 0; n < run->batch; n++) {
        float *y = run->y + (size_t)n * 2 * half;
        for (int i = 0; i < half; i++) {
            const double angle = run->x[0][n] * exp(-log(10000.0) * i / (half - 1));
            y[i] = (float)sin(angle);
            y[half + i] = (float)cos(angle);
        }
    }
}

/* node->size rows of node->out.channels; both set by the builder. */
static dpdm_status class_infer(dpdm_node *node, dpdm_error *err)
{
    if (node->size < 1)
        return dpdm_error_set(err, DPDM_EINTERNAL, "table of %d classes", node->size);
    return DPDM_OK;
}

/* A label that is no class stands for "no label", the last row. */
static size_t class_row(const dpdm_node *node, int32_t label)
{
    return label >= 0 && label < node->size ? label : node->size - 1;
}

static void class_forward(const dpdm_node_run *run)
{
    const size_t width = run->node->out.channels;
    for (int n = 0; n < run->batch; n++)
        memcpy(run->y + n * width, run->weight[0] + class_row(run->node, run->labels[n]) * width,
               width * sizeof(float));
}

static void class_backward(const dpdm_node_run *run)
{
    const size_t width = run->node->out.channels;
    for (int n = 0; n < run->batch; n++) {
        const float *dy = run->dy + n * width;
        float *row = run->gradient[0] + (size_t)(n / (run->batch / run->records)) * run->record_floats +
                     class_row(run->node, run->labels[n]) * width;
        for (size_t c = 0; c < width; c++)
            row[c] += dy[c];
    }
}

const dpdm_operator dpdm_op_input = {.name = "input", .infer = input_infer, .forward = input_forward};

const dpdm_operator dpdm_op_sinusoid = {.name = "sinusoid", .infer = sinusoid_infer, .forward = sinusoid_forward};

const dpdm_operator dpdm_op_class = {
    .name = "class", .infer = class_infer, .forward = class_forward, .backward = class_backward};
