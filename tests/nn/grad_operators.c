/* grad_operators.c - the backward of every operator in the table against central differences, through small graphs,
 * with every kernel set. An operator without a case fails the test.
 *
 * A case is x -> convolution -> operator -> (convolution) -> output, so that the gradient of the first convolution sees
 * the operator's dx and its own parameters are checked too. The loss sum(dy y) is taken in double. */
#include "nn/check.h"
#include "nn/graph.h"

#include <math.h>
#include <stdio.h>

enum { BATCH = 2, HEIGHT = 4, WIDTH = 6, CHANNELS = 4 };

typedef int (*case_builder)(dpdm_graph *g, int h);

typedef struct {
    const char *name;
    case_builder build;
    float step;       /* of the differences */
    double tolerance; /* of a difference to the largest derivative of the tensor */
} operator_case;

static int case_conv(dpdm_graph *g, int h)
{
    h = dpdm_graph_conv(g, h, "case", "a", 6, 3, 2, 1);
    return dpdm_graph_conv(g, h, "case", "b", 3, 1, 2, 1);
}

/* Windows that are not square, without padding, and both. */
static int case_conv_window(dpdm_graph *g, int h)
{
    h = dpdm_graph_conv_window(g, h, "case", "a", 5, 1, 5, 1, 0);
    h = dpdm_graph_conv_window(g, h, "case", "b", 4, 3, 1, 1, 1);
    return dpdm_graph_conv_window(g, h, "case", "c", 3, 1, 3, 2, 1);
}

static int case_linear(dpdm_graph *g, int h)
{
    h = dpdm_graph_unary(g, &dpdm_op_flatten, h);
    return dpdm_graph_linear(g, dpdm_graph_linear(g, h, "case", "a", 7, 1), "case", "b", 3, 1);
}

static int case_class(dpdm_graph *g, int h)
{
    const int row = dpdm_graph_class(g, "case", "class", 3, CHANNELS);
    return dpdm_graph_group_norm(g, h, row, "case", "norm", 2, 0);
}

/* Without and with bias, without and with SiLU. */
static int case_group_norm(dpdm_graph *g, int h)
{
    const int bias = dpdm_graph_linear(g, dpdm_graph_unary(g, &dpdm_op_global_pool, h), "case", "bias", CHANNELS, 1);
    h = dpdm_graph_group_norm(g, h, DPDM_NO_NODE, "case", "a", 2, 1);
    return dpdm_graph_group_norm(g, h, bias, "case", "b", 1, 0);
}

static int case_attention(dpdm_graph *g, int h)
{
    const int q = dpdm_graph_conv(g, h, "case", "q", CHANNELS, 1, 1, 1);
    return dpdm_graph_attention(g, q, h, h);
}

static int case_silu(dpdm_graph *g, int h)
{
    return dpdm_graph_unary(g, &dpdm_op_silu, h);
}

static int case_relu(dpdm_graph *g, int h)
{
    return dpdm_graph_unary(g, &dpdm_op_relu, h);
}

/* A residual block's sum, then a tensor added to itself. */
static int case_add(dpdm_graph *g, int h)
{
    h = dpdm_graph_add(g, h, dpdm_graph_conv(g, h, "case", "a", CHANNELS, 1, 1, 1), 0.7f);
    return dpdm_graph_add(g, h, h, 0.3f);
}

/* By a vector that depends on the picture and on the class. */
static int case_modulate(dpdm_graph *g, int h)
{
    const int pooled = dpdm_graph_unary(g, &dpdm_op_global_pool, h);
    const int m = dpdm_graph_linear(g, pooled, "case", "m", 2 * CHANNELS, 1);
    return dpdm_graph_modulate(g, h, dpdm_graph_add(g, m, dpdm_graph_class(g, "case", "row", 3, 2 * CHANNELS), 0.5f));
}

static int case_dropout(dpdm_graph *g, int h)
{
    return dpdm_graph_dropout(g, h, 0.4f);
}

static int case_up2(dpdm_graph *g, int h)
{
    return dpdm_graph_unary(g, &dpdm_op_up2, h);
}

static int case_down2(dpdm_graph *g, int h)
{
    return dpdm_graph_unary(g, &dpdm_op_down2, h);
}

