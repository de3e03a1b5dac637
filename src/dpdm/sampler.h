/* sampler.h - from a trained model to images: post-processing, free of privacy cost.
 *
 * Over levels t_i = (t_max^(1/rho) + i/(n-1) (t_min^(1/rho) - t_max^(1/rho)))^rho, then 0, from x = t_0 n:
 * DDIM             x <- D + (t'/t) (x - D): Euler in sigma.
 * DDIM stochastic  x <- D + (t'/t)^2 (x - D) + (t'/t) sqrt(t^2 - t'^2) n: the ancestral step (Ho et al. 2020, eq. 7).
 * Euler-Maruyama   x <- x + 2 dt (x - D) / t + sqrt(2 |dt| t) n, dt = t' - t: a step of the reverse SDE (Song et al. 2021),
 * the stochastic sampler of published DPDM results; it needs hundreds of steps. The last step takes D, as all do.
 * Heun             EDM with churn (Karras et al. 2022, algorithm 2): where churn_min <= t <= churn_max, noise is added
 * up to t (1 + min(churn/n, sqrt(2) - 1)), scaled by churn_noise; then Euler and the trapezoid correction, which the
 * last step leaves out. churn = 0: deterministic. All end with the last D. Classifier-free guidance: (1+g) D(x, y) - g
 * D(x, none). Each image has its own streams, so image i does not depend on how many are made, nor with which. */
#ifndef DPDM_SAMPLER_H
#define DPDM_SAMPLER_H

#include "dpdm/denoiser.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    DPDM_SAMPLER_DDIM = 0,
    DPDM_SAMPLER_DDIM_STOCHASTIC,
    DPDM_SAMPLER_HEUN,
    DPDM_SAMPLER_EULER_MARUYAMA
} dpdm_sampler_kind;

typedef struct {
    dpdm_sampler_kind kind;
    int steps;                                       /* n >= 2 */
    double t_min, t_max, rho;                        /* 0.002, 80, 7 */
    double churn, churn_min, churn_max, churn_noise; /* Heun: S_churn, S_min, S_max, S_noise */
    double guidance;                                 /* g >= 0; 0: none, and half the work */
} dpdm_sampler;

/* The published defaults: DDIM 50 steps; Heun 50 steps without churn (S_min 0.05, S_max 50, S_noise 1 where it is
 * asked). */
DPDM_API dpdm_sampler dpdm_sampler_default(dpdm_sampler_kind kind);
DPDM_API const char *dpdm_sampler_name(dpdm_sampler_kind kind); /* such as "ddim-stochastic"; "unknown" */
/* DPDM_EUSAGE unless every number lies in its range. The functions below need a checked sampler. */
DPDM_API dpdm_status dpdm_sampler_check(const dpdm_sampler *sampler, dpdm_error *err);
/* levels[0..steps]: t_0 .. t_{n-1}, 0. */
DPDM_API void dpdm_sampler_levels(const dpdm_sampler *sampler, double *levels);
/* How often D of one image is computed: steps (all but Heun) or 2 steps - 1 (Heun), doubled by guidance. */
DPDM_API int dpdm_sampler_evaluations(const dpdm_sampler *sampler);

/* A denoiser as a function, so that samplers can be tested against exact ones: writes D(x; sigma, labels) of n images
 * to out. labels: [n], or NULL for "no label" throughout. x and out do not overlap. */
typedef void (*dpdm_denoise_fn)(void *context, const float *x, double sigma, const int32_t *labels, int n, float *out);

/* Samples images [first, first + n): labels: [n], or NULL for "no label"; out: [n, pixels] floats, nominally in [-1,
 * 1]. The start of image i is drawn from stream (key, DPDM_PURPOSE_SAMPLE, 0, first + i), the noise of step s, counted
 * from 0, from (key, DPDM_PURPOSE_SAMPLE, s + 1, first + i). scratch: 4 * n * pixels floats. Allocates nothing. */
DPDM_API void dpdm_sampler_run(const dpdm_sampler *sampler, dpdm_denoise_fn denoise, void *context, const dpdm_key *key,
                               uint64_t first, int n, int pixels, const int32_t *labels, float *scratch, float *out);

#ifdef __cplusplus
}
#endif
#endif
