/* unit_procedural.c - catches procedural images that depend on threads or on their neighbours, change between versions or
 * machines, are empty, or whose classes are all alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/procedural.h"

enum { COUNT = 120 };

static dpdm_procedural of_kind(dpdm_procedural_kind kind, int channels)
{
    return (dpdm_procedural){.kinds = {kind},
                             .kind_count = 1,
                             .height = channels == 3 ? 24 : 28,
                             .width = channels == 3 ? 40 : 28,
                             .channels = channels,
                             .classes = 6,
                             .seed = 3};
}

static void make(const dpdm_procedural *what, uint64_t first, uint64_t count, int threads, dpdm_dataset *data)
{
    dpdm_error err = {0};
    if (dpdm_procedural_make(what, first, count, threads, data, &err))
        fail_msg("%s", err.message);
}

/* The first bytes of the digest of shape, pixels and labels. Whoever changes an image changes every start made of it: new
 * digests here want a line in the changelog. */
static const char *const golden[DPDM_PROCEDURAL_KINDS][2] = {{"7d138e9267feaed3", "cceed15055a702f7"},
                                                             {"0398835c0b0b3793", "7d31812bd804525d"},
                                                             {"dcbb46ed8f71e2de", "012acc9b2709721f"},
                                                             {"191585edb7582c71", "6d3d4c3b34c642f0"},
                                                             {"6a94664fa9ff5aee", "caa6a3523c4dae6a"}};

static void bytes_are_the_same_everywhere(void **state)
{
    (void)state;
    int right = 1;
    for (int kind = 0; kind < DPDM_PROCEDURAL_KINDS; kind++)
        for (int colour = 0; colour < 2; colour++) {
            const dpdm_procedural what = of_kind((dpdm_procedural_kind)kind, colour ? 3 : 1);
            dpdm_dataset data;
            char text[17];
            make(&what, 0, COUNT, 2, &data);
            for (size_t i = 0; i < 8; i++)
                snprintf(text + 2 * i, 3, "%02x", data.digest[i]);
            if (strcmp(text, golden[kind][colour]) != 0) {
                print_error("%s, %d channels: %s\n", dpdm_procedural_name(kind), what.channels, text);
                right = 0;
            }
            dpdm_dataset_destroy(&data);
        }
    assert_true(right);
}

/* Image i is the same whatever is made with it, on however many threads; kinds take turns after each round of classes. */
static void an_image_depends_on_its_number_alone(void **state)
{
    (void)state;
    dpdm_procedural what = of_kind(DPDM_PROCEDURAL_STROKES, 1);
    what.kinds[1] = DPDM_PROCEDURAL_FIELDS;
    what.kind_count = 2;
    dpdm_dataset all, part;
    make(&what, 0, COUNT, 1, &all);
    make(&what, 41, 30, 3, &part);
    const size_t size = (size_t)what.height * (size_t)what.width;
    assert_memory_equal(part.pixels, all.pixels + 41 * size, 30 * size);
    assert_memory_equal(part.labels, all.labels + 41, 30 * sizeof *part.labels);
    dpdm_dataset_destroy(&part);
    what.kind_count = 1;
    make(&what, 0, COUNT, 2, &part);
    for (uint64_t i = 0; i < COUNT; i++) {
        const int same = memcmp(part.pixels + i * size, all.pixels + i * size, size) == 0;
        assert_int_equal(same, i / 6 % 2 == 0);
        assert_int_equal(all.labels[i], i % 6);
    }
    dpdm_dataset_destroy(&part);
    what.seed++;
    make(&what, 0, COUNT, 2, &part);
    for (uint64_t i = 0; i < COUNT; i++)
        assert_true(memcmp(part.pixels + i * size, all.pixels + i * size, size) != 0);
    dpdm_dataset_destroy(&part);
    dpdm_dataset_destroy(&all);
}

/* No image is of one shade, no two are alike, and the set uses dark and light. */
static void images_hold_something(void **state)
{
    (void)state;
    for (int kind = 0; kind < DPDM_PROCEDURAL_KINDS; kind++)
        for (int channels = 1; channels <= 3; channels += 2) {
            const dpdm_procedural what = of_kind((dpdm_procedural_kind)kind, channels);
            dpdm_dataset data;
            make(&what, 0, COUNT, 2, &data);
            const size_t size = (size_t)what.height * (size_t)what.width * (size_t)channels;
            int darkest = 255, lightest = 0, tinted = 0;
            for (size_t i = 0; i < COUNT; i++) {
                const uint8_t *image = data.pixels + i * size;
                int low = 255, high = 0;
                for (size_t p = 0; p < size; p++) {
                    low = image[p] < low ? image[p] : low;
                    high = image[p] > high ? image[p] : high;
                    tinted |= channels == 3 && image[p] != image[p - p % 3];
                }
                if (high - low <= 20)
                    fail_msg("image %zu of %s, %d channels, lies in %d..%d", i, dpdm_procedural_name(kind), channels,
                             low, high);
                assert_true(i == 0 || memcmp(image, image - size, size) != 0);
                darkest = low < darkest ? low : darkest;
                lightest = high > lightest ? high : lightest;
            }
            assert_true(darkest < 40 && lightest > 220);
            assert_int_equal(tinted, channels == 3);
            dpdm_dataset_destroy(&data);
        }
}

/* The smallest and very flat pictures stay within their memory (run with the sanitizers). */
static void sizes_at_the_ends(void **state)
{
    (void)state;
    const int sides[][2] = {{8, 8}, {8, 300}, {257, 9}};
    for (size_t i = 0; i < 3; i++)
        for (int kind = 0; kind < DPDM_PROCEDURAL_KINDS; kind++) {
            dpdm_procedural what = of_kind((dpdm_procedural_kind)kind, 3);
            dpdm_dataset data;
            what.height = sides[i][0];
            what.width = sides[i][1];
            make(&what, 1000000007, 3, 1, &data);
            dpdm_dataset_destroy(&data);
        }
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_procedural what = of_kind(DPDM_PROCEDURAL_LEAVES, 1);
    dpdm_dataset data;
    assert_int_equal(dpdm_procedural_parse("shapes,leaves", &what, &err), DPDM_OK);
    assert_true(what.kind_count == 2 && what.kinds[0] == DPDM_PROCEDURAL_SHAPES);
    const char *const bad[] = {"",
                               "leaves,",
                               "leavs",
                               "shapes,shapes",
                               "leaves fields",
                               ",leaves",
                               "a-word-much-longer-than-any-name-of-a-kind-of-images"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(dpdm_procedural_parse(bad[i], &what, &err), DPDM_EUSAGE);
    const dpdm_procedural good = of_kind(DPDM_PROCEDURAL_LEAVES, 1);
    for (int i = 0; i < 5; i++) {
        what = good;
        *(int *[]){&what.height, &what.width, &what.channels, &what.classes, &what.kind_count}[i] = i == 2 ? 2 : 0;
        assert_int_equal(dpdm_procedural_make(&what, 0, 4, 1, &data, &err), DPDM_EUSAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_are_the_same_everywhere),
                                       cmocka_unit_test(an_image_depends_on_its_number_alone),
                                       cmocka_unit_test(images_hold_something), cmocka_unit_test(sizes_at_the_ends),
                                       cmocka_unit_test(refuses_what_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
