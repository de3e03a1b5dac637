/* prior.h - a public Gaussian that stands for the data before anything is learned.
 *
 * x | y ~ N(c_y, S), S = U diag(v) U^T + v_rest (I - U U^T): a centre for each label (and one for "no label"), `rank`
 * directions with a variance each, one variance for all other directions. Given a noisy image z = x - c_y + sigma n the
 * posterior mean of x is c_y + S (S + sigma^2 I)^-1 z. A denoiser with a prior (denoiser.h) starts from that mean, so the
 * network learns only what is not Gaussian. It is made from noisy sums (docs/privacy/prior.md), so it is public.
 * A prior of rank 0 has centres only; then its variances are not used.
 * A prior by class has a covariance of each class's own within the space of U: S_y = U Q_y diag(v_y) Q_y^T U^T + v_rest
 * (I - U U^T); S is then that of "no label". */
#ifndef DPDM_PRIOR_H
#define DPDM_PRIOR_H

#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_PRIOR_RANK_MAX 256

typedef struct {
    int classes, pixels, rank;
    float *center;   /* [classes + 1, pixels] */
    float *basis;    /* [rank, pixels], orthonormal rows */
    float *variance; /* [rank + 1], > 0: along each row of basis; the last: in every other direction */
    float
        *class_turn; /* [classes, rank, rank]: Q_y^T, orthonormal rows: the directions of a class, in those of basis */
    float *class_variance; /* [classes, rank], > 0: along each of them. Both NULL: all classes have S */
} dpdm_prior;

/* Takes zeroed memory; rank in [0, min(DPDM_PRIOR_RANK_MAX, pixels)]. Caller: dpdm_prior_destroy. */
DPDM_API dpdm_status dpdm_prior_create(int classes, int pixels, int rank, dpdm_prior *prior, dpdm_error *err);
/* Gives each class directions and variances of its own, at first those of all; rank > 0. */
DPDM_API dpdm_status dpdm_prior_by_class(dpdm_prior *prior, dpdm_error *err);
/* Gives one class the directions and variances of all. */
DPDM_API void dpdm_prior_class_common(dpdm_prior *prior, int label);
DPDM_API void dpdm_prior_destroy(dpdm_prior *prior);
/* DPDM_ERANGE unless all values are finite and all variances > 0. */
DPDM_API dpdm_status dpdm_prior_check(const dpdm_prior *prior, dpdm_error *err);

/* Mean over pixels of the prior variance, and of the posterior variance v sigma^2 / (v + sigma^2). */
DPDM_API double dpdm_prior_variance(const dpdm_prior *prior);
DPDM_API double dpdm_prior_posterior_variance(const dpdm_prior *prior, double sigma);
/* v_rest / (v_rest + sigma^2): the share of z that the posterior mean keeps in the directions outside U. */
DPDM_API double dpdm_prior_rest(const dpdm_prior *prior, double sigma);
/* With z = x - center + scale noise, the posterior mean of z given the label is rest z + sum_k coefficient[k] u_k. Writes
 * coefficient[0..rank); label in [0, classes]; center and noise may be NULL for zero. All images: [pixels]. */
DPDM_API void dpdm_prior_project(const dpdm_prior *prior, int label, double sigma, const float *x, const float *center,
                                 double scale, const float *noise, float *coefficient);
/* out += sum_k coefficient[k] u_k. */
DPDM_API void dpdm_prior_expand(const dpdm_prior *prior, const float *coefficient, float *out);

#ifdef __cplusplus
}
#endif
#endif
