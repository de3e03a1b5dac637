/* unit_fidelity.c - catches wrong distances in closed-form cases, results that depend on threads or order, and crashes on
 * tiny sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/fidelity.h"
#include "dpdm/rng.h"

static dpdm_stream stream_of(uint64_t seed)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, seed);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    return stream;
}

/* Standard normals; the caller frees values. */
static dpdm_feature_rows normals(uint64_t count, size_t dimension, uint64_t seed)
{
    dpdm_stream stream = stream_of(seed);
    float *values = malloc(count * dimension * sizeof *values);
    assert_non_null(values);
    dpdm_stream_normals(&stream, values, count * dimension);
    return (dpdm_feature_rows){values, count, dimension};
}

static void release(dpdm_feature_rows rows)
{
    free((float *)rows.values);
}

static double frechet(dpdm_feature_rows a, dpdm_feature_rows b)
{
    dpdm_error err = {0};
    double distance = -1;
    if (dpdm_fidelity_frechet(&a, &b, 2, &distance, &err))
        fail_msg("%s", err.message);
    assert_true(distance >= 0);
    return distance;
}

/* The points m +- a e_k for all k: mean m and covariance a^2 2 / (2 d - 1) I exactly. */
static dpdm_feature_rows cross_polytope(size_t dimension, double centre, double size)
{
    float *values = malloc(2 * dimension * dimension * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < 2 * dimension; i++)
        for (size_t k = 0; k < dimension; k++)
            values[i * dimension + k] = (float)(centre + (i / 2 == k ? i % 2 ? size : -size : 0));
    return (dpdm_feature_rows){values, 2 * dimension, dimension};
}

static void frechet_of_known_gaussians(void **state)
{
    (void)state;
    static const size_t dimensions[] = {1, 2, 7, 64, 200, 300};
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        const size_t d = dimensions[i];
        dpdm_feature_rows a = cross_polytope(d, 0, 3), b = cross_polytope(d, 0.5, 1);
        const double deviation = sqrt(2.0 / (2 * (double)d - 1)); /* of size 1 */
        const double want = (double)d * (0.25 + pow(deviation * (3 - 1), 2));
        assert_true(fabs(frechet(a, b) / want - 1) < 1e-12);
        release(a);
        release(b);
    }
}

/* Rotations and different scales by axis: covariances that commute have the distance of their deviations. */
static void frechet_of_rotated_axes(void **state)
{
    (void)state;
    enum { D = 40, N = 90 };
    dpdm_feature_rows base = normals(N, D, 1);
    float *a = malloc(sizeof(float[N * D])), *b = malloc(sizeof(float[N * D]));
    double want = 0, mean[D] = {0}, square[D] = {0};
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < D; k++) {
            a[i * D + k] = base.values[i * D + k];
            b[i * D + k] = -4 * base.values[i * D + k]; /* exact; the covariance is 16 times as large */
            mean[k] += (double)a[i * D + k] / N;
        }
    for (size_t k = 0; k < D; k++) {
        for (size_t i = 0; i < N; i++)
            square[k] += pow((double)a[i * D + k] - mean[k], 2) / (N - 1);
        want += 25 * mean[k] * mean[k] + 9 * square[k]; /* (-4 - 1)^2 and (4 - 1)^2 */
    }
    const dpdm_feature_rows rows_a = {a, N, D}, rows_b = {b, N, D};
    assert_true(fabs(frechet(rows_a, rows_b) / want - 1) < 1e-11);
    assert_true(fabs(frechet(rows_b, rows_a) / want - 1) < 1e-11);
    free(a);
    free(b);
    release(base);
}

/* Equal sets, in any order: nothing, whether the covariance has full rank, more features than images, or features that
 * never vary or are copies of others. */
static void equal_sets_have_no_distance(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        size_t dimension;
    } shapes[] = {{2, 1}, {2, 50}, {3, 3}, {300, 40}, {40, 300}, {500, 250}, {250, 250}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int odd = 0; odd < 2; odd++) {
            const uint64_t n = shapes[s].count;
            const size_t d = shapes[s].dimension;
            dpdm_feature_rows a = normals(n, d, s);
            float *rows = (float *)a.values, *turned = malloc(n * d * sizeof *turned);
            for (uint64_t i = 0; odd && i < n; i++)
                for (size_t k = 0; k < d; k++)
                    rows[i * d + k] = k % 3 == 1 ? 5 : rows[i * d + k - k % 3];
            for (uint64_t i = 0; i < n; i++)
                memcpy(turned + i * d, rows + (n - 1 - i) * d, d * sizeof *rows);
            const dpdm_feature_rows b = {turned, n, d};
            const double size = (double)d; /* about the trace */
            assert_true(frechet(a, a) < 1e-10 * size);
            assert_true(frechet(a, b) < 1e-10 * size);
            free(turned);
            release(a);
        }
}

