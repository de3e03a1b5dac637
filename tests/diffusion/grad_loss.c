/* grad_loss.c - catches a loss that is not the published one, a gradient that is not its derivative, and draws that
 * depend on the chunk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/denoiser.h"

enum { SIDE = 8, CHANNELS = 2, PIXELS = SIDE * SIDE * CHANNELS, CLASSES = 3, DRAWS = 7 };

static const dpdm_network_description tiny = {
    .height = SIDE,
    .width = SIDE,
    .channels = CHANNELS,
    .classes = CLASSES,
    .unet = {.width_base = 8, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .patch = 1}};

static dpdm_network *network;
static float *params, image[PIXELS];
static size_t count;

static int setup(void **state)
{
    (void)state;
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 41);
    if (dpdm_network_create(&tiny, &network, NULL))
        return -1;
    count = dpdm_network_parameters(network);
    params = malloc(count * sizeof *params);
    dpdm_network_init(network, &key, params);
    /* "Zero-like" layers would hide most of the network: every weight moves. */
    float *shift = malloc(count * sizeof *shift);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, shift, count);
    for (size_t i = 0; i < count; i++)
        params[i] += 0.05F * shift[i];
    free(shift);
    dpdm_stream_uniforms(&stream, image, PIXELS);
    for (int p = 0; p < PIXELS; p++)
        image[p] = 2.0F * image[p] - 1.0F;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(params);
    dpdm_network_destroy(network);
    return 0;
}

typedef struct {
    dpdm_weights *weights;
    dpdm_workspace *workspace;
} engine;

static engine engine_create(int batch, const float *values)
{
    engine e;
    assert_int_equal(dpdm_weights_create(network, batch, 1, NULL, &e.weights, NULL), DPDM_OK);
    dpdm_weights_load(e.weights, values);
    assert_int_equal(dpdm_workspace_create(e.weights, &e.workspace, NULL), DPDM_OK);
    return e;
}

static void engine_destroy(engine e)
{
    dpdm_workspace_destroy(e.workspace);
    dpdm_weights_destroy(e.weights);
}

static dpdm_stream draws(uint64_t index)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 42);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_DRAWS, 5, index);
    return stream;
}

static int spread; /* of the denoisers below */

static dpdm_denoiser denoiser_of(int kind)
{
    dpdm_denoiser d = dpdm_denoiser_default((dpdm_denoiser_kind)kind);
    d.spread = spread;
    d.sigma_max = 5.0; /* VE: c_in = 1, so large levels would drown the finite differences in rounding */
    return d;
}

/* Loss and gradient; *after receives the next word of the stream. */
static double gradient_of(int kind, int batch, const float *values, int label, double label_drop, float *gradient,
                          uint64_t *after)
{
    engine e = engine_create(batch, values);
    dpdm_denoiser d = denoiser_of(kind);
    dpdm_stream stream = draws((uint64_t)kind);
    double loss = 0.0;
    dpdm_denoiser_gradient(&d, e.workspace, image, PIXELS, label, CLASSES, label_drop, DRAWS, &stream, gradient, &loss);
    if (after)
        *after = dpdm_stream_u64(&stream);
    engine_destroy(e);
    return loss;
}

/* The loss by its definition: D from F, one draw at a time, in the documented order of draws. */
static double loss_by_definition(int kind, int label, double label_drop)
{
    engine e = engine_create(1, params);
    dpdm_denoiser d = denoiser_of(kind);
    dpdm_stream stream = draws((uint64_t)kind);
    double total = 0.0;
    int used = dpdm_stream_uniform(&stream) < label_drop ? CLASSES : label;
    double shift = spread ? dpdm_stream_uniform(&stream) : 0;
    for (int k = 0; k < DRAWS; k++) {
        float noise[PIXELS];
        double noisy[PIXELS], squares = 0.0;
        double s = spread ? dpdm_denoiser_level(&d, (k + shift) / DRAWS) : dpdm_denoiser_draw(&d, &stream);
        dpdm_coefficients c = dpdm_denoiser_coefficients(&d, s);
        dpdm_stream_normals(&stream, noise, PIXELS);
        for (int p = 0; p < PIXELS; p++) {
            noisy[p] = image[p] + s * noise[p];
            dpdm_workspace_x(e.workspace)[p] = (float)(c.in * noisy[p]);
        }
        dpdm_workspace_noise(e.workspace)[0] = (float)c.noise;
        dpdm_workspace_labels(e.workspace)[0] = used;
        dpdm_workspace_dropout(e.workspace, NULL);
        const float *f = dpdm_workspace_forward(e.workspace);
        for (int p = 0; p < PIXELS; p++)
            squares += pow(c.skip * noisy[p] + c.out * f[p] - image[p], 2.0);
        total += c.weight * squares / PIXELS;
    }
    engine_destroy(e);
    return total / DRAWS;
}

