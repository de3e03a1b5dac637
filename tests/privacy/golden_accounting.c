/* golden_accounting.c - public values of three accountants, where the file is present ($DPDM_SHARED or ../shared beside
 * the source), and exact values found by another method in many digits (golden_accounting.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "dpdm/attacker.h"

static cJSON *golden_read(void)
{
    const char *shared = getenv("DPDM_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/golden/accounting.json", shared ? shared : "../../../shared");
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    static char text[1 << 16];
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    return cJSON_Parse(text);
}

static double golden_number(const cJSON *item, const char *key)
{
    const cJSON *value = cJSON_GetObjectItem(item, key);
    assert_true(cJSON_IsNumber(value));
    return value->valuedouble;
}

static void public_values_agree(void **state)
{
    (void)state;
    cJSON *cases = golden_read();
    if (!cases) {
        print_message("skipped: no golden/accounting.json in $DPDM_SHARED or ../shared\n");
        skip();
    }
    const cJSON *item;
    int count = 0;
    cJSON_ArrayForEach(item, cases)
    {
        dpdm_event event = {golden_number(item, "sampling_rate"), golden_number(item, "noise_multiplier"),
                            (uint64_t)golden_number(item, "steps")};
        double delta = golden_number(item, "delta"), estimate = golden_number(item, "prv_estimate");
        double tolerance = fmax(1e-3, 1e-3 * estimate);
        dpdm_bound pld, rdp;
        assert_int_equal(dpdm_account(&event, 1, delta, DPDM_ACCOUNTANT_PLD, &pld, NULL), DPDM_OK);
        assert_int_equal(dpdm_account(&event, 1, delta, DPDM_ACCOUNTANT_RDP, &rdp, NULL), DPDM_OK);
        assert_true(pld.epsilon_lower <= pld.epsilon_upper);
        assert_true(pld.epsilon_upper >= golden_number(item, "prv_lower"));
        assert_true(pld.epsilon_lower <= golden_number(item, "prv_upper"));
        assert_true(fabs(pld.epsilon_upper - estimate) < tolerance);
        assert_true(fabs(pld.epsilon_lower - estimate) < tolerance);
        assert_true(rdp.epsilon_upper >= pld.epsilon_lower);
        assert_true(rdp.epsilon_upper <= golden_number(item, "rdp") * (1 + 1e-9));
        count++;
    }
    assert_true(count >= 10);
    cJSON_Delete(cases);
}

/* Both bounds hold the truth over the range that is promised: a million steps, delta down to 1e-12 and below, epsilon from
 * 0.01 to 500; and Renyi, which shares only the moments, is above it. */
static void exact_values_are_bracketed(void **state)
{
    (void)state;
    static const struct {
        dpdm_event events[3];
        size_t count;
        unsigned group;
        double delta, epsilon, width;
    } known[] = {
        {{{0.001, 0.8, 1000000}}, 1, 1, 1e-12, 15.308580873472628212, 1e-8},
        {{{0.0001, 0.7, 1000000}}, 1, 1, 1e-6, 1.1249189553952933967, 1e-5},
        {{{0.01, 120, 2000}}, 1, 1, 1e-6, 0.01155862897322077616, 1e-9},
        {{{0.0683, 5, 4395}}, 1, 1, 1e-12, 6.6309610525519568886, 1e-9},
        {{{0.02, 2, 3000}}, 1, 1, 1e-30, 7.1056480135692767388, 1e-8},
        {{{0.05, 1.5, 400}, {0.3, 6, 100}, {1, 12, 2}}, 3, 1, 1e-7, 5.077743849141916801, 1e-8},
        {{{0.01, 2, 2000}}, 1, 3, 1e-9, 4.4408174259855985224, 1e-8},
        {{{1, 3, 50}}, 1, 1, 1e-12, 18.896004269797510838, 1e-9},
        {{{1, 100, 20}}, 1, 1, 1e-5, 0.14168536707790546244, 1e-9},
        {{{1, 2, 1}}, 1, 4, 1e-100, 44.316167708408008303, 1e-9},
        {{{1, 0.5, 200}}, 1, 1, 1e-5, 519.69819423031359284, 1e-9},
        {{{1, 8, 1000000}}, 1, 1, 1e-6, 8405.696602949719132, 1e-9},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double truth = known[i].epsilon, rounding = 1e-15 * truth, delta_upper, delta_lower;
        dpdm_bound pld, rdp;
        assert_int_equal(dpdm_account_group(known[i].events, known[i].count, known[i].group, known[i].delta,
                                            DPDM_ACCOUNTANT_PLD, &pld, NULL),
                         DPDM_OK);
        assert_int_equal(dpdm_account_group(known[i].events, known[i].count, known[i].group, known[i].delta,
                                            DPDM_ACCOUNTANT_RDP, &rdp, NULL),
                         DPDM_OK);
        assert_true(pld.epsilon_lower <= truth + rounding && pld.epsilon_upper >= truth - rounding);
        assert_true(pld.epsilon_upper - pld.epsilon_lower <= known[i].width * fmax(1, truth));
        assert_true(rdp.epsilon_upper >= truth - rounding && rdp.epsilon_upper <= 2 * truth);
        assert_int_equal(dpdm_account_group_delta(known[i].events, known[i].count, known[i].group, truth,
                                                  DPDM_ACCOUNTANT_PLD, &delta_upper, &delta_lower, NULL),
                         DPDM_OK);
        double slack = 1e-9 * known[i].delta; /* the value of epsilon has 53 bits */
        assert_true(delta_lower <= known[i].delta + slack && delta_upper >= known[i].delta - slack);
    }
}

/* A subsampled case near the end of the range, out of reach of the exact method: the bounds of dp-accounting 0.6.0 at an interval of
 * 1e-4, optimistic and pessimistic, are 477.31087 and 477.32738. */
static void a_large_epsilon_is_bracketed(void **state)
{
    (void)state;
    dpdm_event event = {0.5, 0.45, 330};
    dpdm_bound pld, rdp;
    assert_int_equal(dpdm_account(&event, 1, 1e-8, DPDM_ACCOUNTANT_PLD, &pld, NULL), DPDM_OK);
    assert_int_equal(dpdm_account(&event, 1, 1e-8, DPDM_ACCOUNTANT_RDP, &rdp, NULL), DPDM_OK);
    assert_true(pld.epsilon_lower <= 477.32738 && pld.epsilon_upper >= 477.31087);
    assert_true(fabs(pld.epsilon_upper - 477.3273) < 1e-3 && pld.epsilon_upper - pld.epsilon_lower < 1e-6);
    assert_true(rdp.epsilon_upper >= pld.epsilon_lower && rdp.epsilon_upper < 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(public_values_agree),
                                       cmocka_unit_test(exact_values_are_bracketed),
                                       cmocka_unit_test(a_large_epsilon_is_bracketed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
