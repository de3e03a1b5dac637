/* fft.h - a plain complex Fourier transform with a component-wise rounding bound.
 *
 * X_k = sum_n x_n exp(+2 pi i k n / size). Radix 2, in place. Every output is reached from every input through
 * log2(size) butterflies, each a product with a tabulated root and one addition, so that
 *
 *     |computed X_k - X_k| <= dpdm_fft_error(plan) * sum_n |x_n|      for every k,
 *
 * a bound on each output, not on the norm (proof: docs/privacy/accounting.md, section 7). */
#ifndef DPDM_PRIVACY_FFT_H
#define DPDM_PRIVACY_FFT_H

#include <stddef.h>

#include "dpdm/status.h"

typedef struct {
    size_t size;
    unsigned stages;
    double *root_re, *root_im; /* stage by stage: half = 1, 2, 4, ...; entry half + j is exp(pi i j / half) */
} dpdm_fft;

/* size: a power of two, 2 .. 2^26. Free with dpdm_fft_free (also after a failure). */
dpdm_status dpdm_fft_create(size_t size, dpdm_fft *plan, dpdm_error *err);
void dpdm_fft_free(dpdm_fft *plan);

/* re, im: size values each. */
void dpdm_fft_run(const dpdm_fft *plan, double *re, double *im);
double dpdm_fft_error(const dpdm_fft *plan);

#endif
