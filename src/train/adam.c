/* adam.c - Adam and the exponential moving average of the weights. */
#include "train/adam.h"

#include <math.h>

void dpdm_adam_update(const dpdm_adam *adam, uint64_t t, const float *gradient, size_t n, float *params, float *moment1,
                      float *moment2)
{
    float beta1 = (float)adam->beta1, rest1 = (float)(1 - adam->beta1);
    float beta2 = (float)adam->beta2, rest2 = (float)(1 - adam->beta2);
    float step = (float)(adam->learning_rate / (1 - pow(adam->beta1, (double)t)));
    float scale = (float)sqrt(1 - pow(adam->beta2, (double)t));
    float epsilon = (float)adam->epsilon;
    for (size_t i = 0; i < n; i++) {
        moment1[i] = beta1 * moment1[i] + rest1 * gradient[i];
        moment2[i] = beta2 * moment2[i] + rest2 * (gradient[i] * gradient[i]);
        params[i] -= step * (moment1[i] / (sqrtf(moment2[i]) / scale + epsilon));
    }
}

double dpdm_ema_decay(double decay, uint64_t n)
{
    double warm = (1 + (double)n) / (10 + (double)n);
    return warm < decay ? warm : decay;
}

void dpdm_ema_update(double decay, uint64_t update, const float *params, size_t n, float *average)
{
    float rest = (float)(1 - dpdm_ema_decay(decay, update));
    for (size_t i = 0; i < n; i++)
        average[i] += rest * (params[i] - average[i]);
}
