/* workspace.h - the inside of dpdm_workspace, for the tests of the planner. */
#ifndef DPDM_NN_WORKSPACE_H
#define DPDM_NN_WORKSPACE_H

#include "nn/plan.h"
#include "nn/weights.h"

struct dpdm_workspace {
    const dpdm_weights *weights;
    dpdm_plan plan;
    dpdm_node_run *runs;   /* [node_count] */
    unsigned char *memory; /* the plan's blocks */
    float *gradient;       /* [weights->training, weights->gradient_floats] */
    float *padded;         /* [weights->padded_floats], for dpdm_workspace_gradient */
};

/* dpdm_workspace_create with a choice: reuse 0 gives every tensor bytes of its own. */
dpdm_status dpdm_workspace_create_planned(const dpdm_weights *weights, int reuse, dpdm_workspace **workspace,
                                          dpdm_error *err);

/* Records whose gradients are kept apart, and the gradient of one as the kernels have it (dpdm_weights_places). */
int dpdm_workspace_records(const dpdm_workspace *workspace);
const float *dpdm_workspace_record_gradient(const dpdm_workspace *workspace, int record);

/* Of a network that ends with a linear layer: what that layer read in the last forward, [N, *dims], valid until the next.
 * dims: the picture it was before it was flattened. */
const float *dpdm_workspace_penultimate(const dpdm_workspace *workspace, dpdm_dims *dims);

#endif
