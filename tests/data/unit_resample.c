/* unit_resample.c - catches resized pictures that are not those of the named filter: the bytes of Pillow's Image.resize, a plain
 * sum over the whole picture, and what must hold for any picture. */
#include "data/resample.h"
#include "support.h"

#include <math.h>
#include <zlib.h>

enum { FILTERS = 4 };

static uint8_t *noise(int height, int width, int channels)
{
    size_t n = (size_t)height * (size_t)width * (size_t)channels;
    uint8_t *pixels = malloc(n);
    uint32_t state = 12345;
    assert_non_null(pixels);
    for (size_t i = 0; i < n; i++) {
        state = state * 1103515245u + 12345u;
        pixels[i] = (uint8_t)(state >> 24);
    }
    return pixels;
}

static dpdm_resample shape(int height, int width, int channels, int to_height, int to_width, int filter)
{
    return (dpdm_resample){height,
                           width,
                           to_height,
                           to_width,
                           channels,
                           (size_t)width * (size_t)channels,
                           (size_t)to_width * (size_t)channels,
                           (dpdm_filter)filter};
}

static uint8_t *resized(const dpdm_resample *r, const uint8_t *pixels)
{
    uint8_t *out = malloc((size_t)r->to_height * r->out_stride);
    dpdm_error err;
    assert_non_null(out);
    assert_int_equal(dpdm_resample_run(r, pixels, out, &err), DPDM_OK);
    return out;
}

/* CRC-32 of Image.fromarray(noise).resize((to_width, height), filter).resize((to_width, to_height), filter), Pillow 13.0.0;
 * e2e_pictures.py compares with the Pillow that is installed. */
static void bytes_of_pillow(void **state)
{
    static const struct {
        int height, width, channels, to_height, to_width;
        uint32_t sums[FILTERS];
    } rows[] = {
        {218, 178, 3, 64, 64, {0xd601c16a, 0x790b81b3, 0x391c108f, 0xee36ce0e}},
        {37, 50, 1, 64, 48, {0x0adbdef2, 0x3671ca53, 0xcfe18cec, 0x431a53bc}},
        {5, 7, 3, 5, 3, {0x2e0f68b8, 0x7113c225, 0x2eedeedb, 0x1deb6466}},
        {31, 9, 1, 7, 9, {0xc7d271f9, 0xb7631a20, 0x665db29a, 0x65c4cdeb}},
        {1, 1, 3, 4, 5, {0x5640b4f6, 0x5640b4f6, 0x5640b4f6, 0x5640b4f6}},
        {190, 2, 1, 3, 3, {0x4feefc55, 0xb582e109, 0x3efe2822, 0xc5787ce2}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *pixels = noise(rows[i].height, rows[i].width, rows[i].channels);
        for (int filter = 0; filter < FILTERS; filter++) {
            dpdm_resample r =
                shape(rows[i].height, rows[i].width, rows[i].channels, rows[i].to_height, rows[i].to_width, filter);
            uint8_t *out = resized(&r, pixels);
            assert_int_equal(crc32(0, out, (uInt)((size_t)r.to_height * r.out_stride)), rows[i].sums[filter]);
            free(out);
        }
        free(pixels);
    }
}

/* The definition with nothing cut or rounded on the way: every old pixel weighs in for every new one. */
static double plain_weight(int filter, int from, int to, int place, int at)
{
    const double scale = (double)from / to, grow = scale > 1 ? scale : 1;
    return dpdm_filter_value((dpdm_filter)filter, (at + 0.5 - (place + 0.5) * scale) / grow);
}

static double plain_pixel(const dpdm_resample *r, const uint8_t *pixels, int y, int x, int c)
{
    double sum = 0, all = 0;
    for (int j = 0; j < r->height; j++)
        for (int i = 0; i < r->width; i++) {
            const double w = plain_weight((int)r->filter, r->height, r->to_height, y, j) *
                             plain_weight((int)r->filter, r->width, r->to_width, x, i);
            sum += w * pixels[(size_t)j * r->stride + (size_t)(i * r->channels + c)];
            all += w;
        }
    sum /= all;
    return sum < 0 ? 0 : sum > 255 ? 255 : sum;
}

/* Rows are rounded (and cut at 0 and 255) before columns, so pictures of little contrast are compared, where nothing is cut; and of sizes for which no old pixel lies just at the edge of the box. */
static void plain_sums(void **state)
{
    (void)state;
    uint8_t *pixels = noise(32, 21, 3);
    for (int i = 0; i < 32 * 21 * 3; i++)
        pixels[i] = (uint8_t)(96 + pixels[i] / 4);
    for (int filter = 0; filter < FILTERS; filter++) {
        dpdm_resample r = shape(32, 21, 3, 9, 7, filter);
        uint8_t *out = resized(&r, pixels);
        for (int y = 0; y < r.to_height; y++)
            for (int x = 0; x < r.to_width; x++)
                for (int c = 0; c < 3; c++)
                    assert_true(fabs(out[(y * r.to_width + x) * 3 + c] - plain_pixel(&r, pixels, y, x, c)) < 1.3);
        free(out);
    }
    free(pixels);
}

static void what_holds_for_any_picture(void **state)
{
    (void)state;
    for (int filter = 0; filter < FILTERS; filter++) {
        uint8_t flat[40 * 30];
        memset(flat, 201, sizeof flat);
        dpdm_resample r = shape(40, 30, 1, 7, 64, filter);
        uint8_t *out = resized(&r, flat); /* one value stays that value */
        for (size_t i = 0; i < 7 * 64; i++)
            assert_int_equal(out[i], 201);
        free(out);
        uint8_t *pixels = noise(12, 12, 1), turned[12 * 12];
        for (int i = 0; i < 12 * 12; i++)
            turned[i] = pixels[12 * 12 - 1 - i];
        r = shape(12, 12, 1, 6, 6, filter); /* a power of two: turning first or last is the same */
        uint8_t *a = resized(&r, pixels), *b = resized(&r, turned);
        for (int i = 0; i < 36; i++)
            assert_int_equal(a[i], b[35 - i]);
        free(a);
        free(b);
        free(pixels);
    }
}

/* A fine check pattern made small is grey all over: what no antialiasing, or a filter that does not grow, would break. */
static void fine_patterns_become_grey(void **state)
{
    (void)state;
    uint8_t *pixels = malloc(256 * 256);
    assert_non_null(pixels);
    for (int i = 0; i < 256 * 256; i++)
        pixels[i] = (uint8_t)(255 * ((i / 256 + i) % 2));
    for (int filter = 0; filter < FILTERS; filter++) {
        dpdm_resample r = shape(256, 256, 1, 16, 16, filter);
        uint8_t *out = resized(&r, pixels);
        for (int i = 0; i < 16 * 16; i++)
            assert_in_range(out[i], 126, 129);
        free(out);
    }
    free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_of_pillow), cmocka_unit_test(plain_sums),
                                       cmocka_unit_test(what_holds_for_any_picture),
                                       cmocka_unit_test(fine_patterns_become_grey)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
