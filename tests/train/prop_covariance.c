/* prop_covariance.c - catches a norm that is not the residual's squared, a covariance that is not that of the data, and
 * noise that is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "train/covariance.h"

enum { SIDE = 4, PIXELS = SIDE * SIDE, COUNT = 4000, RANK = 2 };

/* Grey images that vary along two fixed patterns, with standard deviations 40 and 20 (of 255), and a little everywhere. */
static void make_data(dpdm_dataset *data)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 3);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, 1, data, NULL), DPDM_OK);
    for (int i = 0; i < COUNT; i++) {
        float z[PIXELS + 2];
        dpdm_stream_normals(&stream, z, PIXELS + 2);
        for (int p = 0; p < PIXELS; p++) {
            float value = 127.5F + 40 * z[0] * (p % 2 ? 1 : -1) + 20 * z[1] * (p < PIXELS / 2 ? 1 : -1) + 3 * z[2 + p];
            data->pixels[i * PIXELS + p] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5F);
        }
    }
    assert_int_equal(dpdm_dataset_seal(data, NULL), DPDM_OK);
}

/* Images are shrunk by `pool`; `seed` is that of the noise. */
static void release_as(const dpdm_dataset *data, double noise, double norm, int pool, int rank, uint64_t seed,
                       int threads, dpdm_prior *prior)
{
    const dpdm_covariance_options options = {
        .noise_multiplier = noise, .norm = norm, .count = COUNT, .pool = pool, .grid_bits = 40};
    dpdm_key key;
    dpdm_error err = {0};
    dpdm_key_from_seed(&key, seed);
    assert_int_equal(dpdm_prior_create(1, PIXELS, rank, prior, &err), DPDM_OK);
    if (dpdm_covariance_release(data, &options, &key, threads, prior, &err))
        fail_msg("%s", err.message);
}

static void release(const dpdm_dataset *data, double noise, double norm, int threads, dpdm_prior *prior)
{
    release_as(data, noise, norm, 1, RANK, 6, threads, prior);
}

static void little_noise_gives_the_directions(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_prior prior;
    double along[2] = {0, 0};
    make_data(&data);
    release(&data, 1e-3, 4, 2, &prior); /* no image of [-1, 1] has a norm above 4 */
    /* variance along a unit vector: 16 pixels times (40 / 127.5)^2, and so on */
    assert_true(fabs((double)prior.variance[0] / (16 * pow(40 / 127.5, 2)) - 1) < 0.1);
    assert_true(fabs((double)prior.variance[1] / (16 * pow(20 / 127.5, 2)) - 1) < 0.1);
    assert_true(fabs((double)prior.variance[2] / pow(3 / 127.5, 2) - 1) < 0.2);
    for (int p = 0; p < PIXELS; p++) {
        along[0] += (double)prior.basis[p] * (p % 2 ? 0.25 : -0.25);
        along[1] += (double)prior.basis[PIXELS + p] * (p < PIXELS / 2 ? 0.25 : -0.25);
    }
    assert_true(fabs(along[0]) > 0.99 && fabs(along[1]) > 0.99);
    dpdm_prior_destroy(&prior);
    dpdm_dataset_destroy(&data);
}

/* The norm of an image's vector is its residual's squared: with the clip exactly there nothing changes, with half of it
 * the sum halves. */
static void the_clip_is_the_square_of_the_norm(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_prior whole, half;
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, 1, &data, NULL), DPDM_OK);
    memset(data.pixels, 255, COUNT * PIXELS); /* r = 1 everywhere: norm 4 */
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    release(&data, 1e-6, 4, 1, &whole);
    release(&data, 1e-6, 4 * sqrt(0.5), 1, &half);
    assert_true(fabs((double)whole.variance[0] - 16) < 1e-3);
    assert_true(fabs((double)half.variance[0] - 8) < 1e-3);
    dpdm_prior_destroy(&whole);
    dpdm_prior_destroy(&half);
    dpdm_dataset_destroy(&data);
}

/* The trace carries the noise of the diagonal: sqrt(pixels) sigma R^2 / count. */
static void noise_is_there_and_of_the_right_size(void **state)
{
    (void)state;
    dpdm_dataset data;
    double squares = 0, noise = 50, norm = 4;
    enum { REPEATS = 40 };
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, 1, &data, NULL), DPDM_OK);
    memset(data.pixels, 255, COUNT * PIXELS);
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    for (uint64_t seed = 0; seed < REPEATS; seed++) {
        dpdm_prior prior;
        release_as(&data, noise, norm, 1, 1, seed, 1, &prior);
        double trace = (double)prior.variance[0] + 15 * (double)prior.variance[1];
        squares += pow(trace - 16, 2);
        dpdm_prior_destroy(&prior);
    }
    double found = sqrt(squares / REPEATS), expected = sqrt(PIXELS) * noise * norm * norm / COUNT;
    assert_true(found > 0.6 * expected && found < 1.6 * expected);
    dpdm_dataset_destroy(&data);
}

/* Images that do not vary, and noise: of a matrix of noise alone, whose leading eigenvalues are large, no direction may
 * come out as one in which images vary. */
