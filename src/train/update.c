/* update.c - see update.h. */
#include "train/update.h"

#include <math.h>
#include "train/adam.h"

double dpdm_train_learning_rate(const dpdm_train_config *config, uint64_t steps, uint64_t t)
{
    double rate = config->learning_rate, at = (double)t;
    if (at < config->learning_rate_warmup)
        rate *= at / config->learning_rate_warmup;
    double pi = 3.14159265358979323846, way = (at - 1) / (double)steps;
    return rate * (config->learning_rate_final + (1 - config->learning_rate_final) * 0.5 * (1 + cos(pi * way)));
}

/* torch.optim.SGD with momentum: v = m v + g, w -= lr v. */
static void update_descend(double learning_rate, double momentum, const float *gradient, size_t n, float *params,
                           float *velocity)
{
    float rate = (float)learning_rate, keep = (float)momentum;
    for (size_t i = 0; i < n; i++) {
        velocity[i] = keep * velocity[i] + gradient[i];
        params[i] -= rate * velocity[i];
    }
}

void dpdm_train_update(const dpdm_train_config *config, uint64_t steps, uint64_t t, const float *gradient,
                       size_t parameters, const dpdm_train_weights *weights)
{
    double rate = dpdm_train_learning_rate(config, steps, t);
    dpdm_adam adam = {rate, config->beta1, config->beta2, config->adam_epsilon};
    if (config->optimiser == DPDM_OPTIMISER_SGD)
        update_descend(rate, config->momentum, gradient, parameters, weights->params, weights->moment1);
    else
        dpdm_adam_update(&adam, t, gradient, parameters, weights->params, weights->moment1, weights->moment2);
    dpdm_ema_update(config->ema, t, weights->params, parameters, weights->average);
}
