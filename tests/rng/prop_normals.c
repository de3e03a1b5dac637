/* prop_normals.c - floating-point normals and uniforms: moments, distribution, tails, independence, chunking.
 * Keys are fixed, so a result is the same on every run; limits are about five standard deviations. */
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/rng.h"

enum { DRAWS = 1 << 24, BINS = 1200 };

static void open_stream(dpdm_stream *stream, uint64_t index)
{
    dpdm_key key;
    dpdm_key_from_seed(&key, 20);
    dpdm_stream_init(stream, &key, DPDM_PURPOSE_TEST, 0, index);
}

static float *draw_normals(size_t n, uint64_t index)
{
    dpdm_stream stream;
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    open_stream(&stream, index);
    dpdm_stream_normals(&stream, x, n);
    return x;
}

/* A sum over DRAWS values is compared with its mean in units of its standard deviation. */
static void assert_near(double sum, double mean, double variance)
{
    double deviation = (sum / DRAWS - mean) / sqrt(variance / DRAWS);
    if (!(fabs(deviation) < 5))
        print_error("mean %.9f instead of %.9f: %.1f deviations\n", sum / DRAWS, mean, deviation);
    assert_true(fabs(deviation) < 5);
}

static void moments_are_right(void **state)
{
    (void)state;
    float *x = draw_normals(DRAWS, 0);
    double sum[7] = {0};
    for (size_t i = 0; i < DRAWS; i++) {
        double power = 1;
        for (int k = 1; k <= 6; k++)
            sum[k] += power *= x[i];
    }
    assert_near(sum[1], 0, 1);
    assert_near(sum[2], 1, 2);
    assert_near(sum[3], 0, 15);
    assert_near(sum[4], 3, 96);
    assert_near(sum[5], 0, 945);
    assert_near(sum[6], 15, 10170);
    free(x);
}

/* Kolmogorov and Smirnov's distance at 1200 points between -6 and 6, against erfc. */
static void distribution_is_normal(void **state)
{
    (void)state;
    static double counts[BINS + 1];
    float *x = draw_normals(DRAWS, 1);
    for (size_t i = 0; i < DRAWS; i++)
        counts[(int)fmax(0, fmin(BINS, floor((x[i] + 6.0) * (BINS / 12.0))))]++;
    double below = 0, distance = 0;
    for (int k = 0; k < BINS; k++) {
        below += counts[k];
        double edge = (k + 1) * (12.0 / BINS) - 6;
        distance = fmax(distance, fabs(below / DRAWS - 0.5 * erfc(-edge / sqrt(2))));
    }
    assert_true(distance < 2.2 / sqrt(DRAWS)); /* exceeded with probability 1.3e-4 */
    free(x);
}

/* Two-sided tails from 3 to 5 deviations: at 5, one in 1.7 million; also that nothing is beyond the stated 6.66. */
static void tails_are_right(void **state)
{
    (void)state;
    double counts[5] = {0}, draws = 0, largest = 0;
    for (uint64_t part = 0; part < 4; part++) {
        float *x = draw_normals(DRAWS, 2 + part);
        for (size_t i = 0; i < DRAWS; i++) {
            double size = fabs((double)x[i]);
            largest = fmax(largest, size);
            for (int k = 0; size > 3 + 0.5 * k && k < 5; k++)
                counts[k]++;
        }
        draws += DRAWS;
        free(x);
    }
    for (int k = 0; k < 5; k++) {
        double mean = draws * erfc((3 + 0.5 * k) / sqrt(2));
        assert_true(fabs(counts[k] - mean) < 5 * sqrt(mean) + 1);
    }
    assert_true(largest > 5 && largest < 6.67);
}

/* Neighbours, and the two normals that share a radius (512 apart), are uncorrelated; so are their squares. */
static void draws_are_independent(void **state)
{
    (void)state;
    static const size_t lags[] = {1, 2, 511, 512, 513, 1024};
    float *x = draw_normals(DRAWS + 1024, 9);
    for (size_t k = 0; k < sizeof lags / sizeof *lags; k++) {
        double product = 0, squares = 0;
        for (size_t i = 0; i < DRAWS; i++) {
            double a = x[i], b = x[i + lags[k]];
            product += a * b;
            squares += (a * a - 1) * (b * b - 1);
        }
        assert_near(product, 0, 1);
        assert_near(squares, 0, 4);
    }
    free(x);
}

/* Every length fills exactly its floats, reads 8 bytes for each pair begun, and starts as a longer call would where
 * whole chunks agree. */
static void any_length_fills_exactly(void **state)
{
    (void)state;
    float *whole = draw_normals(4096, 30);
    for (size_t n = 0; n < 2100; n += n < 20 ? 1 : 67) {
        float got[2101];
        dpdm_stream stream, mirror;
        for (size_t i = 0; i < 2101; i++)
            got[i] = 77;
        open_stream(&stream, 30);
        dpdm_stream_normals(&stream, got, n);
        for (size_t i = 0; i < n; i++)
            assert_true(fabsf(got[i]) < 6.67F);
        assert_true(got[n] == 77);
        assert_memory_equal(got, whole, n / 1024 * 1024 * sizeof *got);
        open_stream(&mirror, 30);
        uint8_t skipped[8];
        for (size_t i = 0; i < (n + 1) / 2; i++)
            dpdm_stream_bytes(&mirror, skipped, 8);
        assert_int_equal(dpdm_stream_u64(&mirror), dpdm_stream_u64(&stream));
    }
    free(whole);
}

/* The bits are promised to be the same everywhere: four values of the key of seed 20, kept here. */
static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    float *x = draw_normals(4, 30);
    static const float want[4] = {-0x1.885f7cp+0F, 0x1.49adf2p+0F, 0x1.e9d5d8p-1F, 0x1.83dc8ap-1F};
    assert_memory_equal(x, want, sizeof want);
    free(x);
}

static void uniforms_fill_the_unit_interval(void **state)
{
    (void)state;
    enum { CELLS = 1 << 10 };
    static double counts[CELLS];
    dpdm_stream stream;
    float *x = malloc(DRAWS * sizeof *x);
    assert_non_null(x);
    open_stream(&stream, 40);
    dpdm_stream_uniforms(&stream, x, DRAWS);
    double chi = 0, mean = (double)DRAWS / CELLS, low_bit = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        assert_true(x[i] >= 0 && x[i] < 1);
        counts[(int)(x[i] * CELLS)]++;
        low_bit += (int)(x[i] * 0x1p24F) & 1;
    }
    for (int k = 0; k < CELLS; k++)
        chi += (counts[k] - mean) * (counts[k] - mean) / mean;
    assert_true(fabs(chi - CELLS) < 5 * sqrt(2.0 * CELLS));
    assert_near(low_bit, 0.5, 0.25);
    double sum = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        double u = dpdm_stream_uniform(&stream);
        assert_true(u >= 0 && u < 1);
        sum += u;
    }
    assert_near(sum, 0.5, 1.0 / 12);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_right),
        cmocka_unit_test(distribution_is_normal),
        cmocka_unit_test(tails_are_right),
        cmocka_unit_test(draws_are_independent),
        cmocka_unit_test(any_length_fills_exactly),
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(uniforms_fill_the_unit_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
