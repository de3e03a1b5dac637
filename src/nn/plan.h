/* plan.h - where every tensor of a workspace lies, decided before the run.
 *
 * Time runs in steps: forward of node i is step i; at step n (n: number of nodes) the caller looks at the output and
 * writes its gradient; backward of node i is step 2n - i. A buffer lives from the first to the last step that touches
 * it; buffers whose lives do not meet may share bytes. Placement is first-fit, largest buffer first. */
#ifndef DPDM_NN_PLAN_H
#define DPDM_NN_PLAN_H

#include "nn/graph.h"

/* Alignment of every buffer, in bytes. */
enum { DPDM_PLAN_ALIGN = 64 };

typedef struct {
    size_t bytes, offset;
    int first, last;
} dpdm_plan_block;

/* What happens to one dx of a node. */
typedef enum {
    DPDM_GRADIENT_NONE,   /* not wanted */
    DPDM_GRADIENT_WRITE,  /* first consumer in backward order: written where it belongs */
    DPDM_GRADIENT_ADD,    /* later consumer: written to a buffer of one step, then added */
    DPDM_GRADIENT_DISCARD /* not wanted, but the operator writes it */
} dpdm_gradient_mode;

/* Blocks are given by number in blocks[]; -1: none. Several tensors may share a block (in place). */
typedef struct {
    int value, gradient; /* output and its gradient */
    int saved;
    int dx[DPDM_NODE_INPUTS]; /* where the operator writes */
    dpdm_gradient_mode mode[DPDM_NODE_INPUTS];
} dpdm_node_plan;

typedef struct {
    dpdm_plan_block *blocks;
    int block_count;
    dpdm_node_plan *nodes; /* [node_count] */
    int scratch, labels;   /* blocks that live all the time */
    size_t bytes;          /* of the whole */
} dpdm_plan;

/* reuse 0: every tensor has bytes of its own, for tests. scratch: bytes for each node beside operator->scratch
 * (its convolution), [node_count]. */
dpdm_status dpdm_plan_create(const dpdm_network *network, int batch, int training, int reuse, const size_t *scratch,
                             dpdm_plan *plan, dpdm_error *err);
void dpdm_plan_destroy(dpdm_plan *plan);

/* Gives each of blocks[0..count) an offset; returns the bytes of the whole, or SIZE_MAX without memory. */
size_t dpdm_plan_place(dpdm_plan_block *blocks, int count, int reuse);

#endif
