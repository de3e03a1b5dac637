/* prop_audit_membership.c - the attack on samples catches sets that copy members, however few, and finds nothing where the
 * samples know nothing of them. Seeded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "dpdm/audit.h"
#include "dpdm/rng.h"
#include "audit/audit_roc.h"
#include "audit/audit_scores.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, CANDIDATES = 1000, SAMPLES = 600 };

typedef struct {
    dpdm_dataset synthetic, members, non_members;
} trial;

static void image_draw(dpdm_stream *stream, uint8_t *pixels)
{
    float x[PIXELS + 2];
    dpdm_stream_normals(stream, x, PIXELS + 2);
    for (int i = 0; i < PIXELS; i++) {
        double value = 128 + 50 * x[PIXELS] * sin(i * 0.1) + 50 * x[PIXELS + 1] * cos(i * 0.2) + 12 * x[i];
        pixels[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

/* Candidates that fair coins made members or not; of the samples a share `copied` are members with a little noise. */
static trial trial_make(uint64_t seed, double copied)
{
    trial t = {0};
    dpdm_key key;
    dpdm_stream stream;
    uint8_t in[CANDIDATES];
    uint64_t members = 0, m = 0, n = 0;
    dpdm_key_from_seed(&key, seed);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int i = 0; i < CANDIDATES; i++)
        members += in[i] = (uint8_t)dpdm_stream_below(&stream, 2);
    assert_int_equal(dpdm_dataset_create(members, SIDE, SIDE, 1, 1, &t.members, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_create(CANDIDATES - members, SIDE, SIDE, 1, 1, &t.non_members, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_create(SAMPLES, SIDE, SIDE, 1, 1, &t.synthetic, NULL), DPDM_OK);
    for (int i = 0; i < CANDIDATES; i++)
        image_draw(&stream, in[i] ? t.members.pixels + PIXELS * m++ : t.non_members.pixels + PIXELS * n++);
    for (int i = 0; i < SAMPLES; i++) {
        uint8_t *pixels = t.synthetic.pixels + (size_t)i * PIXELS;
        image_draw(&stream, pixels);
        if (dpdm_stream_uniform(&stream) >= copied)
            continue;
        memcpy(pixels, t.members.pixels + PIXELS * dpdm_stream_below(&stream, members), PIXELS);
        for (int p = 0; p < PIXELS; p += 5)
            pixels[p] ^= (uint8_t)dpdm_stream_below(&stream, 4);
    }
    return t;
}

static void trial_destroy(trial *t)
{
    dpdm_dataset_destroy(&t->synthetic);
    dpdm_dataset_destroy(&t->members);
    dpdm_dataset_destroy(&t->non_members);
}

static dpdm_audit_membership_result audit(const trial *t, uint64_t seed, int threads)
{
    dpdm_audit_membership_options options = dpdm_audit_membership_default();
    dpdm_audit_membership_result result;
    dpdm_error err = {0};
    options.seed = seed;
    options.threads = threads;
    if (dpdm_audit_membership_run(&t->synthetic, &t->members, &t->non_members, &options, NULL, NULL, &result, &err))
        fail_msg("%s", err.message);
    return result;
}

static void copies_are_caught(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        trial t = trial_make(seed, 1);
        dpdm_audit_membership_result result = audit(&t, seed, 2);
        assert_true(result.fair);
        assert_true(result.epsilon_lower > 2);
        assert_true(result.auc_lower > 0.7);
        for (int i = 0; i < DPDM_AUDIT_POINTS; i++)
            assert_true(result.points[i].hit_lower > 0.3 && result.points[i].false_alarm_upper < 0.05);
        trial_destroy(&t);
    }
}

static void a_few_copies_are_caught(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        trial t = trial_make(seed, 0.15);
        dpdm_audit_membership_result result = audit(&t, seed, 2);
        assert_true(result.epsilon_lower > 0.8);
        assert_true(result.points[1].hit_lower > 0.05);
        trial_destroy(&t);
    }
}

static void independent_samples_show_nothing(void **state)
{
    (void)state;
    double sum = 0;
    int covered = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        trial t = trial_make(100 + seed, 0);
        dpdm_audit_membership_result result = audit(&t, seed, 2);
        sum += result.epsilon_lower / 20;
        covered += result.auc_lower <= 0.5 && result.auc_upper >= 0.5;
        assert_true(result.epsilon_lower < 0.5);
        assert_true(result.points[1].hit_lower < 0.04);
        trial_destroy(&t);
    }
    assert_true(sum < 0.02);
    assert_true(covered >= 19);
}

/* The same figures with one thread and with two. */
static void threads_do_not_show(void **state)
{
    (void)state;
    trial t = trial_make(7, 0.5);
    dpdm_audit_membership_result one = audit(&t, 3, 1), two = audit(&t, 3, 2);
    assert_memory_equal(&one, &two, sizeof one);
    trial_destroy(&t);
}