static void noise_alone_gives_no_direction(void **state)
{
    (void)state;
    enum { REPEATS = 40 };
    dpdm_dataset data;
    int standing = 0;
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, 1, &data, NULL), DPDM_OK);
    memset(data.pixels, 128, COUNT * PIXELS);
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    for (uint64_t seed = 0; seed < REPEATS; seed++) {
        dpdm_prior prior;
        release_as(&data, 50, 4, 1, RANK, seed, 1, &prior);
        /* the raw one lies about 2 sqrt(16) standard deviations (50 x 16 / 4000 / sqrt 2) above: 1.1 */
        standing += (double)prior.variance[0] > 0.8;
        dpdm_prior_destroy(&prior);
    }
    assert_true(standing < REPEATS / 4);
    dpdm_dataset_destroy(&data);
}

/* Every image is a checkerboard of +-1 on a ground that is 1 in its upper half and -1 in its lower one, scaled to [-1, 1]: the
 * shrunk image sees the ground alone, 16 / 4 of the squared norm, and the checkerboard goes into the rest. */
static void make_checkered(dpdm_dataset *data)
{
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, 1, data, NULL), DPDM_OK);
    for (int i = 0; i < COUNT * PIXELS; i++) {
        const int row = i % PIXELS / SIDE, column = i % SIDE;
        data->pixels[i] = (uint8_t)(row < 2 ? ((row + column) % 2 ? 255 : 85) : (row + column) % 2 ? 170 : 0);
    }
    assert_int_equal(dpdm_dataset_seal(data, NULL), DPDM_OK);
}

/* values 1, -1/3 above and 1/3, -1 below: means of blocks 1/3 and -1/3 */
static void shrunk_images_give_their_direction_and_the_whole_trace(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_prior prior;
    make_checkered(&data);
    release_as(&data, 1e-6, 4, 2, 1, 6, 2, &prior);
    const double low = 16.0 / 9, whole = 8 * (1 + 1.0 / 9);
    assert_true(fabs((double)prior.variance[0] - low) < 1e-3);
    assert_true(fabs((double)prior.variance[0] + (PIXELS - 1) * (double)prior.variance[1] - whole) < 1e-2);
    for (int p = 0; p < PIXELS; p++)
        assert_true(fabs(fabs((double)prior.basis[p]) - 0.25) < 1e-3 &&
                    (prior.basis[p] > 0) == ((prior.basis[0] > 0) == (p < PIXELS / 2)));
    dpdm_prior_destroy(&prior);
    dpdm_dataset_destroy(&data);
}

/* Images that differ in what shrinking leaves out alone, at norm 4: what a record gives has the norm ||r||^2 there too, so the
 * clip halves it as it halves the others. */
static void the_clip_holds_for_what_shrinking_leaves_out(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_prior whole, half;
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, 1, &data, NULL), DPDM_OK);
    for (int i = 0; i < COUNT * PIXELS; i++)
        data.pixels[i] = (i % PIXELS / SIDE + i % SIDE) % 2 ? 255 : 0;
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    release_as(&data, 1e-6, 4, 2, 1, 6, 1, &whole);
    release_as(&data, 1e-6, 4 * sqrt(0.5), 2, 1, 6, 1, &half);
    assert_true(fabs(15 * (double)whole.variance[1] - 16) < 0.02);
    assert_true(fabs(15 * (double)half.variance[1] - 8) < 0.02);
    dpdm_prior_destroy(&whole);
    dpdm_prior_destroy(&half);
    dpdm_dataset_destroy(&data);
}

/* The trace of images that are not shrunk has sqrt(16) parts of noise, that of shrunk ones sqrt(4 + 1). */
static void shrunk_images_have_noise_on_every_number(void **state)
{
    (void)state;
    enum { REPEATS = 60 };
    const double noise = 50, unit = noise * 16 / COUNT;
    double squares = 0;
    dpdm_dataset data;
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, 1, &data, NULL), DPDM_OK);
    memset(data.pixels, 255, COUNT * PIXELS);
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    for (uint64_t seed = 0; seed < REPEATS; seed++) {
        dpdm_prior prior;
        release_as(&data, noise, 4, 2, 1, seed, 1, &prior);
        squares += pow((double)prior.variance[0] + 15 * (double)prior.variance[1] - 16, 2);
        dpdm_prior_destroy(&prior);
    }
    const double found = sqrt(squares / REPEATS) / unit;
    assert_true(found > 0.75 * sqrt(5) && found < 1.35 * sqrt(5));
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
    assert_memory_equal(one.basis, three.basis, RANK * PIXELS * sizeof(float));
    assert_memory_equal(one.variance, three.variance, (RANK + 1) * sizeof(float));
    dpdm_prior_destroy(&one);
    dpdm_prior_destroy(&three);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_noise_gives_the_directions),
        cmocka_unit_test(the_clip_is_the_square_of_the_norm),
        cmocka_unit_test(noise_is_there_and_of_the_right_size),
        cmocka_unit_test(noise_alone_gives_no_direction),
        cmocka_unit_test(shrunk_images_give_their_direction_and_the_whole_trace),
        cmocka_unit_test(the_clip_holds_for_what_shrinking_leaves_out),
        cmocka_unit_test(shrunk_images_have_noise_on_every_number),
        cmocka_unit_test(threads_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
