/* golden_accounting.c - public values of three accountants, where the file is present ($DPDM_SHARED or ../shared beside
 * the source), and values computed independently (see unit_pld.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "dpdm/accountant.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(public_values_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
