/* unit_json.c - strict JSON: what is refused, with its line; numbers that keep every bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "sample_options.h"

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "f:1: is not JSON"},
        {"{\"a\": 1", "is not JSON"},
        {"{\n\"a\": 1,\n\"b\" 2}", "f:3: is not JSON"},
        {"{\"a\": nan}", "is not JSON"},
        {"{\"a\": 1e999}", "too large"},
        {"{\"a\": 1} x", "something follows"},
        {"{\"a\": 1}{}", "something follows"},
        {"{\"a\": {\"b\": 1, \"c\": 2, \"b\": 3}}", "'b' is given twice"},
        {"{\"a\\u0000b\": 1}", "zero byte"},
        {"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "nested more than"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *json;
        dpdm_error err = {0};
        if (dpdm_json_parse(cases[i].text, strlen(cases[i].text), "f", &json, &err) != DPDM_EFORMAT)
            fail_msg("accepted: %s", cases[i].text);
        assert_null(json);
        if (!strstr(err.message, cases[i].part))
            fail_msg("%s -> %s", cases[i].text, err.message);
    }
}

static void brackets_in_strings_do_not_nest(void **state)
{
    (void)state;
    const char *text = " {\"a\": \"[[[[[[[[[[[[[[[[[[[[[\\\"{{{\"}\n ";
    cJSON *json;
    assert_int_equal(dpdm_json_parse(text, strlen(text), "f", &json, NULL), DPDM_OK);
    cJSON_Delete(json);
}

static void numbers_keep_every_bit(void **state)
{
    (void)state;
    const double values[] = {0.1, 1.0 / 3, 4096.0 / 60000, 1e-5, 5e-324, 1.7976931348623157e308, 0.06826666666666667};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        cJSON *json = dpdm_json_double(values[i]);
        char *text = cJSON_PrintUnformatted(json);
        assert_true(strtod(text, NULL) == values[i]);
        assert_true(dpdm_json_number(json) == values[i]); /* also where it is kept as its digits */
        cJSON_free(text);
        cJSON_Delete(json);
    }
    cJSON *json = dpdm_json_double(INFINITY);
    assert_true(cJSON_IsNull(json));
    assert_true(isnan(dpdm_json_number(json)) && isnan(dpdm_json_number(NULL)));
    cJSON_Delete(json);
    json = dpdm_json_u64(UINT64_MAX);
    assert_string_equal(cJSON_GetStringValue(json), "18446744073709551615");
    cJSON_Delete(json);
}

static void options_of_the_wrong_kind_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"[]", "must be a JSON object"},
        {"{\"cuont\": 1}", "unknown key 'cuont'; did you mean 'count'?"},
        {"{\"noise_multiplie\": 1}", "did you mean 'noise_multiplier'?"},
        {"{\"count\": \"1\"}", "wrong kind"},
        {"{\"count\": 1.5}", "whole number"},
        {"{\"count\": null}", "wrong kind"},
        {"{\"verbose\": 1}", "wrong kind"},
        {"{\"out\": 1}", "wrong kind"},
        {"{\"levels\": [1, \"2\"]}", "list of whole numbers"},
        {"{\"levels\": [1, 1.5]}", "whole number"},
        {"{\"sampling_rate\": 2}", "between 0 and 1"},
        {"{\"secret\": true}", "unknown key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample s = {0};
        cJSON *json;
        dpdm_error err = {0};
        assert_int_equal(dpdm_json_parse(cases[i].text, strlen(cases[i].text), "f", &json, NULL), DPDM_OK);
        assert_int_equal(dpdm_options_from_json(&sample_table, &s, json, &err), DPDM_EFORMAT);
        assert_int_equal(err.status, DPDM_EFORMAT);
        if (!strstr(err.message, cases[i].part))
            fail_msg("%s -> %s", cases[i].text, err.message);
        cJSON_Delete(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(brackets_in_strings_do_not_nest),
        cmocka_unit_test(numbers_keep_every_bit),
        cmocka_unit_test(options_of_the_wrong_kind_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
