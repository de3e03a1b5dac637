/* unit_options.c - options from the command line: what is taken, what is refused, and with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <string.h>
#include "sample_options.h"
#include "base/suggest.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static dpdm_status parse(sample *s, dpdm_error *err, int argc, const char *const *argv)
{
    const char *words[2];
    int count, help;
    return dpdm_options_parse(&sample_table, s, argc, (char *const *)argv, words, 2, &count, &help, err);
}

static void takes_every_type(void **state)
{
    (void)state;
    const char *argv[] = {"first",
                          "--verbose",
                          "--count",
                          "-3",
                          "--seed=18446744073709551615",
                          "--noise-multiplier",
                          "1.5e-3",
                          "--sampling_rate=0.25",
                          "--out",
                          "a=b",
                          "--colour",
                          "dark_green",
                          "--levels",
                          "1,2, 2",
                          "--",
                          "--odd"};
    sample s = {.levels = {9, 9, 9, 9}};
    const char *words[2];
    int count, help;
    assert_int_equal(
        dpdm_options_parse(&sample_table, &s, COUNT(argv), (char *const *)argv, words, 2, &count, &help, NULL),
        DPDM_OK);
    assert_int_equal(s.verbose, 1);
    assert_int_equal(s.count, -3);
    assert_true(s.seed == UINT64_MAX);
    assert_true(s.noise == 1.5e-3 && s.rate == 0.25);
    assert_int_equal(s.noise_given, 1);
    assert_string_equal(s.out, "a=b");
    assert_int_equal(s.colour, DARK_GREEN);
    const int levels[4] = {1, 2, 2, 0};
    assert_memory_equal(s.levels, levels, sizeof levels);
    assert_int_equal(count, 2);
    assert_int_equal(help, 0);
    assert_string_equal(words[0], "first");
    assert_string_equal(words[1], "--odd");
}

static void flags_can_be_taken_back(void **state)
{
    (void)state;
    sample s = {0};
    const char *argv[] = {"--verbose", "--no-verbose"};
    assert_int_equal(parse(&s, NULL, 2, argv), DPDM_OK);
    assert_int_equal(s.verbose, 0);
    const char *on[] = {"--verbose=true"};
    assert_int_equal(parse(&s, NULL, 1, on), DPDM_OK);
    assert_int_equal(s.verbose, 1);
}

static void empties_a_list(void **state)
{
    (void)state;
    const int none[4] = {0};
    const char *words[] = {"--levels=", "--levels=none", "--levels=0"};
    for (int i = 0; i < 3; i++) {
        sample s = {.levels = {1, 2, 3, 4}};
        assert_int_equal(parse(&s, NULL, 1, words + i), DPDM_OK);
        assert_memory_equal(s.levels, none, sizeof none);
    }
}

/* Every refusal: the words given, and a part of the message that helps. The field keeps its value. */
static void refuses_with_a_helpful_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *word, *value, *part;
    } cases[] = {
        {"--noise-multiplyer", "1", "did you mean --noise-multiplier?"},
        {"--sampling", "1", "did you mean --sampling-rate?"},
        {"--verbos", NULL, "did you mean --verbose?"},
        {"--zzzzzz", NULL, "--help lists"},
        {"-v", NULL, "two dashes"},
        {"--count", NULL, "needs a value"},
        {"--count", "--verbose", "needs a value"},
        {"--count", "3.5", "whole number"},
        {"--count", "", "whole number"},
        {"--count", "101", "between -5 and 100"},
        {"--count", "99999999999", "out of range"},
        {"--count", "99999999999999999999999", "whole number"},
        {"--seed", "-1", "whole number from 0"},
        {"--seed", "18446744073709551616", "whole number from 0"},
        {"--noise-multiplier", "0", "greater than 0"},
        {"--noise-multiplier", "-1", "greater than 0"},
        {"--noise-multiplier", "nan", "finite"},
        {"--noise-multiplier", "inf", "finite"},
        {"--noise-multiplier", "1e999", "finite"},
        {"--noise-multiplier", "1e-999", "finite"},
        {"--noise-multiplier", "0x10", "finite"},
        {"--noise-multiplier", "1,5", "finite"},
        {"--noise-multiplier", ".", "finite"},
        {"--noise-multiplier", "1e", "finite"},
        {"--sampling-rate", "1.0000001", "between 0 and 1"},
        {"--sampling-rate", "-0.1", "between 0 and 1"},
        {"--out", "sixteen letters!", "at most 15"},
        {"--colour", "bleu", "did you mean 'blue'?"},
        {"--colour", "x", "one of: red, dark-green, blue"},
        {"--levels", "1,2,2,1,1", "at most 4"},
        {"--levels", "1,,2", "whole number"},
        {"--levels", "1,65", "between 1 and 64"},
        {"--verbose=perhaps", NULL, "true or false"},
        {"--no-verbose=1", NULL, "takes no value"},
        {"a", "b", "unexpected argument 'c'"},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        sample s = {.count = 7, .seed = 7, .noise = 7, .rate = 7, .levels = {7}}, before = s;
        dpdm_error err = {0};
        const char *argv[] = {cases[i].word, cases[i].value ? cases[i].value : "--verbose", "c"};
        int words = cases[i].word[0] != '-' ? 3 : cases[i].value ? 2 : 1;
        assert_int_equal(parse(&s, &err, words, argv), DPDM_EUSAGE);
        if (!strstr(err.message, cases[i].part))
            fail_msg("'%s': %s", cases[i].word, err.message);
        assert_int_equal(err.status, DPDM_EUSAGE);
        assert_memory_equal(&s, &before, sizeof s);
    }
}

