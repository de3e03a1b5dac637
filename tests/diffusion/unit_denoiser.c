/* unit_denoiser.c - catches a wrong coefficient, weight or noise-level distribution of a denoiser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/denoiser.h"

static const double pi = 3.14159265358979323846;

/* c_skip, c_out, c_in, c_noise, lambda: the published formulas at 50 digits, rounded. */
static const struct {
    dpdm_denoiser_kind kind;
    double sigma, want[5];
} known[] = {
    {DPDM_DENOISER_EDM,
     0.002,
     {0.99998800014399827, 0.0019999880001079989, 1.7320404153575617, -1.5536520246055479, 250003.0}},
    {DPDM_DENOISER_V,
     0.002,
     {0.99999600001599994, 0.001999996000012, 0.99999800000599998, 0.0012732378470865107, 250001.0}},
    {DPDM_DENOISER_VP, 0.002, {1.0, -0.002, 0.99999800000599998, 0.039802133416014532, 250000.0}},
    {DPDM_DENOISER_VE, 0.002, {1.0, 0.002, 1.0, -6.9077552789821371, 250000.0}},
    {DPDM_DENOISER_EDM, 0.5, {0.57142857142857143, 0.37796447300922723, 1.3093073414159543, -0.17328679513998633, 7.0}},
    {DPDM_DENOISER_V, 0.5, {0.8, 0.44721359549995794, 0.89442719099991588, 0.29516723530086655, 5.0}},
    {DPDM_DENOISER_VP, 0.5, {1.0, -0.5, 0.89442719099991588, 144.66910562027932, 4.0}},
    {DPDM_DENOISER_VE, 0.5, {1.0, 0.5, 1.0, -1.3862943611198906, 4.0}},
    {DPDM_DENOISER_EDM,
     3.0,
     {0.035714285714285714, 0.56694670951384084, 0.32732683535398857, 0.27465307216702742, 3.1111111111111111}},
    {DPDM_DENOISER_V, 3.0, {0.1, 0.9486832980505138, 0.31622776601683793, 0.79516723530086655, 1.1111111111111111}},
    {DPDM_DENOISER_VP, 3.0, {1.0, -3.0, 0.31622776601683793, 475.58180220465929, 0.11111111111111111}},
    {DPDM_DENOISER_VE, 3.0, {1.0, 3.0, 1.0, 0.40546510810816438, 0.11111111111111111}},
    {DPDM_DENOISER_EDM,
     80.0,
     {5.2080620800999948e-5, 0.57733523461365119, 0.012499674491881772, 1.0955066586684704, 3.00015625}},
    {DPDM_DENOISER_V,
     80.0,
     {0.00015622558975160131, 0.99992188415408151, 0.012499023551926019, 0.99204266727255102, 1.00015625}},
    {DPDM_DENOISER_VP, 80.0, {1.0, -80.0, 0.012499023551926019, 932.57763209746327, 0.00015625}},
    {DPDM_DENOISER_VE, 80.0, {1.0, 80.0, 1.0, 3.6888794541139363, 0.00015625}},
};

/* The quantile is the inverse of the distribution function, of which the normal one has a closed form in erfc. */
static void quantiles_invert_the_distribution(void **state)
{
    (void)state;
    for (int i = 1; i < 4000; i++) {
        const double u = i < 2000 ? i / 4000.0 * i / 2000.0 : i / 4000.0;
        const dpdm_denoiser edm = dpdm_denoiser_default(DPDM_DENOISER_EDM),
                            ve = dpdm_denoiser_default(DPDM_DENOISER_VE);
        const double z = (log(dpdm_denoiser_level(&edm, u)) - edm.p_mean) / edm.p_std;
        assert_true(fabs(0.5 * erfc(-z / sqrt(2)) - u) < 1e-6 * (u < 0.5 ? u : 1 - u) * 5);
        const double share = log(dpdm_denoiser_level(&ve, u) / ve.sigma_min) / log(ve.sigma_max / ve.sigma_min);
        assert_true(fabs(share - u) < 1e-12);
    }
    const dpdm_denoiser edm = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    const double far = (log(dpdm_denoiser_level(&edm, 1e-13)) - edm.p_mean) / edm.p_std;
    assert_true(fabs(0.5 * erfc(-far / sqrt(2)) / 1e-13 - 1) < 1e-5);
    for (int kind = DPDM_DENOISER_V; kind <= DPDM_DENOISER_VE; kind++) {
        const dpdm_denoiser d = dpdm_denoiser_default((dpdm_denoiser_kind)kind);
        dpdm_key key;
        dpdm_stream one, other;
        dpdm_key_from_seed(&key, 9);
        dpdm_stream_init(&one, &key, DPDM_PURPOSE_TEST, 0, 0);
        other = one;
        assert_true(dpdm_denoiser_draw(&d, &one) == dpdm_denoiser_level(&d, dpdm_stream_uniform(&other)));
    }
}

