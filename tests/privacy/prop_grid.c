/* prop_grid.c - the integer grid: whatever the vector, what is added has a norm of at most 2^bits, recomputed here
 * exactly. */
#include "cmocka_all.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/gaussian.h"
#include "dpdm/rng.h"
#include "privacy/grid_sum.h"

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

enum { LONGEST = 1 << 21 };

static float *room(size_t n)
{
    float *v = malloc((n ? n : 1) * sizeof *v);
    assert_non_null(v);
    return v;
}

static u128 square_of(const int64_t *z, size_t n)
{
    u128 square = 0;
    for (size_t i = 0; i < n; i++)
        square += (u128)((i128)z[i] * z[i]);
    return square;
}

static long double norm_of(const float *v, size_t n)
{
    long double square = 0;
    for (size_t i = 0; i < n; i++)
        square += (long double)v[i] * v[i];
    return sqrtl(square);
}

/* Adds v to a sum that is not zero and checks everything that dpdm_grid_add promises. */
static void check_vector(const dpdm_grid *grid, const float *v, size_t n)
{
    int64_t *sum = malloc((n ? n : 1) * sizeof *sum);
    double norm = -1;
    assert_non_null(sum);
    for (size_t i = 0; i < n; i++)
        sum[i] = (int64_t)(i * 0x9e3779b97f4a7c15U);
    assert_int_equal(dpdm_grid_add(grid, v, n, sum, &norm, NULL), DPDM_OK);
    for (size_t i = 0; i < n; i++)
        sum[i] = (int64_t)((uint64_t)sum[i] - i * 0x9e3779b97f4a7c15U);

    u128 square = square_of(sum, n);
    assert_true(square <= (u128)1 << 2 * grid->bits);
    long double length = norm_of(v, n), longest = length > grid->clip ? length : grid->clip;
    assert_true(fabsl((long double)norm - length) <= 1e-9L * length);
    for (size_t i = 0; i < n; i++) {
        long double ideal = ldexpl(v[i] / longest, grid->bits);
        assert_true(sum[i] == 0 || (sum[i] < 0) == (v[i] < 0));
        assert_true(fabsl((long double)sum[i]) <= fabsl(ideal) * (1 + 1e-9L));
        assert_true(fabsl((long double)sum[i]) >= fabsl(ideal) * (1 - 1e-9L) - 1);
    }
    free(sum);
}

static void check_grids(const float *v, size_t n)
{
    static const struct {
        double clip;
        int bits;
    } grids[] = {{1, 40}, {1, 20}, {1, 44}, {1e-3, 40}, {0.1, 40}, {1e30, 44}, {1e-30, 40}, {3, 33}};
    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++)
        check_vector(&(dpdm_grid){sizeof(dpdm_grid), grids[i].clip, grids[i].bits}, v, n);
}

static void one_coordinate(void **state)
{
    (void)state;
    static const float values[] = {0,     -0.0F,   1,        -1,      0.5F,   FLT_MAX, -FLT_MAX,   FLT_MIN,
                                   1e38F, -1e38F,  3e-45F,   1.0001F, 0.999F, 1e-3F,   1.0000001F, 0.99999994F,
                                   1e30F, -1e-30F, 16777218, 1e-45F,  0.1F,   3,       1.9999999F, 1.5F};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        check_grids(&values[i], 1);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            float pair[2] = {values[i], values[k]};
            check_grids(pair, 2);
        }
    }
    check_grids(values, 0);
    check_grids(values, sizeof values / sizeof *values);
}

static void equal_coordinates(void **state)
{
    (void)state;
    static const float values[] = {1, 0.1F, 1e38F, 1e-38F, 1e-45F, -0.3333333F, 1.1920929e-7F};
    float *v = room(5000);
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        for (size_t n = 1; n <= 5000; n = n * 3 + 1) {
            for (size_t i = 0; i < n; i++)
                v[i] = values[k];
            check_grids(v, n);
        }
    free(v);
}

