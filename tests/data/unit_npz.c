/* unit_npz.c - catches wrong values out of .npz files and archives or .npy headers that lie. */
#include "support.h"
#include "data/npz.h"

#include <math.h>
#include <zip.h>

static const dpdm_facts none;

/* An .npy with a given dict text; version 1 or 2. */
static size_t npy(uint8_t *out, int version, const char *dict, const void *values, size_t size)
{
    size_t length = strlen(dict), start = version == 1 ? 10 : 12;
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (uint8_t)version;
    out[7] = 0;
    out[8] = (uint8_t)length;
    out[9] = (uint8_t)(length >> 8);
    if (version > 1)
        out[10] = out[11] = 0;
    memcpy(out + start, dict, length);
    if (size)
        memcpy(out + start + length, values, size);
    return start + length + size;
}

static void zip_pair(const char *path, const char *image_key, const void *images, size_t image_size,
                     const char *label_key, const void *labels, size_t label_size)
{
    int problem;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &problem);
    assert_non_null(zip);
    assert_true(zip_file_add(zip, image_key, zip_source_buffer(zip, images, image_size, 0), 0) >= 0);
    assert_true(zip_file_add(zip, label_key, zip_source_buffer(zip, labels, label_size, 0), 0) >= 0);
    assert_int_equal(zip_close(zip), 0);
}

static void medmnist_keys_by_split(void **state)
{
    (void)state;
    char folder[256], path[512];
    uint8_t images[512], labels[512];
    dpdm_dataset data;
    dpdm_error err;
    support_folder_make(folder);
    snprintf(path, sizeof path, "%s/med.npz", folder);
    size_t n =
        npy(images, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2, 3), }\n", "abcdefghijkl", 12);
    size_t m = npy(labels, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }\n", "\1\0", 2);
    zip_pair(path, "val_images.npy", images, n, "val_labels.npy", labels, m);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_VAL, NULL, &data, &err), DPDM_OK);
    assert_true(data.count == 2 && data.height == 1 && data.width == 2 && data.channels == 3 && data.classes == 2);
    assert_true(data.pixels[11] == 'l' && data.labels[0] == 1);
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "val_images"));
    support_folder_remove(folder);
}

static void labels_of_any_integer_type(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        uint8_t bytes[16];
    } rows[] = {
        {"|i1", {1, 0}},
        {"|u1", {1, 0}},
        {"|b1", {1, 0}},
        {"<i2", {1, 0, 0, 0}},
        {">i2", {0, 1, 0, 0}},
        {"<u2", {1, 0, 0, 0}},
        {"<i4", {1, 0, 0, 0, 0}},
        {">u4", {0, 0, 0, 1, 0}},
        {"<i8", {1}},
        {">i8", {0, 0, 0, 0, 0, 0, 0, 1}},
        {"<u8", {1}},
    };
    char folder[256], path[512], dict[128];
    uint8_t images[512], labels[512];
    support_folder_make(folder);
    snprintf(path, sizeof path, "%s/a.npz", folder);
    size_t n = npy(images, 2, "{'shape': (2, 1, 2), 'descr': '|u1', 'fortran_order': False}\n", "abcd", 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dpdm_dataset data;
        dpdm_error err;
        snprintf(dict, sizeof dict, "{\"descr\": \"%s\", 'fortran_order': False, 'shape': (2L,), }  \n", rows[i].type);
        size_t m = npy(labels, 1, dict, rows[i].bytes, 2 * (size_t)(rows[i].type[2] - '0'));
        zip_pair(path, "images.npy", images, n, "labels.npy", labels, m);
        assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TEST, NULL, &data, &err), DPDM_OK);
        assert_true(data.labels[0] == 1 && data.labels[1] == 0);
        dpdm_dataset_destroy(&data);
    }
    support_folder_remove(folder);
}

static void bad_arrays_are_refused(void **state)
{
    (void)state;
#define IMAGES "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2), }\n"
#define LABELS "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }\n"
    static const struct {
        const char *images, *labels, *says;
    } rows[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), }\n", LABELS, "uint8"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (2, 1, 2), }\n", LABELS, "uint8"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 1, 2), }\n", LABELS, "plain numbers"},
        {"{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2, 1, 2), }\n", LABELS, "plain numbers"},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 1, 2), }\n", LABELS, "Fortran"},
        {"{'descr': '|u1', 'fortran_order': Maybe, 'shape': (2, 1, 2), }\n", LABELS, "damaged"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\n", LABELS, "[N,H,W]"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", LABELS, "4 are there"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 2, 2), }\n", LABELS, "more than 4"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 1), }\n", LABELS, "4 are there"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 3), }\n", LABELS, "4 are there"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (0, 1, 3), }\n", LABELS, "4 are there"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (-2, 1, 2), }\n", LABELS, "damaged"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }\n", LABELS,
         "more values"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 1, 2), }\n", LABELS, "damaged"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2 1 2), }\n", LABELS, "damaged"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2), 'more': 1}\n", LABELS, "damaged"},
        {"{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2), }\n", LABELS, "damaged"},
        {"{'descr': '|u1', 'shape': (2, 1, 2), }\n", LABELS, "damaged"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2", LABELS, "damaged"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 2, 2), }\n", LABELS, "for 1 images"},
        {IMAGES, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "integers"},
        {IMAGES, "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2), }\n", "[N,1]"},
        {IMAGES, "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }\n", "for 2 images"},
    };
    char folder[256], path[512];
    uint8_t images[512], labels[512];
    support_folder_make(folder);
    snprintf(path, sizeof path, "%s/a.npz", folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dpdm_dataset data;
        dpdm_error err;
        size_t n = npy(images, 1, rows[i].images, "abcd", 4), m = npy(labels, 1, rows[i].labels, "\1\0\0\0\0\0\0\0", 8);
        zip_pair(path, "images.npy", images, n, "labels.npy", labels, m);
        assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_EFORMAT);
        if (!strstr(err.message, rows[i].says) || !strstr(err.message, "a.npz"))
            fail_msg("row %zu: '%s' does not say '%s'", i, err.message, rows[i].says);
        assert_null(data.pixels);
    }
    support_folder_remove(folder);
}

