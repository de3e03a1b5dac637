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
    if (status == DPDM_OK)
        status = weights_plan_convs(w, err);
    if (status == DPDM_OK) {
        weights_layout(w);
        w->values = dpdm_aligned_zero(w->packed_floats * sizeof *w->values);
        if (!w->values)
            status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu MB of packed weights",
                                    w->packed_floats * sizeof *w->values >> 20);
    }
    if (status != DPDM_OK) {
        dpdm_weights_destroy(w);
        return status;
    }
    *weights = w;
    return DPDM_OK;
}

void dpdm_weights_load(dpdm_weights *weights, const float *params)
{
    for (int i = 0; i < weights->network->parameter_count; i++) {
        const dpdm_parameter *p = &weights->network->parameters[i];
        const dpdm_conv *conv = weights_conv(weights, i);
        float *to = weights->values + weights->packed[i];
        if (conv)
            weights->kernels->conv_pack(conv, params + p->offset, to);
        else
            memcpy(to, params + p->offset, p->size * sizeof *to);
    }
}

size_t dpdm_weights_vector(const dpdm_weights *weights)
{
    return weights->gradient_floats;
}

/* Where each weight of a convolution lies in its kernel's layout: a gradient of numbers, unpacked. Numbers above 2^24 are
 * no floats, so it takes two gradients: of low and of high digits. */
static void weights_conv_places(const dpdm_weights *w, const dpdm_conv *conv, float *digits, float *weight, size_t size,
                                uint32_t offset, uint32_t *place)
{
    for (int shift = 0; shift <= PLACE_DIGITS; shift += PLACE_DIGITS) {
        for (size_t i = 0; i < conv->gradient_floats; i++)
            digits[i] = (float)(i >> shift & ((1u << PLACE_DIGITS) - 1));
        w->kernels->conv_unpack_gradient(conv, digits, weight);
        for (size_t i = 0; i < size; i++)
            place[i] = shift ? place[i] + ((uint32_t)weight[i] << shift) : offset + (uint32_t)weight[i];
    }
}

dpdm_status dpdm_weights_places(const dpdm_weights *weights, uint32_t *place, dpdm_error *err)
{
    const dpdm_network *net = weights->network;
    float *digits = dpdm_aligned_zero(weights->gradient_floats * sizeof *digits);
    float *weight = dpdm_aligned_zero(net->floats * sizeof *weight);
    dpdm_status status = DPDM_OK;
    if (!digits || !weight || weights->gradient_floats > UINT32_MAX)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the order of %zu parameters", net->floats);
    for (int i = 0; !status && i < net->parameter_count; i++) {
        const dpdm_parameter *p = &net->parameters[i];
        const dpdm_conv *conv = weights_conv(weights, i);
        const uint32_t offset = (uint32_t)weights->gradient[i];
        if (conv)
            weights_conv_places(weights, conv, digits, weight, p->size, offset, place + p->offset);
        else
            for (size_t k = 0; k < p->size; k++)
                place[p->offset + k] = offset + (uint32_t)k;
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
        const dpdm_status status = w->kernels->conv_create(&shape, w->training > 0, &w->convs[i], err);
        if (status != DPDM_OK)
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
        w->gradient_floats += ((conv ? conv->gradient_floats : size) + line - 1) / line * line;
    }
}

/* The convolution that packs a parameter, or NULL. */
static const dpdm_conv *weights_conv(const dpdm_weights *w, int parameter)
{
    const int node = w->network->parameters[parameter].conv;
    return node < 0 ? NULL : w->convs[node];
}