static double dot(const float *a, const float *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static double distance(const float *a, const float *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += pow((double)a[i] - b[i], 2.0);
    return sqrt(sum / dot(b, b));
}

static void the_loss_is_the_published_one(void **state)
{
    (void)state;
    float *gradient = malloc(count * sizeof *gradient);
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++)
        for (int way = 0; way < 4; way++) {
            const int drop = way % 2;
            spread = way / 2; /* its quantiles keep 1e-6 clear of 0 and 1, which moves the levels a little */
            double got = gradient_of(kind, 4, params, 1, drop, gradient, NULL),
                   want = loss_by_definition(kind, 1, drop);
            if (!(fabs(got - want) < (spread ? 1e-3 : 1e-5) * want))
                fail_msg("%s: loss %.9g, not %.9g", dpdm_denoiser_name((dpdm_denoiser_kind)kind), got, want);
        }
    spread = 0;
    free(gradient);
}

/* Central differences along the gradient and along random directions. */
static void the_gradient_is_the_derivative_of_the_loss(void **state)
{
    (void)state;
    float *gradient = malloc(count * sizeof *gradient), *direction = malloc(count * sizeof *direction);
    float *moved = malloc(count * sizeof *moved), *unused = malloc(count * sizeof *unused);
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++) {
        gradient_of(kind, 3, params, 2, 0.0, gradient, NULL);
        for (int trial = 0; trial < 4; trial++) {
            dpdm_stream stream = draws(100 + (uint64_t)trial);
            if (trial == 0)
                memcpy(direction, gradient, count * sizeof *direction);
            else
                dpdm_stream_normals(&stream, direction, count);
            double slope = dot(gradient, direction), loss[2];
            double h = 2e-4 * sqrt(dot(params, params) / dot(direction, direction));
            for (int side = 0; side < 2; side++) {
                for (size_t i = 0; i < count; i++)
                    moved[i] = (float)(params[i] + (side ? h : -h) * direction[i]);
                loss[side] = gradient_of(kind, 3, moved, 2, 0.0, unused, NULL);
            }
            double got = (loss[1] - loss[0]) / (2.0 * h);
            double scale = sqrt(dot(gradient, gradient) * dot(direction, direction));
            if (!(fabs(got - slope) < 2e-3 * fabs(slope) + 1e-5 * scale))
                fail_msg("%s, direction %d: slope %g by differences, %g by the gradient (scale %g)",
                         dpdm_denoiser_name((dpdm_denoiser_kind)kind), trial, got, slope, scale);
        }
    }
    free(gradient);
    free(direction);
    free(moved);
    free(unused);
}

static void the_chunk_changes_nothing(void **state)
{
    (void)state;
    static const int batches[] = {1, 2, 5, 7, 8, 16};
    float *want = malloc(count * sizeof *want), *got = malloc(count * sizeof *got);
    for (int way = 0; way < 2 * (DPDM_DENOISER_VE + 1); way++) {
        const int kind = way / 2;
        uint64_t after_want, after;
        spread = way % 2;
        double loss_want = gradient_of(kind, batches[0], params, 0, 0.5, want, &after_want);
        for (size_t b = 1; b < sizeof batches / sizeof *batches; b++) {
            double loss = gradient_of(kind, batches[b], params, 0, 0.5, got, &after);
            assert_true(after == after_want);
            assert_true(fabs(loss - loss_want) < 1e-5 * loss_want);
            if (!(distance(got, want) < 1e-5))
                fail_msg("chunk %d: gradient off by %g", batches[b], distance(got, want));
        }
    }
    spread = 0;
    free(want);
    free(got);
}

static void the_same_call_gives_the_same_bits(void **state)
{
    (void)state;
    float *first = malloc(count * sizeof *first), *second = malloc(count * sizeof *second);
    engine e = engine_create(4, params);
    dpdm_denoiser d = denoiser_of(DPDM_DENOISER_EDM);
    dpdm_stream one = draws(1), other = draws(2), again = draws(1);
    dpdm_denoiser_gradient(&d, e.workspace, image, PIXELS, 0, CLASSES, 0.1, DRAWS, &one, first, NULL);
    dpdm_denoiser_gradient(&d, e.workspace, image, PIXELS, 2, CLASSES, 0.1, 3, &other, second, NULL);
    dpdm_denoiser_gradient(&d, e.workspace, image, PIXELS, 0, CLASSES, 0.1, DRAWS, &again, second, NULL);
    assert_memory_equal(first, second, count * sizeof *first);
    engine_destroy(e);
    free(first);
    free(second);
}

