/* unit_values.c - the figures with which `data info` tells 12 bits in 16, masks of 0 and 1, empty scans and copies. */
#include "data/values.h"
#include "support.h"

static void figures_of_known_images(void **state)
{
    (void)state;
    static const uint8_t pixels[6][4] = {{0, 1, 0, 1}, {7, 7, 7, 7}, {0, 1, 0, 1},
                                         {0, 1, 0, 1}, {9, 9, 9, 9}, {0, 0, 1, 1}};
    static const int32_t labels[6] = {0, 0, 1, 0, 1, 1};
    dpdm_dataset data;
    dpdm_values values;
    assert_int_equal(dpdm_dataset_create(6, 2, 2, 1, 2, &data, NULL), DPDM_OK);
    memcpy(data.pixels, pixels, sizeof pixels);
    memcpy(data.labels, labels, sizeof labels);
    assert_int_equal(dpdm_values_measure(&data, &values, NULL), DPDM_OK);
    assert_true(values.lowest == 0 && values.highest == 9);
    assert_int_equal(values.constant, 2);
    assert_int_equal(values.duplicates, 2);     /* the third and the fourth are copies of the first */
    assert_int_equal(values.contradictions, 1); /* of which the third has another label */
    dpdm_dataset_destroy(&data);
}

static void ordinary_images_give_no_warning(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_values values;
    support_dataset(&data, 40, 9, 9, 3, 4);
    assert_int_equal(dpdm_values_measure(&data, &values, NULL), DPDM_OK);
    assert_true(values.highest > 200 && values.constant == 0 && values.duplicates == 0 && values.contradictions == 0);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_known_images),
        cmocka_unit_test(ordinary_images_give_no_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
