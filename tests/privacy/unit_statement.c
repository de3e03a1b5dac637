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
                            .grid = {sizeof(dpdm_grid), 0.5, 38},
                            .batch = 256,
                            .height = 28,
                            .width = 28,
                            .channels = 1,
                            .classes = 10,
                            .records = 60000};
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

/* With N public neighbours have equal sizes: sets of another number of images are refused. */
static void neighbours_are_those_that_a_run_takes(void **state)
{
    (void)state;
    for (int known = 0; known < 2; known++) {
        dpdm_statement statement = example();
        statement.records = known ? 60000 : 0;
        cJSON *json = parse(&statement);
        const char *neighbours = cJSON_GetObjectItem(json, "neighbours")->valuestring;
        const char *wanted = known ? "zero-out" : "add or remove one unit";
        assert_non_null(strstr(neighbours, wanted));
        char *not_covered = cJSON_Print(cJSON_GetObjectItem(json, "not_covered"));
        assert_int_equal(strstr(not_covered, "number of images is another than stated") != NULL, known);
        cJSON_free(not_covered);
        cJSON_Delete(json);
    }
}

static void what_a_replaced_unit_costs_is_said(void **state)
{
    (void)state;
    for (int person = 0; person < 2; person++) {
        dpdm_statement statement = example();
        statement.owner.cap = 3 * person;
        cJSON *json = parse(&statement);
        double epsilon;
        assert_int_equal(dpdm_account_replace(events, 2, dpdm_owner_group(&statement.owner), 1e-5, DPDM_ACCOUNTANT_PLD,
                                              &epsilon, NULL),
                         DPDM_OK);
        assert_true(number(cJSON_GetObjectItem(json, "replace_one"), "epsilon_upper") == epsilon);
        assert_true(epsilon > 2 * number(json, "epsilon_upper"));
        cJSON_Delete(json);
    }
}

static int warns(double delta, uint64_t records, double batch)
{
    dpdm_statement statement = example();
    statement.delta = delta;
    statement.records = records;
    statement.batch = batch;
    cJSON *json = parse(&statement);
    int listed = cJSON_GetArraySize(cJSON_GetObjectItem(json, "warnings"));
    cJSON_Delete(json);
    return listed;
}