/* Both roads to a factor (rows, Cholesky) must meet: the same rows, once as they are and once in a space with more or
 * fewer features than rows. Constant features add nothing. */
static void rows_and_cholesky_agree(void **state)
{
    (void)state;
    enum { N = 120, D = 100, WIDE = 150 };
    dpdm_feature_rows a = normals(N, D, 3), b = normals(N + 30, D, 4);
    float *wide_a = malloc(sizeof(float[N * WIDE])), *wide_b = malloc(sizeof(float[(N + 30) * WIDE]));
    for (size_t i = 0; i < N + 30; i++)
        for (size_t k = 0; k < WIDE; k++) {
            if (i < N)
                wide_a[i * WIDE + k] = k < D ? a.values[i * D + k] : -1;
            wide_b[i * WIDE + k] = k < D ? b.values[i * D + k] : -1;
        }
    const dpdm_feature_rows rows_a = {wide_a, N, WIDE}, rows_b = {wide_b, N + 30, WIDE};
    const double want = frechet(a, b), wide = frechet(rows_a, rows_b);
    assert_true(want > 1);
    assert_true(fabs(wide / want - 1) < 1e-10);
    free(wide_a);
    free(wide_b);
    release(a);
    release(b);
}

/* k + 1 rows at the corners of a line, far from others: counted by hand. */
static void neighbours_counted_by_hand(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_prdc got;
    static const float real[] = {0, 1, 2, 10, 12}, synthetic[] = {1.5f, 14, 14.25f, 100};
    const dpdm_feature_rows a = {real, 5, 1}, b = {synthetic, 4, 1};
    /* k = 1: real balls [-1,1] [0,2] [1,3] [8,12] [10,14]; synthetic ones [-11,14] [13.75,14.25] [14,14.5] [14.25,185.75] */
    assert_int_equal(dpdm_fidelity_neighbours(&a, &b, 1, 1, &got, &err), DPDM_OK);
    assert_true(got.precision == 0.5);         /* 1.5 and 14 */
    assert_true(got.recall == 1.0);            /* the ball of 1.5 holds all */
    assert_true(got.density == (2 + 1) / 4.0); /* 1.5 is in two balls, 14 in one */
    assert_true(got.coverage == 3 / 5.0);
    /* k = 2: real [-2,2] [0,2] [0,4] [2,18] [2,22]; synthetic [-11.25,14.25] [1.5,26.5] [1.5,27] [14,186] */
    assert_int_equal(dpdm_fidelity_neighbours(&a, &b, 2, 1, &got, &err), DPDM_OK);
    assert_true(got.precision == 0.75);
    assert_true(got.density == (3 + 2 + 2) / 2.0 / 4);
    assert_true(got.coverage == 1.0);
    assert_int_equal(dpdm_fidelity_neighbours(&a, &b, 4, 1, &got, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_fidelity_neighbours(&a, &b, 0, 1, &got, &err), DPDM_EUSAGE);
}

static void equal_sets_cover_each_other(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_prdc got;
    dpdm_feature_rows a = normals(450, 30, 5);
    assert_int_equal(dpdm_fidelity_neighbours(&a, &a, 4, 2, &got, &err), DPDM_OK);
    assert_true(got.precision == 1 && got.recall == 1 && got.coverage == 1);
    assert_true(fabs(got.density - 5.0 / 4) < 1e-12);      /* k others, and the row itself */
    memset((float *)a.values, 0, sizeof(float[450 * 30])); /* all equal: radius 0, borders included */
    assert_int_equal(dpdm_fidelity_neighbours(&a, &a, 4, 2, &got, &err), DPDM_OK);
    assert_true(got.precision == 1 && got.recall == 1 && got.coverage == 1);
    release(a);
}

static void far_sets_share_nothing(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_prdc got;
    dpdm_feature_rows a = normals(100, 8, 6), b = normals(90, 8, 7);
    for (size_t i = 0; i < 90 * 8; i++)
        ((float *)b.values)[i] += 1000;
    assert_int_equal(dpdm_fidelity_neighbours(&a, &b, 5, 2, &got, &err), DPDM_OK);
    assert_true(got.precision == 0 && got.recall == 0 && got.density == 0 && got.coverage == 0);
    release(a);
    release(b);
}

static dpdm_kid kid_of(dpdm_feature_rows a, dpdm_feature_rows b, int subsets, int size, uint64_t seed)
{
    dpdm_error err = {0};
    dpdm_kid got = {0};
    const dpdm_kid_config config = {subsets, size, seed};
    if (dpdm_fidelity_kid(&a, &b, &config, 2, &got, &err))
        fail_msg("%s", err.message);
    return got;
}

/* Two rows each, by hand: x = 0, 1; y = 2, 3; kernel (xy + 1)^3. */
static void kid_counted_by_hand(void **state)
{
    (void)state;
    static const float x[] = {0, 1}, y[] = {2, 3};
    const dpdm_feature_rows a = {x, 2, 1}, b = {y, 2, 1};
    const double within_x = 1, within_y = 7 * 7 * 7, across = (1 + 1 + 27 + 64) / 4.0;
    const dpdm_kid got = kid_of(a, b, 1, 1000, 1);
    assert_true(fabs(got.mean - (within_x + within_y - 2 * across)) < 1e-12);
    assert_true(got.deviation == 0);
    assert_int_equal(got.size, 2);
}

/* Draws of equal distributions scatter around zero; different ones lie above it; draws differ with the seed only. */
static void kid_is_unbiased_and_repeats(void **state)
{
    (void)state;
    dpdm_feature_rows a = normals(900, 16, 8), b = normals(800, 16, 9);
    const dpdm_kid same = kid_of(a, b, 50, 300, 1), again = kid_of(a, b, 50, 300, 1), other = kid_of(a, b, 50, 300, 2);
    assert_true(fabs(same.mean) < 5 * same.deviation / sqrt(50) + 2e-3);
    assert_true(same.mean == again.mean && same.deviation == again.deviation);
    assert_true(same.mean != other.mean);
    for (size_t i = 0; i < 800 * 16; i++)
        ((float *)b.values)[i] += 0.5f;
    assert_true(kid_of(a, b, 50, 300, 1).mean > 0.1);
    release(a);
    release(b);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    dpdm_error err = {0};
    double f[2];
    dpdm_kid k[2];
    dpdm_prdc p[2];
    const dpdm_kid_config config = {3, 400, 1};
    dpdm_feature_rows a = normals(700, 300, 10), b = normals(450, 300, 11);
    for (int t = 0; t < 2; t++) {
        assert_int_equal(dpdm_fidelity_frechet(&a, &b, 1 + 2 * t, &f[t], &err), DPDM_OK);
        assert_int_equal(dpdm_fidelity_kid(&a, &b, &config, 1 + 2 * t, &k[t], &err), DPDM_OK);
        assert_int_equal(dpdm_fidelity_neighbours(&a, &b, 3, 1 + 2 * t, &p[t], &err), DPDM_OK);
    }
    assert_true(f[0] == f[1] && k[0].mean == k[1].mean && k[0].deviation == k[1].deviation);
    assert_memory_equal(&p[0], &p[1], sizeof p[0]);
    release(a);
    release(b);
}

static void impossible_sets_are_refused(void **state)
{
    (void)state;
    dpdm_error err = {0};
    double distance;
    dpdm_kid kid;
    dpdm_prdc prdc;
    dpdm_kid_config config = {1, 10, 0};
    dpdm_feature_rows a = normals(10, 4, 12), b = normals(10, 4, 13), one = a, narrow = b;
    one.count = 1;
    narrow.dimension = 2;
    assert_int_equal(dpdm_fidelity_frechet(&a, &narrow, 1, &distance, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_fidelity_frechet(&one, &b, 1, &distance, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_fidelity_frechet(&a, &one, 1, &distance, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_fidelity_kid(&one, &b, &config, 1, &kid, &err), DPDM_EUSAGE);
    config.size = 1;
    assert_int_equal(dpdm_fidelity_kid(&a, &b, &config, 1, &kid, &err), DPDM_EUSAGE);
    ((float *)b.values)[13] = NAN;
    assert_int_equal(dpdm_fidelity_frechet(&a, &b, 1, &distance, &err), DPDM_ERANGE);
    assert_non_null(strstr(err.message, "image 3 of the synthetic set"));
    ((float *)b.values)[13] = INFINITY;
    assert_int_equal(dpdm_fidelity_neighbours(&a, &b, 3, 1, &prdc, &err), DPDM_ERANGE);
    release(a);
    release(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frechet_of_known_gaussians),  cmocka_unit_test(frechet_of_rotated_axes),
        cmocka_unit_test(equal_sets_have_no_distance), cmocka_unit_test(rows_and_cholesky_agree),
        cmocka_unit_test(neighbours_counted_by_hand),  cmocka_unit_test(equal_sets_cover_each_other),
        cmocka_unit_test(far_sets_share_nothing),      cmocka_unit_test(kid_counted_by_hand),
        cmocka_unit_test(kid_is_unbiased_and_repeats), cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(impossible_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
