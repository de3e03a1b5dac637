/* prop_exact_gaussian.c - the distribution of the exact sampler: chi-square against exact probabilities for small S,
 * moments for large S, the tail by itself, and the sequence of draws. Keys are fixed: a result never changes.
 * That single decisions are exact is checked by golden_sampler.py. */
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "privacy/exact_gaussian.h"

enum { DRAWS = 1 << 22, REACH = 1200 };

static void open_stream(dpdm_stream *stream, uint64_t index)
{
    dpdm_key key;
    dpdm_key_from_seed(&key, 30);
    dpdm_stream_init(stream, &key, DPDM_PURPOSE_TEST, 0, index);
}

static dpdm_exact_gaussian *make_sampler(double s)
{
    dpdm_exact_gaussian *gaussian = malloc(sizeof *gaussian);
    assert_non_null(gaussian);
    assert_int_equal(dpdm_exact_gaussian_init(gaussian, s, 0, NULL), DPDM_OK);
    return gaussian;
}

static int64_t *draw(double s, size_t n, uint64_t index)
{
    dpdm_exact_gaussian *gaussian = make_sampler(s);
    dpdm_stream stream;
    int64_t *z = calloc(n, sizeof *z);
    assert_non_null(z);
    open_stream(&stream, index);
    assert_int_equal(dpdm_exact_gaussian_add(gaussian, &stream, n, z, NULL), DPDM_OK);
    free(gaussian);
    return z;
}

/* P(x > t) and, without cancellation, P(a < x < b) for a standard normal x. */
static long double upper(long double t)
{
    return 0.5L * erfcl(t / sqrtl(2));
}

static long double between(long double a, long double b)
{
    return a + b < 0 ? upper(-b) - upper(-a) : upper(a) - upper(b);
}

/* Chi-square of counts against probabilities, joining cells of fewer than 20 expected; 5 deviations allowed. */
static void assert_fits(const double *counts, const long double *probability, size_t cells, double n)
{
    double chi = 0, seen = 0, mean = 0;
    int degrees = -1;
    for (size_t k = 0; k < cells; k++) {
        seen += counts[k];
        mean += n * (double)probability[k];
        if (mean >= 20) {
            chi += (seen - mean) * (seen - mean) / mean;
            degrees++;
            seen = mean = 0;
        }
    }
    double deviation = (chi - degrees) / sqrt(2.0 * degrees);
    if (!(fabs(deviation) < 5))
        print_error("chi-square %.1f of %d degrees: %.1f deviations\n", chi, degrees, deviation);
    assert_true(fabs(deviation) < 5);
}

static void small_deviations_have_exact_probabilities(void **state)
{
    (void)state;
    static const double s[] = {0.125, 0.25, 0.7, 1, 3.3, 17.5, 100};
    static double counts[2 * REACH + 1];
    static long double probability[2 * REACH + 1];
    for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
        int64_t *z = draw(s[i], DRAWS, i);
        memset(counts, 0, sizeof counts);
        for (size_t k = 0; k < DRAWS; k++) {
            assert_true(llabs(z[k]) <= REACH);
            counts[z[k] + REACH]++;
        }
        for (int k = -REACH; k <= REACH; k++)
            probability[k + REACH] = between((k - 0.5L) / s[i], (k + 0.5L) / s[i]);
        assert_fits(counts, probability, 2 * REACH + 1, DRAWS);
        free(z);
    }
}

/* The value in each of 4096 equal steps of x from -8 to 8, for deviations of the size used: catches a wrong strip, sign
 * or scale anywhere. Steps do not meet the edges of strips alone: 1/256 against 1/32. */
static void large_deviations_have_the_right_shape(void **state)
{
    (void)state;
    enum { STEPS = 4096 };
    static const double s[] = {0x1p40, 0x1.9p43, 0x1.fffffffffffffp51, 0x1.23456789abcdep57, 0x1.8p59};
    static double counts[STEPS];
    static long double probability[STEPS];
    for (int k = 0; k < STEPS; k++)
        probability[k] = between((k - 2048) / 256.0L, (k - 2047) / 256.0L);
    for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
        int64_t *z = draw(s[i], DRAWS, 20 + i);
        memset(counts, 0, sizeof counts);
        for (size_t k = 0; k < DRAWS; k++) {
            double step = floor((double)z[k] / s[i] * 256) + 2048;
            assert_true(step >= 0 && step < STEPS);
            counts[(int)step]++;
        }
        assert_fits(counts, probability, STEPS, DRAWS);
        free(z);
    }
}

static void moments_are_right(void **state)
{
    (void)state;
    double s = ldexp(1.3, 40), sum[7] = {0};
    static const double mean[] = {0, 0, 1, 0, 3, 0, 15}, variance[] = {0, 1, 2, 15, 96, 945, 10170};
    int64_t *z = draw(s, DRAWS, 40);
    for (size_t i = 0; i < DRAWS; i++) {
        double x = (double)z[i] / s, power = 1;
        for (int k = 1; k <= 6; k++)
            sum[k] += power *= x;
    }
    for (int k = 1; k <= 6; k++)
        assert_true(fabs(sum[k] / DRAWS - mean[k]) < 5 * sqrt(variance[k] / DRAWS));
    free(z);
}