static int case_max_pool2(dpdm_graph *g, int h)
{
    return dpdm_graph_unary(g, &dpdm_op_max_pool2, dpdm_graph_unary(g, &dpdm_op_max_pool2, h));
}

/* Windows that overlap, cut at the border; then whole ones. */
static int case_max_pool(dpdm_graph *g, int h)
{
    h = dpdm_graph_pool(g, &dpdm_op_max_pool, h, 3, 1, 0);
    return dpdm_graph_pool(g, &dpdm_op_max_pool, h, 3, 2, 1);
}

static int case_average_pool(dpdm_graph *g, int h)
{
    h = dpdm_graph_pool(g, &dpdm_op_average_pool, h, 3, 1, 0);
    return dpdm_graph_pool(g, &dpdm_op_average_pool, h, 3, 2, 1);
}

static int case_global_pool(dpdm_graph *g, int h)
{
    return dpdm_graph_unary(g, &dpdm_op_global_pool, h);
}

static int case_concat(dpdm_graph *g, int h)
{
    return dpdm_graph_concat(g, h, dpdm_graph_conv(g, h, "case", "a", 3, 1, 1, 1));
}

static int case_flatten(dpdm_graph *g, int h)
{
    return dpdm_graph_unary(g, &dpdm_op_flatten, h);
}

static int case_space_to_depth(dpdm_graph *g, int h)
{
    return dpdm_graph_patch(g, &dpdm_op_space_to_depth, h, 2);
}

static int case_depth_to_space(dpdm_graph *g, int h)
{
    return dpdm_graph_patch(g, &dpdm_op_depth_to_space, h, 2);
}

/* Where the graph is linear in each parameter a difference has no error of truncation, so the step is large to keep the
 * rounding small; where it has kinks the step is small to stay clear of them. */
static const operator_case cases[] = {
    {"conv", case_conv, 0.25f, 1e-4},
    {"conv", case_conv_window, 0.25f, 1e-4},
    {"linear", case_linear, 0.25f, 1e-4},
    {"class", case_class, 0.02f, 2e-3},
    {"group_norm", case_group_norm, 0.02f, 4e-3},
    {"attention", case_attention, 0.02f, 2e-3},
    {"silu", case_silu, 0.02f, 1e-3},
    {"relu", case_relu, 1e-3f, 1e-2},
    {"add", case_add, 0.25f, 1e-4},
    {"modulate", case_modulate, 0.01f, 1e-3},
    {"dropout", case_dropout, 0.25f, 1e-4},
    {"up2", case_up2, 0.25f, 1e-4},
    {"down2", case_down2, 0.25f, 1e-4},
    {"max_pool2", case_max_pool2, 1e-3f, 1e-2},
    {"max_pool", case_max_pool, 1e-3f, 1e-2},
    {"average_pool", case_average_pool, 0.25f, 1e-4},
    {"global_pool", case_global_pool, 0.25f, 1e-4},
    {"concat", case_concat, 0.25f, 1e-4},
    {"flatten", case_flatten, 0.25f, 1e-4},
    {"space_to_depth", case_space_to_depth, 0.25f, 1e-4},
    {"depth_to_space", case_depth_to_space, 0.25f, 1e-4},
};

typedef struct {
    dpdm_network *net;
    dpdm_weights *weights;
    dpdm_workspace *work;
    float *values, *gradient, *dy;
    size_t outputs;
} fixture;

static void random_fill(uint64_t index, float *out, size_t n)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 3);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 1, index);
    dpdm_stream_normals(&stream, out, n);
}

