/* exact_gaussian_curve.h - is a random point of the plane below the curve exp(-x^2 / 2)?
 *
 * The point is x = (strip + U) / 32, y = (row + V) 2^-shift R with R = DPDM_CURVE_ROW / 2^64, where U and V are uniform
 * in [0, 1) and only as many of their digits are drawn as the answer needs. The answer is exact: each attempt encloses
 * curve and point between proven bounds, and where the two overlap more digits are drawn. Integers only, so that no
 * rounding mode and no compiler flag matters. Proof: docs/privacy/sampler.md. */
#ifndef DPDM_PRIVACY_EXACT_GAUSSIAN_CURVE_H
#define DPDM_PRIVACY_EXACT_GAUSSIAN_CURVE_H

#include <stdbool.h>
#include <stdint.h>
#include "dpdm/rng.h"

#define DPDM_CURVE_STRIPS 144               /* strips of width 1/32 that the table covers: x < 4.5 */
#define DPDM_CURVE_ROW 92379654470706059ULL /* R 2^64 */
#define DPDM_CURVE_FAR (1ULL << 27)         /* strips in which a point may lie */

/* floor(2^64 exp(-(i/32)^2 / 2)); the first, which is 2^64, is held as 2^64 - 1. */
extern const uint64_t dpdm_curve_table[DPDM_CURVE_STRIPS + 1];

enum { DPDM_POINT_NEAR = 12 };

/* A point and its digits (64 bits each, the most significant first). It points into itself: do not copy it. */
typedef struct {
    dpdm_stream *stream; /* where further digits come from */
    uint64_t strip;      /* < DPDM_CURVE_FAR */
    uint64_t row;        /* < 2^8 */
    uint64_t shift;
    uint64_t *u, *v;                    /* the digits of U and V */
    size_t drawn;                       /* how many of each */
    size_t room;                        /* how many of each fit */
    uint64_t near[2 * DPDM_POINT_NEAR]; /* where they are until they need more room */
} dpdm_point;

/* A point with the first digits u and v. */
void dpdm_point_init(dpdm_point *point, dpdm_stream *stream, uint64_t strip, uint64_t row, uint64_t shift, uint64_t u,
                     uint64_t v);
/* Wipes the digits and gives back their memory. */
void dpdm_point_free(dpdm_point *point);

/* Sets *below. DPDM_ENOMEM if there is no memory for more than 12 digits (needed with probability below 2^-600). */
dpdm_status dpdm_point_below(dpdm_point *point, bool *below, dpdm_error *err);
/* The same answer without the quick attempt in 64 bits: for points beyond the table, and for tests. */
dpdm_status dpdm_point_below_exact(dpdm_point *point, bool *below, dpdm_error *err);

#endif