/* One record of N published at random is (0, 1 / N)-private. */
static void a_delta_that_allows_a_whole_record_is_warned_of(void **state)
{
    (void)state;
    assert_int_equal(warns(1.0 / 60001, 60000, 256), 0);
    assert_int_equal(warns(1.0 / 60000, 60000, 256), 1);
    assert_int_equal(warns(1e-4, 60000, 256), 1);
    assert_int_equal(warns(1e-5, 0, 100), 0); /* the last event's rate is 0.01: about 10,000 */
    assert_int_equal(warns(1e-3, 0, 100), 1);
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

/* ---- verification ---- */

static const dpdm_event plain[2] = {{1, 8, 1}, {1, 30, 20}}; /* closed form: fast */

static const char config[] =
    "{\"training\": {\"delta\": 1e-5, \"clip\": 0.5, \"grid_bits\": 38, \"accountant\": \"pld\", \"records\": 60000, "
    "\"noise_multiplier\": 30, \"steps\": 20, \"epsilon\": 9, \"height\": 28, \"width\": 28, \"channels\": 1, "
    "\"classes\": 10, \"sampling_rate\": 1, \"batch\": 256}}";

static dpdm_statement plain_example(void)
{
    dpdm_statement statement = example();
    statement.events = plain;
    statement.config = config;
    return statement;
}

static char *write_plain(const dpdm_statement *statement)
{
    char *text;
    dpdm_error err = {0};
    if (dpdm_statement_write(statement, &text, &err))
        fail_msg("%s", err.message);
    return text;
}

static dpdm_status verify_tree(const cJSON *json, dpdm_error *err)
{
    char *text = cJSON_Print(json);
    dpdm_status status = dpdm_statement_verify(text, strlen(text), "s", NULL, err);
    cJSON_free(text);
    return status;
}

static void what_was_written_verifies(void **state)
{
    (void)state;
    dpdm_owner_rule rules[] = {{0}, {.cap = 1}, {.cap = 5}, {.cap = 3, .asserted = 1}};
    for (int i = 0; i < 8; i++) {
        dpdm_statement statement = i < 4 ? example() : plain_example();
        int claims = -1;
        dpdm_error err = {0};
        statement.owner = rules[i % 4];
        statement.seeded = i == 2;
        statement.records = i == 1 ? 0 : 60000;
        statement.accountant = i == 3 ? DPDM_ACCOUNTANT_RDP : DPDM_ACCOUNTANT_PLD;
        char *text = write_plain(&statement);
        if (dpdm_statement_verify(text, strlen(text), "s", &claims, &err))
            fail_msg("%d: %s", i, err.message);
        assert_int_equal(claims, i != 2);
        free(text);
    }
}

/* A person's epsilon is that of the group, and the statement says whose it is. */
static void a_person_costs_more_than_an_image(void **state)
{
    (void)state;
    dpdm_statement statement = example();
    cJSON *image = parse(&statement);
    statement.owner.cap = 4;
    cJSON *person = parse(&statement);
    dpdm_bound bound;
    assert_int_equal(dpdm_account_group(events, 2, 4, 1e-5, DPDM_ACCOUNTANT_PLD, &bound, NULL), DPDM_OK);
    assert_true(number(person, "epsilon_upper") == bound.epsilon_upper);
    assert_true(number(person, "epsilon_upper") > 2 * number(image, "epsilon_upper"));
    assert_string_equal(cJSON_GetObjectItem(person, "unit")->valuestring, "one person with at most 4 images");
    assert_non_null(strstr(cJSON_GetObjectItem(person, "claim")->valuestring, "one person with at most 4 images"));
    assert_true(number(person, "owner_cap") == 4);
    cJSON_Delete(person);
    cJSON_Delete(image);
}

static void must_fail(const cJSON *json, const char *path)
{
    dpdm_error err = {0};
    if (verify_tree(json, &err) != DPDM_EFORMAT || !err.message[0])
        fail_msg("%s was changed and the statement still verifies", path);
}

/* Each value below `item` in turn is changed, and put back. What events are called is nothing that could be computed. */
static void tamper_below(cJSON *root, cJSON *item, const char *path)
{
    char below[200];
    for (cJSON *child = item->child; child; child = child->next) {
        snprintf(below, sizeof below, "%s.%s", path, child->string ? child->string : "[]");
        if (!strcmp(below, ".version") || !strcmp(below, ".event_names") || !strcmp(below, ".config.training.epsilon"))
            continue;
        if (cJSON_IsNumber(child)) {
            double kept = child->valuedouble;
            cJSON_SetNumberValue(child, kept * 1.5 + 1);
            must_fail(root, below);
            cJSON_SetNumberValue(child, -kept);
            if (kept != 0)
                must_fail(root, below);
            child->valuedouble = kept;
        } else if (cJSON_IsString(child)) {
            char *kept = child->valuestring;
            child->valuestring = below;
            must_fail(root, below);
            child->valuestring = kept;
        } else if (cJSON_IsBool(child)) {
            child->type ^= cJSON_True | cJSON_False;
            must_fail(root, below);
            child->type ^= cJSON_True | cJSON_False;
        }
        tamper_below(root, child, below);
    }
}

static void every_value_is_checked(void **state)
{
    (void)state;
    dpdm_statement statement = plain_example();
    cJSON *json = parse(&statement);
    tamper_below(json, json, "");
    cJSON_Delete(json);
}

static void every_key_is_checked(void **state)
{
    (void)state;
    dpdm_statement statement = plain_example();
    cJSON *json = parse(&statement);
    for (int i = 0; i < cJSON_GetArraySize(json); i++) {
        cJSON *copy = cJSON_Duplicate(json, 1);
        const char *key = cJSON_GetArrayItem(json, i)->string;
        cJSON_DeleteItemFromArray(copy, i);
        /* Names of events and a config may be left out; then there is less to read. */
        if (strcmp(key, "event_names") != 0 && strcmp(key, "config") != 0)
            must_fail(copy, key);
        cJSON_Delete(copy);
    }
    cJSON_AddStringToObject(json, "promise", "nothing can happen");
    must_fail(json, "promise");
    cJSON_Delete(json);
}

/* Not a hair below the bound; a little above is another machine's or version's rounding. */
static void the_tolerance_is_to_the_safe_side(void **state)
{
    (void)state;
    static const struct {
        double factor;
        int holds;
    } cases[] = {{1 - 1e-5, 0}, {1 - 1e-8, 1}, {1.005, 1}, {1.02, 0}};
    dpdm_statement statement = example();
    for (int i = 0; i < 4; i++) {
        cJSON *json = parse(&statement), *item = cJSON_GetObjectItem(json, "epsilon_upper");
        char claim[80];
        double claimed = item->valuedouble * cases[i].factor;
        cJSON_SetNumberValue(item, claimed);
        snprintf(claim, sizeof claim, "(%.4f, 1e-05)-differential privacy", ceil(claimed * 1e4) / 1e4);
        cJSON_ReplaceItemInObject(json, "claim", cJSON_CreateString(claim));
        dpdm_error err = {0};
        assert_int_equal(!verify_tree(json, &err), cases[i].holds);
        cJSON_Delete(json);
    }
}

static void the_text_has_every_part(void **state)
{
    (void)state;
    static const char *const parts[] = {"one image with its label",
                                        "sets of equal size: one unit with all its images replaced by",
                                        "one replaced  epsilon at most",
                                        "what the checks of the data tell",
                                        "Poisson",
                                        "60000",
                                        "class means: sampling rate 1, noise multiplier 8, steps: 1",
                                        "training steps",
                                        "pld",
                                        "rdp",
                                        "slack",
                                        "1e-10",
                                        "ChaCha20",
                                        "hyper-parameters",
                                        "time and power",
                                        "written by",
                                        "grid_bits=38",
                                        "classes: 10"};
    dpdm_statement statement = plain_example();
    char *json = write_plain(&statement), *text;
    assert_int_equal(dpdm_statement_text(json, strlen(json), "s", &text, NULL), DPDM_OK);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("the text lacks '%s':\n%s", parts[i], text);
    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
        assert_true(end - line <= 79);
    free(text);
    free(json);
}

static void what_is_no_statement_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "[]",
                                        "{}",
                                        "{\"format\": 3}",
                                        "{\"format\": \"dpdm-statement-1\"}",
                                        "{\"format\": \"dpdm-statement-3\"}",
                                        ("{\"format\": \"dpdm-statement-3\", \"private\": true, \"epsilon_upper\": 1, "
                                         "\"delta\": 1e-5, \"accountant\": \"pld\", \"events\": [{}]}")};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        dpdm_error err = {0};
        assert_int_equal(dpdm_statement_verify(texts[i], strlen(texts[i]), "s", NULL, &err), DPDM_EFORMAT);
        assert_int_equal(err.status, DPDM_EFORMAT);
        assert_true(err.message[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_accountants),
        cmocka_unit_test(the_claim_does_not_round_down),
        cmocka_unit_test(a_seed_means_no_claim),
        cmocka_unit_test(what_is_not_covered_is_said),
        cmocka_unit_test(neighbours_are_those_that_a_run_takes),
        cmocka_unit_test(what_a_replaced_unit_costs_is_said),
        cmocka_unit_test(a_delta_that_allows_a_whole_record_is_warned_of),
        cmocka_unit_test(no_bound_no_statement),
        cmocka_unit_test(what_was_written_verifies),
        cmocka_unit_test(a_person_costs_more_than_an_image),
        cmocka_unit_test(every_value_is_checked),
        cmocka_unit_test(every_key_is_checked),
        cmocka_unit_test(the_tolerance_is_to_the_safe_side),
        cmocka_unit_test(the_text_has_every_part),
        cmocka_unit_test(what_is_no_statement_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
