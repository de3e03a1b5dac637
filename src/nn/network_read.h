/* network_read.h - the weights of a network from a safetensors file, without trust. */
#ifndef DPDM_NN_NETWORK_READ_H
#define DPDM_NN_NETWORK_READ_H

#include "base/safetensors.h"
#include "dpdm/network.h"

/* Reads every tensor of the network, by name and shape; *params ([dpdm_network_parameters], the caller's, for free) is NULL
 * on failure. All are checked before memory is taken, so that it is no more than the file holds. The file must hold these
 * and `extra` other tensors. name stands for the path in messages, expected for what tells the shapes: "the config says".
 * DPDM_EFORMAT where a tensor is missing, too many, of another shape or not finite. */
dpdm_status dpdm_network_read(const dpdm_network *network, const dpdm_safetensors *file, size_t extra, const char *name,
                              const char *expected, float **params, dpdm_error *err);

#endif
