/* unit_workspace.c - what a workspace promises: the same bits for the same arguments, examples that do not see each
 * other, gradients that add up, dropout by its stream; for every network of the presets and every kernel set. */
#include "nn/check.h"
#include "nn/presets.h"
#include "nn/workspace.h"

#include <math.h>

enum { BATCH = 3 };

static const char *const names[] = {"small", "patch", "mlp", "cnn", "resnet"};

typedef struct {
    const preset *p;
    const char *kernels;
    dpdm_network *net;
    dpdm_weights *weights;
    dpdm_workspace *work;
    size_t outputs, parameters;
} fixture;

static void fixture_make(fixture *f, const char *name, const char *kernels, int training)
{
    dpdm_error err;
    f->p = preset_find(name);
    f->kernels = kernels;
    check_ok(preset_create(f->p, &f->net, &err), &err);
    check_ok(dpdm_weights_create(f->net, BATCH, training, kernels, &f->weights, &err), &err);
    check_ok(dpdm_workspace_create(f->weights, &f->work, &err), &err);
    f->outputs = (size_t)f->p->outputs;
    f->parameters = dpdm_network_parameters(f->net);
    float *values = check_alloc(f->parameters * sizeof *values);
    preset_values(f->net, values);
    dpdm_weights_load(f->weights, values);
    free(values);
}

static void fixture_free(fixture *f)
{
    dpdm_workspace_destroy(f->work);
    dpdm_weights_destroy(f->weights);
    dpdm_network_destroy(f->net);
}

/* Examples first, first + 1, ... forward and backward; only the first `used` have an output gradient. The results go to
 * output [BATCH, outputs] and gradient [parameters], each or NULL. */
static void fixture_run(fixture *f, int first, int used, float *output, float *gradient)
{
    preset_inputs(f->p, f->work, first, BATCH);
    const float *y = dpdm_workspace_forward(f->work);
    if (output)
        memcpy(output, y, BATCH * f->outputs * sizeof *output);
    if (!gradient)
        return;
    preset_output_gradient(f->p, f->work, first, BATCH);
    memset(dpdm_workspace_output_gradient(f->work) + used * f->outputs, 0, (BATCH - used) * f->outputs * sizeof(float));
    dpdm_workspace_gradient_clear(f->work);
    dpdm_workspace_backward(f->work);
    dpdm_workspace_gradient(f->work, gradient);
}

typedef void (*fixture_test)(fixture *f, float *output, float *gradient, float *output2, float *gradient2);

static void for_all(int training, fixture_test test)
{
    const char *kernels;
    for (size_t k = 0; (kernels = dpdm_kernels_name(k)); k++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            fixture f;
            fixture_make(&f, names[i], kernels, training);
            float *output = check_alloc(BATCH * f.outputs * sizeof(float));
            float *output2 = check_alloc(BATCH * f.outputs * sizeof(float));
            float *gradient = check_alloc(f.parameters * sizeof(float));
            float *gradient2 = check_alloc(f.parameters * sizeof(float));
            test(&f, output, gradient, output2, gradient2);
            free(output);
            free(output2);
            free(gradient);
            free(gradient2);
            fixture_free(&f);
        }
}

static void repeat_check(fixture *f, float *output, float *gradient, float *output2, float *gradient2)
{
    fixture_run(f, 0, BATCH, output, gradient);
    fixture_run(f, 5, BATCH, output2, gradient2);
    assert_memory_not_equal(output, output2, BATCH * f->outputs * sizeof(float));
    fixture_run(f, 0, BATCH, output2, gradient2);
    assert_memory_equal(output, output2, BATCH * f->outputs * sizeof(float));
    assert_memory_equal(gradient, gradient2, f->parameters * sizeof(float));
}

static void repeated_runs_give_equal_bits(void **state)
{
    (void)state;
    for_all(1, repeat_check);
}

