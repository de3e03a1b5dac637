/* unit_pictures.c - catches pictures that are turned, cut, padded or coloured otherwise than the rule says, files that would need a
 * rule and are read without one, and JPEG files that are damaged or hostile and are not refused. */
#include "data/exif.h"
#include "data/raster.h"
#include "data/rule.h"
#include "pictures.h"

static dpdm_error err;

static dpdm_status decode(const uint8_t *bytes, size_t size, dpdm_raster *raster)
{
    const dpdm_blob file = {"a.jpg", bytes, size};
    dpdm_raster_gate gate = {PTHREAD_MUTEX_INITIALIZER};
    return dpdm_raster_decode(&file, &gate, raster, &err);
}

static void refused(const uint8_t *bytes, size_t size, const char *word)
{
    dpdm_raster raster;
    assert_int_equal(decode(bytes, size, &raster), DPDM_EFORMAT);
    if (!strstr(err.message, word))
        fail_msg("'%s' lacks '%s'", err.message, word);
    assert_null(raster.rgba);
    assert_null(raster.inside);
}

static void baseline_and_progressive(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const picture p = {.height = 33, .width = 50, .channels = i < 2 ? 1 : 3, .progressive = i % 2, .seed = 3};
        size_t size;
        uint8_t *bytes = picture_jpeg(&p, &size), *want = picture_pixels(&p);
        dpdm_raster raster;
        assert_int_equal(decode(bytes, size, &raster), DPDM_OK);
        assert_true(raster.height == 33 && raster.width == 50 && raster.channels == p.channels &&
                    raster.orientation == 1);
        double off = 0;
        for (int k = 0; k < 33 * 50; k++) {
            off += abs(raster.rgba[4 * k] - want[p.channels * k]);
            assert_int_equal(raster.rgba[4 * k + 3], 255);
        }
        assert_true(off / (33 * 50) < (i < 2 ? 4 : 20)); /* JPEG loses some, and of colours every other pixel */
        dpdm_raster_destroy(&raster);
        free(want);
        free(bytes);
    }
}

/* A header of any size over the body of a small file. */
static void resize_header(uint8_t *bytes, size_t size, int height, int width)
{
    for (size_t i = 2; i + 9 < size; i += 2 + (size_t)(bytes[i + 2] << 8 | bytes[i + 3]))
        if (bytes[i + 1] == 0xc0 || bytes[i + 1] == 0xc2) {
            bytes[i + 5] = (uint8_t)(height >> 8);
            bytes[i + 6] = (uint8_t)height;
            bytes[i + 7] = (uint8_t)(width >> 8);
            bytes[i + 8] = (uint8_t)width;
            return;
        }
    fail_msg("no frame header");
}

static void hostile_and_damaged(void **state)
{
    (void)state;
    const picture p = {.height = 40, .width = 40, .channels = 3, .seed = 1},
                  cmyk = {.height = 9, .width = 9, .channels = 4};
    size_t size, n;
    uint8_t *bytes = picture_jpeg(&p, &size), *copy = malloc(size);
    assert_non_null(copy);
    for (size_t cut = 0; cut < size; cut += cut < 700 ? 13 : 97) /* cut short anywhere */
        refused(bytes, cut, "a.jpg");
    refused(bytes, size - 1, "damaged");
    refused((const uint8_t *)"", 0, "is empty");
    refused((const uint8_t *)"GIF89a.....", 11, "is a GIF image");
    refused((const uint8_t *)"RIFF....WEBPVP8 ", 16, "is a WebP image");
    refused((const uint8_t *)"hello, world", 12, "neither a PNG nor a JPEG");
    static const int bombs[][2] = {{65500, 65500}, {65500, 1}, {16384, 16384}, {8192, 8193}};
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        memcpy(copy, bytes, size);
        resize_header(copy, size, bombs[i][0], bombs[i][1]);
        refused(copy, size, "pixels");
    }
    memcpy(copy, bytes, size);
    resize_header(copy, size, 4000, 4000); /* large enough for the gate, which must open again */
    refused(copy, size, "damaged");
    memcpy(copy, bytes, size);
    for (size_t i = 2; i + 5 < size; i++)
        if (copy[i] == 0xff && copy[i + 1] == 0xc0) {
            copy[i + 4] = 12;
            break;
        }
    refused(copy, size, "12 bits");
    free(copy);
    copy = picture_jpeg(&cmyk, &n);
    refused(copy, n, "CMYK");
    free(copy);
    const dpdm_blob file = {"a.jpg", bytes, size};
    dpdm_raster raster;
    resize_header(bytes, size, 1025, 40); /* without a rule nothing larger than an image may be is decoded */
    assert_int_equal(dpdm_raster_decode(&file, NULL, &raster, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "--resize"));
    free(bytes);
}

