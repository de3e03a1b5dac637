/* simd_norm.h - group norm (Wu and He 2018) with an optional bias before and SiLU after it, forward and backward.
 *
 * Channels lie side by side, so a vector holds SIMD_WIDTH channels of one position and sums run over positions, one
 * partial sum a channel; groups are put together at the end. Partial sums are fp32 over at most NORM_RUN positions and
 * double beyond. The variance comes from one pass over x minus its first position (Chan, Golub and LeVeque 1983: a
 * shift near the mean removes the cancellation of the one-pass formula). */
#ifndef DPDM_NN_SIMD_NORM_H
#define DPDM_NN_SIMD_NORM_H

#include "nn/cpu/simd_vector.h"
#include "nn/kernels.h"

#include <math.h>

enum { NORM_RUN = 64, NORM_CHANNELS = 512 /* handled at a time; more channels are split at group borders */ };

/* One example, or a slice of its channels: `channels` of them, `groups` whole groups; a position is `stride` floats. */
typedef struct {
    size_t positions, stride, channels, groups;
    float epsilon;
    int silu;
} norm_slice;

/* Per-channel factors of one slice: z = x * scale + shift, xhat = x * rstd + offset. */
typedef struct {
    float scale[NORM_CHANNELS], shift[NORM_CHANNELS], rstd[NORM_CHANNELS], offset[NORM_CHANNELS];
} norm_factors;

/* Adds the lanes of a short sum to double totals. */
SIMD_INLINE void norm_flush(double *total, simd_float sum)
{
    float lanes[SIMD_WIDTH];
    simd_store(lanes, sum);
    for (int i = 0; i < SIMD_WIDTH; i++)
        total[i] += lanes[i];
}

/* Sums of d and d^2 over the positions, d = x - first position, of `count` channels. */
SIMD_INLINE void norm_moments(size_t positions, size_t stride, const float *x, size_t count, double *sum,
                              double *square)
{
    const simd_float first = simd_load_some(x, count);
    for (size_t start = 0; start < positions; start += NORM_RUN) {
        const size_t end = positions - start < NORM_RUN ? positions : start + NORM_RUN;
        simd_float s = simd_set(0), q = simd_set(0);
        for (size_t p = start; p < end; p++) {
            const simd_float d = simd_load_some(x + p * stride, count) - first;
            s += d;
            q += d * d;
        }
        norm_flush(sum, s);
        norm_flush(square, q);
    }
}

/* Mean and 1 / sqrt(variance + epsilon) of each group, from the moments of its channels, which it uses up. */
static void norm_stats(const norm_slice *s, const float *x, const float *bias, double *sum, double *square,
                       float *stats)
{
    const size_t width = s->channels / s->groups;
    const double positions = (double)s->positions;
    for (size_t c = 0; c < s->channels; c++) { /* to each channel's mean and its squares about that */
        const double offset = sum[c] / positions;
        square[c] -= sum[c] * offset;
        sum[c] = (double)x[c] + (bias ? bias[c] : 0) + offset;
    }
    for (size_t g = 0; g < s->groups; g++, stats += 2) {
        double mean = 0, spread = 0;
        for (size_t c = g * width; c < (g + 1) * width; c++)
            mean += sum[c];
        mean /= (double)width;
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            const double d = sum[c] - mean;
            spread += square[c] + positions * d * d;
        }
        const double variance = spread > 0 ? spread / (positions * (double)width) : spread - spread;
        stats[0] = (float)mean;
        stats[1] = (float)(1.0 / sqrt(variance + s->epsilon));
    }
}

static void norm_factors_fill(const norm_slice *s, const float *bias, const float *gamma, const float *beta,
                              const float *stats, norm_factors *f)
{
    const size_t width = s->channels / s->groups;
    for (size_t g = 0; g < s->groups; g++)
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            f->rstd[c] = stats[g * 2 + 1];
            f->offset[c] = stats[g * 2];
        }
    for (size_t c = 0; c < s->channels; c++) {
        f->offset[c] = ((bias ? bias[c] : 0) - f->offset[c]) * f->rstd[c];
        f->scale[c] = gamma[c] * f->rstd[c];
        f->shift[c] = gamma[c] * f->offset[c] + beta[c];
    }
}

/* Zeros for the sums of a slice's channels, in whole vectors; clearing room for the most there can be takes as long as a small slice. */
static void norm_sums_clear(const norm_slice *s, double *sum)
{
    memset(sum, 0, (s->channels + SIMD_WIDTH) * sizeof *sum);
}

SIMD_INLINE void norm_apply(size_t positions, size_t stride, int silu, const float *x, const float *scale,
                            const float *shift, size_t count, float *y)
{
    const simd_float a = simd_load_some(scale, count), b = simd_load_some(shift, count);
    for (size_t p = 0; p < positions; p++) {
        const simd_float z = simd_load_some(x + p * stride, count) * a + b;
        simd_store_some(y + p * stride, silu ? z * simd_sigmoid(z) : z, count);
    }
}

