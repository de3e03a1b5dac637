/* prop_class_covariance.c - catches a norm that is not that of the projected residual squared, records in the sum of another
 * class, variances that are not those of the class, and noise that is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "train/class_covariance.h"

enum { SIDE = 4, PIXELS = SIDE * SIDE, COUNT = 4000, RANK = 2, CLASSES = 3 };

/* Two patterns, orthonormal; a record of class 0 varies along the first alone, one of class 1 along their sum. Class 2 is
 * empty. */
static double pattern(int k, int p)
{
    return k == 0 ? (p % 2 ? 0.25 : -0.25) : (p < PIXELS / 2 ? 0.25 : -0.25);
}

static void make_data(dpdm_dataset *data)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 3);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, CLASSES, data, NULL), DPDM_OK);
    for (int i = 0; i < COUNT; i++) {
        float z[1];
        dpdm_stream_normals(&stream, z, 1);
        const int label = data->labels[i] = i % 4 == 0; /* a quarter is of class 1 */
        for (int p = 0; p < PIXELS; p++) {
            double along = label ? 60 * (pattern(0, p) + pattern(1, p)) : 120 * pattern(0, p);
            double value = 127.5 + along * (double)z[0];
            data->pixels[i * PIXELS + p] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
        }
    }
    assert_int_equal(dpdm_dataset_seal(data, NULL), DPDM_OK);
}

/* The common prior has the two patterns, centres of zero, and variances that no class has. */
static void release(const dpdm_dataset *data, double noise, double norm, int threads, dpdm_prior *prior)
{
    double of[CLASSES] = {COUNT * 3.0 / 4, COUNT / 4.0, 0};
    const dpdm_class_counts counts = {.all = COUNT, .least = 10, .of = of};
    dpdm_key key;
    dpdm_error err = {0};
    dpdm_key_from_seed(&key, 6);
    assert_int_equal(dpdm_prior_create(CLASSES, PIXELS, RANK, prior, &err), DPDM_OK);
    for (int k = 0; k < RANK; k++)
        for (int p = 0; p < PIXELS; p++)
            prior->basis[k * PIXELS + p] = (float)pattern(k, p);
    prior->variance[0] = 7;
    prior->variance[1] = 5;
    prior->variance[2] = 0.01F;
    assert_int_equal(dpdm_prior_by_class(prior, &err), DPDM_OK);
    if (dpdm_class_covariance_release(data, noise, norm, &counts, 40, &key, threads, prior, &err))
        fail_msg("%s", err.message);
}

static void little_noise_gives_each_class_its_own(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_prior prior;
    make_data(&data);
    release(&data, 1e-3, 4, 2, &prior);
    const float *turn = prior.class_turn, *variance = prior.class_variance;
    assert_true(fabs((double)variance[0] / pow(120 / 127.5, 2) - 1) < 0.1);
    assert_true(fabs(fabs((double)turn[0]) - 1) < 1e-2 && fabs((double)turn[1]) < 0.05);
    assert_true((double)variance[1] < 1e-3);
    assert_true(fabs((double)variance[RANK] / (2 * pow(60 / 127.5, 2)) - 1) < 0.15);
    assert_true(fabs((double)turn[4] - (double)turn[5]) < 0.05 && fabs(fabs((double)turn[4]) - sqrt(0.5)) < 0.05);
    /* the empty class has what all have */
    const float common[4] = {1, 0, 0, 1};
    assert_memory_equal(turn + 8, common, sizeof common);
    assert_memory_equal(variance + 2 * RANK, prior.variance, RANK * sizeof(float));
    dpdm_prior_destroy(&prior);
    dpdm_dataset_destroy(&data);
}