/* The lowest bits of large draws are as good as uniform: catches digits that are dropped or used twice. */
static void low_bits_are_uniform(void **state)
{
    (void)state;
    static const double s[] = {0x1.9p43, 0x1.23456789abcdep57};
    for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
        double counts[64] = {0};
        long double probability[64];
        int64_t *z = draw(s[i], DRAWS, 50 + i);
        for (size_t k = 0; k < DRAWS; k++)
            counts[(uint64_t)z[k] % 64]++;
        for (int k = 0; k < 64; k++)
            probability[k] = 1 / 64.0L;
        assert_fits(counts, probability, 64, DRAWS);
        free(z);
    }
}

static void neighbours_are_independent(void **state)
{
    (void)state;
    static const size_t lags[] = {1, 2, 63, 64, 65};
    double s = 0x1p40;
    int64_t *z = draw(s, DRAWS, 60);
    for (size_t k = 0; k < sizeof lags / sizeof *lags; k++) {
        double product = 0, squares = 0, n = (double)(DRAWS - lags[k]);
        for (size_t i = 0; i + lags[k] < DRAWS; i++) {
            double a = (double)z[i] / s, b = (double)z[i + lags[k]] / s;
            product += a * b;
            squares += (a * a - 1) * (b * b - 1);
        }
        assert_true(fabs(product) < 5 * sqrt(n));
        assert_true(fabs(squares) < 5 * sqrt(4 * n));
    }
    free(z);
}

/* Draws that start with the part of the tail: how many are taken, and where those beyond 4.5 lie, out to 6.5. */
static void tail_is_exact(void **state)
{
    (void)state;
    enum { TRIES = 600000, STEPS = 64 };
    static double counts[STEPS + 1];
    static long double probability[STEPS + 1];
    double s = 0x1p40, taken = 0;
    uint16_t choice = DPDM_EXACT_PARTS - 1;
    dpdm_exact_gaussian *gaussian = make_sampler(s);
    dpdm_stream stream;
    open_stream(&stream, 70);
    for (int i = 0; i < TRIES; i++) {
        /* A draw from the tail that is refused starts anew and then is below 4.5 but once in 150,000. */
        uint64_t z;
        assert_int_equal(dpdm_exact_gaussian_draw(gaussian, choice, dpdm_stream_u64(&stream), &stream, &z, NULL),
                         DPDM_OK);
        double x = fabs((double)(int64_t)z / s);
        if (x >= 4.5) {
            taken++;
            counts[x < 6.5 ? (int)((x - 4.5) * STEPS / 2) : STEPS]++;
        }
    }
    for (int k = 0; k < STEPS; k++)
        probability[k] = between(4.5L + k * 2.0L / STEPS, 4.5L + (k + 1) * 2.0L / STEPS) / upper(4.5L);
    probability[STEPS] = upper(6.5L) / upper(4.5L);
    assert_fits(counts, probability, STEPS + 1, taken);
    double part_area = (double)DPDM_CURVE_ROW * 0x1p-64 / 32;
    double mean = TRIES * (double)(upper(4.5L) * sqrtl(2 * acosl(-1))) / part_area;
    mean += (TRIES - mean) * 2 * (double)upper(4.5L);
    assert_true(fabs(taken - mean) < 5 * sqrt(mean));
    free(gaussian);
}

/* How often a draw needs more than its first words is part of the speed claim: 4.2 %. */
static void the_parts_are_as_described(void **state)
{
    (void)state;
    dpdm_exact_gaussian *gaussian = make_sampler(1);
    int split = 0;
    for (int k = 0; k < DPDM_EXACT_PARTS; k++)
        split += (gaussian->part[k] & DPDM_EXACT_SPLIT) != 0;
    assert_int_equal(split, 344);
    free(gaussian);
}

/* The k-th draw does not depend on how many are asked for. */
static void a_prefix_is_a_prefix(void **state)
{
    (void)state;
    int64_t *whole = draw(0x1p59, 1000, 80);
    for (size_t n = 1; n < 1000; n += 37) {
        int64_t *start = draw(0x1p59, n, 80);
        assert_memory_equal(start, whole, n * sizeof *start);
        free(start);
    }
    free(whole);
}

static void deviations_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        double sigma;
        int bits;
    } bad[] = {{0, 40}, {-1, 40}, {NAN, 40}, {INFINITY, 40}, {-INFINITY, 40}, {0x1p20, 40}, {0x1p-45, 40}, {1e300, 44}};
    dpdm_exact_gaussian *gaussian = make_sampler(1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_error err = {0};
        assert_int_equal(dpdm_exact_gaussian_init(gaussian, bad[i].sigma, bad[i].bits, &err), DPDM_ERANGE);
        assert_true(err.message[0]);
    }
    assert_int_equal(dpdm_exact_gaussian_init(gaussian, 0x1p-4, 0, NULL), DPDM_OK);
    assert_int_equal(dpdm_exact_gaussian_init(gaussian, nextafter(0x1p20, 0), 40, NULL), DPDM_OK);
    free(gaussian);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_deviations_have_exact_probabilities),
        cmocka_unit_test(large_deviations_have_the_right_shape),
        cmocka_unit_test(moments_are_right),
        cmocka_unit_test(low_bits_are_uniform),
        cmocka_unit_test(neighbours_are_independent),
        cmocka_unit_test(tail_is_exact),
        cmocka_unit_test(the_parts_are_as_described),
        cmocka_unit_test(a_prefix_is_a_prefix),
        cmocka_unit_test(deviations_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
