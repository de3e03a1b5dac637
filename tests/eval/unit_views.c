/* unit_views.c - catches views that read beyond the image, change what was not asked for, or mix targets unlike images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "eval/views.h"

enum { SIDE = 9, SIZE = SIDE * SIDE, CLASSES = 3, COUNT = 4, DRAWS = 400 };

static void make_images(dpdm_dataset *data)
{
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, CLASSES, data, NULL), DPDM_OK);
    for (int i = 0; i < COUNT; i++) {
        data->labels[i] = i % CLASSES;
        for (int p = 0; p < SIZE; p++)
            data->pixels[i * SIZE + p] = (uint8_t)((p * 29 + i * 61) % 251);
    }
    assert_int_equal(dpdm_dataset_seal(data, NULL), DPDM_OK);
}

static void draw_stream(dpdm_stream *stream, uint64_t draw)
{
    dpdm_key key;
    dpdm_key_from_seed(&key, 7);
    dpdm_stream_init(stream, &key, DPDM_PURPOSE_TEST, 0, draw);
}

static void no_change_is_the_image_itself(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_stream stream;
    float image[SIZE], view[SIZE], scratch[SIZE], target[CLASSES];
    const uint64_t list[] = {3, 1};
    const dpdm_views views = {0};
    make_images(&data);
    draw_stream(&stream, 0);
    dpdm_view_mix(&views, &data, list, 2, 1, &stream, scratch, view, target);
    dpdm_dataset_image(&data, 1, image);
    assert_memory_equal(view, image, sizeof view);
    assert_true(target[0] == 0 && target[1] == 1 && target[2] == 0);
    dpdm_dataset_destroy(&data);
}

/* A shift alone meets whole pixels: every view is one of the (2 reach + 1)^2 moved images, mirrored or not, and all are
 * drawn. */
static void shifts_and_mirrors_are_whole(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_stream stream;
    float image[SIZE], view[SIZE];
    int seen[3][3][2] = {{{0}}}, found_all = 1;
    const dpdm_views views = {.shift = 1, .mirror = 1};
    make_images(&data);
    dpdm_dataset_image(&data, 2, image);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        int found = 0;
        draw_stream(&stream, draw);
        dpdm_view_draw(&views, &data, 2, &stream, view);
        for (int shape = 0; shape < 18; shape++) {
            const int down = shape / 6 - 1, right = shape / 2 % 3 - 1, mirrored = shape % 2;
            int same = 1;
            for (int p = 0; p < SIZE && same; p++) {
                int y = p / SIDE - down, x = (mirrored ? SIDE - 1 - p % SIDE : p % SIDE) - right;
                y = y < 0 ? 0 : y >= SIDE ? SIDE - 1 : y;
                x = x < 0 ? 0 : x >= SIDE ? SIDE - 1 : x;
                same = fabsf(view[p] - image[y * SIDE + x]) < 1e-5F;
            }
            if (same)
                found = seen[down + 1][right + 1][mirrored] = 1;
        }
        assert_true(found);
    }
    for (int shape = 0; shape < 18; shape++)
        found_all &= seen[shape / 6][shape / 2 % 3][shape % 2];
    assert_true(found_all);
    dpdm_dataset_destroy(&data);
}

/* Turned by any angle and stretched, an even image stays even, and pixels stay between those there were. */
static void warps_stay_within_the_image(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_stream stream;
    float view[SIZE];
    const dpdm_views views = {.shift = 4, .turn = 180, .stretch = 1};
    make_images(&data);
    memset(data.pixels, 200, SIZE);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        draw_stream(&stream, draw);
        dpdm_view_draw(&views, &data, 0, &stream, view);
        for (int p = 0; p < SIZE; p++)
            assert_true(fabs((double)view[p] - (200 / 127.5 - 1)) < 1e-5);
        dpdm_view_draw(&views, &data, 1, &stream, view);
        for (int p = 0; p < SIZE; p++)
            assert_true(view[p] >= -1.00001F && view[p] <= 1.00001F);
    }
    dpdm_dataset_destroy(&data);
}

/* Of two even images the mixed pixel tells the shares; the target must have the same ones, and sum to 1. */
static void targets_are_mixed_as_the_images_are(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_stream stream;
    float view[SIZE], scratch[SIZE], target[CLASSES];
    const uint64_t list[] = {0, 1};
    const dpdm_views views = {.mixup = 1, .smoothing = 0.3};
    int mixed = 0;
    make_images(&data);
    memset(data.pixels, 0, SIZE);
    memset(data.pixels + SIZE, 255, SIZE);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        draw_stream(&stream, draw);
        dpdm_view_mix(&views, &data, list, 2, 0, &stream, scratch, view, target);
        const double other = (view[0] + 1) / 2;
        assert_true(other < 0.5);
        assert_true(fabs(target[1] - (0.1 + 0.7 * other)) < 1e-5);
        assert_true(fabs(target[0] - (0.1 + 0.7 * (1 - other))) < 1e-5);
        assert_true(fabs(target[0] + target[1] + target[2] - 1) < 1e-5);
        mixed += other > 0;
    }
    assert_in_range(mixed, DRAWS / 3, 2 * DRAWS / 3); /* half of the partners are the image itself */
    dpdm_dataset_destroy(&data);
}

/* The erased rectangle has one shade and a fifth to a half of each side. */
static void erasing_hides_one_rectangle(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_stream stream;
    float image[SIZE], view[SIZE];
    const dpdm_views views = {.erase = 1};
    make_images(&data);
    dpdm_dataset_image(&data, 3, image);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        int top = SIDE, bottom = -1, left = SIDE, right = -1;
        draw_stream(&stream, draw);
        dpdm_view_draw(&views, &data, 3, &stream, view);
        for (int p = 0; p < SIZE; p++)
            if (view[p] != image[p]) {
                top = p / SIDE < top ? p / SIDE : top;
                bottom = p / SIDE > bottom ? p / SIDE : bottom;
                left = p % SIDE < left ? p % SIDE : left;
                right = p % SIDE > right ? p % SIDE : right;
            }
        assert_true(bottom >= 0 && bottom - top < (SIDE + 1) / 2 && right - left < (SIDE + 1) / 2);
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
                assert_true(view[y * SIDE + x] == view[top * SIDE + left] || view[y * SIDE + x] == image[y * SIDE + x]);
    }
    dpdm_dataset_destroy(&data);
}

static void refuses_what_lies_out_of_range(void **state)
{
    (void)state;
    dpdm_error err = {0};
    const dpdm_views bad[] = {{.shift = -1},  {.shift = 65}, {.turn = NAN},   {.stretch = 1.5},
                              {.erase = 1.1}, {.noise = -1}, {.mixup = -0.1}, {.smoothing = 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(dpdm_views_check(&bad[i], &err), DPDM_EUSAGE);
    const dpdm_classifier_config standard = dpdm_classifier_protocol(DPDM_PROTOCOL_STANDARD);
    assert_int_equal(dpdm_views_check(&standard.views, &err), DPDM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_change_is_the_image_itself), cmocka_unit_test(shifts_and_mirrors_are_whole),
        cmocka_unit_test(warps_stay_within_the_image),   cmocka_unit_test(targets_are_mixed_as_the_images_are),
        cmocka_unit_test(erasing_hides_one_rectangle),   cmocka_unit_test(refuses_what_lies_out_of_range)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
