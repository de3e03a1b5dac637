/* unit_safetensors.c - catches a reader that believes a hostile header, and a writer that Python cannot read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safetensors.h"

/* A file of a header text and `data` bytes of data, allocated exactly, so that a sanitizer sees a read past its end. */
static uint8_t *file_make(const char *header, size_t header_size, size_t data, size_t *size)
{
    *size = 8 + header_size + data;
    uint8_t *bytes = malloc(*size);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)header_size >> 8 * i);
    memcpy(bytes + 8, header, header_size);
    for (size_t i = 0; i < data; i++)
        bytes[8 + header_size + i] = (uint8_t)(i * 37);
    return bytes;
}

static dpdm_status parse(const char *header, size_t data, dpdm_error *err)
{
    size_t size;
    dpdm_safetensors file;
    uint8_t *bytes = file_make(header, strlen(header), data, &size);
    dpdm_status status = dpdm_safetensors_parse(bytes, size, "file", &file, err);
    dpdm_safetensors_destroy(&file);
    free(bytes);
    return status;
}

#define T(name, shape, begin, end)                                                                                     \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":[" shape "],\"data_offsets\":[" #begin "," #end "]}"

static void good_files_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
    } good[] = {
        {"{}", 0},
        {"{}      ", 0},
        {"{" T("a", "2,3", 0, 24) "}", 24},
        {"{" T("a", "", 0, 4) "}", 4}, /* a scalar */
        {"{" T("b", "1", 4, 8) "," T("a", "1", 0, 4) "}", 8},
        {"{\"__metadata__\":{\"k\":\"v\"}," T("a", "1", 0, 4) "}", 4},
        {"{" T("a", "1,1,1,1,1,1,1,1", 0, 4) "}", 4},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        dpdm_error err = {0};
        if (parse(good[i].header, good[i].data, &err))
            fail_msg("%s: %s", good[i].header, err.message);
    }
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *message; /* a part of it */
    } bad[] = {
        {"", 0, "no JSON object"},
        {"[]", 0, "no JSON object"},
        {" {}", 0, "no JSON object"},
        {"{", 0, "not JSON here"},
        {"{\"a\":", 0, "not JSON here"},
        {"{}x", 0, "follows the JSON"},
        {"{} {}", 0, "follows the JSON"},
        {"{}", 1, "after the last tensor"},
        {"{" T("a", "1", 0, 4) "}", 5, "after the last tensor"},
        {"{" T("a", "1", 0, 4) "}", 3, "'a' has a shape that is malformed or larger"},
        {"{" T("a", "2", 0, 4) "}", 8, "does not fit"},
        {"{" T("a", "1", 4, 8) "}", 8, "hole"},
        {"{" T("a", "1", 0, 4) "," T("b", "1", 0, 4) "}", 8, "overlaps"},
        {"{" T("a", "2", 0, 8) "," T("b", "1", 4, 8) "}", 8, "overlaps"},
        {"{" T("a", "1", 0, 4) "," T("b", "1", 8, 12) "}", 12, "hole"},
        {"{" T("a", "1", 0, 4) "," T("a", "1", 4, 8) "}", 8, "'a' is given twice"},
        {"{" T("a", "1", 4, 0) "}", 4, "data_offsets"},
        {"{" T("a", "1", -4, 0) "}", 4, "data_offsets"},
        {"{" T("a", "1", 0.5, 4.5) "}", 8, "data_offsets"},
        {"{" T("a", "1", 0, 1e300) "}", 8, "data_offsets"},
        {"{" T("a", "1", 18446744073709551612, 18446744073709551616) "}", 8, "data_offsets"},
        {"{" T("a", "0", 0, 0) "}", 0, "malformed"},
        {"{" T("a", "-1", 0, 4) "}", 4, "malformed"},
        {"{" T("a", "1.5", 0, 4) "}", 4, "malformed"},
        {"{" T("a", "\"1\"", 0, 4) "}", 4, "malformed"},
        {"{" T("a", "4294967296,4294967296", 0, 0) "}", 0, "malformed"},
        {"{" T("a", "1,1,1,1,1,1,1,1,1", 0, 4) "}", 4, "malformed"},
        {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "not of dtype F32"},
        {"{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "not of dtype F32"},
        {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "not an object of"},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1]}}", 4, "given twice"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "not an object of"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "data_offsets"},
        {"{\"a\":[1,2,3]}", 4, "not an object of"},
        {"{\"a\":null}", 0, "not an object of"},
        {"{\"__metadata__\":[]}", 0, "not an object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "not a text"},
        {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "given twice"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "given twice"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_error err = {0};
        if (parse(bad[i].header, bad[i].data, &err) != DPDM_EFORMAT || !strstr(err.message, bad[i].message))
            fail_msg("%s: '%s'", bad[i].header, err.message);
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    const char *header = "{\"__metadata__\":{\"k\":\"v\"}," T("a", "2", 0, 8) "," T("b", "1", 8, 12) "}";
    size_t size;
    uint8_t *bytes = file_make(header, strlen(header), 12, &size);
    for (size_t cut = 0; cut <= size; cut++) {
        uint8_t *part = malloc(cut ? cut : 1);
        dpdm_safetensors file;
        memcpy(part, bytes, cut);
        assert_int_equal(dpdm_safetensors_parse(part, cut, "file", &file, NULL), cut == size ? DPDM_OK : DPDM_EFORMAT);
        dpdm_safetensors_destroy(&file);
        free(part);
    }
    free(bytes);
}

static void headers_that_lie_about_their_length_are_refused(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {3, 1u << 24, (1u << 24) + 1, 1ull << 32, UINT64_MAX - 7, UINT64_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t bytes[10] = {0, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
        dpdm_safetensors file;
        for (int b = 0; b < 8; b++)
            bytes[b] = (uint8_t)(lengths[i] >> 8 * b);
        assert_int_equal(dpdm_safetensors_parse(bytes, sizeof bytes, "file", &file, NULL), DPDM_EFORMAT);
    }
    uint8_t zero_inside[13] = {5, 0, 0, 0, 0, 0, 0, 0, '{', '}', 0, ' ', ' '};
    dpdm_safetensors file;
    assert_int_equal(dpdm_safetensors_parse(zero_inside, sizeof zero_inside, "file", &file, NULL), DPDM_EFORMAT);
}

static void headers_longer_than_the_limit_are_refused(void **state)
{
    (void)state;
    char *header = malloc(DPDM_SAFETENSORS_HEADER_LIMIT + 1);
    memset(header, ' ', DPDM_SAFETENSORS_HEADER_LIMIT + 1);
    memcpy(header, "{}", 2);
    for (size_t more = 0; more < 2; more++) {
        size_t size;
        dpdm_safetensors file;
        uint8_t *bytes = file_make(header, DPDM_SAFETENSORS_HEADER_LIMIT + more, 0, &size);
        assert_int_equal(dpdm_safetensors_parse(bytes, size, "file", &file, NULL), more ? DPDM_EFORMAT : DPDM_OK);
        dpdm_safetensors_destroy(&file);
        free(bytes);
    }
    free(header);
}

static const float weights[6] = {1.5F, -0.0F, 1e-42F, 3.4028235e38F, -2.25F, 0.1F};

static void write_example(const char *path)
{
    const dpdm_safetensor_source tensors[] = {{"second.weight", 2, {2, 2}, weights},
                                              {"first \"quoted\"", 1, {2}, weights + 4}};
    const dpdm_safetensors_text metadata[] = {{"dpdm.config", "{\"a\": [1, 2]}"}, {"note", "\xc3\xa9\n\"\\"}};
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(dpdm_safetensors_write(stream, tensors, 2, metadata, 2, NULL), DPDM_OK);
    assert_int_equal(fclose(stream), 0);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    char path[] = "/tmp/dpdm-safetensors-XXXXXX";
    assert_true(mkstemp(path) >= 0);
    write_example(path);
    uint8_t bytes[2000];
    FILE *stream = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    remove(path);

    dpdm_safetensors file;
    dpdm_error err;
    assert_int_equal(dpdm_safetensors_parse(bytes, size, "file", &file, &err), DPDM_OK);
    assert_int_equal(bytes[0] % 8, 0); /* the data are aligned */
    assert_string_equal(dpdm_safetensors_metadata(&file, "dpdm.config"), "{\"a\": [1, 2]}");
    assert_string_equal(dpdm_safetensors_metadata(&file, "note"), "\xc3\xa9\n\"\\");
    assert_null(dpdm_safetensors_metadata(&file, "dpdm"));
    assert_null(dpdm_safetensors_find(&file, "second"));
    const dpdm_safetensor *tensor = dpdm_safetensors_find(&file, "second.weight");
    float values[4];
    assert_non_null(tensor);
    assert_int_equal(tensor->rank, 2);
    assert_int_equal(tensor->count, 4);
    dpdm_safetensor_floats(tensor, values);
    assert_memory_equal(values, weights, sizeof values);
    dpdm_safetensor_floats(dpdm_safetensors_find(&file, "first \"quoted\""), values);
    assert_memory_equal(values, weights + 4, 2 * sizeof *values);
    dpdm_safetensors_destroy(&file);
}

/* With a path as argument only writes the example there, for unit_safetensors.py. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_are_read),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(headers_that_lie_about_their_length_are_refused),
        cmocka_unit_test(headers_longer_than_the_limit_are_refused),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    if (argc > 1) {
        write_example(argv[1]);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
