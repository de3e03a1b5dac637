/* prop_plan.c - the planner's promise: nobody reads bytes that someone else has overwritten.
 *
 * A plan is replayed on a map that holds, for every 64 bytes of the workspace, which writing filled it last. Each read of a
 * tensor must find its own writing there. Random graphs and the real networks; and a plan that shares bytes gives the same
 * bits as one that shares none. */
#include "nn/check.h"
#include "nn/presets.h"
#include "nn/workspace.h"

#include <stdio.h>

enum { LINE = DPDM_PLAN_ALIGN, CALLER = 1 };

typedef struct {
    const dpdm_network *net;
    const dpdm_plan *plan;
    int batch, training;
    int *map;                      /* [lines]: the number of the writing */
    int *value, *gradient, *saved; /* [nodes]: the writing that holds the tensor now */
    int writings;
} replay;

static size_t replay_bytes(const replay *r, int node)
{
    return r->batch * dpdm_dims_floats(r->net->nodes[node].out) * sizeof(float);
}

static void replay_mark(replay *r, int block, size_t bytes, int writing)
{
    const dpdm_plan_block *b = &r->plan->blocks[block];
    assert_true(b->offset % LINE == 0 && bytes <= b->bytes && b->offset + b->bytes <= r->plan->bytes);
    for (size_t i = b->offset; i < b->offset + bytes; i += LINE)
        r->map[i / LINE] = writing;
}

static int replay_write(replay *r, int block, size_t bytes)
{
    replay_mark(r, block, bytes, ++r->writings);
    return r->writings;
}

static void replay_read(const replay *r, int block, size_t bytes, int writing, const char *what, int node)
{
    const dpdm_plan_block *b = &r->plan->blocks[block];
    for (size_t i = b->offset; i < b->offset + bytes; i += LINE)
        if (r->map[i / LINE] != writing)
            fail_msg("%s of node %d (%s): byte %zu was overwritten", what, node, r->net->nodes[node].op->name, i);
}

static void replay_read_value(const replay *r, int node)
{
    replay_read(r, r->plan->nodes[node].value, replay_bytes(r, node), r->value[node], "output", node);
}

static void replay_forward(replay *r, int i)
{
    const dpdm_node *n = &r->net->nodes[i];
    const dpdm_node_plan *p = &r->plan->nodes[i];
    for (int k = 0; k < n->inputs; k++)
        replay_read_value(r, n->input[k]);
    if (r->plan->scratch >= 0) /* it may be written at any step */
        replay_write(r, r->plan->scratch, r->plan->blocks[r->plan->scratch].bytes);
    if (n->op != &dpdm_op_input)
        r->value[i] = replay_write(r, p->value, replay_bytes(r, i));
    if (p->saved >= 0)
        r->saved[i] = replay_write(r, p->saved, n->op->saved(n, r->batch));
}

static void replay_reads_of_backward(replay *r, int i)
{
    const dpdm_node *n = &r->net->nodes[i];
    const dpdm_node_plan *p = &r->plan->nodes[i];
    replay_read(r, p->gradient, replay_bytes(r, i), r->gradient[i], "gradient", i);
    for (int k = 0; dpdm_node_keeps_inputs(n) && k < n->inputs; k++)
        replay_read_value(r, n->input[k]);
    if (n->op->traits & DPDM_OP_KEEPS_OUTPUT)
        replay_read_value(r, i);
    if (p->saved >= 0)
        replay_read(r, p->saved, n->op->saved(n, r->batch), r->saved[i], "state", i);
    if (r->plan->scratch >= 0)
        replay_write(r, r->plan->scratch, r->plan->blocks[r->plan->scratch].bytes);
}