/* The neighbours of example 0 change; its output and its gradient do not, to the bit. */
static void neighbours_check(fixture *f, float *output, float *gradient, float *output2, float *gradient2)
{
    fixture_run(f, 0, 1, output, gradient);
    float *x = dpdm_workspace_x(f->work), *noise = dpdm_workspace_noise(f->work);
    const size_t floats = (size_t)f->p->height * f->p->width * f->p->channels;
    for (size_t i = floats; i < BATCH * floats; i++)
        x[i] = 3 - 2 * x[i];
    for (int i = 1; noise && i < BATCH; i++) {
        noise[i] += 1;
        dpdm_workspace_labels(f->work)[i] ^= 1;
    }
    memcpy(output2, dpdm_workspace_forward(f->work), BATCH * f->outputs * sizeof(float));
    assert_memory_equal(output, output2, f->outputs * sizeof(float));
    assert_memory_not_equal(output, output2, BATCH * f->outputs * sizeof(float));
    preset_output_gradient(f->p, f->work, 0, 1);
    memset(dpdm_workspace_output_gradient(f->work) + f->outputs, 0, (BATCH - 1) * f->outputs * sizeof(float));
    dpdm_workspace_gradient_clear(f->work);
    dpdm_workspace_backward(f->work);
    dpdm_workspace_gradient(f->work, gradient2);
    for (size_t i = 0; i < f->parameters; i++) /* by value: an unused sum may be 0 or -0 */
        if (gradient[i] != gradient2[i])
            fail_msg("%s: gradient %zu is %g, with other neighbours %g", f->p->name, i, gradient[i], gradient2[i]);
}

static void examples_do_not_see_their_neighbours(void **state)
{
    (void)state;
    for_all(1, neighbours_check);
}

static double relative_error(const float *a, const float *b, size_t n)
{
    double difference = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        norm += (double)b[i] * b[i];
    }
    return sqrt(difference / norm);
}

/* Three examples at once, and the same one by one without clearing between. */
static void sum_check(fixture *f, float *output, float *gradient, float *output2, float *gradient2)
{
    fixture_run(f, 0, BATCH, output, gradient);
    dpdm_workspace_gradient_clear(f->work);
    for (int i = 0; i < BATCH; i++) {
        preset_inputs(f->p, f->work, i, BATCH);
        memcpy(output2 + i * f->outputs, dpdm_workspace_forward(f->work), f->outputs * sizeof(float));
        preset_output_gradient(f->p, f->work, i, 1);
        memset(dpdm_workspace_output_gradient(f->work) + f->outputs, 0, (BATCH - 1) * f->outputs * sizeof(float));
        dpdm_workspace_backward(f->work);
    }
    dpdm_workspace_gradient(f->work, gradient2);
    assert_true(relative_error(output2, output, BATCH * f->outputs) < 1e-6);
    assert_true(relative_error(gradient2, gradient, f->parameters) < 1e-5);
    dpdm_workspace_gradient_clear(f->work);
    dpdm_workspace_gradient(f->work, gradient2);
    for (size_t i = 0; i < f->parameters; i++)
        assert_true(gradient2[i] == 0);
}

static void gradients_add_up_until_cleared(void **state)
{
    (void)state;
    for_all(1, sum_check);
}

static void inference_check(fixture *f, float *output, float *gradient, float *output2, float *gradient2)
{
    (void)gradient;
    (void)gradient2;
    fixture trained;
    fixture_make(&trained, f->p->name, f->kernels, 1);
    fixture_run(&trained, 0, BATCH, output, NULL);
    fixture_run(f, 0, BATCH, output2, NULL);
    assert_true(relative_error(output2, output, BATCH * f->outputs) < 1e-5);
    assert_true(dpdm_workspace_bytes(f->work) < dpdm_workspace_bytes(trained.work));
    assert_int_equal(dpdm_workspace_batch(f->work), BATCH);
    fixture_free(&trained);
}

/* Each of the BATCH examples is a record: its gradient, brought to the order of the parameters by the places, is the same
 * bits at each place, and what dpdm_workspace_gradient makes of the first. */
