/* prop_noise.c - the noise of a step: keyed by place, the same for any split, on the right scale, never left out. */
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/gaussian.h"
#include "privacy/exact_gaussian.h"

enum { N = 6 * DPDM_NOISE_BLOCK + 1234 };

static const dpdm_grid usual = {sizeof(dpdm_grid), 1, DPDM_GRID_BITS};

static dpdm_key make_key(uint64_t seed)
{
    dpdm_key key;
    dpdm_key_from_seed(&key, seed);
    return key;
}

static int64_t *noise(const dpdm_key *key, dpdm_purpose purpose, uint64_t step)
{
    int64_t *sum = calloc(N, sizeof *sum);
    assert_non_null(sum);
    assert_int_equal(dpdm_gaussian_add(&usual, 1.5, key, purpose, step, 0, N, sum, NULL), DPDM_OK);
    return sum;
}

/* Any split into ranges, in any order, gives the noise of one call: threads and ranks cannot change it. */
static void any_split_gives_the_same_noise(void **state)
{
    (void)state;
    dpdm_key key = make_key(60);
    dpdm_stream stream;
    int64_t *whole = noise(&key, DPDM_PURPOSE_NOISE, 3), *sum = malloc(N * sizeof *sum);
    assert_non_null(sum);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int trial = 0; trial < 20; trial++) {
        size_t end = N;
        memset(sum, 0, N * sizeof *sum);
        while (end > 0) {
            size_t first =
                dpdm_stream_below(&stream, (end + DPDM_NOISE_BLOCK - 1) / DPDM_NOISE_BLOCK) * DPDM_NOISE_BLOCK;
            assert_int_equal(
                dpdm_gaussian_add(&usual, 1.5, &key, DPDM_PURPOSE_NOISE, 3, first, end - first, sum + first, NULL),
                DPDM_OK);
            end = first;
        }
        assert_memory_equal(sum, whole, N * sizeof *sum);
    }
    free(sum);
    free(whole);
}

/* Block b is drawn from the stream (key, purpose, step, b): what a saved run relies on when it continues. */
static void blocks_have_their_streams(void **state)
{
    (void)state;
    static dpdm_exact_gaussian gaussian;
    dpdm_key key = make_key(61);
    int64_t *whole = noise(&key, DPDM_PURPOSE_EVENT, UINT64_MAX);
    assert_int_equal(dpdm_exact_gaussian_init(&gaussian, 1.5, DPDM_GRID_BITS, NULL), DPDM_OK);
    for (size_t block = 0; block * DPDM_NOISE_BLOCK < N; block++) {
        int64_t want[DPDM_NOISE_BLOCK] = {0};
        size_t n = N - block * DPDM_NOISE_BLOCK < DPDM_NOISE_BLOCK ? N % DPDM_NOISE_BLOCK : DPDM_NOISE_BLOCK;
        dpdm_stream stream;
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_EVENT, UINT64_MAX, block);
        dpdm_exact_gaussian_add(&gaussian, &stream, n, want, NULL);
        assert_memory_equal(want, whole + block * DPDM_NOISE_BLOCK, n * sizeof *want);
    }
    free(whole);
}

static void assert_unrelated(const int64_t *a, const int64_t *b, size_t n)
{
    double s = ldexp(1.5, DPDM_GRID_BITS), product = 0;
    size_t equal = 0;
    for (size_t i = 0; i < n; i++) {
        product += (double)a[i] / s * ((double)b[i] / s);
        equal += a[i] == b[i];
    }
    assert_true(fabs(product) < 5 * sqrt((double)n));
    assert_int_equal(equal, 0);
}

/* No two steps, purposes, keys or blocks share noise. */
static void different_places_have_unrelated_noise(void **state)
{
    (void)state;
    dpdm_key key = make_key(62), other = make_key(63);
    int64_t *base = noise(&key, DPDM_PURPOSE_NOISE, 1);
    int64_t *others[] = {noise(&key, DPDM_PURPOSE_NOISE, 2), noise(&key, DPDM_PURPOSE_EVENT, 1),
                         noise(&other, DPDM_PURPOSE_NOISE, 1), noise(&key, DPDM_PURPOSE_NOISE, 1ULL << 32 | 1)};
    for (size_t i = 0; i < 4; i++) {
        assert_unrelated(base, others[i], N);
        free(others[i]);
    }
    for (size_t lag = 1; lag <= 5; lag++)
        assert_unrelated(base, base + lag * DPDM_NOISE_BLOCK, N - lag * DPDM_NOISE_BLOCK);
    free(base);
}

