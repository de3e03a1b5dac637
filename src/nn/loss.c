/* loss.c - softmax cross-entropy. */
#include "nn/loss.h"

#include <math.h>
#include <stddef.h>

double dpdm_cross_entropy(int n, int classes, const float *logits, const int32_t *labels, float scale, float *losses,
                          float *gradient)
{
    double total = 0;
    for (int i = 0; i < n; i++, logits += classes) {
        float top = logits[0];
        for (int c = 1; c < classes; c++)
            top = logits[c] > top ? logits[c] : top;
        double sum = 0;
        for (int c = 0; c < classes; c++)
            sum += exp((double)logits[c] - top);
        const double loss = log(sum) + top - logits[labels[i]];
        total += loss;
        if (losses)
            losses[i] = (float)loss;
        for (int c = 0; gradient && c < classes; c++) {
            const double p = exp((double)logits[c] - top) / sum;
            gradient[(size_t)i * classes + c] = (float)(scale * (p - (c == labels[i])));
        }
    }
    return total;
}

double dpdm_cross_entropy_soft(int n, int classes, const float *logits, const float *targets, float scale,
                               float *gradient)
{
    double total = 0;
    for (int i = 0; i < n; i++, logits += classes, targets += classes, gradient += classes) {
        float top = logits[0];
        for (int c = 1; c < classes; c++)
            top = logits[c] > top ? logits[c] : top;
        double sum = 0;
        for (int c = 0; c < classes; c++)
            sum += exp((double)logits[c] - top);
        for (int c = 0; c < classes; c++) {
            const double p = exp((double)logits[c] - top) / sum;
            total += (double)targets[c] * (log(sum) + top - logits[c]);
            gradient[c] = (float)(scale * (p - (double)targets[c]));
        }
    }
    return total;
}

void dpdm_softmax(int classes, const float *logits, float *p)
{
    float top = logits[0], sum = 0;
    for (int c = 1; c < classes; c++)
        top = logits[c] > top ? logits[c] : top;
    for (int c = 0; c < classes; c++)
        sum += p[c] = expf(logits[c] - top);
    for (int c = 0; c < classes; c++)
        p[c] /= sum;
}
