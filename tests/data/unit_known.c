/* unit_known.c - catches known data sets that are not found, or read wrongly, and names that are refused unhelpfully.
 */
#include "dpdm/dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static void fashion_mnist_of_debian(void **state)
{
    (void)state;
    if (access("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz", R_OK) != 0) {
        print_message("dataset-fashion-mnist is not installed: skipped\n");
        skip();
    }
    dpdm_dataset data;
    dpdm_error err;
    dpdm_facts facts = {.height = 28, .width = 28, .channels = 1, .classes = 10};
    assert_int_equal(dpdm_dataset_open("fashion-mnist", NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err), DPDM_OK);
    assert_int_equal(data.count, 60000);
    uint64_t per_class[10] = {0}, sum = 0;
    for (uint64_t i = 0; i < data.count; i++)
        per_class[data.labels[i]]++;
    for (int c = 0; c < 10; c++)
        assert_int_equal(per_class[c], 6000);
    for (size_t i = 0; i < 60000 * 784; i++)
        sum += data.pixels[i];
    assert_float_equal((double)sum / 60000 / 784 / 255, 0.2860, 0.0001); /* the published mean */
    assert_int_equal(data.labels[0], 9);                                 /* the first image is an ankle boot */
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_open("fashion-mnist", NULL, DPDM_SPLIT_TEST, NULL, &data, &err), DPDM_OK);
    assert_int_equal(data.count, 10000);
    dpdm_dataset_destroy(&data);
    facts.channels = 3;
    assert_int_equal(dpdm_dataset_open("fashion-mnist", NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "channels"));
    assert_int_equal(dpdm_dataset_open("fashion-mnist", NULL, DPDM_SPLIT_VAL, NULL, &data, &err), DPDM_ENOENT);
}

static void missing_data_says_how_to_get_it(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_error err;
    assert_int_equal(dpdm_dataset_open("no-such-data", NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_ENOENT);
    assert_non_null(strstr(err.message, "fashion-mnist"));
    assert_int_equal(dpdm_dataset_open("", NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_EUSAGE);
    assert_null(data.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fashion_mnist_of_debian),
        cmocka_unit_test(missing_data_says_how_to_get_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
