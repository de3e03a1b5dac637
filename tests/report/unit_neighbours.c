/* unit_neighbours.c - catches wrong nearest images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "report/neighbours.h"

enum { SIDE = 3, PIXELS = SIDE * SIDE };

static void make_data(dpdm_dataset *data, const uint8_t *values, uint64_t count)
{
    assert_int_equal(dpdm_dataset_create(count, SIDE, SIDE, 1, 1, data, NULL), DPDM_OK);
    for (uint64_t i = 0; i < count * PIXELS; i++)
        data->pixels[i] = values[i / PIXELS];
}

static void nearest_come_first(void **state)
{
    (void)state;
    static const uint8_t values[] = {200, 10, 90, 255, 0, 90};
    uint8_t image[PIXELS];
    uint64_t records[4], distances[4];
    dpdm_dataset data;
    make_data(&data, values, 6);
    for (int p = 0; p < PIXELS; p++)
        image[p] = 100;
    dpdm_report_nearest(&data, image, UINT64_MAX, 4, records, distances);
    assert_int_equal(records[0], 2); /* ties: the smaller record */
    assert_int_equal(records[1], 5);
    assert_int_equal(records[2], 1);
    assert_int_equal(records[3], 0);
    assert_int_equal(distances[0], 100 * PIXELS);
    assert_int_equal(distances[3], 10000 * PIXELS);
    dpdm_report_nearest(&data, image, 2, 1, records, distances);
    assert_int_equal(records[0], 5);
    dpdm_dataset_destroy(&data);
}

static void fewer_images_than_asked_for(void **state)
{
    (void)state;
    static const uint8_t values[] = {255};
    uint8_t image[PIXELS] = {0};
    uint64_t records[3], distances[3];
    dpdm_dataset data;
    make_data(&data, values, 1);
    dpdm_report_nearest(&data, image, UINT64_MAX, 3, records, distances);
    assert_int_equal(records[0], 0);
    assert_int_equal(distances[0], 65025 * PIXELS);
    assert_true(records[1] == UINT64_MAX && distances[2] == UINT64_MAX);
    dpdm_report_nearest(&data, image, 0, 1, records, distances); /* no other image */
    assert_true(records[0] == UINT64_MAX && distances[0] == UINT64_MAX);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nearest_come_first),
                                       cmocka_unit_test(fewer_images_than_asked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
