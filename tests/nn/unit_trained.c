/* unit_trained.c - what is not trained: it has no gradient and no room for one, the others' gradients stay what they were,
 * and loading what is trained leaves the rest as it was. For every kernel set. */
#include "nn/check.h"
#include "nn/presets.h"
#include "nn/workspace.h"

#include <math.h>
#include <stdio.h>

enum { BATCH = 2, ROUNDS = 6 };

static const char *const names[] = {"small", "patch", "modulated", "lora", "adapter", "resnet", "unfrozen"};

typedef struct {
    const preset *p;
    dpdm_network *net;
    dpdm_weights *weights;
    dpdm_workspace *work;
    float *values, *gradient; /* [parameters], [trained] */
} fixture;

/* Takes tensors by chance, `share` of 8. */
typedef struct {
    dpdm_stream *stream;
    uint64_t share;
} chance;

static int chance_trains(void *context, const dpdm_tensor_info *tensor)
{
    chance *c = context;
    (void)tensor;
    return dpdm_stream_below(c->stream, 8) < c->share;
}

static void fixture_make(fixture *f, const char *name, const char *kernels, chance *trained)
{
    dpdm_error err;
    f->p = preset_find(name);
    check_ok(preset_create(f->p, &f->net, &err), &err);
    while (trained && dpdm_network_train_only(f->net, chance_trains, trained, &err) == DPDM_EUSAGE)
        continue; /* none of them */
    check_ok(dpdm_weights_create(f->net, BATCH, BATCH, kernels, &f->weights, &err), &err);
    check_ok(dpdm_workspace_create(f->weights, &f->work, &err), &err);
    f->values = check_alloc(dpdm_network_parameters(f->net) * sizeof(float));
    f->gradient = check_alloc(dpdm_network_trained(f->net) * sizeof(float));
    preset_values(f->net, f->values);
    dpdm_weights_load(f->weights, f->values);
}

static void fixture_run(fixture *f)
{
    preset_inputs(f->p, f->work, 0, BATCH);
    dpdm_workspace_forward(f->work);
    preset_output_gradient(f->p, f->work, 0, BATCH);
    dpdm_workspace_gradient_clear(f->work);
    dpdm_workspace_backward(f->work);
    dpdm_workspace_gradient(f->work, f->gradient);
}

static void fixture_free(fixture *f)
{
    dpdm_workspace_destroy(f->work);
    dpdm_weights_destroy(f->weights);
    dpdm_network_destroy(f->net);
    free(f->values);
    free(f->gradient);
}

/* A bias that is trained without its weight is summed by another loop, so it may differ in its last bits. */
static void check_gradient(const fixture *part, const fixture *whole, const char *kernels)
{
    for (size_t i = 0; i < dpdm_network_tensors(part->net); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(part->net, i), all = dpdm_network_tensor(whole->net, i);
        double difference = 0, size = 0;
        if (!info.trained)
            continue;
        for (size_t k = 0; k < info.size; k++) {
            const double want = whole->gradient[all.coordinate + k];
            difference = fmax(difference, fabs(part->gradient[info.coordinate + k] - want));
            size = fmax(size, fabs(want));
        }
        if (!(difference <= 1e-5 * size))
            fail_msg("%s with %s: gradient of %s differs by %g of %g", part->p->name, kernels, info.name, difference,
                     size);
    }
}

/* The kernels' own order: the places hold the gradient, all else is zero. */
static void check_places(const fixture *f)
{
    dpdm_error err;
    const size_t n = dpdm_network_trained(f->net), given = dpdm_weights_vector(f->weights);
    uint32_t *place = check_alloc(n * sizeof *place);
    float *left = check_alloc(given * sizeof *left);
    check_ok(dpdm_weights_places(f->weights, place, &err), &err);
    const float *own = dpdm_workspace_record_gradient(f->work, 0);
    memcpy(left, own, given * sizeof *left);
    for (size_t i = 0; i < n; i++) {
        assert_true(place[i] < given && own[place[i]] == f->gradient[i]);
        left[place[i]] = 0;
    }
    for (size_t i = 0; i < given; i++)
        assert_true(left[i] == 0);
    free(place);
    free(left);
}

static void check_part(const fixture *whole, chance *trained, const char *kernels)
{
    fixture part;
    fixture_make(&part, whole->p->name, kernels, trained);
    const size_t outputs = (size_t)BATCH * (size_t)whole->p->outputs;
    const char *output = whole->net->outputs[0].name;
    fixture_run(&part);
    assert_memory_equal(dpdm_workspace_output_named(part.work, output),
                        dpdm_workspace_output_named(whole->work, output), outputs * sizeof(float));
    check_gradient(&part, whole, kernels);
    check_places(&part);
    assert_true(dpdm_weights_vector(part.weights) <= dpdm_weights_vector(whole->weights));
    assert_true(dpdm_network_flops(part.net) <= dpdm_network_flops(whole->net));
    fixture_free(&part);
}