/* All images are one image: nothing can be told, and the order of storage must not tell. */
static void equal_scores_tell_nothing(void **state)
{
    (void)state;
    trial t = trial_make(8, 0);
    memset(t.members.pixels, 7, (size_t)t.members.count * PIXELS);
    memset(t.non_members.pixels, 7, (size_t)t.non_members.count * PIXELS);
    dpdm_audit_membership_result result = audit(&t, 1, 2);
    assert_true(result.auc == 0.5);
    assert_true(result.epsilon_lower < 0.3);
    trial_destroy(&t);
}

static void unequal_numbers_have_no_bound(void **state)
{
    (void)state;
    trial t = trial_make(9, 1);
    uint64_t all = t.non_members.count;
    t.non_members.count = 100;
    dpdm_audit_membership_result result = audit(&t, 1, 2);
    assert_false(result.fair);
    assert_true(result.epsilon_lower == 0);
    assert_true(result.auc > 0.7);
    t.non_members.count = all;
    trial_destroy(&t);
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    trial t = trial_make(10, 0);
    dpdm_audit_membership_options bad[5];
    dpdm_audit_membership_result result;
    for (int i = 0; i < 5; i++)
        bad[i] = dpdm_audit_membership_default();
    bad[0].delta = 0;
    bad[1].delta = 0.01;
    bad[2].confidence = 0;
    bad[3].confidence = NAN;
    bad[4].threads = -1;
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            dpdm_audit_membership_run(&t.synthetic, &t.members, &t.non_members, &bad[i], NULL, NULL, &result, NULL),
            DPDM_EUSAGE);
    dpdm_audit_membership_options sound = dpdm_audit_membership_default();
    uint64_t all = t.members.count;
    t.members.count = 19;
    assert_int_equal(
        dpdm_audit_membership_run(&t.synthetic, &t.members, &t.non_members, &sound, NULL, NULL, &result, NULL),
        DPDM_EUSAGE);
    t.members.count = all;
    t.synthetic.height = SIDE / 2;
    t.synthetic.width = SIDE * 2;
    assert_int_equal(
        dpdm_audit_membership_run(&t.synthetic, &t.members, &t.non_members, &sound, NULL, NULL, &result, NULL),
        DPDM_EUSAGE);
    trial_destroy(&t);
}

static void ranks_have_known_values(void **state)
{
    (void)state;
    audit_ranked r[6] = {{1, 0, 0}, {3, 1, 1}, {2, 3, 1}, {2, 2, 0}, {5, 4, 1}, {0, 5, 0}};
    audit_roc_sort(r, 6);
    const size_t ties[6] = {4, 1, 2, 3, 0, 5};
    for (int i = 0; i < 6; i++)
        assert_int_equal(r[i].tie, ties[i]);
    assert_true(fabs(audit_roc_area(r, 6) - 8.5 / 9) < 1e-15);
    assert_true(audit_roc_threshold(r, 6, 0) == 2);
    assert_true(audit_roc_threshold(r, 6, 0.34) == 1);
    assert_true(isinf(audit_roc_threshold(r, 6, 1)));
    assert_int_equal(audit_roc_right(r, 6, 2, 2), 4);
    assert_int_equal(audit_roc_right(r, 6, 3, 3), 4);
    assert_int_equal(audit_roc_right(r, 6, 0, 0), 0);
}

/* Distances of a set small enough to be worked out by hand. */
static void scores_have_known_values(void **state)
{
    (void)state;
    dpdm_dataset synthetic, members, non_members;
    assert_int_equal(dpdm_dataset_create(2, 1, 2, 1, 1, &synthetic, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_create(1, 1, 2, 1, 1, &members, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_create(1, 1, 2, 1, 1, &non_members, NULL), DPDM_OK);
    const uint8_t s[4] = {10, 10, 10, 14}, m[2] = {13, 14}, n[2] = {255, 0};
    memcpy(synthetic.pixels, s, 4);
    memcpy(members.pixels, m, 2);
    memcpy(non_members.pixels, n, 2);
    double scores[AUDIT_SCORES * 2];
    assert_int_equal(audit_scores_compute(&synthetic, &members, &non_members, 1, NULL, NULL, scores, NULL), DPDM_OK);
    assert_true(scores[2 * AUDIT_NEAREST] == -9);
    assert_true(scores[2 * AUDIT_NEAREST + 1] == -(245.0 * 245 + 10 * 10));
    /* the synthetic images are 16 apart: the width of the kernel */
    assert_true(fabs(scores[2 * AUDIT_DENSITY] - log(exp(-25.0 / 16) + exp(-9.0 / 16))) < 1e-12);
    double apart = 242.0 * 242 + 14 * 14;
    assert_true(fabs(scores[2 * AUDIT_RELATIVE] - (log(apart + 1) - log(10))) < 1e-12);
    dpdm_dataset_destroy(&synthetic);
    dpdm_dataset_destroy(&members);
    dpdm_dataset_destroy(&non_members);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_have_known_values),
        cmocka_unit_test(scores_have_known_values),
        cmocka_unit_test(copies_are_caught),
        cmocka_unit_test(a_few_copies_are_caught),
        cmocka_unit_test(independent_samples_show_nothing),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(equal_scores_tell_nothing),
        cmocka_unit_test(unequal_numbers_have_no_bound),
        cmocka_unit_test(impossible_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
