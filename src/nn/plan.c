/* plan.c - lives of the tensors of a network: which share a buffer, from which step to which. */
#include "nn/plan.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const dpdm_network *net;
    dpdm_plan *plan;
    int batch, training, reuse, end;
} planner;

static int planner_block(planner *p, size_t bytes, int first, int last);
static void planner_extend(planner *p, int block, int last);
static void planner_values(planner *p);
static void planner_saved(planner *p, const size_t *scratch);
static void planner_gradients(planner *p);
static int planner_last_use(const planner *p, int node);
static int planner_value_block(planner *p, int node, int last);
static void planner_node_gradients(planner *p, int node);
static int planner_gradient_block(planner *p, int node, int k);
static int planner_may_share(const planner *p, int node, int a, int b);
static int planner_step_back(const planner *p, int node);
static size_t planner_bytes(const planner *p, int node);

dpdm_status dpdm_plan_create(const dpdm_network *network, int batch, int training, int reuse, const size_t *scratch,
                             dpdm_plan *plan, dpdm_error *err)
{
    const int n = network->node_count, most = n * (3 + DPDM_NODE_INPUTS) + 2;
    *plan = (dpdm_plan){.blocks = calloc(most, sizeof *plan->blocks), .nodes = calloc(n, sizeof *plan->nodes)};
    if (!plan->blocks || !plan->nodes) {
        dpdm_plan_destroy(plan);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to plan a network of %d nodes", n);
    }
    planner p = {network, plan, batch, training, reuse, training ? 2 * n : n};
    planner_values(&p);
    planner_saved(&p, scratch);
    if (training)
        planner_gradients(&p);
    plan->labels = network->takes_labels ? planner_block(&p, batch * sizeof(int32_t), 0, p.end) : -1;
    plan->bytes = dpdm_plan_place(plan->blocks, plan->block_count, reuse);
    if (plan->bytes == SIZE_MAX) {
        dpdm_plan_destroy(plan);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to plan a network of %d nodes", n);
    }
    return DPDM_OK;
}

void dpdm_plan_destroy(dpdm_plan *plan)
{
    free(plan->blocks);
    free(plan->nodes);
    *plan = (dpdm_plan){0};
}

static int planner_block(planner *p, size_t bytes, int first, int last)
{
    p->plan->blocks[p->plan->block_count] = (dpdm_plan_block){.bytes = bytes, .first = first, .last = last};
    return p->plan->block_count++;
}

static void planner_extend(planner *p, int block, int last)
{
    if (p->plan->blocks[block].last < last)
        p->plan->blocks[block].last = last;
}

static void planner_values(planner *p)
{
    for (int i = 0; i < p->net->node_count; i++)
        p->plan->nodes[i].value = planner_value_block(p, i, planner_last_use(p, i));
}

/* The last step that reads the output of a node. */
static int planner_last_use(const planner *p, int node)
{
    const dpdm_node *const nodes = p->net->nodes;
    int last = node;
    if (dpdm_network_is_output(p->net, node) || nodes[node].op == &dpdm_op_input)
        return p->end; /* the caller's */
    if (p->training && nodes[node].needs_gradient && nodes[node].op->traits & DPDM_OP_KEEPS_OUTPUT)
        last = planner_step_back(p, node);
    for (int j = node + 1; j < p->net->node_count; j++)
        for (int k = 0; k < nodes[j].inputs; k++) {
            if (nodes[j].input[k] != node)
                continue;
            const int kept = p->training && nodes[j].needs_gradient && dpdm_node_keeps_inputs(&nodes[j]);
            const int use = kept ? planner_step_back(p, j) : j;
            last = use > last ? use : last;
        }
    return last;
}

/* The buffer of an input that dies at this node, if the operator can work in place; else one of its own. */
static int planner_value_block(planner *p, int node, int last)
{
    static const unsigned in_place[] = {DPDM_OP_IN_PLACE_0, DPDM_OP_IN_PLACE_1};
    const dpdm_node *n = &p->net->nodes[node];
    for (int k = 0; p->reuse && k < 2 && k < n->inputs; k++) {
        const int block = p->plan->nodes[n->input[k]].value;
        if (!(n->op->traits & in_place[k]) || p->plan->blocks[block].last != node ||
            dpdm_dims_floats(n->in[k]) != dpdm_dims_floats(n->out))
            continue;
        planner_extend(p, block, last);
        return block;
    }
    const int first = n->op == &dpdm_op_input ? 0 : node;
    return planner_block(p, planner_bytes(p, node), first, last);
}