/* Random bits as floats, alternating huge and tiny, normals of every scale. */
static void hostile_vectors(void **state)
{
    (void)state;
    dpdm_key key;
    dpdm_stream stream;
    float *v = room(3000);
    dpdm_key_from_seed(&key, 50);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int trial = 0; trial < 300; trial++) {
        size_t n = dpdm_stream_below(&stream, 200) + (trial % 20 == 0 ? 2800 : 0);
        int kind = trial % 4;
        dpdm_stream_normals(&stream, v, n);
        float scale = ldexpf(1, (int)dpdm_stream_below(&stream, 200) - 120);
        for (size_t i = 0; i < n; i++) {
            uint32_t bits = dpdm_stream_u32(&stream) & 0xff7fffff; /* never an infinity or a NaN */
            if (kind == 0)
                memcpy(&v[i], &bits, sizeof bits);
            else if (kind == 1)
                v[i] *= i % 2 ? 1e37F : 1e-37F;
            else if (kind == 2)
                v[i] *= scale;
        }
        check_grids(v, n);
    }
    free(v);
}

static void two_million_coordinates(void **state)
{
    (void)state;
    static const dpdm_grid grid = {sizeof(dpdm_grid), 1, 40};
    dpdm_key key;
    dpdm_stream stream;
    float *v = room(LONGEST);
    dpdm_key_from_seed(&key, 51);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, v, LONGEST);
    check_vector(&grid, v, LONGEST);
    check_vector(&grid, v, LONGEST - 7);
    for (size_t i = 0; i < LONGEST; i++)
        v[i] = i % 2 ? 1e-4F : -1e-4F;
    check_vector(&grid, v, LONGEST);
    free(v);
}

/* A vector whose norm in double comes out too small: sixteen ones hold the partial sums at 1, where the squares of all
 * others, 2896 / 2^38, are rounded away. All integers are exact here, so without the check they would be too long. */
static void rounding_of_the_norm_cannot_raise_the_sensitivity(void **state)
{
    (void)state;
    static const dpdm_grid grid = {sizeof(dpdm_grid), 1, 40};
    for (size_t n = 32; n <= LONGEST; n *= 64) {
        float *v = room(n);
        double norm;
        u128 naive = 0;
        int64_t *sum = calloc(n, sizeof *sum);
        assert_non_null(sum);
        for (size_t i = 0; i < n; i++)
            v[i] = i < 16 ? 1 : 2896 * 0x1p-38F;
        assert_int_equal(dpdm_grid_add(&grid, v, n, sum, &norm, NULL), DPDM_OK);
        assert_true(norm == 4); /* the case is the one described above */
        for (size_t i = 0; i < n; i++) {
            int64_t z = (int64_t)(v[i] / norm * 0x1p40);
            naive += (u128)((i128)z * z);
        }
        assert_true(naive > (u128)1 << 80);
        assert_true(square_of(sum, n) <= (u128)1 << 80);
        check_vector(&grid, v, n);
        free(sum);
        free(v);
    }
}

static void not_finite_adds_nothing(void **state)
{
    (void)state;
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    static const dpdm_grid grid = {sizeof(dpdm_grid), 1, 40};
    for (size_t n = 1; n <= 70; n++)
        for (size_t place = 0; place < n; place++)
            for (size_t k = 0; k < 4; k++) {
                float v[70];
                int64_t sum[70], before[70];
                double norm = 0;
                for (size_t i = 0; i < n; i++) {
                    v[i] = i == place ? bad[k] : i % 2 ? FLT_MAX : -1e-3F;
                    sum[i] = before[i] = (int64_t)i - 5;
                }
                assert_int_equal(dpdm_grid_add(&grid, v, n, sum, &norm, NULL), DPDM_OK);
                assert_memory_equal(sum, before, n * sizeof *sum);
                assert_true(isnan(norm));
            }
}

/* The sum is the same in any order, to the bit: int64 addition is associative. And it is the same with every compiler
 * and processor: a number kept here. */
