/* sampler.h - from a trained model to images: post-processing, free of privacy cost.
 *
 * DDIM (deterministic, or stochastic by ancestral noise) and the EDM Heun sampler with churn (Karras et al. 2022,
 * algorithm 2), over levels t_i = (t_max^(1/rho) + i/(n-1) (t_min^(1/rho) - t_max^(1/rho)))^rho, then 0. Classifier-free
 * guidance: (1+g) D(x, y) - g D(x, none). Each image has its own stream, so image i does not depend on how many are made. */
#ifndef DPDM_SAMPLER_H
#define DPDM_SAMPLER_H

#include "dpdm/denoiser.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { DPDM_SAMPLER_DDIM = 0, DPDM_SAMPLER_DDIM_STOCHASTIC, DPDM_SAMPLER_HEUN } dpdm_sampler_kind;

typedef struct {
    dpdm_sampler_kind kind;
    int steps;                /* n >= 2 */
    double t_min, t_max, rho; /* 0.002, 80, 7 */
    double churn, churn_min, churn_max, churn_noise; /* Heun: S_churn, S_min, S_max, S_noise */
    double guidance;          /* g; 0: none */
} dpdm_sampler;

/* The published defaults of a kind. */
DPDM_API dpdm_sampler dpdm_sampler_default(dpdm_sampler_kind kind);
/* levels[0..steps]: t_0 .. t_{n-1}, 0. */
DPDM_API void dpdm_sampler_levels(const dpdm_sampler *sampler, double *levels);

/* A denoiser as a function, so that samplers can be tested against exact ones: writes D(x; sigma, labels) of n images. */
typedef void (*dpdm_denoise_fn)(void *context, const float *x, double sigma, const int32_t *labels, int n, float *out);

/* Samples images [first, first + n): labels [n] (in [0, classes)); out: [n, pixels] floats, nominally in [-1, 1]; the noise
 * of image i comes from (key, DPDM_PURPOSE_SAMPLE, 0, first + i). scratch: 4 * n * pixels floats. */
DPDM_API void dpdm_sampler_run(const dpdm_sampler *sampler, dpdm_denoise_fn denoise, void *context, const dpdm_key *key,
                               uint64_t first, int n, int pixels, int classes, const int32_t *labels, float *scratch,
                               float *out);

#ifdef __cplusplus
}
#endif
#endif
