/* adam.h - the optimiser and the average of the weights. Both see noisy gradients and weights only: post-processing. */
#ifndef DPDM_TRAIN_ADAM_H
#define DPDM_TRAIN_ADAM_H

#include <stddef.h>
#include <stdint.h>

/* Kingma and Ba 2015, algorithm 1, bias-corrected, no weight decay; in the arithmetic of torch.optim.Adam. */
typedef struct {
    double learning_rate, beta1, beta2, epsilon;
} dpdm_adam;

/* Update number t (1 for the first). params, gradient, moment1, moment2: [n]; the moments start at zero. One pass over
 * four buffers on the calling thread: well under a thousandth of a training step, so it is not threaded. */
void dpdm_adam_update(const dpdm_adam *adam, uint64_t t, const float *gradient, size_t n, float *params, float *moment1,
                      float *moment2);

/* Decay of update number n (1 for the first): min(decay, (1 + n) / (10 + n)), so that the start is forgotten soon. */
double dpdm_ema_decay(double decay, uint64_t n);
/* average += (1 - d) (params - average), d = dpdm_ema_decay(decay, update). */
void dpdm_ema_update(double decay, uint64_t update, const float *params, size_t n, float *average);

#endif