/* All dx are written while all that is read is still needed, except what an operator may do in place. */
static void replay_backward(replay *r, int i)
{
    const dpdm_node *n = &r->net->nodes[i];
    const dpdm_node_plan *p = &r->plan->nodes[i];
    int written[DPDM_NODE_INPUTS] = {0};
    if (!n->needs_gradient || p->gradient < 0)
        return;
    replay_reads_of_backward(r, i);
    for (int k = 0; k < n->inputs; k++) {
        if (p->mode[k] == DPDM_GRADIENT_NONE)
            continue;
        const int same = n->op->traits & DPDM_OP_SAME_GRADIENTS && k == 1 && p->dx[1] == p->dx[0];
        const size_t bytes = replay_bytes(r, n->input[k]);
        written[k] = same ? written[0] : replay_write(r, p->dx[k], bytes);
        if (p->dx[k] == p->gradient)
            assert_true(n->op->traits & (k ? DPDM_OP_GRADIENT_IN_PLACE_1 : DPDM_OP_GRADIENT_IN_PLACE_0));
        else
            for (int j = 0; dpdm_node_keeps_inputs(n) && j < n->inputs; j++)
                replay_read_value(r, n->input[j]);
        if (p->mode[k] == DPDM_GRADIENT_WRITE)
            r->gradient[n->input[k]] = written[k];
    }
    for (int k = 0; k < n->inputs; k++) {
        if (p->mode[k] != DPDM_GRADIENT_ADD)
            continue;
        const int v = n->input[k];
        assert_int_not_equal(p->dx[k], r->plan->nodes[v].gradient);
        replay_read(r, p->dx[k], replay_bytes(r, v), written[k], "part of the gradient", v);
        replay_read(r, r->plan->nodes[v].gradient, replay_bytes(r, v), r->gradient[v], "gradient", v);
        r->gradient[v] = replay_write(r, r->plan->nodes[v].gradient, replay_bytes(r, v));
    }
}

static void replay_inputs(replay *r)
{
    for (int i = 0; i < r->net->node_count; i++)
        if (r->net->nodes[i].op == &dpdm_op_input)
            r->value[i] = replay_write(r, r->plan->nodes[i].value, replay_bytes(r, i));
    if (r->plan->labels >= 0)
        replay_mark(r, r->plan->labels, r->batch * sizeof(int32_t), -CALLER);
}

static void replay_run(const dpdm_workspace *work)
{
    const dpdm_weights *w = work->weights;
    const int n = w->network->node_count;
    replay r = {w->network, &work->plan, w->batch, w->training, NULL, NULL, NULL, NULL, CALLER};
    r.map = check_alloc((work->plan.bytes / LINE + 1) * sizeof *r.map);
    r.value = check_alloc(n * sizeof *r.value);
    r.gradient = check_alloc(n * sizeof *r.gradient);
    r.saved = check_alloc(n * sizeof *r.saved);
    replay_inputs(&r);
    for (int i = 0; i < n; i++)
        replay_forward(&r, i);
    const int out = dpdm_network_output(w->network, "output");
    replay_read_value(&r, out);
    if (w->training) {
        r.gradient[out] = replay_write(&r, work->plan.nodes[out].gradient, replay_bytes(&r, out));
        replay_read_value(&r, out);
        for (int i = n - 1; i >= 0; i--)
            replay_backward(&r, i);
    }
    replay_read_value(&r, out); /* valid until the next forward */
    replay_read_value(&r, dpdm_network_input(w->network, "x"));
    if (r.plan->labels >= 0)
        replay_read(&r, r.plan->labels, w->batch * sizeof(int32_t), -CALLER, "labels", 0);
    free(r.map);
    free(r.value);
    free(r.gradient);
    free(r.saved);
}

/* A random graph: every node takes its inputs from all nodes before it that fit. */
enum { SIDE = 4, CHANNELS = 4, MOST = 24 };

typedef struct {
    dpdm_graph g;
    dpdm_stream stream;
    int nodes[MOST + 4], count;
} random_graph;

static int random_node(random_graph *r)
{
    /* Mostly the newest, so that graphs are deep; sometimes any, so that tensors have several consumers. */
    const uint64_t back = dpdm_stream_below(&r->stream, dpdm_stream_below(&r->stream, 3) ? 2 : (uint64_t)r->count);
    return r->nodes[r->count - 1 - ((int)back < r->count ? (int)back : 0)];
}

