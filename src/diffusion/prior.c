/* prior.c - the public Gaussian of a denoiser. */
#include "dpdm/prior.h"

#include <stdlib.h>
#include <string.h>
#include "base/finite.h"

enum { LANES = 16 };

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

void dpdm_prior_destroy(dpdm_prior *prior)
{
    free(prior->center);
    free(prior->basis);
    free(prior->variance);
    memset(prior, 0, sizeof *prior);
}

dpdm_status dpdm_prior_check(const dpdm_prior *prior, dpdm_error *err)
{
    size_t pixels = (size_t)prior->pixels, rank = (size_t)prior->rank;
    int good = dpdm_all_finite(prior->center, ((size_t)prior->classes + 1) * pixels) &&
               dpdm_all_finite(prior->basis, rank * pixels) && dpdm_all_finite(prior->variance, rank + 1);
    for (size_t k = 0; good && rank && k <= rank; k++)
        good = prior->variance[k] > 0;
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

void dpdm_prior_project(const dpdm_prior *prior, double sigma, const float *x, const float *center, double scale,
                        const float *noise, float *coefficient)
{
    size_t pixels = (size_t)prior->pixels;
    double rest = (double)prior->variance[prior->rank], s2 = sigma * sigma;
    for (int k = 0; k < prior->rank; k++) {
        const float *u = prior->basis + (size_t)k * pixels;
        double v = (double)prior->variance[k], z = (double)prior_dot(u, x, pixels);
        if (center)
            z -= (double)prior_dot(u, center, pixels);
        if (noise)
            z += scale * (double)prior_dot(u, noise, pixels);
        /* v/(v+s2) - rest/(rest+s2), without its cancellation at small sigma */
        coefficient[k] = (float)(z * s2 * (v - rest) / ((v + s2) * (rest + s2)));
    }
}

void dpdm_prior_expand(const dpdm_prior *prior, const float *coefficient, float *out)
{
    size_t pixels = (size_t)prior->pixels;
    for (int k = 0; k < prior->rank; k++)
        for (size_t p = 0; p < pixels; p++)
            out[p] += coefficient[k] * prior->basis[(size_t)k * pixels + p];
}
