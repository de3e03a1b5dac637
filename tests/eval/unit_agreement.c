/* unit_agreement.c - catches wrong accuracy, transposed confusion matrices and miscounted calibration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "dpdm/classifier.h"

static void known_case(void **state)
{
    (void)state;
    dpdm_dataset data = {0};
    assert_int_equal(dpdm_dataset_create(4, 1, 1, 1, 3, &data, NULL), DPDM_OK);
    const int32_t labels[4] = {0, 0, 1, 1};
    for (int i = 0; i < 4; i++)
        data.labels[i] = labels[i];
    /* right with 0.9, wrong (as 1) with 0.6, right with 0.8, right with 1.0 */
    const float p[12] = {0.9F, 0.1F, 0, 0.4F, 0.6F, 0, 0.1F, 0.8F, 0.1F, 0, 1, 0};
    dpdm_agreement a;
    assert_int_equal(dpdm_agreement_measure(&data, p, &a, NULL), DPDM_OK);
    assert_true(fabs(a.accuracy - 0.75) < 1e-12);
    assert_true(fabs(a.class_accuracy[0] - 0.5) < 1e-12);
    assert_true(fabs(a.class_accuracy[1] - 1.0) < 1e-12);
    assert_true(isnan(a.class_accuracy[2]));
    assert_int_equal(a.confusion[0 * 3 + 0], 1);
    assert_int_equal(a.confusion[0 * 3 + 1], 1);
    assert_int_equal(a.confusion[1 * 3 + 0], 0);
    assert_int_equal(a.confusion[1 * 3 + 1], 2);
    /* each image has a bin of its own: (0.1 + 0.6 + 0.2 + 0) / 4 */
    assert_true(fabs(a.calibration_error - 0.225) < 1e-6);
    dpdm_agreement_destroy(&a);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
