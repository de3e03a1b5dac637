/* unit_idx.c - catches wrong values out of IDX files, and IDX files that lie, are cut short or would fill the memory.
 */
#include "support.h"
#include "base/file.h"

#include <sys/stat.h>

/* Two images of 2 x 3, labels 1 and 0. */
static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255};
static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 0};

static dpdm_status parse(const void *image_bytes, size_t image_size, const void *label_bytes, size_t label_size,
                         const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    static const dpdm_facts none;
    dpdm_blob image_file = {"images", image_bytes, image_size}, label_file = {"labels", label_bytes, label_size};
    return dpdm_idx_parse(&image_file, &label_file, facts ? facts : &none, data, err);
}

static void known_answer(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_error err;
    dpdm_facts facts = {.height = 2, .width = 3, .channels = 1, .classes = 5};
    assert_int_equal(parse(images, sizeof images, labels, sizeof labels, NULL, &data, &err), DPDM_OK);
    assert_true(data.count == 2 && data.height == 2 && data.width == 3 && data.channels == 1 && data.classes == 2);
    assert_memory_equal(data.pixels, images + 16, 12);
    assert_true(data.labels[0] == 1 && data.labels[1] == 0);
    dpdm_dataset_destroy(&data);
    assert_int_equal(parse(images, sizeof images, labels, sizeof labels, &facts, &data, &err), DPDM_OK);
    assert_int_equal(data.classes, 5);
    dpdm_dataset_destroy(&data);
}

static void colour_and_wide_labels(void **state)
{
    (void)state;
    static const uint8_t colour[] = {0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 8, 7, 6, 5, 4};
    static const uint8_t wide[] = {0, 0, 0x0c, 1, 0, 0, 0, 1, 0, 0, 1, 44}, half[] = {0, 0, 0x0b, 1, 0, 0, 0, 1, 1, 44};
    static const uint8_t negative[] = {0, 0, 9, 1, 0, 0, 0, 1, 255};
    dpdm_dataset data;
    dpdm_error err;
    assert_int_equal(parse(colour, sizeof colour, wide, sizeof wide, NULL, &data, &err), DPDM_OK);
    assert_true(data.channels == 3 && data.labels[0] == 300 && data.pixels[5] == 4);
    dpdm_dataset_destroy(&data);
    assert_int_equal(parse(colour, sizeof colour, half, sizeof half, NULL, &data, &err), DPDM_OK);
    assert_int_equal(data.labels[0], 300);
    dpdm_dataset_destroy(&data);
    assert_int_equal(parse(colour, sizeof colour, negative, sizeof negative, NULL, &data, &err), DPDM_EFORMAT);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        size_t image_size = sizeof images, label_size = sizeof labels;
        const uint8_t *image_bytes = images, *label_bytes = labels;
        uint8_t *a = NULL, *b = NULL;
        if (packed) {
            image_bytes = a = support_gzip(images, sizeof images, &image_size);
            label_bytes = b = support_gzip(labels, sizeof labels, &label_size);
        }
        dpdm_dataset data;
        dpdm_error err;
        assert_int_equal(parse(image_bytes, image_size, label_bytes, label_size, NULL, &data, &err), DPDM_OK);
        dpdm_dataset_destroy(&data);
        for (size_t n = 0; n < image_size; n++) {
            assert_int_equal(parse(image_bytes, n, label_bytes, label_size, NULL, &data, &err), DPDM_EFORMAT);
            assert_non_null(strstr(err.message, "images"));
            assert_null(data.pixels);
        }
        for (size_t n = 0; n < label_size; n++) {
            assert_int_equal(parse(image_bytes, image_size, label_bytes, n, NULL, &data, &err), DPDM_EFORMAT);
            assert_non_null(strstr(err.message, "labels"));
        }
        free(a);
        free(b);
    }
}