static void several_tables_fill_their_own_structs(void **state)
{
    (void)state;
    static const dpdm_option more_rows[] = {{.name = "json", .type = DPDM_OPTION_FLAG, .offset = 0}};
    static const dpdm_option_table more = {more_rows, 1};
    sample s = {0};
    int json = 0, count, help;
    const dpdm_option_binding bindings[] = {{&sample_table, &s}, {&more, &json}};
    const char *argv[] = {"--count=1", "--json", "-h"};
    assert_int_equal(dpdm_options_parse_all(bindings, 2, 3, (char *const *)argv, NULL, 0, &count, &help, NULL),
                     DPDM_OK);
    assert_int_equal(s.count, 1);
    assert_int_equal(json, 1);
    assert_int_equal(help, 1);
    dpdm_error err;
    const char *wrong[] = {"--jsn"};
    assert_int_equal(dpdm_options_parse_all(bindings, 2, 1, (char *const *)wrong, NULL, 0, &count, &help, &err),
                     DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "did you mean --json?"));
}

static void distances_are_those_of_the_definition(void **state)
{
    (void)state;
    assert_int_equal(dpdm_suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(dpdm_suggest_distance("", "abc"), 3);
    assert_int_equal(dpdm_suggest_distance("abc", ""), 3);
    assert_int_equal(dpdm_suggest_distance("epsilno", "epsilon"), 1);
    assert_int_equal(dpdm_suggest_distance("Learning_Rate", "learning-rate"), 0);
    char giant[300];
    memset(giant, 'a', sizeof giant);
    giant[299] = '\0';
    assert_true(dpdm_suggest_distance(giant, "abc") > 299);
}

static void numbers_do_not_follow_the_locale(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_NUMERIC, "")); /* tests/comma_locale.sh */
    assert_string_equal(localeconv()->decimal_point, ",");
    sample s = {0};
    const char *argv[] = {"--noise-multiplier=0.5"};
    char text[40];
    dpdm_status status = parse(&s, NULL, 1, argv);
    dpdm_option_get(&sample_rows[3], &s, text, sizeof text);
    setlocale(LC_NUMERIC, "C");
    assert_int_equal(status, DPDM_OK);
    assert_true(s.noise == 0.5);
    assert_string_equal(text, "0.5");
}

/* Of most options the last one counts, so that a script can add to its words; of those that people would expect to add up, none. */
static void an_option_that_would_seem_to_add_up_is_given_once(void **state)
{
    (void)state;
    sample s = {.count = 7};
    dpdm_error err = {0};
    const char *twice[] = {"--count", "1", "--count=2"}, *one[] = {"--out", "colour", "--colour", "red"};
    const char *both[] = {"--colour", "red", "--colour=blue"}, *again[] = {"--colour=red", "x", "--colour", "red"};
    assert_int_equal(parse(&s, &err, 3, twice), DPDM_OK);
    assert_int_equal(s.count, 2);
    assert_int_equal(parse(&s, &err, 4, one), DPDM_OK);
    assert_int_equal(parse(&s, &err, 3, both), DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "--colour is given twice"));
    assert_int_equal(parse(&s, &err, 4, again), DPDM_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_that_would_seem_to_add_up_is_given_once),
        cmocka_unit_test(takes_every_type),
        cmocka_unit_test(flags_can_be_taken_back),
        cmocka_unit_test(empties_a_list),
        cmocka_unit_test(refuses_with_a_helpful_sentence),
        cmocka_unit_test(several_tables_fill_their_own_structs),
        cmocka_unit_test(distances_are_those_of_the_definition),
        cmocka_unit_test(numbers_do_not_follow_the_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
