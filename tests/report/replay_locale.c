/* replay_locale.c - catches anything written by the locale of the program that uses the library ("1,5"): a training, its
 * statement and its report must be the same bytes under a locale with a comma, and a message must hold a point.
 * Run by tests/comma_locale.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <locale.h>
#include "base/file.h"
#include "dpdm/report.h"
#include "dpdm/statement.h"
#include "train/tiny_run.h"

static const char *const written[] = {"config.json", "metrics.jsonl", "release/model.safetensors",
                                      "release/statement.json", "report.html"};
enum { WRITTEN = sizeof written / sizeof *written };

typedef struct {
    uint8_t *bytes[WRITTEN];
    size_t size[WRITTEN];
    char *text; /* the statement for people */
    char message[sizeof((dpdm_error *)0)->message];
} everything;

static void everything_make(const tiny_place *place, everything *all)
{
    dpdm_train_config config = tiny_config(place);
    char page[400], path[400];
    size_t size;
    dpdm_error err = {0};
    tiny_place_clear(place);
    free(tiny_train(&config, &size));
    snprintf(page, sizeof page, "%s/report.html", place->run);
    dpdm_report_request request = {.run = place->run, .out = page, .threads = 2};
    if (dpdm_report_write(&request, NULL, &err))
        fail_msg("%s", err.message);
    for (int i = 0; i < WRITTEN; i++) {
        snprintf(path, sizeof path, "%s/%s", place->run, written[i]);
        assert_int_equal(dpdm_file_read(path, 1 << 24, &all->bytes[i], &all->size[i], &err), DPDM_OK);
    }
    assert_int_equal(dpdm_statement_text((char *)all->bytes[3], all->size[3], "statement", &all->text, &err), DPDM_OK);
    config.delta = 1.5;
    assert_int_equal(dpdm_train_run(&config, NULL, NULL, &err), DPDM_EUSAGE);
    snprintf(all->message, sizeof all->message, "%s", err.message);
}

static void everything_destroy(everything *all)
{
    for (int i = 0; i < WRITTEN; i++)
        free(all->bytes[i]);
    free(all->text);
}

static void everything_written_has_a_point(void **state)
{
    (void)state;
    tiny_place place;
    everything plain, comma;
    char half[8];
    tiny_place_create(&place);
    setlocale(LC_NUMERIC, "C");
    everything_make(&place, &plain);
    assert_non_null(setlocale(LC_NUMERIC, ""));
    snprintf(half, sizeof half, "%.1f", 0.5);
    assert_string_equal(half, "0,5"); /* else this test would show nothing */
    everything_make(&place, &comma);
    snprintf(half, sizeof half, "%.1f", 0.5);
    assert_string_equal(half, "0,5"); /* the program's locale is left alone */
    setlocale(LC_NUMERIC, "C");
    for (int i = 0; i < WRITTEN; i++) {
        if (plain.size[i] != comma.size[i] || memcmp(plain.bytes[i], comma.bytes[i], plain.size[i]))
            fail_msg("%s differs", written[i]);
    }
    assert_string_equal(plain.text, comma.text);
    assert_string_equal(plain.message, comma.message);
    assert_non_null(strstr(comma.message, "1.5"));
    everything_destroy(&plain);
    everything_destroy(&comma);
    tiny_place_destroy(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_written_has_a_point)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
