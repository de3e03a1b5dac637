/* plain_norm.c - reference group norm (Wu and He 2018) with an optional bias before and SiLU after it. */
#include "nn/cpu/plain.h"

#include <math.h>

/* One group of one example; x, y, dy, dx point at its first channel of the first position. */
typedef struct {
    size_t positions, stride, channels;
} norm_group;

static void norm_stats(const norm_group *g, const float *x, const float *bias, float epsilon, float *stats);
static float norm_silu_slope(float z);

void plain_group_norm_forward(const dpdm_group_norm_shape *shape, const float *x, const float *bias, const float *gamma,
                              const float *beta, float *y, float *stats)
{
    const norm_group g = {shape->positions, shape->channels, shape->channels / shape->groups};
    for (int n = 0; n < shape->batch; n++)
        for (int k = 0; k < shape->groups; k++, stats += 2) {
            const size_t first = k * g.channels, base = (size_t)n * g.positions * g.stride + first;
            const float *b = bias ? bias + n * g.stride + first : NULL;
            norm_stats(&g, x + base, b, shape->epsilon, stats);
            for (size_t p = 0; p < g.positions; p++)
                for (size_t c = 0; c < g.channels; c++) {
                    const size_t i = base + p * g.stride + c;
                    const float z =
                        gamma[first + c] * ((x[i] + (b ? b[c] : 0)) - stats[0]) * stats[1] + beta[first + c];
                    y[i] = shape->silu ? z / (1.0f + expf(-z)) : z;
                }
        }
}

void plain_group_norm_backward(const dpdm_group_norm_shape *shape, const float *x, const float *bias,
                               const float *gamma, const float *beta, const float *stats, const float *dy, float *dx,
                               float *dbias, float *dgamma, float *dbeta)
{
    const norm_group g = {shape->positions, shape->channels, shape->channels / shape->groups};
    const double count = (double)g.positions * g.channels;
    for (int n = 0; n < shape->batch; n++)
        for (int k = 0; k < shape->groups; k++, stats += 2) {
            const size_t first = k * g.channels, base = (size_t)n * g.positions * g.stride + first;
            const float *b = bias ? bias + n * g.stride + first : NULL;
            double sum = 0, sum_x = 0; /* of dxhat and of dxhat * xhat, over the group */
            for (size_t c = 0; c < g.channels; c++) {
                const float scale = gamma[first + c], shift = beta[first + c], extra = b ? b[c] : 0;
                double sum_z = 0, sum_zx = 0; /* of dz and dz * xhat, over the positions */
                for (size_t p = 0; p < g.positions; p++) {
                    const size_t i = base + p * g.stride + c;
                    const float xhat = ((x[i] + extra) - stats[0]) * stats[1];
                    const float dz = shape->silu ? dy[i] * norm_silu_slope(scale * xhat + shift) : dy[i];
                    sum_z += dz;
                    sum_zx += (double)dz * xhat;
                }
                dgamma[first + c] += (float)sum_zx;
                dbeta[first + c] += (float)sum_z;
                sum += sum_z * scale;
                sum_x += sum_zx * scale;
            }
            for (size_t c = 0; c < g.channels; c++) {
                const float scale = gamma[first + c], shift = beta[first + c], extra = b ? b[c] : 0;
                double total = 0;
                for (size_t p = 0; p < g.positions; p++) {
                    const size_t i = base + p * g.stride + c;
                    const float xhat = ((x[i] + extra) - stats[0]) * stats[1];
                    const float dz = shape->silu ? dy[i] * norm_silu_slope(scale * xhat + shift) : dy[i];
                    dx[i] = (float)(stats[1] * (dz * scale - (sum + xhat * sum_x) / count));
                    total += dx[i];
                }
                if (dbias)
                    dbias[n * g.stride + first + c] = (float)total;
            }
        }
}

/* Mean and 1 / sqrt(variance + epsilon), two passes. */
static void norm_stats(const norm_group *g, const float *x, const float *bias, float epsilon, float *stats)
{
    const double count = (double)g->positions * g->channels;
    double sum = 0, square = 0;
    for (size_t p = 0; p < g->positions; p++)
        for (size_t c = 0; c < g->channels; c++)
            sum += x[p * g->stride + c] + (bias ? bias[c] : 0);
    const double mean = sum / count;
    for (size_t p = 0; p < g->positions; p++)
        for (size_t c = 0; c < g->channels; c++) {
            const double d = x[p * g->stride + c] + (bias ? bias[c] : 0) - mean;
            square += d * d;
        }
    stats[0] = (float)mean;
    stats[1] = (float)(1.0 / sqrt(square / count + epsilon));
}

/* Derivative of z * sigmoid(z). */
static float norm_silu_slope(float z)
{
    const float s = 1.0f / (1.0f + expf(-z));
    return s * (1.0f + z * (1.0f - s));
}
