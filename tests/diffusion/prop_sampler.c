/* prop_sampler.c - catches a sampler that does not give back the distribution of the data.
 *
 * Data whose denoiser is known in closed form are sampled and their moments compared with the data's; seeds are fixed,
 * so outcomes are too. The bounds are the sampling error (4 standard errors) plus what the step size allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "dpdm/sampler.h"

enum { PIXELS = 50, IMAGES = 2000, VALUES = PIXELS * IMAGES };

static const double mean = 0.2, spread = 0.5;                        /* Gaussian data */
static const double high = 0.7, low = -0.5, bump = 0.1, share = 0.3; /* mixture: `share` at high, the rest at low */

static void gaussian_denoise(void *context, const float *x, double sigma, const int32_t *labels, int n, float *out)
{
    (void)context;
    (void)labels;
    double v = spread * spread, s = sigma * sigma;
    for (size_t p = 0; p < (size_t)n * PIXELS; p++)
        out[p] = (float)((v * (double)x[p] + s * mean) / (v + s));
}

static void mixture_denoise(void *context, const float *x, double sigma, const int32_t *labels, int n, float *out)
{
    (void)context;
    (void)labels;
    double b = bump * bump, s = sigma * sigma, v = b + s;
    for (size_t p = 0; p < (size_t)n * PIXELS; p++) {
        double y = x[p];
        double odds = (1.0 - share) / share * exp(((y - high) * (y - high) - (y - low) * (y - low)) / (2.0 * v));
        double is_high = 1.0 / (1.0 + odds);
        out[p] = (float)((b * y + s * (is_high * high + (1.0 - is_high) * low)) / v);
    }
}

static const float *sample(const dpdm_sampler *s, dpdm_denoise_fn denoise)
{
    static float scratch[4 * VALUES], out[VALUES];
    dpdm_key key;
    dpdm_key_from_seed(&key, 31);
    dpdm_sampler_run(s, denoise, NULL, &key, 0, IMAGES, PIXELS, NULL, scratch, out);
    return out;
}

static dpdm_sampler variant(int i)
{
    dpdm_sampler s = dpdm_sampler_default(i < 2    ? (dpdm_sampler_kind)i
                                          : i == 5 ? DPDM_SAMPLER_EULER_MARUYAMA
                                                   : DPDM_SAMPLER_HEUN);
    s.steps = i == 5                        ? 4000
              : s.kind != DPDM_SAMPLER_HEUN ? 500
              : i == 4                      ? 200
                                            : 50; /* first-order methods and much churn need more */
    s.churn = i == 3 ? 10.0 : i == 4 ? 1e3 : 0.0;
    return s;
}

enum { VARIANTS = 6 };

static void gaussian_data_come_back(void **state)
{
    (void)state;
    for (int i = 0; i < VARIANTS; i++) {
        dpdm_sampler s = variant(i);
        const float *x = sample(&s, gaussian_denoise);
        double sum = 0.0, squares = 0.0;
        for (int p = 0; p < VALUES; p++)
            sum += x[p];
        for (int p = 0; p < VALUES; p++)
            squares += pow(x[p] - sum / VALUES, 2.0);
        double m = sum / VALUES, deviation = sqrt(squares / VALUES);
        if (!(fabs(m - mean) < 4.0 * spread / sqrt(VALUES) + 0.003))
            fail_msg("variant %d: mean %g, not %g", i, m, mean);
        if (!(fabs(deviation / spread - 1.0) < 4.0 / sqrt(2.0 * VALUES) + 0.01))
            fail_msg("variant %d: deviation %g, not %g", i, deviation, spread);
    }
}

static void mixtures_come_back(void **state)
{
    (void)state;
    for (int i = 0; i < VARIANTS; i++) {
        dpdm_sampler s = variant(i);
        const float *x = sample(&s, mixture_denoise);
        double highs = 0.0, sum = 0.0, squares = 0.0;
        for (int p = 0; p < VALUES; p++) {
            double centre = x[p] > 0.1F ? high : low;
            highs += x[p] > 0.1F;
            sum += x[p] - centre;
            squares += pow(x[p] - centre, 2.0);
        }
        if (!(fabs(highs / VALUES - share) < 4.0 * sqrt(share * (1.0 - share) / VALUES) + 0.003))
            fail_msg("variant %d: share %g, not %g", i, highs / VALUES, share);
        if (!(fabs(sum / VALUES) < 4.0 * bump / sqrt(VALUES) + 0.001))
            fail_msg("variant %d: centres are off by %g", i, sum / VALUES);
        if (!(fabs(sqrt(squares / VALUES) / bump - 1.0) < 4.0 / sqrt(2.0 * VALUES) + 0.02))
            fail_msg("variant %d: width %g, not %g", i, sqrt(squares / VALUES), bump);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_data_come_back),
        cmocka_unit_test(mixtures_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