static void lies_are_refused(void **state)
{
    (void)state;
    static const struct {
        int label_file; /* which file is changed */
        size_t at;
        uint8_t byte;
        const char *says;
    } rows[] = {
        {0, 0, 1, "not an IDX"},     {0, 1, 1, "not an IDX"},     {0, 2, 0x0d, "type 0x0d"},
        {0, 2, 0x0c, "0x0c"},        {0, 2, 0, "type"},           {0, 3, 0, "not an IDX"},
        {0, 3, 5, "not an IDX"},     {0, 3, 1, "dimensions"},     {0, 4, 255, "more values"},
        {0, 7, 3, "more values"},    {0, 7, 1, "goes on"},        {0, 7, 0, "no images"},
        {0, 8, 255, "sides"},        {0, 11, 0, "sides"},         {0, 11, 3, "more values"},
        {0, 15, 0, "sides"},         {1, 0, 7, "not an IDX"},     {1, 3, 2, "cut short"},
        {1, 7, 3, "3 labels for 2"}, {1, 7, 1, "1 labels for 2"}, {1, 2, 0x0c, "more values"},
        {1, 4, 128, "labels for"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t a[sizeof images], b[sizeof labels];
        dpdm_dataset data;
        dpdm_error err;
        memcpy(a, images, sizeof a);
        memcpy(b, labels, sizeof b);
        *((rows[i].label_file ? b : a) + rows[i].at) = rows[i].byte;
        assert_int_equal(parse(a, sizeof a, b, sizeof b, NULL, &data, &err), DPDM_EFORMAT);
        if (!strstr(err.message, rows[i].says))
            fail_msg("row %zu: '%s' does not say '%s'", i, err.message, rows[i].says);
        assert_null(data.pixels);
    }
}

static void facts_are_checked(void **state)
{
    (void)state;
    static const struct {
        dpdm_facts facts;
        const char *says;
    } rows[] = {{{.height = 3, .width = 3, .channels = 1, .classes = 2}, "height is 2, but 3"},
                {{.height = 2, .width = 2, .channels = 1, .classes = 2}, "width is 3, but 2"},
                {{.height = 2, .width = 3, .channels = 3, .classes = 2}, "channels is 1, but 3"},
                {{.height = 2, .width = 3, .channels = 1, .classes = 1}, "image 0 has label 1"},
                {{.classes = -5}, "classes"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dpdm_dataset data;
        dpdm_error err;
        assert_int_not_equal(parse(images, sizeof images, labels, sizeof labels, &rows[i].facts, &data, &err), DPDM_OK);
        if (!strstr(err.message, rows[i].says))
            fail_msg("row %zu: '%s' does not say '%s'", i, err.message, rows[i].says);
    }
}

/* A packed file of 30 bytes that announces 2^44 bytes must be refused by its size, one that announces little and
 * unpacks to much by its header; neither may take the memory first. */
static void packed_bombs_are_refused(void **state)
{
    (void)state;
    static uint8_t big[1 << 20];
    static const uint8_t huge[] = {0, 0, 8, 4, 255, 255, 255, 255, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 4};
    dpdm_dataset data;
    dpdm_error err;
    size_t packed;
    uint8_t *bytes = support_gzip(huge, sizeof huge, &packed);
    assert_int_equal(parse(bytes, packed, labels, sizeof labels, NULL, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "more values"));
    free(bytes);
    memcpy(big, images, sizeof images);
    bytes = support_gzip(big, sizeof big, &packed);
    assert_int_equal(parse(bytes, packed, labels, sizeof labels, NULL, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "goes on"));
    free(bytes);
}

static void damaged_gzip_is_refused(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_error err;
    size_t packed;
    uint8_t *bytes = support_gzip(images, sizeof images, &packed);
    bytes[packed - 6] ^= 1; /* the check sum */
    assert_int_equal(parse(bytes, packed, labels, sizeof labels, NULL, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "damaged"));
    free(bytes);
}

static void files_are_found_by_name(void **state)
{
    (void)state;
    char folder[256], path[512];
    dpdm_dataset data;
    dpdm_error err;
    size_t packed;
    uint8_t *bytes = support_gzip(labels, sizeof labels, &packed);
    support_folder_make(folder);
    support_write(folder, "t10k-images.idx3-ubyte", images, sizeof images);
    snprintf(path, sizeof path, "%s/t10k-images.idx3-ubyte", folder);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_ENOENT);
    assert_non_null(strstr(err.message, "labels"));
    support_write(folder, "t10k-labels.idx1-ubyte.gz", bytes, packed);
    assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_OK);
    assert_int_equal(data.count, 2);
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TEST, NULL, &data, &err), DPDM_OK);
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_ENOENT);
    assert_non_null(strstr(err.message, "train"));
    support_folder_remove(folder);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answer),
        cmocka_unit_test(colour_and_wide_labels),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(facts_are_checked),
        cmocka_unit_test(packed_bombs_are_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(files_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