/* All records are the first pattern at norm 4: the clip exactly there changes nothing, half of it halves the variance. */
static void the_clip_is_the_square_of_the_norm(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_prior whole, half;
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, CLASSES, &data, NULL), DPDM_OK);
    for (int i = 0; i < COUNT * PIXELS; i++)
        data.pixels[i] = i % 2 ? 255 : 0;
    for (int i = 0; i < COUNT; i++)
        data.labels[i] = i % 4 == 0;
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    release(&data, 1e-6, 4, 1, &whole);
    release(&data, 1e-6, 4 * sqrt(0.5), 1, &half);
    for (int label = 0; label < 2; label++) {
        assert_true(fabs((double)whole.class_variance[label * RANK] - 16) < 1e-3);
        assert_true(fabs((double)half.class_variance[label * RANK] - 8) < 1e-3);
    }
    dpdm_prior_destroy(&whole);
    dpdm_prior_destroy(&half);
    dpdm_dataset_destroy(&data);
}

/* The leading variance of class 1 carries the noise of its place in the sum: sigma R^2 / count of the class. */
static void noise_is_there_and_of_the_right_size(void **state)
{
    (void)state;
    enum { REPEATS = 60 };
    dpdm_dataset data;
    double squares = 0, noise = 5, norm = 4, of[CLASSES] = {COUNT * 3.0 / 4, COUNT / 4.0, 0};
    const dpdm_class_counts counts = {.all = COUNT, .least = 10, .of = of};
    make_data(&data);
    for (int i = 0; i < COUNT; i++)
        for (int p = 0; p < PIXELS; p++)
            data.pixels[i * PIXELS + p] = p % 2 ? 255 : 0;
    for (uint64_t seed = 0; seed < REPEATS; seed++) {
        dpdm_prior prior;
        dpdm_key key;
        release(&data, 1e-6, norm, 1, &prior);
        dpdm_key_from_seed(&key, seed);
        assert_int_equal(dpdm_class_covariance_release(&data, noise, norm, &counts, 40, &key, 1, &prior, NULL),
                         DPDM_OK);
        squares += pow((double)prior.class_variance[RANK] - 16, 2);
        dpdm_prior_destroy(&prior);
    }
    double found = sqrt(squares / REPEATS), expected = noise * norm * norm / of[1];
    assert_true(found > 0.6 * expected && found < 1.6 * expected);
    dpdm_dataset_destroy(&data);
}

/* Where noise is larger than all that a class could differ in, it has the variances of all. */
static void much_noise_leaves_what_all_have(void **state)
{
    (void)state;
    enum { REPEATS = 40 };
    dpdm_dataset data;
    double apart = 0, of[CLASSES] = {COUNT * 3.0 / 4, COUNT / 4.0, 0};
    const dpdm_class_counts counts = {.all = COUNT, .least = 10, .of = of};
    make_data(&data);
    for (uint64_t seed = 0; seed < REPEATS; seed++) {
        dpdm_prior prior;
        dpdm_key key;
        release(&data, 1e-6, 4, 1, &prior);
        dpdm_key_from_seed(&key, seed);
        assert_int_equal(dpdm_class_covariance_release(&data, 5000, 4, &counts, 40, &key, 1, &prior, NULL), DPDM_OK);
        for (int k = 0; k < RANK; k++)
            apart += pow((double)prior.class_variance[RANK + k] - (double)prior.variance[k], 2) / (RANK * REPEATS);
        dpdm_prior_destroy(&prior);
    }
    assert_true(sqrt(apart) < 0.5 * 5000 * 16 / of[1]); /* as it was released: 0.7 standard deviations */
    dpdm_dataset_destroy(&data);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_prior one, three;
    make_data(&data);
    release(&data, 2, 3, 1, &one);
    release(&data, 2, 3, 3, &three);
    assert_memory_equal(one.class_turn, three.class_turn, CLASSES * RANK * RANK * sizeof(float));
    assert_memory_equal(one.class_variance, three.class_variance, CLASSES * RANK * sizeof(float));
    dpdm_prior_destroy(&one);
    dpdm_prior_destroy(&three);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_noise_gives_each_class_its_own),
        cmocka_unit_test(the_clip_is_the_square_of_the_norm),
        cmocka_unit_test(noise_is_there_and_of_the_right_size),
        cmocka_unit_test(much_noise_leaves_what_all_have),
        cmocka_unit_test(threads_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
