/* unit_yaml.c - options from YAML: values, and every refusal with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sample_options.h"
#include "base/yaml.h"

static dpdm_status parse(sample *s, const char *text, dpdm_error *err)
{
    return dpdm_options_parse_yaml(&sample_table, s, text, strlen(text), "f.yaml", err);
}

static void takes_every_type(void **state)
{
    (void)state;
    sample s = {0};
    const char *text =
        "# a comment\nverbose: true\ncount: -5 # least\nseed: 18446744073709551615\n"
        "noise_multiplier: 1e-3\nsampling-rate: 1\nout: \"a: b\"\ncolour: dark-green\nlevels: [1, 2, 2]\n";
    dpdm_error err = {0};
    if (parse(&s, text, &err))
        fail_msg("%s", err.message);
    assert_int_equal(s.verbose, 1);
    assert_int_equal(s.count, -5);
    assert_true(s.seed == UINT64_MAX && s.noise == 1e-3 && s.rate == 1);
    assert_int_equal(s.noise_given, 1);
    assert_string_equal(s.out, "a: b");
    assert_int_equal(s.colour, DARK_GREEN);
    const int levels[4] = {1, 2, 2, 0};
    assert_memory_equal(s.levels, levels, sizeof levels);
    assert_int_equal(parse(&s, "levels:\n  - 3\n  - 4\n", NULL), DPDM_OK);
    assert_int_equal(s.levels[1], 4);
    assert_int_equal(parse(&s, "levels: 5,6\n", NULL), DPDM_OK);
    assert_int_equal(s.levels[1], 6);
    assert_int_equal(parse(&s, "levels: []\nout: ''\n", NULL), DPDM_OK);
    assert_int_equal(s.levels[0], 0);
    assert_string_equal(s.out, "");
}

static void flags_are_those_of_yaml(void **state)
{
    (void)state;
    static const char *const words[][3] = {
        {"true", "True", "TRUE"},    {"yes", "Yes", "YES"}, {"on", "On", "ON"},    {"y", "Y", "1"},
        {"false", "False", "FALSE"}, {"no", "No", "NO"},    {"off", "Off", "OFF"}, {"n", "N", "0"}};
    static const char *const others[] = {"tRue", "yES", "oN", "truth", "ye", "2", "null", "~"};
    for (int w = 0; w < 8; w++)
        for (int i = 0; i < 3; i++) {
            char text[40];
            sample s = {.verbose = w >= 4};
            snprintf(text, sizeof text, "verbose: %s\n", words[w][i]);
            assert_int_equal(parse(&s, text, NULL), DPDM_OK);
            assert_int_equal(s.verbose, w < 4);
        }
    for (int i = 0; i < 8; i++) {
        char text[40];
        sample s = {0};
        snprintf(text, sizeof text, "verbose: %s\n", others[i]);
        assert_int_equal(parse(&s, text, NULL), DPDM_EUSAGE);
    }
}

static void a_byte_order_mark_is_no_part_of_a_key(void **state)
{
    (void)state;
    sample s = {0};
    dpdm_error err = {0};
    assert_int_equal(parse(&s,
                           "\xef\xbb\xbf"
                           "count: 3\r\nverbose: Yes\r\n",
                           &err),
                     DPDM_OK);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.verbose, 1);
    assert_int_equal(parse(&s, "\xef\xbb\xbf", &err), DPDM_OK);
    assert_int_equal(parse(&s, "\xef\xbb\xbf\ncuont: 3\n", &err), DPDM_EUSAGE);
    assert_non_null(strstr(err.message, ":2: "));
}

static void empty_files_are_empty_mappings(void **state)
{
    (void)state;
    sample s = {0}, before = s;
    assert_int_equal(parse(&s, "", NULL), DPDM_OK);
    assert_int_equal(parse(&s, "# nothing\n", NULL), DPDM_OK);
    assert_int_equal(parse(&s, "---\n", NULL), DPDM_OK);
    assert_int_equal(parse(&s, "{}", NULL), DPDM_OK);
    assert_memory_equal(&s, &before, sizeof s);
}

static void refuses_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"count: 1\nnoise_multiplyer: 1\n",
         "f.yaml:2: unknown key 'noise_multiplyer'; did you mean 'noise_multiplier'?"},
        {"count: 1\n\n\nqqqqq: 1\n", "f.yaml:4: unknown key 'qqqqq'"},
        {"noise_multiplier: .nan\n", "f.yaml:1: noise-multiplier must be a finite"},
        {"noise_multiplier: nan\n", "f.yaml:1: noise-multiplier must be a finite"},
        {"noise_multiplier: -.inf\n", "f.yaml:1: noise-multiplier must be a finite"},
        {"noise_multiplier: -1\n", "greater than 0"},
        {"sampling_rate: 1.5\n", "between 0 and 1"},
        {"count: many\n", "whole number"},
        {"count: [1, 2]\n", "one value, not a list"},
        {"levels: [1, x]\n", "whole number"},
        {"levels: ['1,2', 3]\n", "comma"},
        {"levels: [[1], 2]\n", "lists inside lists"},
        {"verbose: maybe\n", "true or false"},
        {"count: 1\nseed: 2\ncount: 3\n", "f.yaml:3: key 'count' is given twice; it stands in line 1"},
        {"sampling-rate: 1\nsampling_rate: 1\n", "given twice"},
        {"count:\n", "f.yaml:1: count has no value"},
        {"count: ~\n", "no value"},
        {"out: null\n", "no value"},
        {"train:\n  count: 1\n", "f.yaml:2: sections"},
        {"count: {a: 1}\n", "sections"},
        {"count: &x 1\n", "anchors"},
        {"&x count: 1\n", "anchors"},
        {"count: *x\n", "aliases"},
        {"*x : 1\n", "aliases"},
        {"levels: &l [1]\n", "anchors"},
        {"levels: [*l]\n", "aliases"},
        {"levels: [&l 1]\n", "anchors"},
        {"--- &m\ncount: 1\n", "anchors"},
        {"count: !!int 1\n", "tags"},
        {"--- !m\ncount: 1\n", "tags"},
        {"[count]: 1\n", "plain word"},
        {"? {a: 1}\n: 2\n", "plain word"},
        {"<<: *base\n", "aliases"},
        {"- 1\n- 2\n", "expected lines of the form"},
        {"just words\n", "expected lines of the form"},
        {"count: 1\n---\ncount: 2\n", "f.yaml:2: several documents"},
        {"count: 1\n  seed: 2\n", "f.yaml:1: "},
        {"count: 'open\n", "is not YAML"},
        {"out: \"a\\0b\"\n", "control characters"},
        {"out: |\n  a\n  b\n", "one line"},
        {"\tcount: 1\n", "is not YAML"},
        {"out: \xff\xfe\n", "is not YAML"},
        {"count: 1 : 2\n", "f.yaml:1: "},
        {"secret: true\n", "command line"},
        {"%YAML 9.9\n---\ncount: 1\n", "f.yaml:1: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample s = {0};
        dpdm_error err = {0};
        if (parse(&s, cases[i].text, &err) != DPDM_EUSAGE)
            fail_msg("accepted: %s", cases[i].text);
        if (!strstr(err.message, cases[i].part))
            fail_msg("%s -> %s", cases[i].text, err.message);
        assert_int_equal(parse(&s, cases[i].text, NULL), DPDM_EUSAGE);
    }
}

static char *repeat(const char *head, const char *part, size_t times)
{
    size_t h = strlen(head), p = strlen(part);
    char *text = malloc(h + p * times + 1);
    assert_non_null(text);
    memcpy(text, head, h);
    for (size_t i = 0; i < times; i++)
        memcpy(text + h + i * p, part, p);
    text[h + p * times] = '\0';
    return text;
}

static void hostile_sizes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head, *part;
        size_t times;
    } cases[] = {
        {"levels: ", "[", 50000},     {"", "[", 50000},           {"", "{", 50000},      {"", "- ", 50000},
        {"levels: [1", ",1", 100000}, {"out: ", "x", 500000},     {"", "x", 300000},     {"", "? ", 50000},
        {"", "#\n", (1 << 19) + 1},   {"count: ", "\n", 1 << 21}, {"a: \"", "\\", 9999}, {"", "a: [\n", 5000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample s = {0};
        dpdm_error err = {0};
        char *text = repeat(cases[i].head, cases[i].part, cases[i].times);
        if (parse(&s, text, &err) != DPDM_EUSAGE)
            fail_msg("case %zu accepted", i);
        assert_true(strlen(err.message) < 300);
        free(text);
    }
}

static void keys_are_counted(void **state)
{
    (void)state;
    static const dpdm_option_table none = {NULL, 0};
    char *text = malloc(20000), *at = text;
    for (int i = 0; i < DPDM_YAML_KEYS + 1; i++)
        at += sprintf(at, "k%d: 1\n", i);
    dpdm_error err;
    int object;
    assert_int_equal(dpdm_options_parse_yaml(&none, &object, text, strlen(text), "f.yaml", &err), DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "f.yaml:1: unknown key 'k0'"));
    free(text);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    sample s;
    dpdm_error err;
    assert_int_equal(dpdm_options_read_yaml(&sample_table, &s, "/nonexistent/c.yaml", &err), DPDM_ENOENT);
    assert_non_null(strstr(err.message, "/nonexistent/c.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_those_of_yaml),    cmocka_unit_test(a_byte_order_mark_is_no_part_of_a_key),
        cmocka_unit_test(takes_every_type),           cmocka_unit_test(empty_files_are_empty_mappings),
        cmocka_unit_test(refuses_with_file_and_line), cmocka_unit_test(hostile_sizes_are_refused),
        cmocka_unit_test(keys_are_counted),           cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