/* The last scan of a progressive file again and again: legal, small, and slow. */
static void scans_without_end(void **state)
{
    (void)state;
    const picture p = {.height = 64, .width = 64, .channels = 1, .progressive = 1, .seed = 2};
    size_t size, last = 0;
    uint8_t *bytes = picture_jpeg(&p, &size);
    for (size_t i = 0; i + 1 < size; i++)
        if (bytes[i] == 0xff && bytes[i + 1] == 0xda)
            last = i;
    const size_t scan = size - 2 - last;
    uint8_t *many = malloc(last + 200 * scan + 2);
    assert_non_null(many);
    memcpy(many, bytes, last);
    for (size_t k = 0; k < 200; k++)
        memcpy(many + last + k * scan, bytes + last, scan);
    memcpy(many + last + 200 * scan, "\xff\xd9", 2);
    dpdm_raster raster;
    assert_int_equal(decode(many, last + 200 * scan + 2, &raster), DPDM_EFORMAT);
    free(many);
    free(bytes);
}

/* What each orientation does to a picture of 2 x 3 pixels, by the words of the standard: which corner is row 0, column 0. */
static void orientations(void **state)
{
    static const char *const upright[] = {"abcdef", "cbafed", "fedcba", "defabc",
                                          "adbecf", "daebfc", "fcebda", "cfbead"};
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        uint8_t rgba[24], out[6];
        for (int i = 0; i < 24; i++)
            rgba[i] = i % 4 == 3 ? 255 : (uint8_t)("abcdef"[i / 4]);
        dpdm_raster raster = {.height = 2, .width = 3, .channels = 1, .orientation = orientation, .rgba = rgba};
        const dpdm_image_rule exif = {.orientation = DPDM_ORIENTATION_EXIF},
                              ignore = {.orientation = DPDM_ORIENTATION_IGNORE};
        const dpdm_image_rule none = {0};
        const int turned = orientation > 4;
        dpdm_shape shape = {&exif, turned ? 3 : 2, turned ? 2 : 3, 1};
        dpdm_raster copy = raster;
        uint8_t used[24];
        copy.rgba = memcpy(used, rgba, sizeof used);
        assert_int_equal(dpdm_rule_apply(&shape, &copy, "a", out, &err), DPDM_OK);
        assert_memory_equal(out, upright[orientation - 1], 6);
        shape = (dpdm_shape){&ignore, 2, 3, 1};
        copy.rgba = memcpy(used, rgba, sizeof used);
        assert_int_equal(dpdm_rule_apply(&shape, &copy, "a", out, &err), DPDM_OK);
        assert_memory_equal(out, "abcdef", 6);
        shape.rule = &none;
        assert_int_equal(dpdm_rule_apply(&shape, &raster, "a", out, &err), orientation == 1 ? DPDM_OK : DPDM_EFORMAT);
        assert_true(orientation == 1 || strstr(err.message, "rule orientation"));
    }
}

static void exif_of_files(void **state)
{
    (void)state;
    for (int orientation = 0; orientation <= 9; orientation++)
        for (int big = 0; big < 2; big++) {
            const picture p = {.height = 8, .width = 8, .channels = 1, .orientation = orientation, .big_endian = big};
            size_t size;
            dpdm_raster raster;
            uint8_t *bytes = picture_jpeg(&p, &size);
            assert_int_equal(decode(bytes, size, &raster), DPDM_OK);
            assert_int_equal(raster.orientation, orientation >= 1 && orientation <= 8 ? orientation : 1);
            dpdm_raster_destroy(&raster);
            free(bytes);
        }
    static const uint8_t far[] = {'I', 'I', 42, 0, 255, 255, 255, 255, 1, 0},
                         full[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 255, 255};
    assert_int_equal(dpdm_exif_orientation(far, sizeof far), 1);
    assert_int_equal(dpdm_exif_orientation(full, sizeof full), 1);
    assert_int_equal(dpdm_exif_orientation(full, 0), 1);
}

