/* prop_options.c - whatever values the fields hold, text and JSON read back to exactly the same; mutated YAML and JSON
 * never crash the readers and never put a value outside its range into a field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sample_options.h"
#include "base/json.h"

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static double random_double(uint64_t *state)
{
    for (;;) {
        uint64_t bits = random_next(state) & 0x7fffffffffffffff;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value) && value > 0)
            return value;
    }
}

static sample random_sample(uint64_t *state)
{
    sample s;
    memset(&s, 0, sizeof s);
    s.verbose = (int)(random_next(state) & 1);
    s.count = (int)(random_next(state) % 106) - 5;
    s.seed = random_next(state) >> (random_next(state) % 64);
    s.noise = random_double(state);
    s.rate = (double)(random_next(state) >> 11) / 9007199254740992.0;
    for (size_t i = random_next(state) % sizeof s.out; i > 0; i--)
        s.out[i - 1] = (char)(' ' + 1 + random_next(state) % 94);
    s.colour = (unsigned)(random_next(state) % 3);
    for (size_t i = random_next(state) % 5; i > 0; i--)
        s.levels[i - 1] = 1 + (int)(random_next(state) % 64);
    return s;
}

static void text_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        sample s = random_sample(&seed), back;
        memset(&back, 0, sizeof back);
        s.noise_given = 1;
        for (size_t k = 0; k < sample_table.count; k++) {
            char text[100];
            dpdm_option_get(&sample_rows[k], &s, text, sizeof text);
            assert_int_equal(dpdm_option_set(&sample_rows[k], &back, text, NULL), DPDM_OK);
        }
        assert_memory_equal(&s, &back, sizeof s);
    }
}

static void json_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 3000; i++) {
        sample s = random_sample(&seed), back;
        memset(&back, 0, sizeof back);
        s.noise_given = 1;
        cJSON *json = dpdm_options_to_json(&sample_table, &s, 0), *read;
        assert_non_null(json);
        assert_null(cJSON_GetObjectItem(json, "secret"));
        char *text = cJSON_PrintUnformatted(json);
        assert_non_null(text);
        assert_int_equal(dpdm_json_parse(text, strlen(text), "text", &read, NULL), DPDM_OK);
        assert_int_equal(dpdm_options_from_json(&sample_table, &back, read, NULL), DPDM_OK);
        assert_memory_equal(&s, &back, sizeof s);
        memset(&back, 0, sizeof back);
        assert_int_equal(dpdm_options_from_json(&sample_table, &back, json, NULL), DPDM_OK);
        assert_memory_equal(&s, &back, sizeof s);
        cJSON_free(text);
        cJSON_Delete(json);
        cJSON_Delete(read);
    }
}

static void public_rows_only(void **state)
{
    (void)state;
    sample s = {0};
    cJSON *json = dpdm_options_to_json(&sample_table, &s, DPDM_OPTION_PUBLIC);
    assert_int_equal(cJSON_GetArraySize(json), 2);
    assert_non_null(cJSON_GetObjectItem(json, "seed"));
    assert_non_null(cJSON_GetObjectItem(json, "sampling_rate"));
    cJSON_Delete(json);
}

static void check_ranges(const sample *s)
{
    assert_true(s->count >= -5 && s->count <= 100);
    assert_true(s->noise > 0 && isfinite(s->noise));
    assert_true(s->rate >= 0 && s->rate <= 1);
    assert_true((unsigned)s->colour <= BLUE);
    assert_true(memchr(s->out, 0, sizeof s->out) != NULL);
    for (int i = 0; i < 4; i++)
        assert_true(s->levels[i] >= 0 && s->levels[i] <= 64);
}

static void mutate(char *text, size_t *size, size_t room, uint64_t *seed)
{
    static const char pieces[] = ":-[]{}&*!|>'\"%@`,#?\n\t 0123456789.eE~\xff\x00\xc3\\";
    for (uint64_t n = 1 + random_next(seed) % 4; n > 0; n--) {
        size_t at = *size ? random_next(seed) % *size : 0;
        char piece = pieces[random_next(seed) % (sizeof pieces - 1)];
        if (random_next(seed) % 3 == 0 && *size < room) {
            memmove(text + at + 1, text + at, *size - at);
            text[at] = piece;
            ++*size;
        } else if (random_next(seed) % 4 == 0 && *size) {
            memmove(text + at, text + at + 1, *size - at - 1);
            --*size;
        } else if (*size) {
            text[at] = piece;
        }
    }
}

static void mutated_yaml_is_safe(void **state)
{
    (void)state;
    static const char base[] = "verbose: true\ncount: 5\nseed: 77\nnoise_multiplier: 1.25\nsampling_rate: 0.5\n"
                               "out: 'abc'\ncolour: blue\nlevels: [1, 2, 3]\n";
    uint64_t seed = 3;
    for (int i = 0; i < 20000; i++) {
        size_t size = sizeof base - 1;
        char text[300];
        memcpy(text, base, size);
        mutate(text, &size, sizeof text, &seed);
        char *exact = malloc(size + 1); /* so that a sanitizer sees any byte read too far */
        memcpy(exact, text, size);
        sample s = {.noise = 1};
        dpdm_error err = {0};
        if (dpdm_options_parse_yaml(&sample_table, &s, exact, size, "m", &err))
            assert_true(err.message[0] != '\0');
        check_ranges(&s);
        free(exact);
    }
}

static void mutated_json_is_safe(void **state)
{
    (void)state;
    static const char base[] = "{\"verbose\": true, \"count\": 5, \"seed\": \"77\", \"noise_multiplier\": 1.25e0,\n"
                               " \"out\": \"a\\u0041c\", \"colour\": \"blue\", \"levels\": [1, 2, 3]}";
    uint64_t seed = 4;
    for (int i = 0; i < 20000; i++) {
        size_t size = sizeof base - 1;
        char text[300];
        memcpy(text, base, size);
        mutate(text, &size, sizeof text, &seed);
        char *exact = malloc(size + 1);
        memcpy(exact, text, size);
        sample s = {.noise = 1};
        cJSON *json;
        if (!dpdm_json_parse(exact, size, "m", &json, NULL))
            dpdm_options_from_json(&sample_table, &s, json, NULL);
        check_ranges(&s);
        cJSON_Delete(json);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_reads_back),      cmocka_unit_test(json_reads_back),
        cmocka_unit_test(public_rows_only),     cmocka_unit_test(mutated_yaml_is_safe),
        cmocka_unit_test(mutated_json_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
