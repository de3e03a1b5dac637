/* network_read.c - see network_read.h. */
#include "nn/network_read.h"

#include <stdlib.h>
#include "base/finite.h"

/* The tensor of a file that has the name and shape of the network's, or NULL. */
static const dpdm_safetensor *read_match(const dpdm_safetensors *file, const dpdm_tensor_info *info)
{
    const dpdm_safetensor *tensor = dpdm_safetensors_find(file, info->name);
    if (!tensor || tensor->rank != info->rank || tensor->count != info->size)
        return NULL;
    for (int i = 0; i < info->rank; i++)
        if (tensor->shape[i] != (uint64_t)info->shape[i])
            return NULL;
    return tensor;
}

static dpdm_status read_check(const dpdm_network *network, const dpdm_safetensors *file, size_t extra, const char *name,
                              const char *expected, dpdm_error *err)
{
    size_t tensors = dpdm_network_tensors(network);
    for (size_t i = 0; i < tensors; i++) {
        dpdm_tensor_info info = dpdm_network_tensor(network, i);
        if (!read_match(file, &info))
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: tensor '%s' is missing or has another shape than %s", name,
                                  info.name, expected);
    }
    if (tensors + extra != file->count)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: holds %zu tensors where the network has %zu", name, file->count,
                              tensors);
    return DPDM_OK;
}

dpdm_status dpdm_network_read(const dpdm_network *network, const dpdm_safetensors *file, size_t extra, const char *name,
                              const char *expected, float **params, dpdm_error *err)
{
    *params = NULL;
    dpdm_status status = read_check(network, file, extra, name, expected, err);
    if (status)
        return status;
    float *made = malloc(dpdm_network_parameters(network) * sizeof *made);
    if (!made)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the weights", name);
    for (size_t i = 0; i < dpdm_network_tensors(network); i++) {
        dpdm_tensor_info info = dpdm_network_tensor(network, i);
        float *values = made + info.offset;
        dpdm_safetensor_floats(read_match(file, &info), values);
        if (!dpdm_all_finite(values, info.size)) {
            free(made);
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: tensor '%s' holds values that are not finite", name,
                                  info.name);
        }
    }
    *params = made;
    return DPDM_OK;
}