/* Crop and pad by a picture of three bars of which only the middle one, or all, must be left. */
static void crop_and_pad(void **state)
{
    (void)state;
    uint8_t rgba[4 * 4 * 12], out[64];
    const dpdm_image_rule rules[] = {{.resize = "4", .crop = DPDM_CROP_CENTRE},
                                     {.resize = "4", .crop = DPDM_CROP_PAD},
                                     {.resize = "4", .crop = DPDM_CROP_NONE},
                                     {.resize = "4"}};
    for (int r = 0; r < 4; r++)
        for (int tall = 0; tall < 2; tall++) {
            for (int i = 0; i < 48; i++) {
                const int along = tall ? i / 4 : i % 12;
                memset(rgba + 4 * i, along < 4 ? 10 : along < 8 ? 100 : 200, 3);
                rgba[4 * i + 3] = 255;
            }
            dpdm_raster raster = {
                .height = tall ? 12 : 4, .width = tall ? 4 : 12, .channels = 3, .orientation = 1, .rgba = rgba};
            const dpdm_shape shape = {&rules[r], 4, 4, 3};
            const dpdm_status status = dpdm_rule_apply(&shape, &raster, "a", out, &err);
            if (r == 3) {
                assert_int_equal(status, DPDM_EFORMAT);
                assert_non_null(strstr(err.message, "rule crop"));
                continue;
            }
            assert_int_equal(status, DPDM_OK);
            for (int y = 0; y < 4; y++)
                for (int x = 0; x < 4; x++) {
                    const int value = out[3 * (4 * y + x)], across = tall ? x : y, along = tall ? y : x;
                    if (r == 0)
                        assert_int_equal(value, 100);
                    else if (r == 1) /* 4 x 1.33, rounded to 1, on the second of four lines */
                        assert_true(across == 1 ? value > 0 : value == 0);
                    else
                        assert_true(along == 0 ? value < 60 : along == 3 ? value > 150 : 1);
                }
        }
}

static void colours(void **state)
{
    (void)state;
    uint8_t rgba[8] = {255, 0, 0, 255, 10, 20, 30, 255}, out[6];
    const dpdm_image_rule grey = {.grey = 1}, colour = {.colour = 1};
    dpdm_raster raster = {.height = 1, .width = 2, .channels = 3, .orientation = 1, .rgba = rgba};
    dpdm_shape shape = {&grey, 1, 2, 1};
    assert_int_equal(dpdm_rule_apply(&shape, &raster, "a", out, &err), DPDM_OK);
    assert_true(out[0] == 76 && out[1] == 18); /* 0.299 R + 0.587 G + 0.114 B */
    uint8_t flat[8] = {7, 7, 7, 255, 9, 9, 9, 255};
    raster = (dpdm_raster){.height = 1, .width = 2, .channels = 1, .orientation = 1, .rgba = flat};
    shape = (dpdm_shape){&colour, 1, 2, 3};
    assert_int_equal(dpdm_rule_apply(&shape, &raster, "a", out, &err), DPDM_OK);
    assert_true(out[0] == 7 && out[2] == 7 && out[5] == 9);
}

/* A rule that contradicts itself or the facts is refused before anything is read. */
static void contradictions(void **state)
{
    (void)state;
    static const struct {
        dpdm_facts facts;
        const char *word;
    } rows[] = {{{.rule = {.resize = "0"}}, "resize is '0'"},
                {{.rule = {.resize = "64x"}}, "64x48"},
                {{.rule = {.resize = "2000"}}, "1 to 1024"},
                {{.rule = {.resize = "64x64x3"}}, "64x48"},
                {{.rule = {.resize = "9999999999999"}}, "1 to 1024"},
                {{.rule = {.crop = DPDM_CROP_PAD}}, "give resize too"},
                {{.rule = {.filter = DPDM_FILTER_BOX}}, "give resize too"},
                {{.rule = {.grey = 1, .colour = 1}}, "contradict"},
                {{.channels = 3, .rule = {.grey = 1}}, "channels: 1"},
                {{.channels = 1, .rule = {.colour = 1}}, "channels: 3"},
                {{.height = 28, .rule = {.resize = "64"}}, "agree"},
                {{.width = 64, .rule = {.resize = "64x48"}}, "agree"}};
    dpdm_dataset data;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(dpdm_dataset_open("/nowhere", NULL, DPDM_SPLIT_TRAIN, &rows[i].facts, &data, &err),
                         DPDM_EUSAGE);
        if (!strstr(err.message, rows[i].word))
            fail_msg("'%s' lacks '%s'", err.message, rows[i].word);
    }
}

static void open_with(const char *folder, const dpdm_facts *facts, const char *word, dpdm_dataset *data)
{
    const dpdm_status status = dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, facts, data, &err);
    if (word && (status != DPDM_EFORMAT || !strstr(err.message, word)))
        fail_msg("'%s' lacks '%s'", err.message, word);
    if (!word && status)
        fail_msg("%s", err.message);
}

