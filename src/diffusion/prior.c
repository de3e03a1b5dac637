/* prior.c - the public Gaussian of a denoiser. */
#include "dpdm/prior.h"

#include <stdlib.h>
#include <string.h>
#include "base/finite.h"

enum { LANES = 16, PART = 64 * LANES /* pixels at a time */ };

dpdm_status dpdm_prior_create(int classes, int pixels, int rank, dpdm_prior *prior, dpdm_error *err)
{
    memset(prior, 0, sizeof *prior);
    if (classes < 1 || pixels < 1 || rank < 0 || rank > DPDM_PRIOR_RANK_MAX || rank > pixels)
        return dpdm_error_set(err, DPDM_EUSAGE, "a prior of %d pixels may have rank 0 to %d, not %d", pixels,
                              pixels < DPDM_PRIOR_RANK_MAX ? pixels : DPDM_PRIOR_RANK_MAX, rank);
    *prior = (dpdm_prior){.classes = classes,
                          .pixels = pixels,
                          .rank = rank,
                          .center = calloc((size_t)classes + 1, (size_t)pixels * sizeof(float)),
                          .basis = calloc((size_t)rank + 1, (size_t)pixels * sizeof(float)),
                          .variance = calloc((size_t)rank + 1, sizeof(float))};
    if (prior->center && prior->basis && prior->variance)
        return DPDM_OK;
    dpdm_prior_destroy(prior);
    return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a prior of %d pixels", pixels);
}

dpdm_status dpdm_prior_by_class(dpdm_prior *prior, dpdm_error *err)
{
    const size_t classes = (size_t)prior->classes, rank = (size_t)prior->rank;
    prior->class_turn = calloc(classes * rank, rank * sizeof *prior->class_turn);
    prior->class_variance = calloc(classes, rank * sizeof *prior->class_variance);
    if (!prior->class_turn || !prior->class_variance)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a prior of %zu classes", classes);
    for (size_t y = 0; y < classes; y++)
        dpdm_prior_class_common(prior, (int)y);
    return DPDM_OK;
}

void dpdm_prior_class_common(dpdm_prior *prior, int label)
{
    const size_t rank = (size_t)prior->rank;
    float *turn = prior->class_turn + (size_t)label * rank * rank;
    memset(turn, 0, rank * rank * sizeof *turn);
    for (size_t k = 0; k < rank; k++)
        turn[k * rank + k] = 1;
    memcpy(prior->class_variance + (size_t)label * rank, prior->variance, rank * sizeof *prior->variance);
}

void dpdm_prior_destroy(dpdm_prior *prior)
{
    free(prior->class_turn);
    free(prior->class_variance);
    free(prior->center);
    free(prior->basis);
    free(prior->variance);
    memset(prior, 0, sizeof *prior);
}

static int prior_check_classes(const dpdm_prior *prior)
{
    const size_t values = (size_t)prior->classes * (size_t)prior->rank;
    int good = dpdm_all_finite(prior->class_turn, values * (size_t)prior->rank) &&
               dpdm_all_finite(prior->class_variance, values);
    for (size_t k = 0; good && k < values; k++)
        good = prior->class_variance[k] > 0;
    return good;
}

dpdm_status dpdm_prior_check(const dpdm_prior *prior, dpdm_error *err)
{
    size_t pixels = (size_t)prior->pixels, rank = (size_t)prior->rank;
    int good = dpdm_all_finite(prior->center, ((size_t)prior->classes + 1) * pixels) &&
               dpdm_all_finite(prior->basis, rank * pixels) && dpdm_all_finite(prior->variance, rank + 1);
    for (size_t k = 0; good && rank && k <= rank; k++)
        good = prior->variance[k] > 0;
    if (good && prior->class_turn)
        good = prior_check_classes(prior);
    return good ? DPDM_OK
                : dpdm_error_set(err, DPDM_ERANGE,
                                 "the prior holds values that are not finite, or a variance "
                                 "that is not above 0");
}

