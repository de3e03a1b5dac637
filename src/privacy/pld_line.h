/* pld_line.h - the composed privacy loss on one vertical line of the complex plane, and delta(epsilon) from it.
 *
 * With S the summed log likelihood ratio under Q and Lambda(s) = log E_Q[exp(s S)] (real part of the line t > 1):
 *
 *     remove a unit:  delta(eps) = E_Q[(exp(S) - exp(eps))_+],  order s = t
 *     add a unit:     delta(eps) = E_Q[(1 - exp(eps + S))_+],   order s = 1 - t
 *
 * are both (1 / 2 pi) times the integral over tau of exp(Lambda(s + i tau)) exp(-(s + i tau) y) / ((s + i tau)(s + i
 * tau - 1)), y = +-eps. The trapezoidal sum of that integral is delta plus non-negative aliases: it is an upper bound
 * by itself, and the aliases have Chernoff bounds. Where the transform dies too slowly, a Gaussian of variance v is
 * composed in addition: an upper bound still, and subtracting v exp(v/8) from 1 / (s (s - 1)) makes a lower bound (none
 * where v is large).
 * Proofs: docs/privacy/accounting.md, sections 3 to 6. */
#ifndef DPDM_PRIVACY_PLD_LINE_H
#define DPDM_PRIVACY_PLD_LINE_H

#include "privacy/pld_samples.h"
#include "privacy/proven.h"

/* The two bounds' kernels at one frequency. */
typedef struct {
    double up_re, up_im, low_re, low_im;
} dpdm_pld_kernel;

typedef struct {
    dpdm_pld_samples samples;
    dpdm_pld_kernel *kernels;     /* one for each sample */
    double log_moment, log_error; /* Lambda(s), smoothing included */
    double alias_t, alias_moment; /* an order t + b and an upper bound on Lambda there, for the aliases */
    double smoothing;             /* v */
    int lowered;                  /* whether v leaves a lower bound */
    double missing;               /* bound on all frequencies beyond the samples, kernel included */
} dpdm_pld_line;

/* Evaluates the transform along the line, as far as it matters or until a smoothing of variance `smoothing` would do,
 * within limits on the number of frequencies and nodes (then line->smoothing is larger). Free with dpdm_pld_line_free
 * (also after a failure). */
dpdm_status dpdm_pld_line_create(const dpdm_pld_composition *composition, dpdm_pld_side side,
                                 const dpdm_pld_place *place, double smoothing, dpdm_pld_line *line, dpdm_error *err);
void dpdm_pld_line_free(dpdm_pld_line *line);

/* Bounds on log delta(epsilon) on this side, for any epsilon >= 0; tight near the place's. */
dpdm_proven dpdm_pld_line_log_delta(const dpdm_pld_line *line, double epsilon);

#endif