static void fixture_make(fixture *f, const operator_case *c, const char *kernels)
{
    dpdm_error err;
    dpdm_graph g;
    dpdm_graph_begin(&g, &err);
    const int x = dpdm_graph_input(&g, "x", (dpdm_dims){HEIGHT, WIDTH, CHANNELS});
    const int out = c->build(&g, dpdm_graph_conv(&g, x, "case", "first", CHANNELS, 3, 1, 1));
    check_ok(dpdm_graph_finish(&g, out, &f->net), &err);
    check_ok(dpdm_weights_create(f->net, BATCH, 1, kernels, &f->weights, &err), &err);
    check_ok(dpdm_workspace_create(f->weights, &f->work, &err), &err);
    f->outputs = BATCH * dpdm_dims_floats(f->net->nodes[out].out);
    f->values = check_alloc(f->net->floats * sizeof(float));
    f->gradient = check_alloc(f->net->floats * sizeof(float));
    f->dy = check_alloc(f->outputs * sizeof(float));
    random_fill(0, f->values, f->net->floats);
    for (size_t i = 0; i < f->net->floats; i++)
        f->values[i] *= 0.4f;
    random_fill(1, dpdm_workspace_x(f->work), BATCH * HEIGHT * WIDTH * CHANNELS);
    random_fill(2, f->dy, f->outputs);
    for (int i = 0; dpdm_workspace_labels(f->work) && i < BATCH; i++)
        dpdm_workspace_labels(f->work)[i] = i;
}

static void fixture_free(fixture *f)
{
    dpdm_workspace_destroy(f->work);
    dpdm_weights_destroy(f->weights);
    dpdm_network_destroy(f->net);
    free(f->values);
    free(f->gradient);
    free(f->dy);
}

static double fixture_loss(fixture *f)
{
    dpdm_key key;
    dpdm_stream stream; /* the same masks each time */
    dpdm_key_from_seed(&key, 4);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_workspace_dropout(f->work, &stream);
    dpdm_weights_load(f->weights, f->values);
    const float *y = dpdm_workspace_forward(f->work);
    double loss = 0;
    for (size_t i = 0; i < f->outputs; i++)
        loss += (double)y[i] * f->dy[i];
    return loss;
}

static double fixture_slope(fixture *f, size_t i, float step)
{
    const float middle = f->values[i], right = middle + step, left = middle - step;
    f->values[i] = right;
    const double above = fixture_loss(f);
    f->values[i] = left;
    const double below = fixture_loss(f);
    f->values[i] = middle;
    return (above - below) / ((double)right - left);
}

/* Central differences with the error of second order taken out. */
static double fixture_difference(fixture *f, size_t i, float step)
{
    return (4 * fixture_slope(f, i, step) - fixture_slope(f, i, 2 * step)) / 3;
}

/* Every coordinate of small tensors, about 60 of large ones. */
static void check_tensor(fixture *f, const operator_case *c, const char *kernels, dpdm_tensor_info info)
{
    const size_t stride = info.size > 60 ? info.size / 60 : 1;
    double largest = 0;
    for (size_t i = 0; i < info.size; i++)
        largest = fmax(largest, fabs(f->gradient[info.offset + i]));
    assert_true(largest > 1e-3);
    for (size_t i = 0; i < info.size; i += stride) {
        const double want = fixture_difference(f, info.offset + i, c->step), got = f->gradient[info.offset + i];
        if (!(fabs(got - want) <= c->tolerance * largest))
            fail_msg("%s with %s: derivative by %s[%zu] is %g, by differences %g (largest of the tensor %g)", c->name,
                     kernels, info.name, i, got, want, largest);
    }
}

static void check_case(const operator_case *c, const char *kernels)
{
    fixture f;
    fixture_make(&f, c, kernels);
    fixture_loss(&f);
    memcpy(dpdm_workspace_output_gradient(f.work), f.dy, f.outputs * sizeof(float));
    dpdm_workspace_gradient_clear(f.work);
    dpdm_workspace_backward(f.work);
    dpdm_workspace_gradient(f.work, f.gradient);
    for (size_t i = 0; i < dpdm_network_tensors(f.net); i++)
        check_tensor(&f, c, kernels, dpdm_network_tensor(f.net, i));
    fixture_free(&f);
}

static void gradients_match_differences(void **state)
{
    (void)state;
    const char *kernels;
    for (size_t k = 0; (kernels = dpdm_kernels_name(k)); k++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            check_case(&cases[i], kernels);
}

static void every_operator_has_a_case(void **state)
{
    (void)state;
    for (int i = 0; dpdm_operators[i]; i++) {
        int found = !dpdm_operators[i]->backward;
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
            found |= strcmp(cases[c].name, dpdm_operators[i]->name) == 0;
        if (!found)
            fail_msg("no case for operator %s", dpdm_operators[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_match_differences),
        cmocka_unit_test(every_operator_has_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
