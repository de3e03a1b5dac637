/* weights.h - the inside of dpdm_weights: parameters packed for a kernel set, and the plans of all convolutions. */
#ifndef DPDM_NN_WEIGHTS_H
#define DPDM_NN_WEIGHTS_H

#include "nn/graph.h"

struct dpdm_weights {
    const dpdm_network *network;
    const dpdm_kernels *kernels;
    int batch, training;       /* training: records whose gradients are kept apart; 0: no training */
    dpdm_conv **convs;         /* [node_count], NULL where the node has none */
    size_t *packed, *gradient; /* [parameter_count], offsets in floats */
    size_t packed_floats, gradient_floats;
    float *values; /* [packed_floats], 64-byte aligned */
};

/* Floats of a record's gradient as kernels leave it in a workspace, and where each parameter lies in it:
 * place[0..parameters). What lies between is zero. */
size_t dpdm_weights_vector(const dpdm_weights *weights);
dpdm_status dpdm_weights_places(const dpdm_weights *weights, uint32_t *place, dpdm_error *err);

/* Zeroed memory aligned to 64 bytes (free with free), or NULL. */
void *dpdm_aligned_zero(size_t bytes);

#endif