static void coefficients_are_the_published_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        dpdm_denoiser d = dpdm_denoiser_default(known[i].kind);
        dpdm_coefficients c = dpdm_denoiser_coefficients(&d, known[i].sigma);
        double got[5] = {c.skip, c.out, c.in, c.noise, c.weight};
        for (int j = 0; j < 5; j++)
            if (!(fabs(got[j] - known[i].want[j]) <= 1e-14 * fabs(known[i].want[j])))
                fail_msg("%s at %g: value %d is %.17g, not %.17g", dpdm_denoiser_name(known[i].kind), known[i].sigma, j,
                         got[j], known[i].want[j]);
    }
}

/* Karras et al. 2022, appendix B.6: inputs and targets of F have unit variance for data of the denoiser's own variance,
 * and lambda c_out^2 = 1 (every kind here weighs F's error evenly). */
static void coefficients_keep_unit_variance(void **state)
{
    (void)state;
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++) {
        dpdm_denoiser d = dpdm_denoiser_default((dpdm_denoiser_kind)kind);
        double data = kind == DPDM_DENOISER_EDM ? d.sigma_data : 1.0;
        for (double s = 0.002; s < 100.0; s *= 1.7) {
            dpdm_coefficients c = dpdm_denoiser_coefficients(&d, s);
            assert_true(fabs(c.weight * c.out * c.out - 1.0) < 1e-12);
            if (kind == DPDM_DENOISER_VP || kind == DPDM_DENOISER_VE)
                continue;
            double input = c.in * c.in * (data * data + s * s);
            double target = (pow((1.0 - c.skip) * data, 2.0) + pow(c.skip * s, 2.0)) / (c.out * c.out);
            assert_true(fabs(input - 1.0) < 1e-12);
            assert_true(fabs(target - 1.0) < 1e-9);
        }
    }
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

/* The probability that the level is at most s, from the table of the method: written from the density of the drawn
 * quantity, not from the code's inverse. */
static double level_cdf(const dpdm_denoiser *d, double s)
{
    double low, high, t;
    switch (d->kind) {
    case DPDM_DENOISER_EDM:
        return normal_cdf((log(s) + 1.2) / 1.2);
    case DPDM_DENOISER_V:
        low = 2.0 / pi * acos(1.0 / sqrt(1.0 + exp(-13.0)));
        high = 2.0 / pi * acos(1.0 / sqrt(1.0 + exp(9.0)));
        t = 2.0 / pi * acos(1.0 / sqrt(1.0 + s * s));
        return (t - low) / (high - low);
    case DPDM_DENOISER_VP:
        t = -0.1 / 19.9 + sqrt(pow(0.1 / 19.9, 2.0) + 2.0 * log(1.0 + s * s) / 19.9);
        return (t - 1e-5) / (1.0 - 1e-5);
    default:
        return log(s / 0.02) / log(100.0 / 0.02);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Kolmogorov's test; the seed is fixed, so the outcome is too. 1.95 / sqrt(n) is its 0.1 % point. */
static void levels_follow_their_law(void **state)
{
    (void)state;
    enum { N = 100000 };
    static double levels[N];
    dpdm_key key;
    dpdm_key_from_seed(&key, 11);
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++) {
        dpdm_denoiser d = dpdm_denoiser_default((dpdm_denoiser_kind)kind);
        dpdm_stream stream;
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, (uint64_t)kind, 0);
        for (int i = 0; i < N; i++)
            levels[i] = dpdm_denoiser_draw(&d, &stream);
        qsort(levels, N, sizeof *levels, compare_doubles);
        double worst = 0.0;
        for (int i = 0; i < N; i++) {
            double p = level_cdf(&d, levels[i]);
            worst = fmax(worst, fmax(fabs(p - (double)i / N), fabs(p - (i + 1.0) / N)));
        }
        if (!(worst < 1.95 / sqrt(N)))
            fail_msg("%s: distance %g from its law", dpdm_denoiser_name(d.kind), worst);
    }
}

static void a_draw_takes_the_documented_share_of_the_stream(void **state)
{
    (void)state;
    dpdm_key key;
    dpdm_key_from_seed(&key, 12);
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++) {
        dpdm_denoiser d = dpdm_denoiser_default((dpdm_denoiser_kind)kind);
        dpdm_stream stream, same;
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
        same = stream;
        dpdm_denoiser_draw(&d, &stream);
        float normal;
        if (kind == DPDM_DENOISER_EDM)
            dpdm_stream_normals(&same, &normal, 1);
        else
            dpdm_stream_uniform(&same);
        assert_int_equal(dpdm_stream_u64(&stream), dpdm_stream_u64(&same));
    }
}

