/* unit_dataset.c - catches wrong shapes, labels, digests, copies and pixel scaling of data sets in memory. */
#include "dpdm/dataset.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void fill(dpdm_dataset *data, uint64_t count, int channels)
{
    dpdm_error err;
    assert_int_equal(dpdm_dataset_create(count, 3, 2, channels, 4, data, &err), DPDM_OK);
    for (uint64_t i = 0; i < count * 6 * (uint64_t)channels; i++)
        data->pixels[i] = (uint8_t)(i * 37);
    for (uint64_t i = 0; i < count; i++)
        data->labels[i] = (int32_t)(i % 4);
    assert_int_equal(dpdm_dataset_seal(data, &err), DPDM_OK);
}

static void create_refuses_impossible_shapes(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        int height, width, channels, classes;
    } bad[] = {{1, 0, 2, 1, 1},
               {1, 2, -1, 1, 1},
               {1, 5000, 2, 1, 1},
               {1, 2, 2, 0, 1},
               {1, 2, 2, 99, 1},
               {1, 2, 2, 1, INT_MAX},
               {1, 2, 2, 1, 0},
               {UINT64_MAX / 4, 2, 2, 1, 1},
               {UINT64_MAX, 1024, 1024, 4, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_dataset data;
        dpdm_error err;
        assert_int_not_equal(dpdm_dataset_create(bad[i].count, bad[i].height, bad[i].width, bad[i].channels,
                                                 bad[i].classes, &data, &err),
                             DPDM_OK);
        assert_null(data.pixels);
        assert_true(strlen(err.message) > 10);
    }
}

static void seal_finds_labels_out_of_range(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_error err;
    fill(&data, 5, 1);
    data.labels[3] = 4;
    assert_int_equal(dpdm_dataset_seal(&data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "image 3"));
    data.labels[3] = -1;
    assert_int_equal(dpdm_dataset_seal(&data, &err), DPDM_EFORMAT);
    dpdm_dataset_destroy(&data);
}

static void digest_moves_with_every_part(void **state)
{
    (void)state;
    dpdm_dataset a, b;
    dpdm_error err;
    fill(&a, 5, 1);
    fill(&b, 5, 1);
    assert_memory_equal(a.digest, b.digest, sizeof a.digest);
    b.pixels[29] ^= 1;
    assert_int_equal(dpdm_dataset_seal(&b, &err), DPDM_OK);
    assert_memory_not_equal(a.digest, b.digest, sizeof a.digest);
    b.pixels[29] ^= 1;
    b.labels[4] = 3;
    assert_int_equal(dpdm_dataset_seal(&b, &err), DPDM_OK);
    assert_memory_not_equal(a.digest, b.digest, sizeof a.digest);
    b.labels[4] = a.labels[4];
    b.classes = 5;
    assert_int_equal(dpdm_dataset_seal(&b, &err), DPDM_OK);
    assert_memory_not_equal(a.digest, b.digest, sizeof a.digest);
    b.classes = 4;
    b.height = 2, b.width = 3;
    assert_int_equal(dpdm_dataset_seal(&b, &err), DPDM_OK);
    assert_memory_not_equal(a.digest, b.digest, sizeof a.digest);
    dpdm_dataset_destroy(&a);
    dpdm_dataset_destroy(&b);
}

static void slice_copies_and_cuts(void **state)
{
    (void)state;
    dpdm_dataset data, part;
    dpdm_error err;
    fill(&data, 5, 3);
    assert_int_equal(dpdm_dataset_slice(&data, 3, 100, &part, &err), DPDM_OK);
    assert_int_equal(part.count, 2);
    assert_memory_equal(part.pixels, data.pixels + 3 * 18, 2 * 18);
    assert_int_equal(part.labels[1], data.labels[4]);
    dpdm_dataset_destroy(&part);
    assert_int_equal(dpdm_dataset_slice(&data, 6, 1, &part, &err), DPDM_ERANGE);
    assert_int_equal(dpdm_dataset_slice(&data, 0, UINT64_MAX, &part, &err), DPDM_OK);
    assert_memory_equal(part.digest, data.digest, sizeof data.digest);
    dpdm_dataset_destroy(&part);
    dpdm_dataset_destroy(&data);
}

static void pixels_go_to_floats_and_back(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_error err;
    assert_int_equal(dpdm_dataset_create(1, 16, 16, 1, 1, &data, &err), DPDM_OK);
    float x[256];
    uint8_t back[256];
    for (int i = 0; i < 256; i++)
        data.pixels[i] = (uint8_t)i;
    dpdm_dataset_image(&data, 0, x);
    assert_true(x[0] == -1.0f && x[255] == 1.0f);
    dpdm_pixels_from_float(x, 256, back);
    assert_memory_equal(back, data.pixels, 256);
    float odd[] = {-7.0f, 7.0f, NAN, INFINITY, -INFINITY, 0.0f};
    dpdm_pixels_from_float(odd, 6, back);
    static const uint8_t want[] = {0, 255, 0, 255, 0, 128};
    assert_memory_equal(back, want, 6);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_refuses_impossible_shapes), cmocka_unit_test(seal_finds_labels_out_of_range),
        cmocka_unit_test(digest_moves_with_every_part),     cmocka_unit_test(slice_copies_and_cuts),
        cmocka_unit_test(pixels_go_to_floats_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