static void norm_forward_slice(const norm_slice *s, const float *x, const float *bias, const float *gamma,
                               const float *beta, float *y, float *stats)
{
    double sum[NORM_CHANNELS + SIMD_WIDTH], square[NORM_CHANNELS + SIMD_WIDTH];
    norm_factors f;
    norm_sums_clear(s, sum);
    norm_sums_clear(s, square);
    for (size_t c = 0; c < s->channels; c += SIMD_WIDTH)
        if (s->channels - c >= SIMD_WIDTH)
            norm_moments(s->positions, s->stride, x + c, SIMD_WIDTH, sum + c, square + c);
        else
            norm_moments(s->positions, s->stride, x + c, s->channels - c, sum + c, square + c);
    norm_stats(s, x, bias, sum, square, stats);
    norm_factors_fill(s, bias, gamma, beta, stats, &f);
    for (size_t c = 0; c < s->channels; c += SIMD_WIDTH)
        if (s->channels - c < SIMD_WIDTH)
            norm_apply(s->positions, s->stride, s->silu, x + c, f.scale + c, f.shift + c, s->channels - c, y + c);
        else if (s->silu)
            norm_apply(s->positions, s->stride, 1, x + c, f.scale + c, f.shift + c, SIMD_WIDTH, y + c);
        else
            norm_apply(s->positions, s->stride, 0, x + c, f.scale + c, f.shift + c, SIMD_WIDTH, y + c);
}

/* dx = dz, the derivative by the norm's output before SiLU; sums of dz and dz * xhat over the positions. */
SIMD_INLINE void norm_slope(size_t positions, size_t stride, int silu, const float *x, const float *dy,
                            const norm_factors *f, size_t c, size_t count, float *dx, double *sum, double *sum_x)
{
    const simd_float a = simd_load_some(f->scale + c, count), b = simd_load_some(f->shift + c, count);
    const simd_float r = simd_load_some(f->rstd + c, count), o = simd_load_some(f->offset + c, count);
    for (size_t start = 0; start < positions; start += NORM_RUN) {
        const size_t end = positions - start < NORM_RUN ? positions : start + NORM_RUN;
        simd_float s = simd_set(0), q = simd_set(0);
        for (size_t p = start; p < end; p++) {
            const size_t i = p * stride + c;
            const simd_float v = simd_load_some(x + i, count);
            simd_float dz = simd_load_some(dy + i, count);
            if (silu)
                dz *= simd_silu_slope(v * a + b);
            simd_store_some(dx + i, dz, count);
            s += dz;
            q += dz * (v * r + o);
        }
        norm_flush(sum + c, s);
        norm_flush(sum_x + c, q);
    }
}

/* dx = dx * by_dz + x * by_x + constant, the sum of dx over the positions added to `sum`. */
SIMD_INLINE void norm_combine(size_t positions, size_t stride, const float *x, const float *by_dz, const float *by_x,
                              const float *constant, size_t count, float *dx, double *sum)
{
    const simd_float a = simd_load_some(by_dz, count), b = simd_load_some(by_x, count);
    const simd_float o = simd_load_some(constant, count);
    for (size_t start = 0; start < positions; start += NORM_RUN) {
        const size_t end = positions - start < NORM_RUN ? positions : start + NORM_RUN;
        simd_float s = simd_set(0);
        for (size_t i = start * stride; i < end * stride; i += stride) {
            const simd_float d = simd_load_some(dx + i, count) * a + (simd_load_some(x + i, count) * b + o);
            simd_store_some(dx + i, d, count);
            s += d;
        }
        norm_flush(sum, s);
    }
}

/* The factors of norm_combine. dx = rstd (dz gamma - (S + xhat X) / count), S and X the group's sums of dz gamma and
 * dz gamma xhat; written as a polynomial in dz and x. scale and rstd stay; shift and offset become the other two. */
static void norm_combine_fill(const norm_slice *s, const float *gamma, const double *sum, const double *sum_x,
                              norm_factors *f)
{
    const size_t width = s->channels / s->groups;
    const double count = (double)s->positions * (double)width;
    for (size_t g = 0; g < s->groups; g++) {
        double all = 0, all_x = 0;
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            all += sum[c] * gamma[c];
            all_x += sum_x[c] * gamma[c];
        }
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            const double rstd = f->rstd[c];
            f->shift[c] = (float)(-rstd * (all + f->offset[c] * all_x) / count);
            f->offset[c] = (float)(-rstd * rstd * all_x / count);
        }
    }
}