static void test_records(fixture *f, float *output, float *gradient, float *output2, float *gradient2)
{
    dpdm_error err;
    const size_t n = dpdm_weights_vector(f->weights);
    uint32_t *place = check_alloc(f->parameters * sizeof *place);
    float *left = check_alloc(n * sizeof *left);
    (void)output2;
    check_ok(dpdm_weights_places(f->weights, place, &err), &err);
    for (int r = 0; r < BATCH; r++) {
        fixture_run(f, r, 1, output, gradient); /* example r, first */
        fixture_run(f, 0, BATCH, output, gradient2);
        const float *own = dpdm_workspace_record_gradient(f->work, r);
        memcpy(left, own, n * sizeof *left);
        for (size_t i = 0; i < f->parameters; i++) {
            gradient2[i] = own[place[i]];
            left[place[i]] = 0;
        }
        assert_memory_equal(gradient, gradient2, f->parameters * sizeof *gradient);
        for (size_t i = 0; i < n; i++)
            assert_true(left[i] == 0);
    }
    free(place);
    free(left);
}

static void records_have_gradients_of_their_own(void **state)
{
    (void)state;
    for_all(BATCH, test_records);
}

static void inference_needs_less_memory_and_gives_the_same(void **state)
{
    (void)state;
    for_all(0, inference_check);
}

static void dropout_follows_its_stream(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f, "cnn", NULL, 1);
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 8);
    float out[4][BATCH * 10];
    for (int i = 0; i < 3; i++) {
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, (uint64_t)(i / 2));
        dpdm_workspace_dropout(f.work, &stream);
        fixture_run(&f, 0, BATCH, out[i], NULL);
    }
    dpdm_workspace_dropout(f.work, NULL);
    fixture_run(&f, 0, BATCH, out[3], NULL);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    assert_memory_not_equal(out[0], out[2], sizeof out[0]);
    assert_memory_not_equal(out[0], out[3], sizeof out[0]);

    /* Scaled so that the mean over masks is the output without dropout: 2,000 masks, 5 standard errors. */
    double mean = 0, square = 0;
    enum { MASKS = 2000 };
    for (int i = 0; i < MASKS; i++) {
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 1, (uint64_t)i);
        dpdm_workspace_dropout(f.work, &stream);
        const double y = dpdm_workspace_forward(f.work)[0];
        mean += y / MASKS;
        square += y * y / MASKS;
    }
    assert_true(fabs(mean - out[3][0]) < 5 * sqrt((square - mean * mean) / MASKS));
    assert_true(square - mean * mean > 1e-4);
    fixture_free(&f);
}

static void labels_outside_the_table_mean_no_label(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f, "small", NULL, 0);
    float want[192];
    preset_inputs(f.p, f.work, 0, BATCH);
    dpdm_workspace_labels(f.work)[0] = f.p->classes;
    memcpy(want, dpdm_workspace_forward(f.work), sizeof want);
    static const int32_t outside[] = {-1, 1 << 30, INT32_MIN};
    for (int i = 0; i < 3; i++) {
        dpdm_workspace_labels(f.work)[0] = outside[i];
        assert_memory_equal(want, dpdm_workspace_forward(f.work), sizeof want);
    }
    fixture_free(&f);
}

static void training_the_published_network_fits(void **state)
{
    (void)state;
    dpdm_error err;
    dpdm_network *net;
    dpdm_weights *weights;
    dpdm_workspace *work;
    check_ok(preset_create(preset_find("unet28"), &net, &err), &err);
    check_ok(dpdm_weights_create(net, 8, 1, NULL, &weights, &err), &err);
    check_ok(dpdm_workspace_create(weights, &work, &err), &err);
    assert_true(dpdm_workspace_bytes(work) < 80u << 20); /* 400 MB are the limit of two threads and all else */
    dpdm_workspace_destroy(work);
    dpdm_weights_destroy(weights);
    dpdm_network_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_runs_give_equal_bits),
        cmocka_unit_test(examples_do_not_see_their_neighbours),
        cmocka_unit_test(gradients_add_up_until_cleared),
        cmocka_unit_test(records_have_gradients_of_their_own),
        cmocka_unit_test(inference_needs_less_memory_and_gives_the_same),
        cmocka_unit_test(dropout_follows_its_stream),
        cmocka_unit_test(labels_outside_the_table_mean_no_label),
        cmocka_unit_test(training_the_published_network_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
