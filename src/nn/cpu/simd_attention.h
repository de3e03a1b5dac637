/* simd_attention.h - attention of one head over all positions of an image, as matrix products. */
#ifndef DPDM_NN_SIMD_ATTENTION_H
#define DPDM_NN_SIMD_ATTENTION_H

#include "nn/cpu/simd_gemm.h"

#include <math.h>

/* row = softmax(row). A NaN in the row spreads over it through the total. */
static void attention_softmax(float *row, size_t n)
{
    const size_t whole = n / SIMD_WIDTH * SIMD_WIDTH, rest = n - whole;
    simd_float top = simd_set(row[0]), sum = simd_set(0);
    for (size_t j = 0; j < whole; j += SIMD_WIDTH)
        top = simd_max(simd_load(row + j), top);
    float most = simd_top(top), total = 0;
    for (size_t j = whole; j < n; j++)
        most = row[j] > most ? row[j] : most;
    for (size_t j = 0; j < whole; j += SIMD_WIDTH) {
        const simd_float e = simd_exp(simd_load(row + j) - simd_set(most));
        simd_store(row + j, e);
        sum += e;
    }
    if (rest)
        simd_store_first(row + whole, simd_exp(simd_load_first(row + whole, rest) - simd_set(most)), rest);
    total = simd_sum(sum);
    for (size_t j = whole; j < n; j++)
        total += row[j];
    const float scale = 1.0f / total;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        row[j] *= scale;
}

/* row = p (row - sum_j p_j row_j) scale: from the derivative by the probabilities p to that by the scores. */
static void attention_softmax_backward(const float *p, float scale, float *row, size_t n)
{
    simd_float sum = simd_set(0);
    size_t j = 0;
    for (; j + SIMD_WIDTH <= n; j += SIMD_WIDTH)
        sum += simd_load(p + j) * simd_load(row + j);
    if (j < n)
        sum += simd_load_first(p + j, n - j) * simd_load_first(row + j, n - j);
    const float mean = simd_sum(sum);
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        row[i] = p[i] * (row[i] - mean) * scale;
}

/* y [p x width] = a [p x p] x [p x width]; x is not copied where it has whole vectors and its rows make one panel. */
static void attention_product(size_t p, size_t width, simd_matrix a, const float *x, float *y)
{
    const simd_target to = {y, width, 1, 0, NULL};
    if (width % SIMD_WIDTH == 0 && p <= GEMM_DEPTH)
        simd_gemm_direct(p, width, p, a, x, width, to);
    else
        simd_gemm(p, width, p, a, (simd_matrix){x, width, 1}, to);
}

static void simd_attention_forward(int n, int positions, int c, const float *q, const float *k, const float *v,
                                   float *prob, float *o, float *scratch)
{
    const size_t p = positions, width = c;
    const float scale = 1.0f / sqrtf((float)c);
    (void)scratch;
    for (int e = 0; e < n; e++, q += p * width, k += p * width, v += p * width, prob += p * p, o += p * width) {
        simd_gemm(p, p, width, (simd_matrix){q, width, 1}, (simd_matrix){k, 1, width},
                  (simd_target){prob, p, scale, 0, NULL});
        for (size_t i = 0; i < p; i++)
            attention_softmax(prob + i * p, p);
        attention_product(p, width, (simd_matrix){prob, p, 1}, v, o);
    }
}

static void simd_attention_backward(int n, int positions, int c, const float *q, const float *k, const float *v,
                                    const float *prob, const float *dout, float *dq, float *dk, float *dv,
                                    float *scratch)
{
    const size_t p = positions, width = c;
    const float scale = 1.0f / sqrtf((float)c);
    for (int e = 0; e < n; e++) {
        const size_t at = e * p * width;
        const float *pe = prob + e * p * p;
        attention_product(p, width, (simd_matrix){pe, 1, p}, dout + at, dv + at);
        simd_gemm(p, p, width, (simd_matrix){dout + at, width, 1}, (simd_matrix){v + at, 1, width},
                  (simd_target){scratch, p, 1, 0, NULL});
        for (size_t i = 0; i < p; i++)
            attention_softmax_backward(pe + i * p, scale, scratch + i * p, p);
        attention_product(p, width, (simd_matrix){scratch, p, 1}, k + at, dq + at);
        attention_product(p, width, (simd_matrix){scratch, 1, p}, q + at, dk + at);
    }
}

#endif
