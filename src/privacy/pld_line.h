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

#include "privacy/pld_composition.h"
#include "privacy/proven.h"

typedef enum { DPDM_PLD_REMOVE = 0, DPDM_PLD_ADD = 1 } dpdm_pld_side;

/* Where to put the line: t, and the epsilon and log delta expected there (not certified, only used to choose). */
typedef struct {
    double t, epsilon, log_delta;
} dpdm_pld_place;

typedef struct {
    double frequency;
    double re, im; /* exp(Lambda(s + i tau) - Lambda(s) - i tau center) */
    double error;
    double up_re, up_im, low_re, low_im; /* the kernels of the two bounds */
} dpdm_pld_sample;

typedef struct {
    dpdm_pld_side side;
    double t, spacing, center;
    double center_error;          /* of center, absolute */
    double log_moment, log_error; /* Lambda(s), smoothing included */
    double alias_t, alias_moment; /* an order t + b and an upper bound on Lambda there, for the aliases */
    double smoothing;             /* v */
    int lowered;                  /* whether v leaves a lower bound */
    double missing;               /* bound on all frequencies beyond the samples, kernel included */
    dpdm_pld_sample *samples;
    size_t count;
    int exhausted; /* more frequencies than these are not allowed */
} dpdm_pld_line;

/* The least variance of smoothing that makes a remainder beyond frequency `reach` negligible on this line; 0 if it is.
 */
double dpdm_pld_line_smoothing(const dpdm_pld_line *line, double reach, double remainder);

/* The order in the sense of A(s) that belongs to t. */
double dpdm_pld_order(dpdm_pld_side side, double t);

/* Chooses t for a given log delta or, if by_epsilon, for a given epsilon: the saddle point of the integrand. */
dpdm_status dpdm_pld_place_find(const dpdm_pld_composition *composition, dpdm_pld_side side, int by_epsilon,
                                double given, dpdm_pld_place *place, dpdm_error *err);

/* Evaluates the transform along the line, as far as it matters or until a smoothing of variance `smoothing` would do,
 * within limits on the number of frequencies and nodes (then line->smoothing is larger). Free with dpdm_pld_line_free
 * (also after a failure). */
dpdm_status dpdm_pld_line_create(const dpdm_pld_composition *composition, dpdm_pld_side side,
                                 const dpdm_pld_place *place, double smoothing, dpdm_pld_line *line, dpdm_error *err);
void dpdm_pld_line_free(dpdm_pld_line *line);

/* Bounds on log delta(epsilon) on this side, for any epsilon >= 0; tight near the place's. */
dpdm_proven dpdm_pld_line_log_delta(const dpdm_pld_line *line, double epsilon);

#endif
