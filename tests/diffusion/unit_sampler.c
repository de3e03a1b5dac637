/* unit_sampler.c - catches a sampler that leaves its published recurrence, or whose images depend on one another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/sampler.h"

enum { PIXELS = 6, IMAGES = 5, MAX_STEPS = 200 };

/* An exact denoiser: pixels of class y are +-a(y) with equal probability, so D(x; s) = a tanh(a x / s^2); without a
 * label, they are Gaussian of variance 0.3 around 0.25, D = (0.3 x + s^2 0.25) / (0.3 + s^2). */
static double exact(double x, double s, int label)
{
    double a = 0.4 + 0.1 * label;
    return label >= 0 ? a * tanh(a * x / (s * s)) : (0.3 * x + s * s * 0.25) / (0.3 + s * s);
}

static void exact_denoise(void *context, const float *x, double sigma, const int32_t *labels, int n, float *out)
{
    int *calls = context;
    ++*calls;
    for (int i = 0; i < n; i++)
        for (int p = 0; p < PIXELS; p++)
            out[i * PIXELS + p] = (float)exact(x[i * PIXELS + p], sigma, labels ? labels[i] : -1);
}

static double guided(double x, double s, int label, double g)
{
    double d = exact(x, s, label);
    return g > 0.0 ? (1.0 + g) * d - g * exact(x, s, -1) : d;
}

static void reference_normals(const dpdm_key *key, uint64_t step, uint64_t image, double *out)
{
    float normals[PIXELS];
    dpdm_stream stream;
    dpdm_stream_init(&stream, key, DPDM_PURPOSE_SAMPLE, step, image);
    dpdm_stream_normals(&stream, normals, PIXELS);
    for (int p = 0; p < PIXELS; p++)
        out[p] = normals[p];
}

/* Each published recurrence as it is printed, one image, in double. */
static void reference(const dpdm_sampler *s, const dpdm_key *key, uint64_t image, int label, double *x)
{
    double t[MAX_STEPS + 1], n[PIXELS];
    int steps = s->steps;
    for (int i = 0; i < steps; i++)
        t[i] =
            pow(pow(s->t_max, 1 / s->rho) + i / (steps - 1.0) * (pow(s->t_min, 1 / s->rho) - pow(s->t_max, 1 / s->rho)),
                s->rho);
    t[steps] = 0.0;
    reference_normals(key, 0, image, n);
    for (int p = 0; p < PIXELS; p++)
        x[p] = t[0] * n[p];
    for (int i = 0; i < steps; i++) {
        reference_normals(key, (uint64_t)i + 1, image, n);
        for (int p = 0; p < PIXELS; p++) {
            if (s->kind == DPDM_SAMPLER_HEUN) {
                double gamma =
                    s->churn_min <= t[i] && t[i] <= s->churn_max ? fmin(s->churn / steps, sqrt(2.0) - 1.0) : 0.0;
                double t_hat = t[i] + gamma * t[i];
                double x_hat = x[p] + sqrt(t_hat * t_hat - t[i] * t[i]) * s->churn_noise * n[p];
                double d = (x_hat - guided(x_hat, t_hat, label, s->guidance)) / t_hat;
                x[p] = x_hat + (t[i + 1] - t_hat) * d;
                if (t[i + 1] != 0.0) {
                    double d2 = (x[p] - guided(x[p], t[i + 1], label, s->guidance)) / t[i + 1];
                    x[p] = x_hat + (t[i + 1] - t_hat) * (d / 2 + d2 / 2);
                }
            } else if (s->kind == DPDM_SAMPLER_DDIM) {
                x[p] += (t[i + 1] - t[i]) * (x[p] - guided(x[p], t[i], label, s->guidance)) / t[i];
            } else if (s->kind == DPDM_SAMPLER_EULER_MARUYAMA) {
                double dt = t[i + 1] - t[i], d = guided(x[p], t[i], label, s->guidance);
                x[p] = t[i + 1] != 0.0 ? x[p] + 2 * dt * (x[p] - d) / t[i] + sqrt(2 * fabs(dt) * t[i]) * n[p] : d;
            } else {
                /* mean and variance of x(t') given x(t) and x(0) = D, Gaussian conditioning of x(t) = x(t') + rest */
                double d = guided(x[p], t[i], label, s->guidance), v = t[i] * t[i], w = t[i + 1] * t[i + 1];
                x[p] = (w * x[p] + (v - w) * d) / v + sqrt(w * (v - w) / v) * n[p];
            }
        }
    }
}

static dpdm_sampler variant(int i)
{
    dpdm_sampler s = dpdm_sampler_default((dpdm_sampler_kind)(i < 12 ? i % 3 : DPDM_SAMPLER_EULER_MARUYAMA));
    s.steps = i < 6 ? 18 : 60;
    if (i % 2)
        s.guidance = 0.3;
    if (i >= 3) {
        s.churn = i == 8 ? 1000.0 : 10.0; /* the first needs the limit sqrt(2) - 1 */
        s.churn_noise = 1.007;
    }
    return s;
}

