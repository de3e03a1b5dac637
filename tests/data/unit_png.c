/* unit_png.c - catches wrong colours out of PNG files of any kind, and folders that mix sizes or kinds. */
#include "support.h"
#include "data/png.h"

#include <spng.h>
#include <sys/stat.h>

static uint8_t *encode(int type, int depth, uint32_t height, uint32_t width, const void *pixels, size_t size,
                       const uint8_t *palette, int transparent, size_t *length)
{
    struct spng_ihdr header = {
        .width = width, .height = height, .bit_depth = (uint8_t)depth, .color_type = (uint8_t)type};
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    int result;
    assert_int_equal(spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1), 0);
    assert_int_equal(spng_set_ihdr(png, &header), 0);
    if (palette) {
        struct spng_plte plte = {.n_entries = 2};
        for (int i = 0; i < 2; i++)
            plte.entries[i] = (struct spng_plte_entry){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2], 255};
        assert_int_equal(spng_set_plte(png, &plte), 0);
    }
    if (transparent) {
        struct spng_trns trns = {.n_type3_entries = 1, .type3_alpha = {7}};
        assert_int_equal(spng_set_trns(png, &trns), 0);
    }
    assert_int_equal(spng_encode_image(png, pixels, size, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
    uint8_t *bytes = spng_get_png_buffer(png, length, &result);
    assert_non_null(bytes);
    spng_ctx_free(png);
    return bytes;
}

static void every_kind_of_png(void **state)
{
    (void)state;
    static const uint8_t bits[] = {0xa0}, quads[] = {0x1b}, nibbles[] = {0x0f, 0x80},
                         palette[] = {10, 20, 30, 40, 50, 60};
    static const uint16_t deep[] = {0, 65535, 32896, 129}; /* 129 / 257 = 0.502 rounds up to 1 */
    static const uint8_t ga[] = {5, 255, 6, 254}, rgb[] = {1, 2, 3, 4, 5, 6}, rgba[] = {1, 2, 3, 255, 9, 9, 9, 0};
    static const struct {
        int type, depth;
        uint32_t width;
        const void *pixels;
        size_t size;
        const uint8_t *palette;
        int transparent, holds;
        int channels;     /* asked for */
        uint8_t want[12]; /* ignored where a reason to refuse is given */
        const char *says;
    } rows[] = {
        {0, 1, 3, bits, 1, NULL, 0, 1, 1, {255, 0, 255}, NULL},
        {0, 2, 4, quads, 1, NULL, 0, 1, 1, {0, 85, 170, 255}, NULL},
        {0, 4, 3, nibbles, 2, NULL, 0, 1, 1, {0, 255, 136}, NULL},
        {0, 4, 3, nibbles, 2, NULL, 0, 1, 3, {0, 0, 0, 255, 255, 255, 136, 136, 136}, NULL},
        {0, 16, 4, deep, 8, NULL, 0, 1, 1, {0, 255, 128, 1}, NULL},
        {0, 8, 2, "\7\11", 2, NULL, 0, 1, 2, {7, 255, 9, 255}, NULL},
        {4, 8, 1, ga, 2, NULL, 0, 2, 1, {5}, NULL},
        {4, 8, 2, ga, 4, NULL, 0, 2, 1, {0}, "transparent"},
        {4, 8, 2, ga, 4, NULL, 0, 2, 2, {5, 255, 6, 254}, NULL},
        {2, 8, 2, rgb, 6, NULL, 0, 3, 3, {1, 2, 3, 4, 5, 6}, NULL},
        {2, 8, 2, rgb, 6, NULL, 0, 3, 1, {0}, "coloured"},
        {2, 8, 2, "\4\4\4\5\5\5", 6, NULL, 0, 3, 1, {4, 5}, NULL},
        {2, 8, 2, rgb, 6, NULL, 0, 3, 4, {1, 2, 3, 255, 4, 5, 6, 255}, NULL},
        {6, 8, 2, rgba, 8, NULL, 0, 4, 4, {1, 2, 3, 255, 9, 9, 9, 0}, NULL},
        {6, 8, 2, rgba, 8, NULL, 0, 4, 3, {0}, "transparent"},
        {6, 8, 1, rgba, 4, NULL, 0, 4, 3, {1, 2, 3}, NULL},
        {3, 1, 2, "\x40", 1, palette, 0, 3, 3, {10, 20, 30, 40, 50, 60}, NULL},
        {3, 1, 2, "\x40", 1, palette, 1, 4, 3, {0}, "transparent"},
        {3, 1, 2, "\x40", 1, palette, 1, 4, 4, {10, 20, 30, 7, 40, 50, 60, 255}, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length;
        dpdm_raster png;
        dpdm_error err;
        uint8_t out[16];
        uint8_t *bytes = encode(rows[i].type, rows[i].depth, 1, rows[i].width, rows[i].pixels, rows[i].size,
                                rows[i].palette, rows[i].transparent, &length);
        dpdm_blob file = {"a.png", bytes, length};
        assert_int_equal(dpdm_png_decode(&file, NULL, &png, &err), DPDM_OK);
        assert_int_equal(png.channels, rows[i].holds);
        assert_int_equal(png.wide, rows[i].depth == 16);
        dpdm_status status = dpdm_raster_convert(&png, "a.png", rows[i].channels, 0, out, &err);
        if (rows[i].says) {
            assert_int_equal(status, DPDM_EFORMAT);
            assert_non_null(strstr(err.message, rows[i].says));
        } else {
            assert_int_equal(status, DPDM_OK);
            if (memcmp(out, rows[i].want, rows[i].width * (size_t)rows[i].channels))
                fail_msg("row %zu: %d %d %d %d", i, out[0], out[1], out[2], out[3]);
        }
        dpdm_raster_destroy(&png);
        free(bytes);
    }
}

static void the_highest_of_16_bits_is_that_of_the_colours(void **state)
{
    (void)state;
    static const uint16_t rgba[] = {7, 4095, 3, 65535, 1, 2, 4094, 0}, grey[] = {1023, 16383, 16382};
    static const struct {
        int type;
        uint32_t width;
        const uint16_t *pixels;
        size_t size;
        int highest;
    } rows[] = {{6, 2, rgba, sizeof rgba, 4095}, {0, 3, grey, sizeof grey, 16383}, {0, 1, grey, 2, 1023}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length;
        dpdm_raster png;
        uint8_t *bytes = encode(rows[i].type, 16, 1, rows[i].width, rows[i].pixels, rows[i].size, NULL, 0, &length);
        dpdm_blob file = {"a.png", bytes, length};
        assert_int_equal(dpdm_png_decode(&file, NULL, &png, NULL), DPDM_OK);
        assert_int_equal(png.wide_highest, rows[i].highest);
        dpdm_raster_destroy(&png);
        free(bytes);
    }
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    uint8_t pixels[300];
    size_t length;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i);
    uint8_t *bytes = encode(2, 8, 10, 10, pixels, sizeof pixels, NULL, 0, &length);
    for (size_t n = 0; n + 12 < length; n++) { /* a missing end chunk may pass: all pixels are there */
        dpdm_raster png;
        dpdm_error err;
        uint8_t *part = malloc(n + 1);
        assert_non_null(part);
        memcpy(part, bytes, n);
        dpdm_blob file = {"a.png", part, n};
        assert_int_equal(dpdm_png_decode(&file, NULL, &png, &err), DPDM_EFORMAT);
        assert_null(png.rgba);
        free(part);
    }
    free(bytes);
}

static void folder_of(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void folder_rules(void **state)
{
    (void)state;
    char folder[256];
    size_t n, m, c;
    dpdm_dataset data;
    dpdm_error err;
    uint8_t *small = encode(0, 8, 1, 2, "\1\2", 2, NULL, 0, &n), *large = encode(0, 8, 1, 3, "\1\2\3", 3, NULL, 0, &m);
    uint8_t *colour = encode(2, 8, 1, 2, "\1\2\3\4\5\6", 6, NULL, 0, &c);
    support_folder_make(folder);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_EFORMAT);
    folder_of(folder, "10");
    folder_of(folder, "9");
    folder_of(folder, "2");
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "no images"));
    support_write(folder, "10/a.PNG", small, n);
    support_write(folder, "2/b.png", small, n);
    support_write(folder, "2/.hidden", small, n);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_OK);
    assert_true(data.count == 2 && data.classes == 3 && data.channels == 1);
    assert_true(data.labels[0] == 0 && data.labels[1] == 2); /* 2, 9, 10: by number */
    dpdm_dataset_destroy(&data);
    dpdm_facts facts = {.height = 0, .width = 0, .channels = 0, .classes = 4};
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "3 sub-folders"));
    support_write(folder, "9/c.png", large, m);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "c.png"));
    assert_non_null(strstr(err.message, "one size"));
    support_write(folder, "9/c.png", colour, c);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "channels: 3"));
    facts = (dpdm_facts){.height = 1, .width = 2, .channels = 3, .classes = 3};
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err), DPDM_OK);
    static const uint8_t want[] = {1, 1, 1, 2, 2, 2, 1, 2, 3, 4, 5, 6};
    assert_memory_equal(data.pixels, want, sizeof want);
    dpdm_dataset_destroy(&data);
    support_write(folder, "9/notes.jpg", "x", 1);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "notes.jpg: is neither a PNG nor a JPEG image"));
    support_write(folder, "9/notes.gif", "x", 1);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, &facts, &data, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "notes.gif"));
    support_folder_remove(folder);
    free(small);
    free(large);
    free(colour);
}