static int random_step(random_graph *r, int step)
{
    char name[16];
    snprintf(name, sizeof name, "n%d", step);
    dpdm_graph *const g = &r->g;
    const int a = random_node(r), b = random_node(r);
    switch (dpdm_stream_below(&r->stream, 14)) {
    case 0:
        return dpdm_graph_conv(g, a, "", name, CHANNELS, 3, 1, 1);
    case 1:
        return dpdm_graph_unary(g, &dpdm_op_silu, a);
    case 2:
        return dpdm_graph_unary(g, &dpdm_op_relu, a);
    case 3:
        return dpdm_graph_group_norm(g, a, DPDM_NO_NODE, "", name, 2, 1);
    case 4:
        return dpdm_graph_dropout(g, a, 0.3f);
    case 5:
        return dpdm_graph_conv(g, dpdm_graph_concat(g, a, b), "", name, CHANNELS, 1, 1, 1);
    case 6:
        return dpdm_graph_attention(g, a, b, random_node(r));
    case 7:
        return dpdm_graph_unary(g, &dpdm_op_down2, dpdm_graph_unary(g, &dpdm_op_up2, a));
    case 8:
        return dpdm_graph_group_norm(g, a, dpdm_graph_unary(g, &dpdm_op_global_pool, b), "", name, 2, 0);
    default:
        return dpdm_graph_add(g, a, b, 0.7f);
    }
}

/* The sum of all nodes that nobody reads, so that backward reaches every branch. */
static int random_output(random_graph *r)
{
    const dpdm_network *net = r->g.network;
    int out = r->nodes[1];
    for (int i = 2; i < r->count; i++) {
        int readers = 0;
        for (int j = 0; j < net->node_count; j++)
            for (int k = 0; k < net->nodes[j].inputs; k++)
                readers += net->nodes[j].input[k] == r->nodes[i];
        if (!readers)
            out = dpdm_graph_add(&r->g, out, r->nodes[i], 0.5f);
    }
    return out;
}

static int random_trains(void *context, const dpdm_tensor_info *tensor)
{
    (void)tensor;
    return dpdm_stream_below(context, 3) == 0;
}

static dpdm_network *random_network(uint64_t seed)
{
    dpdm_error err;
    dpdm_network *net = NULL;
    random_graph r = {.count = 0};
    dpdm_key key;
    dpdm_key_from_seed(&key, 9);
    dpdm_stream_init(&r.stream, &key, DPDM_PURPOSE_TEST, 0, seed);
    dpdm_graph_begin(&r.g, &err);
    r.nodes[r.count++] = dpdm_graph_input(&r.g, "x", (dpdm_dims){SIDE, SIDE, CHANNELS});
    r.nodes[r.count++] = dpdm_graph_conv(&r.g, r.nodes[0], "", "first", CHANNELS, 1, 1, 1);
    const int steps = 2 + (int)dpdm_stream_below(&r.stream, MOST - 2);
    for (int i = 0; i < steps; i++)
        r.nodes[r.count++] = random_step(&r, i);
    const int out = random_output(&r);
    check_ok(dpdm_graph_finish(&r.g, out, &net), &err);
    if (seed % 2) /* half of them with frozen parts */
        while (dpdm_network_train_only(net, random_trains, &r.stream, &err) == DPDM_EUSAGE)
            continue;
    return net;
}

static void run_once(dpdm_workspace *work, const float *x, size_t inputs, float *y, size_t outputs, float *gradient)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 10);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_workspace_dropout(work, &stream);
    memcpy(dpdm_workspace_x(work), x, inputs * sizeof *x);
    for (int i = 0; dpdm_workspace_labels(work) && i < dpdm_workspace_batch(work); i++)
        dpdm_workspace_labels(work)[i] = i;
    memcpy(y, dpdm_workspace_forward(work), outputs * sizeof *y);
    if (!work->weights->training)
        return;
    memcpy(dpdm_workspace_output_gradient(work), x, (outputs < inputs ? outputs : inputs) * sizeof *x);
    dpdm_workspace_gradient_clear(work);
    dpdm_workspace_backward(work);
    dpdm_workspace_gradient(work, gradient);
}