static void no_cut_or_flip_gives_other_data(void **state)
{
    (void)state;
    char folder[256], path[512];
    dpdm_dataset data, back;
    dpdm_error err;
    size_t size;
    support_folder_make(folder);
    snprintf(path, sizeof path, "%s/a.npz", folder);
    support_dataset(&data, 3, 4, 4, 1, 3);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 0, &err), DPDM_OK);
    uint8_t *bytes = support_read(path, &size);
    for (size_t i = 0; i < size; i++) {
        uint8_t *part = malloc(i + 1); /* of this very size, so that a tool sees a read beyond it */
        assert_non_null(part);
        memcpy(part, bytes, i);
        dpdm_blob file = {"cut", part, i};
        assert_int_equal(dpdm_npz_parse(&file, DPDM_SPLIT_TRAIN, &none, &back, &err), DPDM_EFORMAT);
        free(part);
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x41;
        dpdm_blob file = {"flipped", bytes, size};
        if (!dpdm_npz_parse(&file, DPDM_SPLIT_TRAIN, &none, &back, &err)) { /* a byte that does not matter, as a time */
            support_same(&data, &back);
            dpdm_dataset_destroy(&back);
        }
        bytes[i] ^= 0x41;
    }
    free(bytes);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

static void arrays_of_floats(void **state)
{
    (void)state;
    char folder[256], path[512];
    dpdm_error err;
    float x[6] = {0.0f, -1.5f, INFINITY, 3e-39f, 1e38f, 7.0f};
    double y[2] = {0.1, -2.0};
    int64_t z[1] = {INT64_MIN};
    uint64_t three[] = {1, 2, 3}, two[] = {2}, one[] = {1};
    dpdm_npz_array arrays[] = {{"x", dpdm_npy_make('f', 4, 3, three), x},
                               {"y", dpdm_npy_make('f', 8, 1, two), y},
                               {"z", dpdm_npy_make('i', 8, 1, one), z}};
    size_t size;
    support_folder_make(folder);
    snprintf(path, sizeof path, "%s/a.npz", folder);
    assert_int_equal(dpdm_npz_write(path, arrays, 3, 0, &err), DPDM_OK);
    uint8_t *bytes = support_read(path, &size);
    dpdm_blob file = {path, bytes, size};
    dpdm_npz *npz;
    dpdm_npy npy;
    float *floats;
    int64_t *integers;
    assert_int_equal(dpdm_npz_open(&file, &npz, &err), DPDM_OK);
    assert_int_equal(dpdm_npz_floats(npz, "x", &npy, &floats, &err), DPDM_OK);
    assert_true(npy.dimensions == 3 && npy.sizes[2] == 3);
    assert_memory_equal(floats, x, sizeof x);
    free(floats);
    assert_int_equal(dpdm_npz_floats(npz, "y", &npy, &floats, &err), DPDM_OK);
    assert_true(floats[0] == 0.1f && floats[1] == -2.0f);
    free(floats);
    assert_int_equal(dpdm_npz_integers(npz, "z", &npy, &integers, &err), DPDM_OK);
    assert_true(integers[0] == INT64_MIN);
    free(integers);
    assert_int_equal(dpdm_npz_floats(npz, "z", &npy, &floats, &err), DPDM_EFORMAT);
    assert_int_equal(dpdm_npz_integers(npz, "x", &npy, &integers, &err), DPDM_EFORMAT);
    assert_int_equal(dpdm_npz_integers(npz, "q", &npy, &integers, &err), DPDM_ENOENT);
    dpdm_npz_close(npz);
    free(bytes);
    support_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medmnist_keys_by_split), cmocka_unit_test(labels_of_any_integer_type),
        cmocka_unit_test(bad_arrays_are_refused), cmocka_unit_test(no_cut_or_flip_gives_other_data),
        cmocka_unit_test(arrays_of_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
