/* denoiser.h - denoisers D(x; sigma) = c_skip x + c_out F(c_in x; c_noise), their losses and noise levels.
 *
 * sigma is in pixel units of [-1, 1]. EDM: Karras et al. 2022, table 1; v: Salimans and Ho 2022 as used by DPDM; VP and
 * VE: Song et al. 2021 in the notation of Karras et al. 2022. Adding a denoiser: one row in src/diffusion/denoiser.c.
 *
 * A denoiser may have a public Gaussian prior (prior.h). Then what is diffused is z = x - c_y, and
 *   D(x; sigma, y) = c_y + S (S + sigma^2 I)^-1 z + c_out F(c_in z; c_noise, y).
 * With centres only (rank 0) the second term is c_skip z, and all coefficients are the kind's own. With a covariance
 * (EDM only) they are EDM's for that covariance: c_out^2 = mean over pixels of the posterior variance, c_in^2 =
 * 1 / (sigma^2 + mean prior variance), weight 1 / c_out^2; for S = s_d^2 I these are EDM's. c_skip is then the share kept
 * in the directions outside the basis. The network learns only what is not Gaussian, instead of learning class means and
 * covariance from noisy gradients. docs/privacy/prior.md, docs/decisions/ has the figures.
 */
#ifndef DPDM_DENOISER_H
#define DPDM_DENOISER_H

#include "dpdm/rng.h"
#include "dpdm/network.h"
#include "dpdm/prior.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_LEVEL_RANGES 8

/* ln sigma is uniform in [low, high) with probability `share`. */
typedef struct {
    double low, high, share;
} dpdm_level_range;

typedef enum { DPDM_DENOISER_EDM = 0, DPDM_DENOISER_V, DPDM_DENOISER_VP, DPDM_DENOISER_VE } dpdm_denoiser_kind;

typedef struct {
    dpdm_denoiser_kind kind;
    double sigma_data;                             /* EDM: s_d */
    double p_mean, p_std;                          /* EDM: ln sigma ~ N(p_mean, p_std^2) */
    double logsnr_min, logsnr_max;                 /* v */
    double beta_min, beta_d, time_min, time_scale; /* VP: b0, bd, eps_t, M */
    double sigma_min, sigma_max;                   /* VE */
    dpdm_level_range range[DPDM_LEVEL_RANGES]; /* EDM, training: the noise levels instead of p_mean's and p_std's, */
    int ranges;                                /* of which so many are used, their shares adding up to 1; 0: none */
    int spread; /* training: the K noise levels of an image are evenly spread quantiles, not independent draws */
    const dpdm_prior *prior; /* the caller's; NULL: none */
} dpdm_denoiser;

typedef struct {
    double skip, out, in, noise, weight;
} dpdm_coefficients;

/* The published constants, of every kind (sigma_data = sqrt(1/3); Karras et al. 2022, table 1; DPDM, appendix C). */
DPDM_API dpdm_denoiser dpdm_denoiser_default(dpdm_denoiser_kind kind);
DPDM_API const char *dpdm_denoiser_name(dpdm_denoiser_kind kind); /* "edm", "v", "vp", "ve"; "unknown" */
/* DPDM_EUSAGE unless the constants its kind uses lie in their ranges (the message says which). The functions below need
 * a checked denoiser. */
DPDM_API dpdm_status dpdm_denoiser_check(const dpdm_denoiser *denoiser, dpdm_error *err);
/* c_skip, c_out, c_in, c_noise and the loss weight lambda at sigma > 0. */
DPDM_API dpdm_coefficients dpdm_denoiser_coefficients(const dpdm_denoiser *denoiser, double sigma);
/* Reads "LOW:HIGH:SHARE,..." into range and ranges: ln sigma from LOW to HIGH, both in [-10, 10], and what share of the draws lies
 * there, > 0 (only their ratios count; 1 where it is left out). "": none. DPDM_EUSAGE says what is wrong, and leaves *denoiser. A
 * mixture of ranges of the noise level in training is Ghalebikesabi et al. 2023's. */
DPDM_API dpdm_status dpdm_noise_levels_read(const char *text, dpdm_denoiser *denoiser, dpdm_error *err);
/* Draws one training noise level, > 0: one normal (EDM without ranges) or one uniform (otherwise) of the stream. */
DPDM_API double dpdm_denoiser_draw(const dpdm_denoiser *denoiser, dpdm_stream *stream);

/* The quantile of that distribution at u in (0, 1): u uniform gives a draw of it. */
DPDM_API double dpdm_denoiser_level(const dpdm_denoiser *denoiser, double u);

/* Gradient of the DPDM loss of one image, (1/K) sum_k lambda(sigma_k) mean_pixels (D(x + sigma_k n_k; sigma_k, y) -
 * x)^2 (Dockhorn et al. 2023, eq. 8): runs the K draws in chunks of the workspace's batch capacity (its weights must be
 * made for training) and writes the gradient, unclipped, to gradient[0..parameters). image: [H,W,C] in [-1, 1]; pixels:
 * H*W*C; label: in [0, classes]; label_drop: probability that the label is replaced by `classes`, decided once an
 * image; multiplicity: K >= 1; loss: NULL or receives the loss, which is private. Order of draws from the stream,
 * whatever the chunk: one uniform (dropped if below label_drop), then for each k the level (dpdm_denoiser_draw) and the
 * `pixels` normals of n_k in one call. With `spread`, the first uniform is followed by another, v, and level k is the quantile
 * at (k + v) / K: each level by itself is distributed as before, so the expected gradient is the same, and its variance over levels
 * is that of systematic sampling. Allocates nothing. */
DPDM_API void dpdm_denoiser_gradient(const dpdm_denoiser *denoiser, dpdm_workspace *workspace, const float *image,
                                     int pixels, int label, int classes, double label_drop, int multiplicity,
                                     dpdm_stream *stream, float *gradient, double *loss);

/* D(x; sigma, label) for n images. x, out: [n,H,W,C]; sigma: [n], > 0; labels: [n] in [0, classes], `classes` for none.
 * Runs in chunks of the workspace's capacity; image i is entry i mod capacity of its chunk, so its result depends on
 * nothing else. x and out may be the same. Allocates nothing. */
DPDM_API void dpdm_denoiser_apply(const dpdm_denoiser *denoiser, dpdm_workspace *workspace, int pixels, const float *x,
                                  const double *sigma, const int32_t *labels, int n, float *out);

#ifdef __cplusplus
}
#endif
#endif
