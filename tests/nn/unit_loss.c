/* unit_loss.c - softmax cross-entropy: known answers, differences, extreme logits. */
#include "nn/check.h"
#include "nn/loss.h"

#include <math.h>

static void known_answers(void **state)
{
    (void)state;
    const float logits[] = {0, 0, 0, 0, 1, 2, 3, 4};
    const int32_t labels[] = {2, 0};
    float losses[2], gradient[8];
    const double total = dpdm_cross_entropy(2, 4, logits, labels, 0.5f, losses, gradient);
    const double second = log(1 + exp(1) + exp(2) + exp(3)); /* of logits shifted by -1 */
    assert_true(fabs(losses[0] - log(4)) < 1e-6 && fabs(losses[1] - second) < 1e-6);
    assert_true(fabs(total - log(4) - second) < 1e-12);
    assert_true(fabs(gradient[0] - 0.125) < 1e-7 && fabs(gradient[2] + 0.375) < 1e-7);
    assert_true(fabs(gradient[7] - 0.5 * exp(3 - second)) < 1e-7);
    assert_true(fabs(gradient[4] - 0.5 * (exp(-second) - 1)) < 1e-7);
}

/* With all weight on one class the soft loss is the plain one, bit for bit; else its gradient is that of differences. */
static void soft_targets(void **state)
{
    (void)state;
    float logits[] = {0.3f, -1.2f, 2.5f, 0.1f, 0.9f, -0.4f}, hard[6], soft[6];
    const float one[] = {0, 1, 0, 0, 0, 1}, mixed[] = {0.2f, 0.7f, 0.1f, 0.5f, 0.5f, 0};
    const int32_t labels[] = {1, 2};
    const double plain = dpdm_cross_entropy(2, 3, logits, labels, 0.5f, NULL, hard);
    assert_true(fabs(dpdm_cross_entropy_soft(2, 3, logits, one, 0.5f, soft) - plain) < 1e-12);
    assert_memory_equal(soft, hard, sizeof soft);
    dpdm_cross_entropy_soft(2, 3, logits, mixed, 1, soft);
    for (int i = 0; i < 6; i++) {
        const float middle = logits[i];
        logits[i] = middle + 0.01f;
        const double above = dpdm_cross_entropy_soft(2, 3, logits, mixed, 1, hard), right = logits[i];
        logits[i] = middle - 0.01f;
        const double below = dpdm_cross_entropy_soft(2, 3, logits, mixed, 1, hard), left = logits[i];
        logits[i] = middle;
        assert_true(fabs((above - below) / (right - left) - soft[i]) < 1e-4);
    }
}

static void gradient_matches_differences_and_may_lie_in_the_logits(void **state)
{
    (void)state;
    float logits[] = {0.3f, -1.2f, 2.5f, 0.1f, 0.9f, -0.4f}, gradient[6];
    const int32_t labels[] = {1, 2};
    dpdm_cross_entropy(2, 3, logits, labels, 1, NULL, gradient);
    for (int i = 0; i < 6; i++) {
        const float middle = logits[i];
        logits[i] = middle + 0.01f;
        const double above = dpdm_cross_entropy(2, 3, logits, labels, 1, NULL, NULL), right = logits[i];
        logits[i] = middle - 0.01f;
        const double below = dpdm_cross_entropy(2, 3, logits, labels, 1, NULL, NULL), left = logits[i];
        logits[i] = middle;
        assert_true(fabs((above - below) / (right - left) - gradient[i]) < 1e-4);
    }
    dpdm_cross_entropy(2, 3, logits, labels, 1, NULL, logits);
    assert_memory_equal(logits, gradient, sizeof gradient);
}

static void softmax_is_what_the_loss_uses(void **state)
{
    (void)state;
    float logits[3] = {1000, 998, -1000}, p[3];
    dpdm_softmax(3, logits, p);
    assert_true(fabs((double)p[0] - 1 / (1 + exp(-2.0))) < 1e-6);
    assert_true(fabs((double)p[1] - 1 / (1 + exp(2.0))) < 1e-6);
    assert_true(p[2] == 0);
    dpdm_softmax(3, logits, logits);
    assert_memory_equal(logits, p, sizeof p);
}

static void extreme_logits_stay_finite(void **state)
{
    (void)state;
    const float logits[] = {3e38f, -3e38f, 0};
    const int32_t labels[] = {0};
    float gradient[3];
    assert_true(dpdm_cross_entropy(1, 3, logits, labels, 1, NULL, gradient) == 0);
    for (int i = 0; i < 3; i++)
        assert_true(gradient[i] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(soft_targets),
        cmocka_unit_test(softmax_is_what_the_loss_uses),
        cmocka_unit_test(gradient_matches_differences_and_may_lie_in_the_logits),
        cmocka_unit_test(extreme_logits_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
