/* weights.c - parameters as the kernels want them. */
#include "nn/weights.h"

#include <stdlib.h>
#include <string.h>
#include "nn/gradient.h"

enum { ALIGN = 64, MAX_BATCH = 1 << 16, PLACE_DIGITS = 16 };

static dpdm_status weights_plan_convs(dpdm_weights *w, dpdm_error *err);
static void weights_layout(dpdm_weights *w);
static const dpdm_conv *weights_conv(const dpdm_weights *w, int parameter);

dpdm_status dpdm_weights_create(const dpdm_network *network, int batch, int training, const char *kernels,
                                dpdm_weights **weights, dpdm_error *err)
{
    const dpdm_kernels *set = dpdm_kernels_find(kernels);
    if (!set)
        return dpdm_error_set(err, DPDM_EUSAGE, "no kernel set \"%s\" that runs on this CPU; \"plain\" always does",
                              kernels);
    if (training < 0 || training > DPDM_LOSS_RECORDS || (training > 0 && batch % training != 0))
        return dpdm_error_set(err, DPDM_EINTERNAL, "%d records in a batch of %d", training, batch);
    if (batch < 1 || batch > MAX_BATCH)
        return dpdm_error_set(err, DPDM_EUSAGE, "batches of %d examples: must be 1 to %d", batch, MAX_BATCH);
    dpdm_weights *w = calloc(1, sizeof *w);
    if (!w)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for weights");
    *w = (dpdm_weights){.network = network, .kernels = set, .batch = batch, .training = training};
    w->convs = calloc(network->node_count, sizeof *w->convs);
    w->packed = calloc(network->parameter_count + 1, sizeof *w->packed);
    w->gradient = calloc(network->parameter_count + 1, sizeof *w->gradient);
    dpdm_status status = DPDM_OK;
    if (!w->convs || !w->packed || !w->gradient)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for weights");
    if (!status)
        status = weights_plan_convs(w, err);
    if (!status) {
        weights_layout(w);
        w->values = dpdm_aligned_zero(w->packed_floats * sizeof *w->values);
        w->padded = dpdm_aligned_zero(w->padded_floats * sizeof *w->padded);
        if (!w->values || !w->padded)
            status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu MB of packed weights",
                                    w->packed_floats * sizeof *w->values >> 20);
    }
    if (status) {
        dpdm_weights_destroy(w);
        return status;
    }
    *weights = w;
    return DPDM_OK;
}

/* Floats of a convolution's weight as its node has it. */
static size_t weights_node_floats(const dpdm_network *network, int index)
{
    const dpdm_node *node = &network->nodes[network->parameters[index].conv];
    return (size_t)node->in[0].channels * (size_t)node->out.channels * (size_t)node->kernel *
           (size_t)node->kernel_width;
}

int dpdm_weights_is_padded(const dpdm_network *network, int index)
{
    const dpdm_parameter *p = &network->parameters[index];
    return p->conv >= 0 && p->size != weights_node_floats(network, index);
}

/* A row of a weight holds all that one output channel reads: [in, kernel, kernel]. values may be padded. */
void dpdm_weights_cut(const dpdm_network *network, int index, const float *padded, float *values)
{
    const dpdm_parameter *p = &network->parameters[index];
    const size_t rows = (size_t)p->shape[0], row = p->size / rows;
    const size_t padded_row = row / (size_t)p->shape[1] * (size_t)network->nodes[p->conv].in[0].channels;
    for (size_t r = 0; r < rows; r++)
        memmove(values + r * row, padded + r * padded_row, row * sizeof *values);
}

/* The other way: zeros beyond. */
static const float *weights_pad(const dpdm_weights *w, int index, const float *values)
{
    const dpdm_parameter *p = &w->network->parameters[index];
    const size_t rows = (size_t)p->shape[0], row = p->size / rows;
    const size_t padded_row = row / (size_t)p->shape[1] * (size_t)w->network->nodes[p->conv].in[0].channels;
    memset(w->padded, 0, weights_node_floats(w->network, index) * sizeof *w->padded);
    for (size_t r = 0; r < rows; r++)
        memcpy(w->padded + r * padded_row, values + r * row, row * sizeof *values);
    return w->padded;
}

static void weights_load_one(dpdm_weights *w, int index, const float *values)
{
    const dpdm_conv *conv = weights_conv(w, index);
    float *to = w->values + w->packed[index];
    if (!conv)
        memcpy(to, values, w->network->parameters[index].size * sizeof *to);
    else
        w->kernels->conv_pack(conv, dpdm_weights_is_padded(w->network, index) ? weights_pad(w, index, values) : values,
                              to);
}

void dpdm_weights_load(dpdm_weights *weights, const float *params)
{
    for (int i = 0; i < weights->network->parameter_count; i++)
        weights_load_one(weights, i, params + weights->network->parameters[i].offset);
}

void dpdm_weights_load_trained(dpdm_weights *weights, const float *trained)
{
    for (int i = 0; i < weights->network->parameter_count; i++)
        if (weights->network->parameters[i].trained)
            weights_load_one(weights, i, trained + weights->network->parameters[i].coordinate);
}

