/* unit_adam.c - Adam against values that PyTorch 1.13 printed (torch.optim.Adam, lr 0.01), the average against its
 * formula. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "train/adam.h"

enum { SIZE = 5, UPDATES = 4 };

static const float gradients[UPDATES][SIZE] = {{0.1F, -2, 1e-6F, 0.03F, 0},
                                               {-0.3F, 1.5F, -2e-6F, 0.02F, 0},
                                               {0.7F, 0.25F, 5e-7F, -0.01F, 1e-12F},
                                               {0, 0, 0, 0, 0}};
/* params after each update, from {0.5, -1.25, 3, 1e-3, 0} */
static const float expected[UPDATES][SIZE] = {
    {0x1.f5c290p-2F, -0x1.3d70a4p+0F, 0x1.7ebb90p+1F, -0x1.26e972p-7F, 0},
    {0x1.fad20ep-2F, -0x1.3d361ap+0F, 0x1.7f32c6p+1F, -0x1.327038p-6F, 0},
    {0x1.f677e4p-2F, -0x1.3d32c4p+0F, 0x1.7f5f3ap+1F, -0x1.8cdc3cp-6F, -0x1.8c311ap-22F},
    {0x1.f2e73cp-2F, -0x1.3d3008p+0F, 0x1.7f839ap+1F, -0x1.d6edacp-6F, -0x1.529714p-21F}};

static void adam_follows_pytorch(void **state)
{
    (void)state;
    dpdm_adam adam = {0.01, 0.9, 0.999, 1e-8};
    float params[SIZE] = {0.5F, -1.25F, 3, 1e-3F, 0}, first[SIZE] = {0}, second[SIZE] = {0};
    for (int t = 0; t < UPDATES; t++) {
        dpdm_adam_update(&adam, (uint64_t)t + 1, gradients[t], SIZE, params, first, second);
        for (int i = 0; i < SIZE; i++)
            if (fabsf(params[i] - expected[t][i]) > 3e-6F * fabsf(expected[t][i]))
                fail_msg("update %d, parameter %d: %a instead of %a", t + 1, i, (double)params[i],
                         (double)expected[t][i]);
    }
}

static void average_warms_up(void **state)
{
    (void)state;
    assert_true(dpdm_ema_decay(0.999, 1) == 2.0 / 11);
    assert_true(dpdm_ema_decay(0.999, 90) == 91.0 / 100);
    assert_true(dpdm_ema_decay(0.999, 8989) < 0.999);
    assert_true(dpdm_ema_decay(0.999, 8991) == 0.999);
    assert_true(dpdm_ema_decay(0, 5) == 0);
}

static void average_follows_the_recurrence(void **state)
{
    (void)state;
    float params[3] = {1, -2, 0.5F}, average[3] = {0, 0, 0.5F};
    double exact[3] = {0, 0, 0.5};
    for (uint64_t n = 1; n <= 50; n++) {
        params[0] += 0.25F;
        dpdm_ema_update(0.8, n, params, 3, average);
        double decay = (1.0 + (double)n) / (10.0 + (double)n);
        decay = decay < 0.8 ? decay : 0.8;
        for (int i = 0; i < 3; i++) {
            exact[i] = decay * exact[i] + (1 - decay) * (double)params[i];
            assert_true(fabs((double)average[i] - exact[i]) <= 1e-5 * (1 + fabs(exact[i])));
        }
    }
    assert_true(average[2] == 0.5F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_follows_pytorch),
        cmocka_unit_test(average_warms_up),
        cmocka_unit_test(average_follows_the_recurrence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