static void norm_backward_slice(const norm_slice *s, const float *x, const float *bias, const float *gamma,
                                const float *beta, const float *stats, const float *dy, float *dx, float *dbias,
                                float *dgamma, float *dbeta)
{
    double sum[NORM_CHANNELS + SIMD_WIDTH], sum_x[NORM_CHANNELS + SIMD_WIDTH], total[NORM_CHANNELS + SIMD_WIDTH];
    norm_factors f;
    norm_sums_clear(s, sum);
    norm_sums_clear(s, sum_x);
    norm_sums_clear(s, total);
    norm_factors_fill(s, bias, gamma, beta, stats, &f);
    for (size_t c = 0; c < s->channels; c += SIMD_WIDTH)
        if (s->channels - c < SIMD_WIDTH)
            norm_slope(s->positions, s->stride, s->silu, x, dy, &f, c, s->channels - c, dx, sum, sum_x);
        else if (s->silu)
            norm_slope(s->positions, s->stride, 1, x, dy, &f, c, SIMD_WIDTH, dx, sum, sum_x);
        else
            norm_slope(s->positions, s->stride, 0, x, dy, &f, c, SIMD_WIDTH, dx, sum, sum_x);
    norm_combine_fill(s, gamma, sum, sum_x, &f);
    for (size_t c = 0; c < s->channels; c += SIMD_WIDTH)
        if (s->channels - c < SIMD_WIDTH)
            norm_combine(s->positions, s->stride, x + c, f.scale + c, f.offset + c, f.shift + c, s->channels - c,
                         dx + c, total + c);
        else
            norm_combine(s->positions, s->stride, x + c, f.scale + c, f.offset + c, f.shift + c, SIMD_WIDTH, dx + c,
                         total + c);
    for (size_t c = 0; c < s->channels; c++) {
        dgamma[c] += (float)sum_x[c];
        dbeta[c] += (float)sum[c];
        if (dbias)
            dbias[c] = (float)total[c];
    }
}

/* Groups per slice, so that a slice has at most NORM_CHANNELS channels; 0 if one group has more. */
static size_t norm_groups_at_once(const dpdm_group_norm_shape *shape)
{
    const size_t width = (size_t)shape->channels / shape->groups;
    return NORM_CHANNELS / width < (size_t)shape->groups ? NORM_CHANNELS / width : (size_t)shape->groups;
}

static norm_slice norm_slice_at(const dpdm_group_norm_shape *shape, size_t group, size_t at_once)
{
    const size_t left = (size_t)shape->groups - group, groups = left < at_once ? left : at_once;
    const size_t width = (size_t)shape->channels / shape->groups;
    return (norm_slice){shape->positions, shape->channels, groups * width, groups, shape->epsilon, shape->silu};
}

static void simd_group_norm_forward(const dpdm_group_norm_shape *shape, const float *x, const float *bias,
                                    const float *gamma, const float *beta, float *y, float *stats)
{
    const size_t channels = shape->channels, width = channels / shape->groups, at_once = norm_groups_at_once(shape);
    if (at_once == 0) {
        plain_group_norm_forward(shape, x, bias, gamma, beta, y, stats);
        return;
    }
    for (size_t n = 0; n < (size_t)shape->batch; n++)
        for (size_t g = 0; g < (size_t)shape->groups; g += at_once) {
            const norm_slice s = norm_slice_at(shape, g, at_once);
            const size_t c = g * width, at = n * shape->positions * channels + c;
            norm_forward_slice(&s, x + at, bias ? bias + n * channels + c : NULL, gamma + c, beta + c, y + at,
                               stats + (n * shape->groups + g) * 2);
        }
}

static void simd_group_norm_backward(const dpdm_group_norm_shape *shape, const float *x, const float *bias,
                                     const float *gamma, const float *beta, const float *stats, const float *dy,
                                     float *dx, float *dbias, float *dgamma, float *dbeta)
{
    const size_t channels = shape->channels, width = channels / shape->groups, at_once = norm_groups_at_once(shape);
    if (at_once == 0) {
        plain_group_norm_backward(shape, x, bias, gamma, beta, stats, dy, dx, dbias, dgamma, dbeta);
        return;
    }
    for (size_t n = 0; n < (size_t)shape->batch; n++)
        for (size_t g = 0; g < (size_t)shape->groups; g += at_once) {
            const norm_slice s = norm_slice_at(shape, g, at_once);
            const size_t c = g * width, at = n * shape->positions * channels + c;
            norm_backward_slice(&s, x + at, bias ? bias + n * channels + c : NULL, gamma + c, beta + c,
                                stats + (n * shape->groups + g) * 2, dy + at, dx + at,
                                dbias ? dbias + n * channels + c : NULL, dgamma + c, dbeta + c);
        }
}

#endif