size_t dpdm_weights_vector(const dpdm_weights *weights)
{
    return weights->gradient_floats;
}

/* Where each weight of a convolution lies in its kernel's layout: a gradient of numbers, unpacked. Numbers above 2^24 are
 * no floats, so it takes two gradients: of low and of high digits. */
static void weights_conv_places(const dpdm_weights *w, int index, float *digits, float *weight, uint32_t *place)
{
    const dpdm_conv *conv = weights_conv(w, index);
    const size_t size = w->network->parameters[index].size;
    const uint32_t offset = (uint32_t)w->gradient[index];
    for (int shift = 0; shift <= PLACE_DIGITS; shift += PLACE_DIGITS) {
        for (size_t i = 0; i < conv->gradient_floats; i++)
            digits[i] = (float)(i >> shift & ((1u << PLACE_DIGITS) - 1));
        w->kernels->conv_unpack_gradient(conv, digits, weight);
        if (dpdm_weights_is_padded(w->network, index))
            dpdm_weights_cut(w->network, index, weight, weight);
        for (size_t i = 0; i < size; i++)
            place[i] = shift ? place[i] + ((uint32_t)weight[i] << shift) : offset + (uint32_t)weight[i];
    }
}

dpdm_status dpdm_weights_places(const dpdm_weights *weights, uint32_t *place, dpdm_error *err)
{
    const dpdm_network *net = weights->network;
    float *digits = dpdm_aligned_zero(weights->gradient_floats * sizeof *digits);
    float *weight = dpdm_aligned_zero((net->floats + weights->padded_floats) * sizeof *weight);
    dpdm_status status = DPDM_OK;
    if (!digits || !weight || weights->gradient_floats > UINT32_MAX)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the order of %zu parameters", net->floats);
    for (int i = 0; !status && i < net->parameter_count; i++) {
        const dpdm_parameter *p = &net->parameters[i];
        if (p->trained && p->conv >= 0)
            weights_conv_places(weights, i, digits, weight, place + p->coordinate);
        for (size_t k = 0; p->trained && p->conv < 0 && k < p->size; k++)
            place[p->coordinate + k] = (uint32_t)(weights->gradient[i] + k);
    }
    free(digits);
    free(weight);
    return status;
}

size_t dpdm_weights_bytes(const dpdm_weights *weights)
{
    return weights->packed_floats * sizeof(float);
}

void dpdm_weights_destroy(dpdm_weights *weights)
{
    if (!weights)
        return;
    for (int i = 0; weights->convs && i < weights->network->node_count; i++)
        if (weights->convs[i])
            weights->kernels->conv_destroy(weights->convs[i]);
    free(weights->convs);
    free(weights->packed);
    free(weights->gradient);
    free(weights->values);
    free(weights->padded);
    free(weights);
}

void *dpdm_aligned_zero(size_t bytes)
{
    const size_t rounded = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    void *memory = rounded < bytes ? NULL : aligned_alloc(ALIGN, rounded ? rounded : ALIGN);
    if (memory)
        memset(memory, 0, rounded);
    return memory;
}

static dpdm_status weights_plan_convs(dpdm_weights *w, dpdm_error *err)
{
    for (int i = 0; i < w->network->node_count; i++) {
        const dpdm_node *node = &w->network->nodes[i];
        if (!node->op->conv)
            continue;
        dpdm_conv_shape shape = node->op->conv(node, w->batch);
        shape.record = w->training ? w->batch / w->training : 0;
        const int backward = w->training > 0 && node->needs_gradient;
        const dpdm_status status = w->kernels->conv_create(&shape, backward, &w->convs[i], err);
        if (status)
            return dpdm_error_prefix(err, status, "layer %s", w->network->parameters[node->parameter[0]].name);
    }
    return DPDM_OK;
}

/* Each parameter starts on a cache line, in the packed weights and in the gradients of a workspace. */
static void weights_layout(dpdm_weights *w)
{
    const size_t line = ALIGN / sizeof(float);
    for (int i = 0; i < w->network->parameter_count; i++) {
        const dpdm_conv *conv = weights_conv(w, i);
        const size_t size = w->network->parameters[i].size;
        w->packed[i] = w->packed_floats;
        w->gradient[i] = w->gradient_floats;
        w->packed_floats += ((conv ? conv->packed_floats : size) + line - 1) / line * line;
        if (w->network->parameters[i].trained)
            w->gradient_floats += ((conv ? conv->gradient_floats : size) + line - 1) / line * line;
        if (dpdm_weights_is_padded(w->network, i) && weights_node_floats(w->network, i) > w->padded_floats)
            w->padded_floats = weights_node_floats(w->network, i);
    }
}

/* The convolution that packs a parameter, or NULL. */
static const dpdm_conv *weights_conv(const dpdm_weights *w, int parameter)
{
    const int node = w->network->parameters[parameter].conv;
    return node < 0 ? NULL : w->convs[node];
}
