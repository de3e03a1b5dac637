/* loss.h - softmax cross-entropy. */
#ifndef DPDM_NN_LOSS_H
#define DPDM_NN_LOSS_H

#include <stdint.h>

/* logits: [n, classes]; labels: [n], each in [0, classes). losses: [n], receives -log softmax(logits)[label] of each
 * example, or NULL. gradient: [n, classes], receives scale (softmax(logits) - onehot(label)), or NULL; may be logits.
 * scale: 1 / n for the mean. Returns the sum of the losses. */
double dpdm_cross_entropy(int n, int classes, const float *logits, const int32_t *labels, float scale, float *losses,
                          float *gradient);

/* The same for soft targets [n, classes], each row >= 0 with sum 1: gradient = scale (softmax(logits) - target). Returns the
 * sum of -sum_c target log softmax(logits). */
double dpdm_cross_entropy_soft(int n, int classes, const float *logits, const float *targets, float scale,
                               float *gradient);

/* p[c] = softmax(logits)[c]; both [classes], and may be the same. */
void dpdm_softmax(int classes, const float *logits, float *p);

#endif