/* Replays the plan; runs it beside one that shares nothing. */
static void check_network(const dpdm_network *net, int batch, int training)
{
    dpdm_error err;
    dpdm_weights *weights;
    dpdm_workspace *tight, *loose;
    check_ok(dpdm_weights_create(net, batch, training, NULL, &weights, &err), &err);
    check_ok(dpdm_workspace_create(weights, &tight, &err), &err);
    check_ok(dpdm_workspace_create_planned(weights, 0, &loose, &err), &err);
    replay_run(tight);
    replay_run(loose);
    assert_true(dpdm_workspace_bytes(tight) <= dpdm_workspace_bytes(loose));

    const size_t inputs = batch * dpdm_dims_floats(net->nodes[dpdm_network_input(net, "x")].out);
    const size_t outputs = batch * dpdm_dims_floats(net->nodes[dpdm_network_output(net, "output")].out);
    float *values = check_alloc(net->floats * sizeof(float)), *x = check_alloc(inputs * sizeof(float));
    float *y[2] = {check_alloc(outputs * sizeof(float)), check_alloc(outputs * sizeof(float))};
    float *gradient[2] = {check_alloc(net->floats * sizeof(float)), check_alloc(net->floats * sizeof(float))};
    preset_values(net, values);
    dpdm_weights_load(weights, values);
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 11);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, x, inputs);
    run_once(tight, x, inputs, y[0], outputs, gradient[0]);
    run_once(loose, x, inputs, y[1], outputs, gradient[1]);
    assert_memory_equal(y[0], y[1], outputs * sizeof(float));
    assert_memory_equal(gradient[0], gradient[1], net->trained * sizeof(float));
    free(values);
    free(x);
    for (int i = 0; i < 2; i++) {
        free(y[i]);
        free(gradient[i]);
    }
    dpdm_workspace_destroy(tight);
    dpdm_workspace_destroy(loose);
    dpdm_weights_destroy(weights);
}

static void random_graphs_keep_what_is_read(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 400; seed++) {
        dpdm_network *net = random_network(seed);
        check_network(net, 2, 1);
        check_network(net, 2, 0);
        dpdm_network_destroy(net);
    }
}

static void real_networks_keep_what_is_read(void **state)
{
    (void)state;
    static const char *const names[] = {"unet28", "unet32", "small", "patch", "modulated",
                                        "logreg", "mlp",    "cnn",   "resnet"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        dpdm_error err;
        dpdm_network *net;
        check_ok(preset_create(preset_find(names[i]), &net, &err), &err);
        check_network(net, 2, 1);
        check_network(net, 2, 0);
        dpdm_network_destroy(net);
    }
}

/* Blocks with random lives: those that live at the same time do not meet; the whole is no larger than their sum. */
static void placed_blocks_do_not_meet(void **state)
{
    (void)state;
    enum { BLOCKS = 60 };
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 12);
    for (uint64_t round = 0; round < 200; round++) {
        dpdm_plan_block b[BLOCKS];
        size_t sum = 0;
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, round);
        for (int i = 0; i < BLOCKS; i++) {
            const int first = (int)dpdm_stream_below(&stream, 50);
            b[i] = (dpdm_plan_block){.bytes = 1 + dpdm_stream_below(&stream, 1000),
                                     .first = first,
                                     .last = first + (int)dpdm_stream_below(&stream, 20)};
            sum += (b[i].bytes + LINE - 1) / LINE * LINE;
        }
        const size_t total = dpdm_plan_place(b, BLOCKS, 1);
        assert_true(total < sum);
        for (int i = 0; i < BLOCKS; i++) {
            assert_true(b[i].offset % LINE == 0 && b[i].offset + b[i].bytes <= total);
            for (int j = 0; j < i; j++)
                assert_true(b[i].last < b[j].first || b[j].last < b[i].first ||
                            b[i].offset + b[i].bytes <= b[j].offset || b[j].offset + b[j].bytes <= b[i].offset);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placed_blocks_do_not_meet),
        cmocka_unit_test(random_graphs_keep_what_is_read),
        cmocka_unit_test(real_networks_keep_what_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