static void the_label_is_dropped_as_often_as_asked(void **state)
{
    (void)state;
    float *kept = malloc(count * sizeof *kept), *none = malloc(count * sizeof *none),
          *got = malloc(count * sizeof *got);
    uint64_t after[3];
    gradient_of(DPDM_DENOISER_EDM, 7, params, 1, 0.0, kept, &after[0]);
    gradient_of(DPDM_DENOISER_EDM, 7, params, CLASSES, 0.0, none, &after[1]);
    gradient_of(DPDM_DENOISER_EDM, 7, params, 1, 1.0, got, &after[2]);
    assert_memory_equal(got, none, count * sizeof *got);
    assert_true(distance(kept, none) > 1e-3);
    assert_true(after[0] == after[1] && after[0] == after[2]);
    free(kept);
    free(none);
    free(got);
}

/* With a centre c, the loss at x is the loss without it at x - c, with the centre of the label that is used. */
static void a_centre_shifts_the_image(void **state)
{
    (void)state;
    static float centers[(CLASSES + 1) * PIXELS], shifted[PIXELS];
    float *got = malloc(count * sizeof *got), *want = malloc(count * sizeof *want);
    dpdm_stream random = draws(8);
    dpdm_stream_uniforms(&random, centers, (CLASSES + 1) * PIXELS);
    engine e = engine_create(4, params);
    for (int drop = 0; drop < 2; drop++) {
        dpdm_denoiser centred = denoiser_of(DPDM_DENOISER_EDM), plain = centred;
        dpdm_stream one = draws(9), other = draws(9);
        double loss, loss_shifted;
        int used = drop ? CLASSES : 1;
        dpdm_prior prior = {.classes = CLASSES, .pixels = PIXELS, .center = centers};
        centred.prior = &prior;
        for (int p = 0; p < PIXELS; p++)
            shifted[p] = image[p] - centers[used * PIXELS + p];
        dpdm_denoiser_gradient(&centred, e.workspace, image, PIXELS, 1, CLASSES, drop, DRAWS, &one, got, &loss);
        dpdm_denoiser_gradient(&plain, e.workspace, shifted, PIXELS, used, CLASSES, 0.0, DRAWS, &other, want,
                               &loss_shifted);
        assert_true(fabs(loss - loss_shifted) < 1e-6 * loss);
        assert_true(distance(got, want) < 1e-6);

        static const double sigma = 0.7;
        const int32_t label = used;
        float denoised[PIXELS], denoised_shifted[PIXELS];
        dpdm_denoiser_apply(&centred, e.workspace, PIXELS, image, &sigma, &label, 1, denoised);
        dpdm_denoiser_apply(&plain, e.workspace, PIXELS, shifted, &sigma, &label, 1, denoised_shifted);
        for (int p = 0; p < PIXELS; p++)
            assert_true(fabs(denoised[p] - denoised_shifted[p] - (double)centers[used * PIXELS + p]) < 1e-6);
    }
    engine_destroy(e);
    free(got);
    free(want);
}

/* A prior of rank 2 with orthonormal rows that are not aligned with pixels; by class, each turns them by an angle of its
 * own. */
static void prior_create(dpdm_prior *prior, int by_class)
{
    assert_int_equal(dpdm_prior_create(CLASSES, PIXELS, 2, prior, NULL), DPDM_OK);
    dpdm_stream random = draws(11);
    dpdm_stream_uniforms(&random, prior->center, (CLASSES + 1) * PIXELS);
    for (int p = 0; p < PIXELS; p++) {
        prior->basis[p] = (float)(sqrt(2.0 / PIXELS) * cos(3.14159265358979 * (p + 0.5) * 3 / PIXELS));
        prior->basis[PIXELS + p] = (float)(sqrt(2.0 / PIXELS) * cos(3.14159265358979 * (p + 0.5) * 10 / PIXELS));
    }
    prior->variance[0] = 9.0F;
    prior->variance[1] = 1.5F;
    prior->variance[2] = 0.04F;
    if (!by_class)
        return;
    assert_int_equal(dpdm_prior_by_class(prior, NULL), DPDM_OK);
    for (int y = 0; y < CLASSES; y++) {
        float c = (float)cos(0.7 * (y + 1)), s = (float)sin(0.7 * (y + 1)), *turn = prior->class_turn + 4 * y;
        turn[0] = turn[3] = c;
        turn[1] = s;
        turn[2] = -s;
        prior->class_variance[2 * y] = 0.5F * (float)(y + 2);
        prior->class_variance[2 * y + 1] = 0.01F;
    }
}

