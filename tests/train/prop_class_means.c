/* prop_class_means.c - catches a sensitivity above the clip, true counts in the divisor, noise that is missing or
 * depends on threads, and means that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "dpdm/gaussian.h"
#include "train/class_means.h"

enum { SIDE = 6, PIXELS = SIDE * SIDE, CLASSES = 3, COUNT = 600 };

/* Class c has pixels around 60 c; class 2 is left to one image. */
static void make_data(dpdm_dataset *data)
{
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, CLASSES, data, NULL), DPDM_OK);
    for (int i = 0; i < COUNT; i++) {
        data->labels[i] = i == 0 ? 2 : i % 2;
        for (int p = 0; p < PIXELS; p++)
            data->pixels[i * PIXELS + p] = (uint8_t)(60 * data->labels[i] + (i * 7 + p * 13) % 40);
    }
    assert_int_equal(dpdm_dataset_seal(data, NULL), DPDM_OK);
}

static void release(const dpdm_dataset *data, double noise, int threads, float *center)
{
    dpdm_key key;
    dpdm_error err = {0};
    dpdm_key_from_seed(&key, 5);
    dpdm_prior prior = {.classes = CLASSES, .pixels = PIXELS, .center = center};
    double of[CLASSES];
    dpdm_class_counts counts = {.of = of};
    assert_int_equal(dpdm_class_means_release(data, noise, 40, &key, threads, &prior, &counts, &err), DPDM_OK);
    assert_true(fabs(counts.all - COUNT) < 20 * noise);
}

static double true_mean(const dpdm_dataset *data, int label, int pixel)
{
    double sum = 0, n = 0;
    for (uint64_t i = 0; i < data->count; i++)
        if (label < 0 || data->labels[i] == label) {
            sum += data->pixels[i * PIXELS + (uint64_t)pixel] / 127.5 - 1;
            n++;
        }
    return sum / n;
}

/* An image of the greatest norm, with its count, is not shortened: else the means would be biased and the clip a lie. */
static void the_brightest_image_reaches_the_clip_and_no_further(void **state)
{
    (void)state;
    float v[PIXELS + 1];
    int64_t sum[PIXELS + 1] = {0};
    double norm;
    dpdm_grid grid = {sizeof(dpdm_grid), dpdm_class_means_clip(PIXELS), 40};
    for (int p = 0; p < PIXELS; p++)
        v[p] = p % 2 ? 1 : -1;
    v[PIXELS] = 0.5F * sqrtf(PIXELS);
    assert_int_equal(dpdm_grid_add(&grid, v, PIXELS + 1, sum, &norm, NULL), DPDM_OK);
    assert_true(norm <= grid.clip && norm > grid.clip * (1 - 1e-5));
}

static void little_noise_gives_the_means(void **state)
{
    (void)state;
    dpdm_dataset data;
    static float center[(CLASSES + 1) * PIXELS];
    make_data(&data);
    release(&data, 1e-3, 2, center);
    for (int p = 0; p < PIXELS; p++) {
        for (int c = 0; c < 2; c++)
            assert_true(fabs((double)center[c * PIXELS + p] - true_mean(&data, c, p)) < 0.03);
        assert_true(fabs((double)center[CLASSES * PIXELS + p] - true_mean(&data, -1, p)) < 0.01);
    }
    dpdm_dataset_destroy(&data);
}

/* The standard deviation of a mean is noise clip / count: a result without that error has no privacy. */
static void noise_is_there_and_of_the_right_size(void **state)
{
    (void)state;
    dpdm_dataset data;
    static float center[(CLASSES + 1) * PIXELS];
    double squares = 0, noise = 1.5;
    make_data(&data);
    release(&data, noise, 2, center);
    for (int p = 0; p < PIXELS; p++)
        for (int c = 0; c < 2; c++)
            squares += pow((double)center[c * PIXELS + p] - true_mean(&data, c, p), 2);
    double found = sqrt(squares / (2 * PIXELS)), expected = noise * dpdm_class_means_clip(PIXELS) / (COUNT / 2.0);
    assert_true(found > 0.7 * expected && found < 1.4 * expected);
    dpdm_dataset_destroy(&data);
}

static void a_class_lost_in_noise_gets_the_overall_mean(void **state)
{
    (void)state;
    dpdm_dataset data;
    static float center[(CLASSES + 1) * PIXELS];
    make_data(&data);
    release(&data, 1.0, 1, center);
    assert_memory_equal(center + 2 * PIXELS, center + CLASSES * PIXELS, PIXELS * sizeof *center);
    assert_memory_not_equal(center, center + CLASSES * PIXELS, PIXELS * sizeof *center);
    dpdm_dataset_destroy(&data);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    dpdm_dataset data;
    static float one[(CLASSES + 1) * PIXELS], three[(CLASSES + 1) * PIXELS];
    make_data(&data);
    release(&data, 2.0, 1, one);
    release(&data, 2.0, 3, three);
    assert_memory_equal(one, three, sizeof one);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_brightest_image_reaches_the_clip_and_no_further),
        cmocka_unit_test(little_noise_gives_the_means),
        cmocka_unit_test(noise_is_there_and_of_the_right_size),
        cmocka_unit_test(a_class_lost_in_noise_gets_the_overall_mean),
        cmocka_unit_test(threads_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