static void absurd_constants_are_refused(void **state)
{
    (void)state;
    dpdm_error err;
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++) {
        dpdm_denoiser d = dpdm_denoiser_default((dpdm_denoiser_kind)kind);
        assert_int_equal(dpdm_denoiser_check(&d, &err), DPDM_OK);
    }
    dpdm_denoiser d = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    d.sigma_data = 0.0;
    assert_int_equal(dpdm_denoiser_check(&d, &err), DPDM_EUSAGE);
    d = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    d.p_mean = NAN;
    assert_int_equal(dpdm_denoiser_check(&d, &err), DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "p_mean"));
    d = dpdm_denoiser_default(DPDM_DENOISER_V);
    d.logsnr_max = d.logsnr_min;
    assert_int_equal(dpdm_denoiser_check(&d, &err), DPDM_EUSAGE);
    d = dpdm_denoiser_default(DPDM_DENOISER_VP);
    d.time_min = 0.0;
    assert_int_equal(dpdm_denoiser_check(&d, &err), DPDM_EUSAGE);
    d = dpdm_denoiser_default(DPDM_DENOISER_VE);
    d.sigma_max = 1e30;
    assert_int_equal(dpdm_denoiser_check(&d, &err), DPDM_EUSAGE);
    d.kind = (dpdm_denoiser_kind)17;
    assert_int_equal(dpdm_denoiser_check(&d, &err), DPDM_EUSAGE);
    assert_string_equal(dpdm_denoiser_name(d.kind), "unknown");
}

/* Two ranges, a third and two thirds: how often each is met, and where their quantiles are. */
static void ranges_of_levels_are_met_by_their_shares(void **state)
{
    (void)state;
    enum { COUNT = 30000 };
    dpdm_denoiser d = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    dpdm_key key;
    dpdm_stream stream;
    int low = 0;
    double sum = 0;
    assert_int_equal(dpdm_noise_levels_read("-4:-1:1,1:2:2", &d, NULL), DPDM_OK);
    assert_int_equal(d.ranges, 2);
    assert_true(fabs(log(dpdm_denoiser_level(&d, 1.0 / 6)) + 2.5) < 1e-12);
    assert_true(fabs(log(dpdm_denoiser_level(&d, 2.0 / 3)) - 1.5) < 1e-12);
    assert_true(log(dpdm_denoiser_level(&d, 1 - 0x1p-53)) <= 2 + 1e-12);
    dpdm_key_from_seed(&key, 12);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int i = 0; i < COUNT; i++) {
        const double level = log(dpdm_denoiser_draw(&d, &stream));
        assert_true((level >= -4 && level < -1) || (level >= 1 && level < 2));
        low += level < 0;
        sum += level;
    }
    assert_true(fabs(low - COUNT / 3.0) < 5 * sqrt(COUNT * 2.0 / 9));
    assert_true(fabs(sum / COUNT - (-2.5 / 3 + 1)) < 0.06); /* standard deviation of a draw 2, of the mean 0.012 */
    assert_int_equal(dpdm_noise_levels_read("", &d, NULL), DPDM_OK);
    assert_int_equal(d.ranges, 0);
}

static void other_ranges_of_levels_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "-1",    "1:-1",   "0:0",         "-1:1:0",   "-1:1:-2",
        "-11:0", "0:11",   "a:b",         "-1:1:1:1", "-1:1;0:1",
        "nan:1", "-1:inf", "-1:1:1,,0:1", "0,1:2",    "0:1,0:1,0:1,0:1,0:1,0:1,0:1,0:1,0:1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_denoiser d = dpdm_denoiser_default(DPDM_DENOISER_EDM);
        dpdm_error err = {0};
        if (dpdm_noise_levels_read(bad[i], &d, &err) != DPDM_EUSAGE || !strstr(err.message, "noise-levels"))
            fail_msg("'%s' is taken: %s", bad[i], err.message);
        assert_int_equal(d.ranges, 0);
    }
    dpdm_denoiser v = dpdm_denoiser_default(DPDM_DENOISER_V);
    assert_int_equal(dpdm_noise_levels_read("-1:1", &v, NULL), DPDM_OK);
    assert_int_equal(dpdm_denoiser_check(&v, NULL), DPDM_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_of_levels_are_met_by_their_shares),
        cmocka_unit_test(other_ranges_of_levels_are_refused),
        cmocka_unit_test(coefficients_are_the_published_ones),
        cmocka_unit_test(quantiles_invert_the_distribution),
        cmocka_unit_test(coefficients_keep_unit_variance),
        cmocka_unit_test(levels_follow_their_law),
        cmocka_unit_test(a_draw_takes_the_documented_share_of_the_stream),
        cmocka_unit_test(absurd_constants_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