/* Value p of the direction k of a label, in pixels. */
static double prior_direction(const dpdm_prior *prior, int label, int k, int p)
{
    if (!prior->class_turn || label == CLASSES)
        return (double)prior->basis[k * PIXELS + p];
    const float *turn = prior->class_turn + 4 * label + 2 * k;
    return (double)turn[0] * (double)prior->basis[p] + (double)turn[1] * (double)prior->basis[PIXELS + p];
}

static double prior_along(const dpdm_prior *prior, int label, int k)
{
    return (double)(prior->class_turn && label < CLASSES ? prior->class_variance[2 * label + k] : prior->variance[k]);
}

/* c + S (S + s^2 I)^-1 (x - c) in double: the mean of x given the noisy x under the prior. */
static void posterior_mean(const dpdm_prior *prior, double s, const float *x, int label, double *mean)
{
    double rest = (double)prior->variance[2], along[2] = {0, 0};
    const float *c = prior->center + label * PIXELS;
    for (int k = 0; k < 2; k++)
        for (int p = 0; p < PIXELS; p++)
            along[k] += prior_direction(prior, label, k, p) * ((double)x[p] - (double)c[p]);
    for (int p = 0; p < PIXELS; p++) {
        double outside = (double)x[p] - (double)c[p];
        mean[p] = (double)c[p];
        for (int k = 0; k < 2; k++) {
            double v = prior_along(prior, label, k), part = along[k] * prior_direction(prior, label, k, p);
            outside -= part;
            mean[p] += v / (v + s * s) * part;
        }
        mean[p] += rest / (rest + s * s) * outside;
    }
}

/* With a covariance D is the posterior mean plus c_out F, and the loss is that of this D, at all levels. */
static void check_posterior_mean(int by_class, int32_t label)
{
    dpdm_prior prior;
    dpdm_denoiser d = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    prior_create(&prior, by_class);
    d.prior = &prior;
    assert_int_equal(dpdm_denoiser_check(&d, NULL), DPDM_OK);
    engine e = engine_create(1, params);
    for (double s = 0.003; s < 90; s *= 5) {
        dpdm_coefficients c = dpdm_denoiser_coefficients(&d, s);
        double mean[PIXELS], v = 0;
        float denoised[PIXELS];
        assert_true(fabs(c.weight * c.out * c.out - 1) < 1e-12);
        posterior_mean(&prior, s, image, label, mean);
        dpdm_denoiser_apply(&d, e.workspace, PIXELS, image, &s, &label, 1, denoised);
        for (int p = 0; p < PIXELS; p++)
            dpdm_workspace_x(e.workspace)[p] =
                (float)(c.in * ((double)image[p] - (double)prior.center[label * PIXELS + p]));
        const float *f = dpdm_workspace_forward(e.workspace);
        for (int p = 0; p < PIXELS; p++)
            assert_true(fabs((double)denoised[p] - mean[p] - c.out * (double)f[p]) < 1e-5);
        for (int k = 0; k < 3; k++)
            v += (k < 2 ? 1 : PIXELS - 2) * (double)prior.variance[k];
        assert_true(fabs(c.in * c.in * (s * s + v / PIXELS) - 1) < 1e-9);
    }
    engine_destroy(e);
    dpdm_prior_destroy(&prior);
}

static void a_covariance_gives_the_posterior_mean(void **state)
{
    (void)state;
    check_posterior_mean(0, 2);
    for (int32_t label = 0; label <= CLASSES; label++)
        check_posterior_mean(1, label);
}

static double loss_with_prior(const dpdm_prior *prior, const float *values, float *gradient)
{
    engine e = engine_create(4, values);
    dpdm_denoiser d = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    dpdm_stream stream = draws(12);
    double loss;
    d.prior = prior;
    dpdm_denoiser_gradient(&d, e.workspace, image, PIXELS, 1, CLASSES, 0.0, DRAWS, &stream, gradient, &loss);
    engine_destroy(e);
    return loss;
}

