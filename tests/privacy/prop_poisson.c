/* prop_poisson.c - who is in a batch: each record by its own word, at exactly the stated rate. */
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/poisson.h"
#include "dpdm/rng.h"

static dpdm_rate make_rate(double q)
{
    dpdm_rate rate;
    assert_int_equal(dpdm_rate_from(q, &rate, NULL), DPDM_OK);
    return rate;
}

static dpdm_key make_key(uint64_t seed)
{
    dpdm_key key;
    dpdm_key_from_seed(&key, seed);
    return key;
}

/* floor(q 2^64): never above the rate asked for, nor a step lower than need be; accountants see no less than is used.
 */
static void rates_are_rounded_to_the_safe_side(void **state)
{
    (void)state;
    dpdm_key key = make_key(70);
    dpdm_stream stream;
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int i = 0; i < 20000; i++) {
        double q = ldexp(dpdm_stream_uniform(&stream), -(int)dpdm_stream_below(&stream, 80));
        dpdm_rate rate = make_rate(q);
        long double scaled = ldexpl(q, 64);
        assert_false(rate.all);
        assert_true((long double)rate.threshold <= scaled && scaled < (long double)rate.threshold + 1);
        assert_true(dpdm_rate_value(&rate) <= q);

        dpdm_rate any = {dpdm_stream_u64(&stream) >> dpdm_stream_below(&stream, 64), 0};
        double value = dpdm_rate_value(&any);
        assert_true(ldexpl(value, 64) >= (long double)any.threshold);
        assert_true(value == 0 || ldexpl(nextafter(value, 0), 64) < (long double)any.threshold);
    }
    dpdm_rate most = {UINT64_MAX, 0}, all = make_rate(1), half = make_rate(0.5), none = make_rate(0);
    assert_true(dpdm_rate_value(&most) == 1 && dpdm_rate_value(&all) == 1 && all.all == 1);
    assert_true(half.threshold == 1ULL << 63 && none.threshold == 0);
    assert_int_equal(make_rate(nextafter(1, 0)).threshold, UINT64_MAX - 2047);
    static const double bad[] = {-1e-300, -1, 1.0000001, 2, NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_error err = {0};
        assert_int_equal(dpdm_rate_from(bad[i], &all, &err), DPDM_ERANGE);
        assert_true(err.message[0]);
    }
}

/* Record r is chosen exactly if word r of (key, POISSON, step, 0) is below the threshold, also when it is just there.
 */
static void each_record_has_its_word(void **state)
{
    (void)state;
    enum { N = 3000 };
    static uint64_t words[N], chosen[N];
    dpdm_key key = make_key(71);
    for (uint64_t step = 0; step < 20; step++) {
        dpdm_stream stream;
        uint64_t n, at = 0;
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_POISSON, step, 0);
        for (int r = 0; r < N; r++)
            words[r] = dpdm_stream_u64(&stream);
        dpdm_rate rate = {words[step * 37] + step % 2, 0};
        dpdm_poisson_select(&key, step, N, &rate, chosen, &n);
        for (uint64_t r = 0; r < N; r++)
            if (words[r] < rate.threshold) {
                assert_true(at < n);
                assert_int_equal(chosen[at++], r);
            }
        assert_int_equal(at, n);
    }
}

/* Adding records at the end, or asking for fewer, changes nobody else's draw. */
static void a_record_changes_nobody_elses_draw(void **state)
{
    (void)state;
    enum { N = 5000 };
    static uint64_t whole[N], part[N];
    dpdm_key key = make_key(72);
    dpdm_rate rate = make_rate(0.1);
    uint64_t n, m;
    dpdm_poisson_select(&key, 8, N, &rate, whole, &n);
    for (uint64_t count = 0; count < N; count += count < 1100 ? 1 : 97) {
        dpdm_poisson_select(&key, 8, count, &rate, part, &m);
        uint64_t want = 0;
        while (want < n && whole[want] < count)
            want++;
        assert_int_equal(m, want);
        if (m)
            assert_memory_equal(part, whole, m * sizeof *part);
    }
}

static void rates_zero_and_one(void **state)
{
    (void)state;
    uint64_t chosen[100], n;
    dpdm_key key = make_key(73);
    dpdm_rate none = make_rate(0), all = make_rate(1);
    dpdm_poisson_select(&key, 1, 100, &none, chosen, &n);
    assert_int_equal(n, 0);
    dpdm_poisson_select(&key, 1, 100, &all, chosen, &n);
    assert_int_equal(n, 100);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(chosen[i], i);
    dpdm_poisson_select(&key, 1, 0, &all, chosen, &n);
    assert_int_equal(n, 0);
}

/* Batch sizes over 40,000 steps are binomial (chi-square): catches batches that are fixed, cut or shuffled. Every
 * record comes at the rate, neighbours and successive steps are uncorrelated. */
static void batches_are_poisson_sampled(void **state)
{
    (void)state;
    enum { N = 200, STEPS = 40000 };
    static double sizes[N + 1], counts[N];
    static unsigned char now[N + 1], before[N + 1];
    double q = 0.07, together = 0, again = 0, chi = 0, expected = 0, seen = 0;
    int degrees = -1;
    dpdm_key key = make_key(74);
    dpdm_rate rate = make_rate(q);
    for (uint64_t step = 0; step < STEPS; step++) {
        uint64_t chosen[N], n;
        dpdm_poisson_select(&key, step, N, &rate, chosen, &n);
        sizes[n]++;
        memcpy(before, now, sizeof now);
        memset(now, 0, sizeof now);
        for (uint64_t i = 0; i < n; i++)
            now[chosen[i]] = 1;
        for (int r = 0; r < N; r++) {
            counts[r] += now[r];
            together += now[r] & now[r + 1];
            again += now[r] & before[r];
        }
    }
    for (int k = 0; k <= N; k++) {
        seen += sizes[k];
        expected += STEPS * exp(lgamma(N + 1) - lgamma(k + 1) - lgamma(N - k + 1) + k * log(q) + (N - k) * log1p(-q));
        if (expected >= 20) {
            chi += (seen - expected) * (seen - expected) / expected;
            degrees++;
            seen = expected = 0;
        }
    }
    assert_true(fabs(chi - degrees) < 5 * sqrt(2.0 * degrees));
    for (int r = 0; r < N; r++)
        assert_true(fabs(counts[r] - STEPS * q) < 5 * sqrt(STEPS * q * (1 - q)));
    assert_true(fabs(together - STEPS * (N - 1) * q * q) < 6 * sqrt(STEPS * (N - 1) * q * q));
    assert_true(fabs(again - (STEPS - 1) * N * q * q) < 6 * sqrt((STEPS - 1) * N * q * q));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_rounded_to_the_safe_side), cmocka_unit_test(each_record_has_its_word),
        cmocka_unit_test(a_record_changes_nobody_elses_draw), cmocka_unit_test(rates_zero_and_one),
        cmocka_unit_test(batches_are_poisson_sampled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
