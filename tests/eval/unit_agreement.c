/* unit_agreement.c - catches wrong accuracy, transposed confusion matrices and miscounted calibration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "dpdm/classifier.h"
#include "eval/auroc.h"

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

/* Against the definition: every pair of an image of the class and one of another. */
static double area_by_pairs(const int32_t *labels, const float *p, int n, int classes, int c)
{
    double wins = 0, pairs = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            if (labels[i] != c || labels[j] == c)
                continue;
            float own = p[i * classes + c], other = p[j * classes + c];
            wins += own > other ? 1 : own == other ? 0.5 : 0;
            pairs++;
        }
    return wins / pairs;
}

static void area_under_the_curve(void **state)
{
    (void)state;
    enum { N = 60 };
    uint32_t random = 1;
    for (int classes = 2; classes <= 4; classes++)
        for (int levels = 2; levels < 60; levels += 19) { /* few levels: many ties */
            int32_t labels[N];
            float p[N * 4];
            for (int i = 0; i < N * classes; i++) {
                random = random * 1664525u + 1013904223u;
                p[i] = (float)((random >> 16) % (unsigned)levels) / (float)levels;
            }
            for (int i = 0; i < N; i++)
                labels[i] = (i * 7) % (classes + (classes > 2)) % classes; /* unequal numbers */
            double area, expected = 0;
            assert_int_equal(dpdm_auroc(labels, p, N, classes, &area, NULL), DPDM_OK);
            if (classes == 2)
                expected = area_by_pairs(labels, p, N, 2, 1);
            for (int c = 0; classes > 2 && c < classes; c++)
                expected += area_by_pairs(labels, p, N, classes, c) / classes;
            assert_true(fabs(area - expected) < 1e-12);
        }
    const int32_t two[] = {0, 1, 1}, one[] = {1, 1, 1};
    const float right[] = {0.9F, 0.1F, 0.4F, 0.6F, 0.2F, 0.8F};
    double area;
    assert_int_equal(dpdm_auroc(two, right, 3, 2, &area, NULL), DPDM_OK);
    assert_true(area == 1);
    assert_int_equal(dpdm_auroc(one, right, 3, 2, &area, NULL), DPDM_OK);
    assert_true(isnan(area));
}

/* 64.1 % says little where always naming one class has 62.5 %. */
static void beside_always_guessing_one_class(void **state)
{
    (void)state;
    dpdm_dataset data = {0};
    assert_int_equal(dpdm_dataset_create(8, 1, 1, 1, 3, &data, NULL), DPDM_OK);
    float p[24] = {0};
    for (int i = 0; i < 8; i++) {
        data.labels[i] = i < 2 ? 0 : 1;
        p[3 * i + 1] = 1; /* always class 1 */
    }
    dpdm_agreement a;
    assert_int_equal(dpdm_agreement_measure(&data, p, &a, NULL), DPDM_OK);
    assert_true(a.accuracy == 0.75 && a.base_rate == 0.75 && a.balanced_accuracy == 0.5 && a.auroc == 0.5);
    dpdm_agreement_destroy(&a);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_case), cmocka_unit_test(area_under_the_curve),
                                       cmocka_unit_test(beside_always_guessing_one_class)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
