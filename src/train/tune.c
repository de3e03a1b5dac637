/* tune.c - see tune.h. */
#include "train/tune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "train/config.h"

const char *const dpdm_tune_choices[] = {"all", "attention", "class", "lora", "adapter", NULL};

dpdm_status dpdm_tune_check(const dpdm_train_config *config, dpdm_error *err)
{
    const char *name = dpdm_tune_choices[config->tune];
    dpdm_network *network;
    if (config->tune == DPDM_TUNE_ALL && config->tune_from[0])
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "tune-from says where what is trained begins, but all is trained: give tune too, or leave "
            "it out");
    if (config->tune == DPDM_TUNE_ALL)
        return DPDM_OK;
    if (!config->init[0])
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "tune %s trains a part of a network and keeps the rest as it starts, but there is no start: "
            "give init, a file that 'dpdm pretrain' wrote",
            name);
    if (config->tune == DPDM_TUNE_CLASS && config->tune_from[0])
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "tune-from is a block of the network, but tune class trains no blocks: leave it out");
    dpdm_status status = dpdm_tune_network(config, &network, err); /* rank and block fit, and something is trained */
    if (!status)
        dpdm_network_destroy(network);
    return status;
}

dpdm_network_description dpdm_tune_released(const dpdm_train_config *config)
{
    dpdm_network_description network = dpdm_train_network(config);
    if (config->tune != DPDM_TUNE_ADAPTER)
        return network;
    network.unet.adapter_rank = config->rank;
    memcpy(network.unet.added_from, config->tune_from, sizeof network.unet.added_from);
    return network;
}

/* That which is trained besides tables of classes: tensors whose names hold `part`, from the first one of block `from` on. */
typedef struct {
    const char *part, *from;
    int reached, found;
} tune_part;

static int tune_is_class(const char *name)
{
    const char *table = strstr(name, "class.weight");
    return table && (table == name || table[-1] == '.');
}

static int tune_trains(void *context, const dpdm_tensor_info *tensor)
{
    tune_part *part = context;
    const size_t length = strlen(part->from);
    part->reached |= length == 0 || (strncmp(tensor->name, part->from, length) == 0 && tensor->name[length] == '.');
    const int in_part = part->part && part->reached && strstr(tensor->name, part->part);
    part->found += in_part;
    return in_part || tune_is_class(tensor->name);
}

dpdm_status dpdm_tune_network(const dpdm_train_config *config, dpdm_network **network, dpdm_error *err)
{
    static const char *const parts[] = {NULL, ".attention", NULL, ".lora.", ".adapter."};
    dpdm_network_description description = dpdm_tune_released(config);
    if (config->tune == DPDM_TUNE_LORA) {
        description.unet.lora_rank = config->rank;
        memcpy(description.unet.added_from, config->tune_from, sizeof description.unet.added_from);
    }
    dpdm_network *made;
    dpdm_status status = dpdm_network_create(&description, &made, err);
    if (status)
        return status;
    if (config->tune != DPDM_TUNE_ALL) {
        tune_part part = {.part = parts[config->tune], .from = config->tune_from};
        status = dpdm_network_train_only(made, tune_trains, &part, err);
        if (!status && !part.reached)
            status = dpdm_error_set(err, DPDM_EUSAGE, "tune-from: no block of the network is '%s'", config->tune_from);
        if (!status && part.part && !part.found)
            status = dpdm_error_set(err, DPDM_EUSAGE,
                                    "tune %s: from block '%s' on the network has none: choose an earlier one",
                                    dpdm_tune_choices[config->tune], config->tune_from);
    }
    if (status)
        dpdm_network_destroy(made);
    else
        *network = made;
    return status;
}

/* The tensor of that name, or one of size 0. */
static dpdm_tensor_info tune_find(const dpdm_network *network, const char *name)
{
    for (size_t i = 0; i < dpdm_network_tensors(network); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(network, i);
        if (strcmp(info.name, name) == 0)
            return info;
    }
    return (dpdm_tensor_info){0};
}

/* Adds up [out, r] down [r, in] to a weight [out, in] of 1 x 1 maps. */
static void tune_add_product(const dpdm_tensor_info *down, const float *params, const dpdm_tensor_info *up,
                             float *weight)
{
    const size_t out = (size_t)up->shape[0], rank = (size_t)down->shape[0], in = (size_t)down->shape[1];
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++) {
            double sum = (double)weight[o * in + i];
            for (size_t r = 0; r < rank; r++)
                sum += (double)params[up->offset + o * rank + r] * (double)params[down->offset + r * in + i];
            weight[o * in + i] = (float)sum;
        }
}

static void tune_merge_one(const dpdm_network *trained, const float *params, const dpdm_tensor_info *to, float *merged)
{
    char name[256];
    const int stem = (int)strlen(to->name) - (int)strlen(".weight");
    const dpdm_tensor_info from = tune_find(trained, to->name);
    memcpy(merged + to->offset, params + from.offset, to->size * sizeof *merged);
    snprintf(name, sizeof name, "%.*s.lora.down.weight", stem, to->name);
    const dpdm_tensor_info down = tune_find(trained, name);
    snprintf(name, sizeof name, "%.*s.lora.up.weight", stem, to->name);
    const dpdm_tensor_info up = tune_find(trained, name);
    if (down.size && up.size && strcmp(to->name + stem, ".weight") == 0)
        tune_add_product(&down, params, &up, merged + to->offset);
}

dpdm_status dpdm_tune_merge(const dpdm_train_config *config, const dpdm_network *trained, const float *params,
                            dpdm_network **network, float **merged, dpdm_error *err)
{
    const dpdm_network_description description = dpdm_tune_released(config);
    *merged = NULL;
    dpdm_status status = dpdm_network_create(&description, network, err);
    if (status)
        return status;
    *merged = malloc(dpdm_network_parameters(*network) * sizeof **merged);
    if (!*merged) {
        dpdm_network_destroy(*network);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the released weights");
    }
    for (size_t i = 0; i < dpdm_network_tensors(*network); i++) {
        const dpdm_tensor_info to = dpdm_network_tensor(*network, i);
        tune_merge_one(trained, params, &to, *merged);
    }
    return DPDM_OK;
}
