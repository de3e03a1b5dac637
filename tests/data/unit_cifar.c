/* unit_cifar.c - catches mixed-up planes, records and batches of CIFAR-10 files. */
#include "support.h"

#include <sys/stat.h>

enum { RECORD = 3073 };

static void fill(uint8_t *record, int label, int tone)
{
    record[0] = (uint8_t)label;
    for (int i = 0; i < RECORD - 1; i++)
        record[1 + i] = (uint8_t)(i / 1024 * 80 + i % 7 + tone);
}

static void planes_become_pixels(void **state)
{
    (void)state;
    uint8_t bytes[2 * RECORD];
    dpdm_dataset data;
    dpdm_error err;
    dpdm_facts facts = {0};
    dpdm_blob file = {"cifar", bytes, sizeof bytes};
    fill(bytes, 3, 0);
    fill(bytes + RECORD, 9, 1);
    assert_int_equal(dpdm_cifar_parse(&file, 1, &facts, &data, &err), DPDM_OK);
    assert_true(data.count == 2 && data.height == 32 && data.channels == 3 && data.classes == 10);
    assert_true(data.labels[0] == 3 && data.labels[1] == 9);
    for (int i = 0; i < 1024; i++)
        for (int c = 0; c < 3; c++)
            assert_int_equal(data.pixels[3072 + 3 * i + c], bytes[RECORD + 1 + 1024 * c + i]);
    dpdm_dataset_destroy(&data);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[2 * RECORD];
    dpdm_dataset data;
    dpdm_error err;
    dpdm_facts facts = {0};
    fill(bytes, 3, 0);
    fill(bytes + RECORD, 10, 0);
    static const size_t sizes[] = {0, 1, RECORD - 1, RECORD + 1, 2 * RECORD};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        dpdm_blob file = {"batch.bin", bytes, sizes[i]};
        assert_int_equal(dpdm_cifar_parse(&file, 1, &facts, &data, &err), DPDM_EFORMAT);
        assert_non_null(strstr(err.message, "batch.bin"));
        assert_null(data.pixels);
    }
    facts.classes = 3;
    dpdm_blob file = {"batch.bin", bytes, RECORD};
    assert_int_equal(dpdm_cifar_parse(&file, 1, &facts, &data, &err), DPDM_EFORMAT);
    facts = (dpdm_facts){.height = 28, .width = 28, .channels = 1, .classes = 10};
    assert_int_equal(dpdm_cifar_parse(&file, 1, &facts, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "height"));
}

static void batches_join_in_order(void **state)
{
    (void)state;
    char folder[256], name[64];
    uint8_t bytes[RECORD];
    dpdm_dataset data;
    dpdm_error err;
    support_folder_make(folder);
    for (int batch = 1; batch <= 11; batch++) {
        if (batch == 3)
            continue;
        fill(bytes, batch % 10, 0);
        snprintf(name, sizeof name, "data_batch_%d.bin", batch);
        support_write(folder, name, bytes, sizeof bytes);
    }
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_ENOENT);
    assert_non_null(strstr(err.message, "data_batch_3"));
    size_t packed;
    fill(bytes, 3, 0);
    uint8_t *gzip = support_gzip(bytes, sizeof bytes, &packed);
    support_write(folder, "data_batch_3.bin.gz", gzip, packed);
    free(gzip);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_OK);
    assert_int_equal(data.count, 11);
    for (int i = 0; i < 11; i++)
        assert_int_equal(data.labels[i], (i + 1) % 10);
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TEST, NULL, &data, &err), DPDM_ENOENT);
    support_write(folder, "test_batch.bin", bytes, sizeof bytes);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TEST, NULL, &data, &err), DPDM_OK);
    assert_int_equal(data.count, 1);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_become_pixels),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(batches_join_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
