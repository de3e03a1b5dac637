/* unit_private_accuracy.c - catches a release with the wrong noise, the wrong scale, or one that depends on the number of
 * images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "dpdm/gaussian.h"
#include "dpdm/private_accuracy.h"
#include "privacy/exact_gaussian.h"

enum { RECORDS = 2000, CLASSES = 3, MEASURES = 2 };

/* All images have label 0; `right` of them are labelled rightly. */
static void count(dpdm_private_accuracy *accuracy, size_t measure, const dpdm_dataset *test, uint64_t right)
{
    dpdm_error err = {0};
    float *probabilities = calloc(test->count * CLASSES, sizeof *probabilities);
    for (uint64_t i = 0; i < test->count; i++)
        probabilities[i * CLASSES + (i < right ? 0 : 2)] = 1;
    assert_int_equal(dpdm_private_accuracy_count(accuracy, measure, test, probabilities, &err), DPDM_OK);
    free(probabilities);
}

static void make_test(dpdm_dataset *test, uint64_t records)
{
    assert_int_equal(dpdm_dataset_create(records, 1, 1, 1, CLASSES, test, NULL), DPDM_OK);
}

/* Accuracies 0.9 (mean of two trainings) and 0.5. */
static dpdm_private_accuracy *make_counted(const dpdm_dataset *test)
{
    dpdm_private_accuracy *accuracy;
    assert_int_equal(dpdm_private_accuracy_create(RECORDS, MEASURES, &accuracy, NULL), DPDM_OK);
    count(accuracy, 0, test, RECORDS * 8 / 10);
    count(accuracy, 0, test, RECORDS);
    count(accuracy, 1, test, RECORDS / 2);
    return accuracy;
}

static void noise_has_the_stated_size(void **state)
{
    (void)state;
    enum { ROUNDS = 300 };
    dpdm_error err = {0};
    dpdm_dataset test;
    make_test(&test, RECORDS);
    dpdm_private_accuracy *accuracy = make_counted(&test);
    static const double truth[] = {0.9, 0.5};
    double squares[MEASURES] = {0};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        dpdm_key key;
        dpdm_released_accuracy released[MEASURES];
        dpdm_event event;
        dpdm_bound bound;
        dpdm_key_from_seed(&key, round);
        assert_int_equal(dpdm_private_accuracy_release(accuracy, 1, 1e-5, &key, released, &event, &bound, &err),
                         DPDM_OK);
        assert_true(bound.epsilon_upper <= 1 && bound.epsilon_upper > 0.99);
        assert_true(event.sampling_rate == 1 && event.steps == 1);
        for (int m = 0; m < MEASURES; m++) {
            /* noise of sigma sqrt(2) in each of two sums; to first order in the share */
            const double a = truth[m], want = event.noise_multiplier * sqrt(2) / RECORDS * hypot(a, 1 - a);
            assert_true(fabs(released[m].deviation / want - 1) < 0.05);
            squares[m] += pow((released[m].accuracy - a) / want, 2) / ROUNDS;
        }
    }
    for (int m = 0; m < MEASURES; m++)
        assert_true(fabs(squares[m] - 1) < 5 * sqrt(2.0 / ROUNDS));
    dpdm_private_accuracy_destroy(accuracy);
    dpdm_dataset_destroy(&test);
}

/* The sums over the images of make_counted, right and wrong, with a draw of the exact sampler on each. */
static void noise_is_that_of_the_exact_sampler(void **state)
{
    (void)state;
    const dpdm_grid grid = {sizeof(dpdm_grid), sqrt(MEASURES), DPDM_GRID_BITS};
    dpdm_dataset test;
    make_test(&test, RECORDS);
    dpdm_private_accuracy *accuracy = make_counted(&test);
    dpdm_exact_gaussian *gaussian = malloc(sizeof *gaussian);
    assert_non_null(gaussian);
    for (uint64_t seed = 0; seed < 5; seed++) {
        dpdm_key key;
        dpdm_stream stream;
        dpdm_released_accuracy released[MEASURES];
        dpdm_event event;
        dpdm_bound bound;
        int64_t sums[2 * MEASURES] = {0};
        float values[2 * MEASURES];
        dpdm_key_from_seed(&key, seed);
        assert_int_equal(dpdm_private_accuracy_release(accuracy, 1, 1e-5, &key, released, &event, &bound, NULL),
                         DPDM_OK);
        for (uint64_t i = 0; i < RECORDS; i++) {
            const float first = i < RECORDS * 8 / 10 ? 1.0F : 0.5F, second = i < RECORDS / 2 ? 1.0F : 0.0F;
            const float image[2 * MEASURES] = {first, 1 - first, second, 1 - second};
            assert_int_equal(dpdm_grid_add(&grid, image, 2 * MEASURES, sums, NULL, NULL), DPDM_OK);
        }
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_EVENT, 0, 0);
        assert_int_equal(dpdm_exact_gaussian_init(gaussian, event.noise_multiplier, grid.bits, NULL), DPDM_OK);
        assert_int_equal(dpdm_exact_gaussian_add(gaussian, &stream, 2 * MEASURES, sums, NULL), DPDM_OK);
        dpdm_grid_release(&grid, sums, 2 * MEASURES, 1, values);
        for (int m = 0; m < MEASURES; m++) {
            const double right = (double)values[2 * m], wrong = (double)values[2 * m + 1];
            assert_true(released[m].accuracy == right / (right + wrong));
        }
    }
    free(gaussian);
    dpdm_private_accuracy_destroy(accuracy);
    dpdm_dataset_destroy(&test);
}