enum { VARIANTS = 14 };

static void run(const dpdm_sampler *s, uint64_t first, int n, const int32_t *labels, float *out)
{
    float scratch[4 * IMAGES * PIXELS];
    int calls = 0;
    dpdm_key key;
    dpdm_key_from_seed(&key, 21);
    dpdm_sampler_run(s, exact_denoise, &calls, &key, first, n, PIXELS, labels, scratch, out);
    assert_int_equal(calls, dpdm_sampler_evaluations(s));
}

static void samplers_follow_the_double_reference(void **state)
{
    (void)state;
    static const int32_t labels[IMAGES] = {3, 0, 1, 4, 2};
    dpdm_key key;
    dpdm_key_from_seed(&key, 21);
    for (int i = 0; i < VARIANTS; i++) {
        dpdm_sampler s = variant(i);
        float out[IMAGES * PIXELS];
        assert_int_equal(dpdm_sampler_check(&s, NULL), DPDM_OK);
        run(&s, 100, IMAGES, labels, out);
        for (int image = 0; image < IMAGES; image++) {
            double want[PIXELS];
            reference(&s, &key, 100 + (uint64_t)image, labels[image], want);
            for (int p = 0; p < PIXELS; p++)
                if (!(fabs(out[image * PIXELS + p] - want[p]) < 2e-5))
                    fail_msg("variant %d, image %d, pixel %d: %.8g, not %.8g", i, image, p, out[image * PIXELS + p],
                             want[p]);
        }
    }
}

static void images_do_not_depend_on_one_another(void **state)
{
    (void)state;
    static const int32_t labels[IMAGES] = {3, 0, 1, 4, 2};
    for (int i = 0; i < VARIANTS; i++) {
        dpdm_sampler s = variant(i);
        float all[IMAGES * PIXELS], one[PIXELS];
        run(&s, 40, IMAGES, labels, all);
        for (int image = 0; image < IMAGES; image++) {
            run(&s, 40 + (uint64_t)image, 1, &labels[image], one);
            assert_memory_equal(one, all + image * PIXELS, sizeof one);
        }
    }
}

static void no_label_needs_no_guidance(void **state)
{
    (void)state;
    dpdm_sampler plain = variant(0), guided_sampler = variant(0);
    guided_sampler.guidance = 2.0;
    float a[IMAGES * PIXELS], b[IMAGES * PIXELS], scratch[4 * IMAGES * PIXELS];
    int calls = 0;
    dpdm_key key;
    dpdm_key_from_seed(&key, 21);
    dpdm_sampler_run(&plain, exact_denoise, &calls, &key, 0, IMAGES, PIXELS, NULL, scratch, a);
    dpdm_sampler_run(&guided_sampler, exact_denoise, &calls, &key, 0, IMAGES, PIXELS, NULL, scratch, b);
    assert_memory_equal(a, b, sizeof a);
}

static void levels_are_the_published_ones(void **state)
{
    (void)state;
    /* steps 4: ((80^(1/7)) + i/3 (0.002^(1/7) - 80^(1/7)))^7, computed apart in Python */
    static const double want[] = {80.0, 9.723201355260132, 0.46997905799774714, 0.002, 0.0};
    double levels[5];
    dpdm_sampler s = dpdm_sampler_default(DPDM_SAMPLER_HEUN);
    s.steps = 4;
    dpdm_sampler_levels(&s, levels);
    for (int i = 0; i < 5; i++)
        assert_true(fabs(levels[i] - want[i]) <= 1e-13 * want[i]);
}

static void absurd_settings_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        dpdm_sampler s = dpdm_sampler_default(DPDM_SAMPLER_HEUN);
        assert_int_equal(dpdm_sampler_check(&s, NULL), DPDM_OK);
        switch (i) {
        case 0:
            s.steps = 1;
            break;
        case 1:
            s.steps = INT32_MAX;
            break;
        case 2:
            s.t_min = 0.0;
            break;
        case 3:
            s.t_max = s.t_min;
            break;
        case 4:
            s.t_max = INFINITY;
            break;
        case 5:
            s.rho = 0.0;
            break;
        case 6:
            s.churn = -1.0;
            break;
        case 7:
            s.churn_noise = NAN;
            break;
        case 8:
            s.churn_min = -1.0;
            break;
        case 9:
            s.guidance = -0.5;
            break;
        case 10:
            s.guidance = NAN;
            break;
        default:
            s.kind = (dpdm_sampler_kind)4;
        }
        assert_int_equal(dpdm_sampler_check(&s, NULL), DPDM_EUSAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samplers_follow_the_double_reference), cmocka_unit_test(images_do_not_depend_on_one_another),
        cmocka_unit_test(no_label_needs_no_guidance),           cmocka_unit_test(levels_are_the_published_ones),
        cmocka_unit_test(absurd_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