static void gradients_of_some_are_those_of_all(void **state)
{
    const char *kernels;
    dpdm_key key;
    (void)state;
    dpdm_key_from_seed(&key, 21);
    for (size_t k = 0; (kernels = dpdm_kernels_name(k)); k++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            fixture whole;
            fixture_make(&whole, names[i], kernels, NULL);
            fixture_run(&whole);
            for (int round = 0; round < ROUNDS; round++) {
                dpdm_stream stream;
                dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, i, (uint64_t)round);
                check_part(&whole, &(chance){&stream, 1 + (uint64_t)round}, kernels);
            }
            fixture_free(&whole);
        }
}

static int trains_output(void *context, const dpdm_tensor_info *tensor)
{
    (void)context;
    return strncmp(tensor->name, "output.", 7) == 0;
}

/* Only the last layers are trained: no node before them runs backward, and less is kept for it. */
static void backward_stops_where_nothing_below_is_trained(void **state)
{
    dpdm_error err;
    int nodes = 0;
    fixture whole, part;
    (void)state;
    fixture_make(&whole, "small", NULL, NULL);
    fixture_make(&part, "small", NULL, NULL);
    dpdm_workspace_destroy(part.work);
    dpdm_weights_destroy(part.weights);
    check_ok(dpdm_network_train_only(part.net, trains_output, NULL, &err), &err);
    check_ok(dpdm_weights_create(part.net, BATCH, BATCH, NULL, &part.weights, &err), &err);
    check_ok(dpdm_workspace_create(part.weights, &part.work, &err), &err);
    dpdm_weights_load(part.weights, part.values);
    fixture_run(&whole);
    fixture_run(&part);
    check_gradient(&part, &whole, "the best");
    for (int i = 0; i < part.net->node_count; i++)
        nodes += part.net->nodes[i].needs_gradient;
    assert_int_equal(nodes, 2); /* the norm and the convolution */
    assert_true(dpdm_workspace_bytes(part.work) < dpdm_workspace_bytes(whole.work));
    assert_true(10 * dpdm_weights_vector(part.weights) < dpdm_weights_vector(whole.weights));
    assert_true(dpdm_weights_bytes(part.weights) < dpdm_weights_bytes(whole.weights));
    fixture_free(&whole);
    fixture_free(&part);
}

/* Trained values loaded alone make what the whole buffer makes; gather and scatter are each other's inverse. */
static void trained_values_can_be_loaded_alone(void **state)
{
    (void)state;
    fixture a, b;
    fixture_make(&a, "frozen", NULL, NULL);
    fixture_make(&b, "frozen", NULL, NULL);
    const size_t n = dpdm_network_trained(a.net), all = dpdm_network_parameters(a.net);
    assert_true(n > 0 && n < all);
    float *trained = check_alloc(n * sizeof *trained), *again = check_alloc(n * sizeof *again);
    dpdm_network_gather(a.net, a.values, trained);
    for (size_t i = 0; i < n; i++)
        trained[i] = 0.5F * trained[i] + 0.01F;
    dpdm_network_scatter(a.net, trained, a.values);
    dpdm_network_gather(a.net, a.values, again);
    assert_memory_equal(trained, again, n * sizeof *trained);
    size_t same = 0;
    for (size_t i = 0; i < all; i++)
        same += a.values[i] == b.values[i];
    assert_int_equal(same, all - n);
    dpdm_weights_load(a.weights, a.values);
    dpdm_weights_load_trained(b.weights, trained);
    assert_memory_equal(a.weights->values, b.weights->values, dpdm_weights_bytes(a.weights));
    free(trained);
    free(again);
    fixture_free(&a);
    fixture_free(&b);
}

static int trains_none(void *context, const dpdm_tensor_info *tensor)
{
    (void)context;
    (void)tensor;
    return 0;
}

static void a_network_of_which_nothing_is_trained_is_refused(void **state)
{
    (void)state;
    dpdm_error err;
    dpdm_network *net;
    check_ok(preset_create(preset_find("small"), &net, &err), &err);
    assert_int_equal(dpdm_network_train_only(net, trains_none, NULL, &err), DPDM_EUSAGE);
    dpdm_network_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_some_are_those_of_all),
        cmocka_unit_test(backward_stops_where_nothing_below_is_trained),
        cmocka_unit_test(trained_values_can_be_loaded_alone),
        cmocka_unit_test(a_network_of_which_nothing_is_trained_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
