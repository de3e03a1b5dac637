/* unit_augment.c - catches views that read beyond the image, are moved too far, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "train/augment.h"

enum { HEIGHT = 4, WIDTH = 5, CHANNELS = 2, SIZE = HEIGHT * WIDTH * CHANNELS };

/* Pixel (y, x, c) of the image as it was shifted: 100 y + 10 x + c. */
static float shifted(int y, int x, int c)
{
    y = y < 0 ? 0 : y >= HEIGHT ? HEIGHT - 1 : y;
    x = x < 0 ? 0 : x >= WIDTH ? WIDTH - 1 : x;
    return (float)(100 * y + 10 * x + c);
}

/* Is the view the image moved by (down, right), mirrored first or not? */
static int is_view(const float *view, int down, int right, int mirrored)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < CHANNELS; c++)
                if (*view++ != shifted(y - down, (mirrored ? WIDTH - 1 - x : x) - right, c))
                    return 0;
    return 1;
}

static void every_view_is_drawn(void **state)
{
    (void)state;
    float image[SIZE], view[SIZE];
    int seen[3][3][2] = {{{0}}};
    dpdm_key key;
    dpdm_stream stream;
    for (int i = 0; i < SIZE; i++)
        image[i] = shifted(i / CHANNELS / WIDTH, i / CHANNELS % WIDTH, i % CHANNELS);
    dpdm_key_from_seed(&key, 1);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    const dpdm_augmentation how = {HEIGHT, WIDTH, CHANNELS, 1, 1};
    for (int i = 0; i < 2000; i++) {
        int found = 0;
        dpdm_augment(&how, image, &stream, view);
        for (int k = 0; k < 18 && !found; k++) {
            int down = k / 6 - 1, right = k / 2 % 3 - 1, mirrored = k % 2;
            found = is_view(view, down, right, mirrored);
            seen[down + 1][right + 1][mirrored] += found;
        }
        assert_true(found);
    }
    for (int k = 0; k < 18; k++) /* 111 expected, standard deviation 10 */
        assert_in_range(seen[k / 6][k / 2 % 3][k % 2], 60, 160);
}

static void no_shift_and_no_mirror_is_the_image(void **state)
{
    (void)state;
    float image[SIZE], view[SIZE];
    dpdm_key key;
    dpdm_stream stream;
    for (int i = 0; i < SIZE; i++)
        image[i] = (float)i;
    dpdm_key_from_seed(&key, 1);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    const dpdm_augmentation how = {HEIGHT, WIDTH, CHANNELS, 0, 0};
    for (int i = 0; i < 20; i++) {
        dpdm_augment(&how, image, &stream, view);
        assert_memory_equal(view, image, sizeof view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_view_is_drawn),
                                       cmocka_unit_test(no_shift_and_no_mirror_is_the_image)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
