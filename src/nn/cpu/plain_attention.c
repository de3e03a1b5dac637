/* plain_attention.c - reference attention of one head over all positions of an image. */
#include "nn/cpu/plain.h"

#include <math.h>
#include <string.h>

static float attention_dot(const float *a, const float *b, size_t n);
static void attention_softmax(float *row, size_t n);

void plain_attention_forward(int n, int positions, int c, const float *q, const float *k, const float *v, float *prob,
                             float *o, float *scratch)
{
    const size_t p = positions, width = c;
    const float scale = 1.0f / sqrtf((float)c);
    (void)scratch;
    memset(o, 0, n * p * width * sizeof *o);
    for (int e = 0; e < n; e++, k += p * width, v += p * width)
        for (size_t i = 0; i < p; i++, q += width, o += width, prob += p) {
            for (size_t j = 0; j < p; j++)
                prob[j] = attention_dot(q, k + j * width, width) * scale;
            attention_softmax(prob, p);
            for (size_t j = 0; j < p; j++)
                for (size_t d = 0; d < width; d++)
                    o[d] += prob[j] * v[j * width + d];
        }
}

void plain_attention_backward(int n, int positions, int c, const float *q, const float *k, const float *v,
                              const float *prob, const float *dout, float *dq, float *dk, float *dv, float *scratch)
{
    const size_t p = positions, width = c;
    const float scale = 1.0f / sqrtf((float)c);
    memset(dq, 0, n * p * width * sizeof *dq);
    memset(dk, 0, n * p * width * sizeof *dk);
    memset(dv, 0, n * p * width * sizeof *dv);
    for (int e = 0; e < n; e++, k += p * width, v += p * width, dk += p * width, dv += p * width)
        for (size_t i = 0; i < p; i++, q += width, dq += width, dout += width, prob += p) {
            float *dprob = scratch;
            double mean = 0; /* sum_j prob_j dprob_j: the part of dprob that softmax does not see */
            for (size_t j = 0; j < p; j++) {
                dprob[j] = attention_dot(dout, v + j * width, width);
                mean += (double)prob[j] * dprob[j];
            }
            for (size_t j = 0; j < p; j++) {
                const float ds = prob[j] * (dprob[j] - (float)mean) * scale;
                for (size_t d = 0; d < width; d++) {
                    dq[d] += ds * k[j * width + d];
                    dk[j * width + d] += ds * q[d];
                    dv[j * width + d] += prob[j] * dout[d];
                }
            }
        }
}

static float attention_dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * b[i];
    return (float)sum;
}

static void attention_softmax(float *row, size_t n)
{
    float top = row[0];
    for (size_t j = 1; j < n; j++)
        top = row[j] > top ? row[j] : top;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        row[j] = expf(row[j] - top);
        sum += row[j];
    }
    for (size_t j = 0; j < n; j++)
        row[j] = (float)(row[j] / sum);
}