static void check_loss_with_prior(int by_class)
{
    dpdm_prior prior;
    prior_create(&prior, by_class);
    float *gradient = malloc(count * sizeof *gradient);
    double loss = loss_with_prior(&prior, params, gradient), want = 0;
    dpdm_denoiser d = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    d.prior = &prior;
    dpdm_stream stream = draws(12);
    engine e = engine_create(1, params);
    dpdm_stream_uniform(&stream);
    for (int k = 0; k < DRAWS; k++) {
        float noisy[PIXELS], denoised[PIXELS];
        double s = dpdm_denoiser_draw(&d, &stream), squares = 0;
        const int32_t label = 1;
        dpdm_stream_normals(&stream, noisy, PIXELS);
        for (int p = 0; p < PIXELS; p++)
            noisy[p] = (float)((double)image[p] + s * (double)noisy[p]);
        dpdm_denoiser_apply(&d, e.workspace, PIXELS, noisy, &s, &label, 1, denoised);
        for (int p = 0; p < PIXELS; p++)
            squares += pow((double)denoised[p] - (double)image[p], 2);
        want += dpdm_denoiser_coefficients(&d, s).weight * squares / PIXELS / DRAWS;
    }
    assert_true(fabs(loss - want) < 1e-4 * want);

    /* along the gradient the loss rises as fast as it is long */
    float *moved = malloc(count * sizeof *moved), *ignored = malloc(count * sizeof *ignored);
    double square = 0, step;
    for (size_t i = 0; i < count; i++)
        square += (double)gradient[i] * (double)gradient[i];
    step = 1e-3 / sqrt(square);
    double sides[2];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < count; i++)
            moved[i] = (float)((double)params[i] + (side ? -step : step) * (double)gradient[i]);
        sides[side] = loss_with_prior(&prior, moved, ignored);
    }
    assert_true(fabs((sides[0] - sides[1]) / (2 * step) - square) < 0.01 * square);
    free(moved);
    free(ignored);
    free(gradient);
    engine_destroy(e);
    dpdm_prior_destroy(&prior);
}

static void the_loss_with_a_covariance_is_that_of_d(void **state)
{
    (void)state;
    check_loss_with_prior(0);
    check_loss_with_prior(1);
}

/* D = c_skip x + c_out F for each image at its own level, in chunks, in place. */
static void apply_is_the_denoiser(void **state)
{
    (void)state;
    enum { N = 5 };
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++) {
        dpdm_denoiser d = denoiser_of(kind);
        engine one = engine_create(1, params), three = engine_create(3, params);
        static const double sigma[N] = {0.002, 0.1, 1.0, 10.0, 80.0};
        static const int32_t labels[N] = {0, 1, 2, CLASSES, 1};
        float x[N * PIXELS], out[N * PIXELS];
        dpdm_stream stream = draws(7);
        dpdm_stream_normals(&stream, x, N * PIXELS);
        dpdm_denoiser_apply(&d, three.workspace, PIXELS, x, sigma, labels, N, out);
        for (int i = 0; i < N; i++) {
            dpdm_coefficients c = dpdm_denoiser_coefficients(&d, sigma[i]);
            for (int p = 0; p < PIXELS; p++)
                dpdm_workspace_x(one.workspace)[p] = (float)(c.in * x[i * PIXELS + p]);
            dpdm_workspace_noise(one.workspace)[0] = (float)c.noise;
            dpdm_workspace_labels(one.workspace)[0] = labels[i];
            dpdm_workspace_dropout(one.workspace, NULL);
            const float *f = dpdm_workspace_forward(one.workspace);
            for (int p = 0; p < PIXELS; p++) {
                double want = c.skip * x[i * PIXELS + p] + c.out * f[p];
                assert_true(fabs(out[i * PIXELS + p] - want) < 1e-5 * (1.0 + fabs(c.out)));
            }
        }
        dpdm_denoiser_apply(&d, three.workspace, PIXELS, x, sigma, labels, N, x);
        assert_memory_equal(x, out, sizeof x);
        engine_destroy(one);
        engine_destroy(three);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_the_published_one),
        cmocka_unit_test(the_gradient_is_the_derivative_of_the_loss),
        cmocka_unit_test(the_chunk_changes_nothing),
        cmocka_unit_test(the_same_call_gives_the_same_bits),
        cmocka_unit_test(the_label_is_dropped_as_often_as_asked),
        cmocka_unit_test(a_centre_shifts_the_image),
        cmocka_unit_test(a_covariance_gives_the_posterior_mean),
        cmocka_unit_test(the_loss_with_a_covariance_is_that_of_d),
        cmocka_unit_test(apply_is_the_denoiser),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