double dpdm_prior_variance(const dpdm_prior *prior)
{
    double sum = (double)(prior->pixels - prior->rank) * (double)prior->variance[prior->rank];
    for (int k = 0; k < prior->rank; k++)
        sum += (double)prior->variance[k];
    return sum / prior->pixels;
}

static double prior_posterior(double variance, double sigma)
{
    return variance / (variance / (sigma * sigma) + 1); /* v s^2 / (v + s^2), for large s too */
}

double dpdm_prior_posterior_variance(const dpdm_prior *prior, double sigma)
{
    double sum = (prior->pixels - prior->rank) * prior_posterior((double)prior->variance[prior->rank], sigma);
    for (int k = 0; k < prior->rank; k++)
        sum += prior_posterior((double)prior->variance[k], sigma);
    return sum / prior->pixels;
}

double dpdm_prior_rest(const dpdm_prior *prior, double sigma)
{
    double rest = (double)prior->variance[prior->rank];
    return rest / (rest + sigma * sigma);
}

/* u . x in lanes of fixed number, so that the sum is fast and its order fixed. */
static float prior_dot(const float *u, const float *x, size_t n)
{
    float lanes[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += u[i + j] * x[i + j];
    for (; i < n; i++)
        sum += u[i] * x[i];
    for (size_t j = 0; j < LANES; j++)
        sum += lanes[j];
    return sum;
}

/* v / (v + s2) - rest / (rest + s2), without its cancellation at small sigma. */
static double prior_keep(double v, double rest, double s2)
{
    return s2 * (v - rest) / ((v + s2) * (rest + s2));
}

/* What the posterior of one class keeps: the projections z turned into its directions, weighed, and turned back. */
static void prior_keep_class(const dpdm_prior *prior, int label, double s2, float *z)
{
    const size_t rank = (size_t)prior->rank;
    const float *turn = prior->class_turn + (size_t)label * rank * rank;
    const float *variance = prior->class_variance + (size_t)label * rank;
    const double rest = (double)prior->variance[rank];
    float kept[DPDM_PRIOR_RANK_MAX] = {0};
    for (size_t j = 0; j < rank; j++) {
        const float *q = turn + j * rank;
        const float along = (float)(prior_keep((double)variance[j], rest, s2) * (double)prior_dot(q, z, rank));
        for (size_t k = 0; k < rank; k++)
            kept[k] += along * q[k];
    }
    memcpy(z, kept, rank * sizeof *z);
}

/* z[0..n) = x - center + scale noise. */
static void prior_deviation(const float *x, const float *center, double scale, const float *noise, size_t n, float *z)
{
    for (size_t p = 0; p < n; p++)
        z[p] = (float)((double)x[p] - (center ? (double)center[p] : 0) + (noise ? scale * (double)noise[p] : 0));
}

void dpdm_prior_project(const dpdm_prior *prior, int label, double sigma, const float *x, const float *center,
                        double scale, const float *noise, float *coefficient)
{
    size_t pixels = (size_t)prior->pixels;
    const int by_class = prior->class_turn && label < prior->classes;
    double rest = (double)prior->variance[prior->rank], s2 = sigma * sigma, sum[DPDM_PRIOR_RANK_MAX] = {0};
    float z[PART];
    for (size_t first = 0; first < pixels; first += PART) {
        size_t n = pixels - first < PART ? pixels - first : PART;
        prior_deviation(x + first, center ? center + first : NULL, scale, noise ? noise + first : NULL, n, z);
        for (int k = 0; k < prior->rank; k++)
            sum[k] += (double)prior_dot(prior->basis + (size_t)k * pixels + first, z, n);
    }
    for (int k = 0; k < prior->rank; k++)
        coefficient[k] = (float)(by_class ? sum[k] : sum[k] * prior_keep((double)prior->variance[k], rest, s2));
    if (by_class)
        prior_keep_class(prior, label, s2, coefficient);
}

void dpdm_prior_expand(const dpdm_prior *prior, const float *coefficient, float *out)
{
    size_t pixels = (size_t)prior->pixels;
    for (int k = 0; k < prior->rank; k++)
        for (size_t p = 0; p < pixels; p++)
            out[p] += coefficient[k] * prior->basis[(size_t)k * pixels + p];
}