/* Noise is added to what is there, modulo 2^64, and depends on it in no way: the difference of two neighbouring sums
 * survives to the bit, also across an overflow. */
static void noise_does_not_depend_on_the_sum(void **state)
{
    (void)state;
    dpdm_key key = make_key(64);
    int64_t *base = noise(&key, DPDM_PURPOSE_NOISE, 9), *sum = malloc(N * sizeof *sum);
    assert_non_null(sum);
    for (size_t i = 0; i < N; i++)
        sum[i] = i % 3 == 0 ? INT64_MAX : i % 3 == 1 ? INT64_MIN : (int64_t)i;
    assert_int_equal(dpdm_gaussian_add(&usual, 1.5, &key, DPDM_PURPOSE_NOISE, 9, 0, N, sum, NULL), DPDM_OK);
    for (size_t i = 0; i < N; i++) {
        int64_t start = i % 3 == 0 ? INT64_MAX : i % 3 == 1 ? INT64_MIN : (int64_t)i;
        assert_true((uint64_t)sum[i] == (uint64_t)start + (uint64_t)base[i]);
    }
    free(sum);
    free(base);
}

/* sigma C / divisor after release, whatever clip, bits and sigma; zero sums (an empty batch) get it too. */
static void released_noise_has_the_stated_deviation(void **state)
{
    (void)state;
    static const struct {
        dpdm_grid grid;
        double sigma, divisor;
    } cases[] = {{{sizeof(dpdm_grid), 1, 40}, 1.5, 4096},
                 {{sizeof(dpdm_grid), 1e-3, 40}, 12.75, 1},
                 {{sizeof(dpdm_grid), 0.1, 20}, 0.4, 256},
                 {{sizeof(dpdm_grid), 1, 44}, 600, 64},
                 {{sizeof(dpdm_grid), 7, 30}, 2, 3}};
    dpdm_key key = make_key(65);
    float *out = malloc(N * sizeof *out);
    assert_non_null(out);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int64_t *sum = calloc(N, sizeof *sum);
        double square = 0, mean = 0;
        assert_non_null(sum);
        assert_int_equal(
            dpdm_gaussian_add(&cases[k].grid, cases[k].sigma, &key, DPDM_PURPOSE_NOISE, k, 0, N, sum, NULL), DPDM_OK);
        dpdm_grid_release(&cases[k].grid, sum, N, cases[k].divisor, out);
        double deviation = cases[k].sigma * cases[k].grid.clip / cases[k].divisor;
        for (size_t i = 0; i < N; i++) {
            square += out[i] / deviation * (out[i] / deviation);
            mean += out[i] / deviation;
        }
        assert_true(fabs(square / N - 1) < 5 * sqrt(2.0 / N));
        assert_true(fabs(mean / N) < 5 / sqrt(N));
        free(sum);
    }
    free(out);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    static const double sigmas[] = {0, -1, NAN, INFINITY, 1e-20, 0x1p20};
    dpdm_key key = make_key(66);
    dpdm_error err;
    int64_t sum[2] = {1, 2};
    for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
        err.message[0] = 0;
        assert_int_equal(dpdm_gaussian_add(&usual, sigmas[i], &key, DPDM_PURPOSE_NOISE, 0, 0, 2, sum, &err),
                         DPDM_ERANGE);
        assert_true(err.message[0]);
    }
    dpdm_grid bad = {sizeof(dpdm_grid), 1, 60};
    assert_int_equal(dpdm_gaussian_add(&bad, 1, &key, DPDM_PURPOSE_NOISE, 0, 0, 2, sum, &err), DPDM_ERANGE);
    assert_int_equal(dpdm_gaussian_add(&usual, 1, &key, DPDM_PURPOSE_NOISE, 0, 1, 2, sum, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_gaussian_add(&usual, 1, &key, DPDM_PURPOSE_NOISE, 0, 4096, 0, sum, &err), DPDM_OK);
    assert_true(sum[0] == 1 && sum[1] == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_split_gives_the_same_noise),          cmocka_unit_test(blocks_have_their_streams),
        cmocka_unit_test(different_places_have_unrelated_noise),   cmocka_unit_test(noise_does_not_depend_on_the_sum),
        cmocka_unit_test(released_noise_has_the_stated_deviation), cmocka_unit_test(bad_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