static void splits_are_sub_folders(void **state)
{
    (void)state;
    char folder[256];
    size_t n;
    dpdm_dataset data;
    dpdm_error err;
    uint8_t *small = encode(0, 8, 1, 2, "\1\2", 2, NULL, 0, &n);
    support_folder_make(folder);
    folder_of(folder, "train");
    folder_of(folder, "ship");
    support_write(folder, "train/a.png", small, n); /* here "train" is a class: a train */
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_OK);
    assert_true(data.classes == 2 && data.labels[0] == 1);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    folder_of(folder, "train");
    folder_of(folder, "test");
    folder_of(folder, "train/cat");
    folder_of(folder, "test/cat");
    support_write(folder, "train/cat/a.png", small, n);
    support_write(folder, "train/cat/b.png", small, n);
    support_write(folder, "test/cat/a.png", small, n);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_OK);
    assert_int_equal(data.count, 2);
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TEST, NULL, &data, &err), DPDM_OK);
    assert_int_equal(data.count, 1);
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_open(folder, NULL, DPDM_SPLIT_VAL, NULL, &data, &err), DPDM_ENOENT);
    support_folder_remove(folder);
    free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_png),      cmocka_unit_test(the_highest_of_16_bits_is_that_of_the_colours),
        cmocka_unit_test(every_cut_is_refused),   cmocka_unit_test(folder_rules),
        cmocka_unit_test(splits_are_sub_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
