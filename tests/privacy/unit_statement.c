/* unit_statement.c - the privacy statement says what the accountants prove, no less and no more. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include "dpdm/statement.h"

static const dpdm_event events[2] = {{1, 8, 1}, {0.01, 1.1, 500}};

static const char *const names[2] = {"class means", "training steps"};

static dpdm_statement example(void)
{
    return (dpdm_statement){.events = events,
                            .names = names,
                            .count = 2,
                            .delta = 1e-5,
                            .accountant = DPDM_ACCOUNTANT_PLD,
                            .grid = {0.5, 38},
                            .batch = 256,
                            .records_public = 1};
}

static cJSON *parse(const dpdm_statement *statement)
{
    char *text;
    dpdm_error err = {0};
    if (dpdm_statement_write(statement, &text, &err))
        fail_msg("%s", err.message);
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    free(text);
    return json;
}

static double number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void figures_are_those_of_the_accountants(void **state)
{
    (void)state;
    dpdm_statement statement = example();
    dpdm_bound pld, rdp;
    assert_int_equal(dpdm_account(events, 2, 1e-5, DPDM_ACCOUNTANT_PLD, &pld, NULL), DPDM_OK);
    assert_int_equal(dpdm_account(events, 2, 1e-5, DPDM_ACCOUNTANT_RDP, &rdp, NULL), DPDM_OK);
    for (int i = 0; i < 2; i++) {
        statement.accountant = (dpdm_accountant)i;
        cJSON *json = parse(&statement), *bounds = cJSON_GetObjectItem(json, "bounds");
        assert_true(number(json, "epsilon_upper") == (i ? rdp : pld).epsilon_upper);
        assert_true(number(cJSON_GetObjectItem(bounds, "pld"), "epsilon_upper") == pld.epsilon_upper);
        assert_true(number(cJSON_GetObjectItem(bounds, "rdp"), "epsilon_upper") == rdp.epsilon_upper);
        assert_string_equal(cJSON_GetObjectItem(json, "accountant")->valuestring, i ? "rdp" : "pld");
        assert_true(number(json, "delta") == 1e-5 && number(json, "clip") == 0.5 && number(json, "batch") == 256);
        const cJSON *listed = cJSON_GetObjectItem(json, "events"), *named = cJSON_GetObjectItem(json, "event_names");
        assert_int_equal(cJSON_GetArraySize(listed), 2);
        for (int e = 0; e < 2; e++) {
            const cJSON *one = cJSON_GetArrayItem(listed, e);
            assert_string_equal(cJSON_GetArrayItem(named, e)->valuestring, names[e]);
            assert_true(number(one, "sampling_rate") == events[e].sampling_rate);
            assert_true(number(one, "noise_multiplier") == events[e].noise_multiplier);
            assert_true(number(one, "steps") == (double)events[e].steps);
        }
        cJSON_Delete(json);
    }
}

/* The claim is a text for people: its epsilon must not be rounded below the bound. */
static void the_claim_does_not_round_down(void **state)
{
    (void)state;
    dpdm_statement statement = example();
    for (int steps = 400; steps < 408; steps++) {
        dpdm_event event = {0.01, 1.1, (uint64_t)steps};
        statement.events = &event;
        statement.count = 1;
        cJSON *json = parse(&statement);
        double claimed;
        assert_int_equal(sscanf(cJSON_GetObjectItem(json, "claim")->valuestring, "(%lf", &claimed), 1);
        assert_true(claimed >= number(json, "epsilon_upper"));
        assert_true(claimed <= number(json, "epsilon_upper") + 1e-4);
        cJSON_Delete(json);
    }
}

static void a_seed_means_no_claim(void **state)
{
    (void)state;
    dpdm_statement statement = example();
    statement.seeded = 1;
    cJSON *json = parse(&statement);
    assert_non_null(strstr(cJSON_GetObjectItem(json, "claim")->valuestring, "no privacy claim"));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "private")));
    assert_null(cJSON_GetObjectItem(json, "assumptions"));
    cJSON_Delete(json);
}

static void what_is_not_covered_is_said(void **state)
{
    (void)state;
    dpdm_statement statement = example();
    cJSON *json = parse(&statement);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "not_covered")) >= 3);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "assumptions")) >= 2);
    cJSON_Delete(json);
}

static void no_bound_no_statement(void **state)
{
    (void)state;
    dpdm_statement statement = example();
    dpdm_event wrong = {2, 1, 1};
    statement.events = &wrong;
    statement.count = 1;
    char *text;
    dpdm_error err = {0};
    assert_int_not_equal(dpdm_statement_write(&statement, &text, &err), DPDM_OK);
    assert_true(!text && err.message[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_accountants),
        cmocka_unit_test(the_claim_does_not_round_down),
        cmocka_unit_test(a_seed_means_no_claim),
        cmocka_unit_test(what_is_not_covered_is_said),
        cmocka_unit_test(no_bound_no_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