/* A folder as people have them: nothing of it is changed in silence, and each refusal names the rule that helps. */
static void mixed_folder(void **state)
{
    (void)state;
    char folder[256];
    dpdm_dataset data, one;
    support_folder_make(folder);
    support_folder_add(folder, "cat");
    support_folder_add(folder, "dog");
    picture_write(folder, "cat/1.jpg", &(picture){.height = 60, .width = 80, .channels = 3, .seed = 1});
    picture_write(folder, "cat/2.JPEG", &(picture){.height = 60, .width = 80, .channels = 1, .seed = 2});
    picture_write(folder, "dog/3.png",
                  &(picture){.height = 60, .width = 80, .channels = 3, .seed = 3}); /* a JPEG all the same */
    support_image(folder, "dog/4.png", 60, 80, 3, 4);
    open_with(folder, NULL, NULL, &data); /* one size, colours hold grey: no rule is needed */
    assert_true(data.count == 4 && data.height == 60 && data.channels == 3 && data.classes == 2);
    dpdm_dataset_destroy(&data);
    picture_write(folder, "dog/5.jpg",
                  &(picture){.height = 90, .width = 60, .channels = 3, .orientation = 6, .seed = 5});
    dpdm_facts facts = {.classes = 2};
    open_with(folder, &facts, "rule orientation", &data);
    facts.rule.orientation = DPDM_ORIENTATION_EXIF;
    open_with(folder, &facts, "rule resize", &data);
    snprintf(facts.rule.resize, sizeof facts.rule.resize, "32x48");
    open_with(folder, &facts, "rule crop", &data);
    facts.rule.crop = DPDM_CROP_CENTRE;
    facts.channels = 1;
    open_with(folder, &facts, "rule grey", &data);
    facts.rule.grey = 1;
    open_with(folder, &facts, NULL, &data);
    assert_true(data.count == 5 && data.height == 32 && data.width == 48 && data.channels == 1);
    /* A picture's pixels depend on itself alone: the same without the others, and with any number of threads. */
    const dpdm_reading threads = {.threads = 3};
    facts.reading = &threads;
    open_with(folder, &facts, NULL, &one);
    support_same(&data, &one);
    dpdm_dataset_destroy(&one);
    char path[300];
    snprintf(path, sizeof path, "%s/cat/1.jpg", folder);
    remove(path);
    open_with(folder, &facts, NULL, &one);
    assert_int_equal(one.count, 4);
    assert_memory_equal(one.pixels, data.pixels + 32 * 48, 4 * 32 * 48);
    dpdm_dataset_destroy(&one);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

/* Of several bad files the first one is named, whatever thread meets it first. */
static void first_of_several(void **state)
{
    (void)state;
    char folder[256], name[40];
    dpdm_dataset data;
    support_folder_make(folder);
    support_folder_add(folder, "a");
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "a/%03d.jpg", i);
        if (i > 20 && i % 3 == 0)
            support_write(folder, name, "\xff\xd8\xff\xe0", 4);
        else
            picture_write(folder, name, &(picture){.height = 20, .width = 20, .channels = 1, .seed = (unsigned)i});
    }
    for (int round = 0; round < 20; round++) {
        const dpdm_reading reading = {.threads = 1 + round % 4};
        const dpdm_facts facts = {.reading = &reading};
        open_with(folder, &facts, "a/021.jpg", &data);
    }
    support_folder_remove(folder);
}

/* Data of formats that hold images of one size are changed by the same rule. */
static void arrays_by_rule(void **state)
{
    (void)state;
    char folder[256], path[300];
    dpdm_dataset data, back;
    support_folder_make(folder);
    support_dataset(&data, 6, 30, 20, 3, 2);
    snprintf(path, sizeof path, "%s/x.npz", folder);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 0, &err), DPDM_OK);
    dpdm_facts facts = {.height = 10, .width = 10, .channels = 1, .classes = 2};
    open_with(path, &facts, "height is 30", &back);
    facts.rule = (dpdm_image_rule){.resize = "10", .crop = DPDM_CROP_PAD, .grey = 1};
    open_with(path, &facts, NULL, &back);
    assert_true(back.count == 6 && back.height == 10 && back.width == 10 && back.channels == 1);
    assert_memory_equal(back.labels, data.labels, 6 * sizeof *data.labels);
    for (int i = 0; i < 100; i++) /* 30 x 20 becomes 10 x 7, so columns 0, 8 and 9 are the border */
        if (i % 10 == 0 || i % 10 > 7)
            assert_int_equal(back.pixels[i], 0);
    dpdm_dataset_destroy(&back);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(baseline_and_progressive),
                                       cmocka_unit_test(hostile_and_damaged),
                                       cmocka_unit_test(scans_without_end),
                                       cmocka_unit_test(orientations),
                                       cmocka_unit_test(exif_of_files),
                                       cmocka_unit_test(crop_and_pad),
                                       cmocka_unit_test(colours),
                                       cmocka_unit_test(contradictions),
                                       cmocka_unit_test(mixed_folder),
                                       cmocka_unit_test(first_of_several),
                                       cmocka_unit_test(arrays_by_rule)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