static void planner_saved(planner *p, const size_t *scratch)
{
    size_t most = 0;
    for (int i = 0; i < p->net->node_count; i++) {
        const dpdm_node *n = &p->net->nodes[i];
        const int last = p->training && n->needs_gradient ? planner_step_back(p, i) : i;
        p->plan->nodes[i].saved = n->op->saved ? planner_block(p, n->op->saved(n, p->batch), i, last) : -1;
        const size_t own = n->op->scratch ? n->op->scratch(n, p->batch) : 0;
        most = own > most ? own : most;
        most = scratch[i] > most ? scratch[i] : most;
    }
    p->plan->scratch = most ? planner_block(p, most, 0, p->end) : -1;
}

static void planner_gradients(planner *p)
{
    const int n = p->net->node_count;
    for (int i = 0; i < n; i++)
        p->plan->nodes[i].gradient = -1;
    for (int i = 0; i < p->net->output_count; i++) {
        const int output = p->net->outputs[i].node;
        p->plan->nodes[output].gradient = planner_block(p, planner_bytes(p, output), n, planner_step_back(p, output));
    }
    for (int i = n - 1; i >= 0; i--)
        planner_node_gradients(p, i);
}

/* Buffers for the dx of one node; later nodes are done, so a gradient that has a buffer has been written before. */
static void planner_node_gradients(planner *p, int node)
{
    const dpdm_node *n = &p->net->nodes[node];
    dpdm_node_plan *np = &p->plan->nodes[node];
    const int step = planner_step_back(p, node);
    const int same = p->reuse && n->op->traits & DPDM_OP_SAME_GRADIENTS && n->input[0] != n->input[1];
    const int runs = n->needs_gradient && np->gradient >= 0;
    for (int k = 0; k < n->inputs; k++) {
        const int wanted = runs && p->net->nodes[n->input[k]].needs_gradient;
        np->dx[k] = -1;
        np->mode[k] = wanted ? p->plan->nodes[n->input[k]].gradient < 0 ? DPDM_GRADIENT_WRITE : DPDM_GRADIENT_ADD
                      : runs && n->op->traits & DPDM_OP_WRITES_ALL ? DPDM_GRADIENT_DISCARD
                                                                   : DPDM_GRADIENT_NONE;
        if (np->mode[k] == DPDM_GRADIENT_WRITE)
            np->dx[k] = p->plan->nodes[n->input[k]].gradient = planner_gradient_block(p, node, k);
    }
    for (int k = 0; k < n->inputs; k++)
        if (np->mode[k] == DPDM_GRADIENT_ADD || np->mode[k] == DPDM_GRADIENT_DISCARD) {
            const int other = same ? np->dx[1 - k] : -1;
            np->dx[k] = other >= 0 ? other : planner_block(p, planner_bytes(p, n->input[k]), step, step);
        }
}

/* A buffer for the gradient that input k of a node receives first: shared with dx[0] where both are equal, or dy's own
 * where the operator works in place and dy ends here, or a new one. */
static int planner_gradient_block(planner *p, int node, int k)
{
    static const unsigned in_place[] = {DPDM_OP_GRADIENT_IN_PLACE_0, DPDM_OP_GRADIENT_IN_PLACE_1};
    const dpdm_node *n = &p->net->nodes[node];
    const dpdm_node_plan *np = &p->plan->nodes[node];
    const int step = planner_step_back(p, node), last = planner_step_back(p, n->input[k]);
    if (k == 1 && p->reuse && np->mode[0] == DPDM_GRADIENT_WRITE &&
        (planner_may_share(p, node, n->input[0], n->input[1]) ||
         planner_may_share(p, node, n->input[1], n->input[0]))) {
        planner_extend(p, np->dx[0], last);
        return np->dx[0];
    }
    if (p->reuse && k < 2 && n->op->traits & in_place[k] && p->plan->blocks[np->gradient].last == step &&
        dpdm_dims_floats(n->in[k]) == dpdm_dims_floats(n->out)) {
        planner_extend(p, np->gradient, last);
        return np->gradient;
    }
    return planner_block(p, planner_bytes(p, n->input[k]), step, last);
}

/* May the gradients of a and b, first written by this node with equal values, lie in one buffer? Yes if nobody else
 * adds to b's, and b's is last read (by backward of b) before anyone adds to a's. */
static int planner_may_share(const planner *p, int node, int a, int b)
{
    const dpdm_node *const nodes = p->net->nodes;
    if (!(nodes[node].op->traits & DPDM_OP_SAME_GRADIENTS))
        return 0;
    for (int j = 0; j < node; j++)
        for (int k = 0; k < nodes[j].inputs; k++)
            if (nodes[j].input[k] == b || (nodes[j].input[k] == a && j > b))
                return 0;
    return 1;
}

static int planner_step_back(const planner *p, int node)
{
    return 2 * p->net->node_count - node;
}

static size_t planner_bytes(const planner *p, int node)
{
    return p->batch * dpdm_dims_floats(p->net->nodes[node].out) * sizeof(float);
}