static void sums_have_no_order(void **state)
{
    (void)state;
    enum { UNITS = 40, N = 1000 };
    static float v[UNITS][N];
    static int64_t up[N], down[N];
    static const dpdm_grid grid = {sizeof(dpdm_grid), 1, 40};
    dpdm_key key;
    dpdm_stream stream;
    uint64_t hash = 0;
    dpdm_key_from_seed(&key, 52);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, v[0], (size_t)UNITS * N);
    for (int i = 0; i < UNITS; i++) {
        dpdm_grid_add(&grid, v[i], N, up, NULL, NULL);
        dpdm_grid_add(&grid, v[UNITS - 1 - i], N, down, NULL, NULL);
    }
    assert_memory_equal(up, down, sizeof up);
    for (size_t i = 0; i < N; i++)
        hash = (hash ^ (uint64_t)up[i]) * 0x100000001b3U;
    assert_int_equal(hash, 0xec7a2dd892ed863a);
}

/* Released values are the clipped sum over the public divisor: catches noise or sums on the wrong scale. */
static void release_undoes_the_scale(void **state)
{
    (void)state;
    static const dpdm_grid grid = {sizeof(dpdm_grid), 0.25, 40};
    float v[3] = {3, -4, 0}, w[3] = {0.01F, 0, -0.02F}, out[3];
    int64_t sum[3] = {0};
    dpdm_grid_add(&grid, v, 3, sum, NULL, NULL);
    dpdm_grid_add(&grid, w, 3, sum, NULL, NULL);
    dpdm_grid_release(&grid, sum, 3, 10, out);
    assert_true(fabsf(out[0] - 0.016F) < 1e-7F);
    assert_true(fabsf(out[1] + 0.02F) < 1e-7F);
    assert_true(fabsf(out[2] + 0.002F) < 1e-7F);
}

static void bad_grids_are_refused(void **state)
{
    (void)state;
    enum { SIZE = sizeof(dpdm_grid) };
    static const dpdm_grid bad[] = {{SIZE, 0, 40},    {SIZE, -1, 40},    {SIZE, NAN, 40}, {SIZE, INFINITY, 40},
                                    {SIZE, 1e31, 40}, {SIZE, 1e-31, 40}, {SIZE, 1, 19},   {SIZE, 1, 45},
                                    {SIZE, 1, -3},    {SIZE + 1, 1, 40}, {0, 1, 40},      {sizeof(size_t), 1, 40}};
    float v = 1;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t sum = 5;
        dpdm_error err = {0};
        assert_int_equal(dpdm_grid_add(&bad[i], &v, 1, &sum, NULL, &err), DPDM_ERANGE);
        assert_true(err.message[0]);
        assert_int_equal(sum, 5);
        assert_int_equal(dpdm_grid_capacity(&bad[i], 1), 0);
        float out = 0;
        dpdm_grid_release(&bad[i], &sum, 1, 1, &out);
        assert_true(isnan(out));
    }
}

/* A caller of an older library, whose struct ends before the bits, has those of the default; what lies behind is not read. */
static void a_shorter_grid_has_defaults(void **state)
{
    (void)state;
    const dpdm_grid whole = {sizeof(dpdm_grid), 0.5, DPDM_GRID_BITS};
    const dpdm_grid shorter = {offsetof(dpdm_grid, bits), 0.5, 20};
    float v[3] = {0.25f, -1, 2}, released[2][3];
    int64_t sums[2][3] = {{0}, {0}};
    assert_int_equal(dpdm_grid_add(&whole, v, 3, sums[0], NULL, NULL), DPDM_OK);
    assert_int_equal(dpdm_grid_add(&shorter, v, 3, sums[1], NULL, NULL), DPDM_OK);
    assert_memory_equal(sums[0], sums[1], sizeof sums[0]);
    dpdm_grid_release(&whole, sums[0], 3, 2, released[0]);
    dpdm_grid_release(&shorter, sums[1], 3, 2, released[1]);
    assert_memory_equal(released[0], released[1], sizeof released[0]);
    assert_int_equal(dpdm_grid_capacity(&shorter, 2), dpdm_grid_capacity(&whole, 2));
}

