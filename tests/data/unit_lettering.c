/* unit_lettering.c - names of classes over grids of images: the right name over the right column, cut where it does not fit. */
#include "data/grid.h"
#include "data/lettering.h"
#include "data/support.h"

enum { WIDTH = 24, HEIGHT = 9 };

static void draw(const char *text, size_t width, size_t scale, uint8_t canvas[HEIGHT * WIDTH])
{
    memset(canvas, 0, HEIGHT * WIDTH);
    dpdm_lettering_draw(text, width, scale, 255, canvas, WIDTH);
}

static size_t ink(const uint8_t canvas[HEIGHT * WIDTH], size_t first, size_t end)
{
    size_t n = 0;
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = first; x < end; x++)
            n += canvas[y * WIDTH + x] == 255;
    return n;
}

static void letters_are_where_they_belong(void **state)
{
    (void)state;
    uint8_t one[HEIGHT * WIDTH], other[HEIGHT * WIDTH];
    draw("T", WIDTH, 1, one);
    for (size_t x = 0; x < 7; x++) /* its bar, and its stem below */
        assert_true((one[x] == 255) == (x < 5) && (one[6 * WIDTH + x] == 255) == (x == 2));
    assert_true(ink(one, 0, WIDTH) == 11 && ink(one, 5, WIDTH) == 0);
    draw("  T", WIDTH, 1, other);
    assert_true(ink(other, 0, 12) == 0 && ink(other, 12, 17) == 11);
    draw("TTTTT", 23, 1, other); /* 23 points hold four letters */
    assert_true(ink(other, 0, 23) == 44 && ink(other, 23, WIDTH) == 0);
    draw("TT", 22, 1, other);
    draw("T", 4, 1, one);
    assert_true(ink(one, 0, WIDTH) == 0 && ink(other, 0, WIDTH) == 22);
    draw("\xc3\xa9T", WIDTH, 1, one); /* one letter, which no glyph has */
    draw("?T", WIDTH, 1, other);
    assert_memory_equal(one, other, sizeof one);
}

/* Every letter that is drawn is drawn in its own way. */
static void no_two_letters_look_alike(void **state)
{
    (void)state;
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,()/&+':%? ";
    uint8_t one[HEIGHT * WIDTH], other[HEIGHT * WIDTH];
    for (size_t i = 0; letters[i]; i++)
        for (size_t j = 0; j < i; j++) {
            draw((char[]){letters[i], '\0'}, WIDTH, 1, one);
            draw((char[]){letters[j], '\0'}, WIDTH, 1, other);
            if (!memcmp(one, other, sizeof one))
                fail_msg("'%c' and '%c'", letters[i], letters[j]);
        }
}

static void picture(const dpdm_dataset *data, int columns, int captions, uint32_t *height, uint8_t **png, size_t *size)
{
    uint32_t width;
    assert_int_equal(dpdm_grid_png_encode(data, columns, 2, captions, "a grid", png, size, height, &width, NULL),
                     DPDM_OK);
    assert_int_equal(width, columns * data->width * 2);
}

static void names_stand_over_columns_or_images(void **state)
{
    (void)state;
    static const char *const names[] = {"A,B,C", "A,B,D"};
    uint8_t *png[2];
    size_t size[2];
    uint32_t height;
    dpdm_dataset data;
    support_dataset(&data, 12, 5, 8, 3, 3);
    for (uint64_t i = 0; i < data.count; i++)
        data.labels[i] = (int32_t)(i % 3);
    picture(&data, 3, 1, &height, &png[0], &size[0]);
    assert_int_equal(height, 4 * 10); /* classes without names */
    free(png[0]);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dpdm_dataset_name_classes(&data, names[i], NULL), DPDM_OK);
        picture(&data, 3, 1, &height, &png[i], &size[i]);
        assert_int_equal(height, 9 + 4 * 10);
    }
    assert_true(size[0] != size[1] || memcmp(png[0], png[1], size[0]) != 0);
    free(png[0]);
    free(png[1]);
    picture(&data, 4, 1, &height, &png[0], &size[0]);
    assert_int_equal(height, 3 * (9 + 10)); /* columns of several classes */
    free(png[0]);
    picture(&data, 3, 0, &height, &png[0], &size[0]);
    assert_int_equal(height, 4 * 10);
    free(png[0]);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_where_they_belong),
        cmocka_unit_test(no_two_letters_look_alike),
        cmocka_unit_test(names_stand_over_columns_or_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
