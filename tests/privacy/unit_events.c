/* unit_events.c - lists of events from JSON: values kept to the bit, and no mutated text ever crashes the reader or gives an
 * event outside its ranges. The refusals and their messages: tests/cli/e2e_account.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/events.h"

static void values_are_kept(void **state)
{
    (void)state;
    const char *text =
        "[{\"sampling_rate\": 0.06826666666666667, \"noise_multiplier\": 1.0000000000000002, \"steps\": 4395},\n"
        " {\"steps\": \"18446744073709551615\", \"noise-multiplier\": 5e-324, \"sampling-rate\": 1}]";
    dpdm_event *events;
    size_t count;
    dpdm_error err;
    if (dpdm_events_parse(text, strlen(text), "f", &events, &count, &err))
        fail_msg("%s", err.message);
    assert_int_equal(count, 2);
    assert_true(events[0].sampling_rate == 0.06826666666666667 && events[0].noise_multiplier == 1.0000000000000002);
    assert_true(events[0].steps == 4395 && events[1].steps == UINT64_MAX);
    assert_true(events[1].sampling_rate == 1 && events[1].noise_multiplier == 5e-324);
    free(events);
}

static void failures_leave_nothing_behind(void **state)
{
    (void)state;
    const char *text = "[{\"sampling_rate\": 0.5, \"noise_multiplier\": 1, \"steps\": 1}, {\"sampling_rate\": 2}]";
    dpdm_event *events = (dpdm_event *)&text;
    size_t count = 9;
    assert_int_equal(dpdm_events_parse(text, strlen(text), "f", &events, &count, NULL), DPDM_EUSAGE);
    assert_null(events);
    assert_int_equal(count, 0);
    assert_int_equal(dpdm_events_read("/nonexistent/e.json", &events, &count, NULL), DPDM_ENOENT);
    assert_null(events);
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void mutated_texts_are_safe(void **state)
{
    (void)state;
    static const char base[] = "[{\"sampling_rate\": 0.5, \"noise_multiplier\": 1e0, \"steps\": 10},"
                               "{\"sampling_rate\": 1, \"noise_multiplier\": 2.5, \"steps\": 1}]";
    static const char pieces[] = "[]{},:\"0123456789.eE+-\\untrfals _\n";
    uint64_t seed = 5;
    int accepted = 0;
    for (int i = 0; i < 30000; i++) {
        size_t size = sizeof base - 1 - random_next(&seed) % 3;
        char *text = malloc(size);
        memcpy(text, base, size);
        for (uint64_t n = random_next(&seed) % 3; n > 0; n--)
            text[random_next(&seed) % size] = pieces[random_next(&seed) % (sizeof pieces - 1)];
        dpdm_event *events;
        size_t count;
        if (!dpdm_events_parse(text, size, "f", &events, &count, NULL)) {
            accepted++;
            for (size_t k = 0; k < count; k++)
                assert_true(events[k].sampling_rate >= 0 && events[k].sampling_rate <= 1 && events[k].steps >= 1 &&
                            events[k].noise_multiplier > 0 && isfinite(events[k].noise_multiplier));
        }
        free(events);
        free(text);
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_kept),
        cmocka_unit_test(failures_leave_nothing_behind),
        cmocka_unit_test(mutated_texts_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