/* Hardly any noise: the released value is the accuracy. */
static void little_noise_gives_the_accuracy(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_dataset test;
    dpdm_released_accuracy released[MEASURES];
    dpdm_event event;
    dpdm_bound bound;
    make_test(&test, RECORDS);
    dpdm_private_accuracy *accuracy = make_counted(&test);
    assert_int_equal(dpdm_private_accuracy_release(accuracy, 50, 1e-5, NULL, released, &event, &bound, &err), DPDM_OK);
    assert_true(fabs(released[0].accuracy - 0.9) < 8e-4 && fabs(released[1].accuracy - 0.5) < 8e-4);
    dpdm_private_accuracy_destroy(accuracy);
    dpdm_dataset_destroy(&test);
}

/* No image at all: still a number in [0, 1], still noise. */
static void empty_sets_are_released_like_others(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_dataset test;
    dpdm_private_accuracy *accuracy;
    dpdm_released_accuracy released;
    dpdm_event event;
    dpdm_bound bound;
    make_test(&test, 1);
    test.count = 0;
    assert_int_equal(dpdm_private_accuracy_create(0, 1, &accuracy, &err), DPDM_OK);
    count(accuracy, 0, &test, 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(dpdm_private_accuracy_release(accuracy, 1, 1e-5, NULL, &released, &event, &bound, &err),
                         DPDM_OK);
        assert_true(released.accuracy >= 0 && released.accuracy <= 1 && isfinite(released.deviation));
    }
    dpdm_private_accuracy_destroy(accuracy);
    test.count = 1;
    dpdm_dataset_destroy(&test);
}

static void impossible_releases_are_refused(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_dataset test;
    dpdm_private_accuracy *accuracy;
    dpdm_released_accuracy released[MEASURES];
    dpdm_event event;
    dpdm_bound bound;
    float probabilities[CLASSES] = {1};
    make_test(&test, 1);
    assert_int_equal(dpdm_private_accuracy_create(1, 0, &accuracy, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_private_accuracy_create(UINT64_MAX, 1000, &accuracy, &err), DPDM_ENOMEM);
    assert_int_equal(dpdm_private_accuracy_create(1, MEASURES, &accuracy, &err), DPDM_OK);
    assert_int_equal(dpdm_private_accuracy_count(accuracy, MEASURES, &test, probabilities, &err), DPDM_EUSAGE);
    count(accuracy, 0, &test, 1);
    assert_int_equal(dpdm_private_accuracy_release(accuracy, 1, 1e-5, NULL, released, &event, &bound, &err),
                     DPDM_EUSAGE); /* the second was never counted */
    count(accuracy, 1, &test, 1);
    assert_int_equal(dpdm_private_accuracy_release(accuracy, 0, 1e-5, NULL, released, &event, &bound, &err),
                     DPDM_EUSAGE);
    assert_int_equal(dpdm_private_accuracy_release(accuracy, 1, 1, NULL, released, &event, &bound, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_private_accuracy_release(accuracy, NAN, 1e-5, NULL, released, &event, &bound, &err),
                     DPDM_EUSAGE);
    dpdm_private_accuracy_destroy(accuracy);
    dpdm_dataset_destroy(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_has_the_stated_size),       cmocka_unit_test(noise_is_that_of_the_exact_sampler),
        cmocka_unit_test(little_noise_gives_the_accuracy), cmocka_unit_test(empty_sets_are_released_like_others),
        cmocka_unit_test(impossible_releases_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
