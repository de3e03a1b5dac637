/* exact_gaussian.h - draws of round(S X), X standard normal, S a double: exactly distributed, given ideal bits.
 *
 * The area below exp(-x^2 / 2), x >= 0, is covered by 8192 parts of equal area: cells of width 1/32 and one height, and
 * one part that stands for all x >= 4.5. A draw picks a part and a uniform point in it. Most parts lie below the curve
 * as a whole, and x is taken at once; in the others (4.2 %) the point is compared with the curve, exactly, and drawn
 * anew where it is above (exact_gaussian_curve.h). x is the strip of the part and a uniform fraction of which as many
 * digits are drawn as it takes to round S x without doubt. Proof: docs/privacy/sampler.md. */
#ifndef DPDM_PRIVACY_EXACT_GAUSSIAN_H
#define DPDM_PRIVACY_EXACT_GAUSSIAN_H

#include "privacy/exact_gaussian_curve.h"

enum {
    DPDM_EXACT_PARTS = 1 << 13,
    DPDM_EXACT_SIGN = 1 << 13, /* bit of a choice: the sign; the bits below it are the part, those above are not used */
    DPDM_EXACT_SPLIT = 1 << 8  /* bit of an entry of `part`: the curve crosses it */
};

/* The tables of one S; no secret. May be shared by threads. */
typedef struct {
    uint64_t scale;                        /* S / 32 = scale 2^-drop exactly; scale < 2^56 */
    unsigned drop;                         /* 1 .. 61 */
    uint16_t part[DPDM_EXACT_PARTS];       /* strip of each part (DPDM_CURVE_STRIPS: the tail), DPDM_EXACT_SPLIT */
    uint16_t first[DPDM_CURVE_STRIPS + 1]; /* the first part of each strip */
} dpdm_exact_gaussian;

/* S = sigma 2^bits, exactly as the double sigma stands; DPDM_ERANGE unless 2^-4 <= S < 2^60. */
dpdm_status dpdm_exact_gaussian_init(dpdm_exact_gaussian *gaussian, double sigma, int bits, dpdm_error *err);

/* Adds n draws to sum[0..n), modulo 2^64. The k-th draw depends on the stream and on k only, not on n. */
dpdm_status dpdm_exact_gaussian_add(const dpdm_exact_gaussian *gaussian, dpdm_stream *stream, size_t n, int64_t *sum,
                                    dpdm_error *err);

/* One draw, modulo 2^64, that starts with the part and sign of `choice` and the first digit u of the fraction, and
 * takes whatever else it needs from the stream. */
dpdm_status dpdm_exact_gaussian_draw(const dpdm_exact_gaussian *gaussian, uint16_t choice, uint64_t u,
                                     dpdm_stream *stream, uint64_t *z, dpdm_error *err);

#endif
