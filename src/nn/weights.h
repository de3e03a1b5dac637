/* weights.h - the inside of dpdm_weights: parameters packed for a kernel set, and the plans of all convolutions. */
#ifndef DPDM_NN_WEIGHTS_H
#define DPDM_NN_WEIGHTS_H

#include "nn/graph.h"

struct dpdm_weights {
    const dpdm_network *network;
    const dpdm_kernels *kernels;
    int batch, training;       /* training: records whose gradients are kept apart; 0: no training */
    dpdm_conv **convs;         /* [node_count], NULL where the node has none */
    size_t *packed, *gradient; /* [parameter_count], offsets in floats; of gradients: of what is trained */
    size_t packed_floats, gradient_floats;
    size_t padded_floats; /* of the largest weight that is smaller than its node's (dpdm_graph_map); 0: there is none */
    float *padded;        /* [padded_floats], for loading */
    float *values;        /* [packed_floats], 64-byte aligned */
};

/* Floats of a record's gradient as kernels leave it in a workspace, and where each trained parameter lies in it:
 * place[0..trained). What lies between is zero. */
size_t dpdm_weights_vector(const dpdm_weights *weights);
dpdm_status dpdm_weights_places(const dpdm_weights *weights, uint32_t *place, dpdm_error *err);

/* The weight of a convolution as its node has it has more channels than the parameter where dpdm_graph_map made it: is that so
 * of parameter `index`, and its values without what is beyond. */
int dpdm_weights_is_padded(const dpdm_network *network, int index);
void dpdm_weights_cut(const dpdm_network *network, int index, const float *padded, float *values);

/* Zeroed memory aligned to 64 bytes (free with free), or NULL. */
void *dpdm_aligned_zero(size_t bytes);

#endif