/* Capacity: so many of the largest vectors and the largest noise counted still fit, one more might not. */
static void capacity_is_the_largest_safe_count(void **state)
{
    (void)state;
    static const double sigmas[] = {0, 0.3, 1, 17.25, 1000};
    for (int bits = 20; bits <= 44; bits += 4)
        for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
            dpdm_grid grid = {sizeof(dpdm_grid), 1, bits};
            u128 unit = (u128)1 << bits, noise = (u128)ceil(ldexp(64 * sigmas[i], bits)), most = INT64_MAX;
            u128 count = dpdm_grid_capacity(&grid, sigmas[i]);
            assert_true(count * unit + noise <= most);
            assert_true((count + 1) * unit + noise > most);
        }
    dpdm_grid grid = {sizeof(dpdm_grid), 1, 44};
    assert_int_equal(dpdm_grid_capacity(&grid, -1), 0);
    assert_int_equal(dpdm_grid_capacity(&grid, NAN), 0);
    assert_int_equal(dpdm_grid_capacity(&grid, INFINITY), 0);
    assert_int_equal(dpdm_grid_capacity(&grid, 8192), 0);
}

/* Every set of loops, not only the one that this CPU would choose, against plain ones: the integers that are added, the
 * exact square of their norm, and the bits of the rounded norm. Lengths lie around the ends of blocks; one vector holds
 * the largest integers there can be. */
static void every_set_of_loops_agrees(void **state)
{
    (void)state;
    enum { MOST = 3 * 4096 + 5 };
    static const size_t lengths[] = {0, 1, 15, 16, 17, 4095, 4096, 4097, 8192, MOST};
    static int64_t sum[MOST], want[MOST];
    const dpdm_grid_sums *sets[DPDM_GRID_SETS];
    int count = dpdm_grid_sum_sets(sets);
    dpdm_key key;
    dpdm_stream stream;
    float *v = room(MOST);
    assert_in_range(count, 1, DPDM_GRID_SETS);
    dpdm_key_from_seed(&key, 53);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int trial = 0; trial < 6; trial++) {
        double factor = trial == 0 ? 0x1p44 : ldexp(1 + dpdm_stream_uniform(&stream), 30 + 2 * trial);
        dpdm_stream_normals(&stream, v, MOST);
        for (size_t i = 0; i < MOST; i++)
            v[i] = trial == 0 ? (i % 3 ? 1.9999999F : -1.9999999F) : fminf(fmaxf(v[i], -2), 2);
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
            for (int set = 0; set < count; set++)
                for (int sign = 1; sign >= -1; sign -= 2) {
                    size_t n = lengths[k];
                    u128 square = 0;
                    for (size_t i = 0; i < n; i++) {
                        int64_t z = (int64_t)truncl((long double)(v[i] * factor));
                        sum[i] = (int64_t)i * 1000003;
                        want[i] = sum[i] + sign * z;
                        square += (u128)((i128)z * z);
                    }
                    assert_true(sets[set]->add(v, n, factor, sign, sum) == square);
                    assert_memory_equal(sum, want, n * sizeof *sum);
                    assert_true(sets[set]->norm(v, n) == sets[0]->norm(v, n));
                }
    }
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_coordinate),
        cmocka_unit_test(equal_coordinates),
        cmocka_unit_test(hostile_vectors),
        cmocka_unit_test(two_million_coordinates),
        cmocka_unit_test(rounding_of_the_norm_cannot_raise_the_sensitivity),
        cmocka_unit_test(not_finite_adds_nothing),
        cmocka_unit_test(sums_have_no_order),
        cmocka_unit_test(every_set_of_loops_agrees),
        cmocka_unit_test(release_undoes_the_scale),
        cmocka_unit_test(bad_grids_are_refused),
        cmocka_unit_test(a_shorter_grid_has_defaults),
        cmocka_unit_test(capacity_is_the_largest_safe_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
