/* exact_gaussian_curve.c - below the curve or not: a quick attempt in 64 bits, then as many as it takes.
 *
 * The bounds of the errors, named in the comments, are derived in docs/privacy/sampler.md. */
#include "privacy/exact_gaussian_curve.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privacy/exact_gaussian_limbs.h"

__extension__ typedef unsigned __int128 curve_u128;

enum curve_side { CURVE_BELOW, CURVE_ABOVE, CURVE_UNSURE };

enum {
    CURVE_TERMS = 10,      /* of the series, in the quick attempt */
    CURVE_FIRST_LIMBS = 3, /* of the first exact attempt */
    CURVE_SCRATCH = 6      /* fractions an exact attempt works on */
};

static enum curve_side curve_try_quick(const dpdm_point *point);
static enum curve_side curve_try_exact(const dpdm_point *point, size_t n, uint64_t *scratch);
static bool curve_point_height(const dpdm_point *point, size_t n, uint64_t *y);
static void curve_height(const dpdm_point *point, size_t n, uint64_t *f, uint64_t *scratch);
static dpdm_status point_draw(dpdm_point *point, size_t n, dpdm_error *err);
static dpdm_status point_no_memory(size_t n, dpdm_error *err);

void dpdm_point_init(dpdm_point *point, dpdm_stream *stream, uint64_t strip, uint64_t row, uint64_t shift, uint64_t u,
                     uint64_t v)
{
    point->stream = stream;
    point->strip = strip;
    point->row = row;
    point->shift = shift;
    point->u = point->near;
    point->v = point->near + DPDM_POINT_NEAR;
    point->room = DPDM_POINT_NEAR;
    point->u[0] = u;
    point->v[0] = v;
    point->drawn = 1;
}

void dpdm_point_free(dpdm_point *point)
{
    sodium_memzero(point->u, 2 * point->room * sizeof *point->u);
    if (point->u != point->near)
        free(point->u);
    point->u = point->v = NULL;
}

dpdm_status dpdm_point_below(dpdm_point *point, bool *below, dpdm_error *err)
{
    if (point->strip < DPDM_CURVE_STRIPS && point->shift == 0) {
        enum curve_side side = curve_try_quick(point);
        *below = side == CURVE_BELOW;
        if (side != CURVE_UNSURE)
            return DPDM_OK;
    }
    return dpdm_point_below_exact(point, below, err);
}

dpdm_status dpdm_point_below_exact(dpdm_point *point, bool *below, dpdm_error *err)
{
    enum curve_side side = CURVE_UNSURE;
    for (size_t n = CURVE_FIRST_LIMBS; side == CURVE_UNSURE; n *= 2) {
        uint64_t near[CURVE_SCRATCH * DPDM_POINT_NEAR], *scratch = near;
        dpdm_status status = point_draw(point, n, err);
        if (status)
            return status;
        if (n > DPDM_POINT_NEAR && !(scratch = malloc(CURVE_SCRATCH * n * sizeof *scratch)))
            return point_no_memory(n, err);
        side = curve_try_exact(point, n, scratch);
        sodium_memzero(scratch, CURVE_SCRATCH * n * sizeof *scratch);
        if (scratch != near)
            free(scratch);
    }
    *below = side == CURVE_BELOW;
    return DPDM_OK;
}

static uint64_t curve_high(uint64_t a, uint64_t b)
{
    return (uint64_t)((curve_u128)a * b >> 64);
}

/* In units of 2^-64. With l = strip / 32 and t = (x^2 - l^2) / 2 = U (2 strip + U) / 2^11 < 0.1412 the curve is
 * exp(-l^2 / 2) (1 - a_1), a_k = (t / k) (1 - a_{k+1}); f is within 2^10 of it, and the point in [y, y + 2). */
static enum curve_side curve_try_quick(const dpdm_point *point)
{
    uint64_t u = point->u[0];
    uint64_t t = (uint64_t)(((curve_u128)u * 2 * point->strip + curve_high(u, u)) >> 11);
    uint64_t a = 0;
    for (uint64_t k = CURVE_TERMS; k >= 1; k--) {
        uint64_t part = t / k;
        a = part - curve_high(part, a);
    }
    uint64_t edge = dpdm_curve_table[point->strip];
    curve_u128 f = edge - curve_high(edge, a);
    curve_u128 y = (curve_u128)DPDM_CURVE_ROW * point->row + curve_high(DPDM_CURVE_ROW, point->v[0]);
    if (y + 2 + 1024 <= f)
        return CURVE_BELOW;
    if (y >= f + 1024)
        return CURVE_ABOVE;
    return CURVE_UNSURE;
}

/* In units of 2^-64n, n limbs: the errors of curve and point together are below 2^63 units. */
static enum curve_side curve_try_exact(const dpdm_point *point, size_t n, uint64_t *scratch)
{
    uint64_t *f = scratch, *y = f + n;
    if (!curve_point_height(point, n, y))
        return CURVE_ABOVE;
    curve_height(point, n, f, y + n);
    bool below = dpdm_limbs_less(y, f, n);
    uint64_t *distance = below ? f : y;
    dpdm_limbs_subtract(distance, below ? y : f, n);
    bool sure = distance[0] >> 63;
    for (size_t i = 1; i < n; i++)
        sure |= distance[i] != 0;
    if (!sure)
        return CURVE_UNSURE;
    return below ? CURVE_BELOW : CURVE_ABOVE;
}

/* y = the height of the point, which is in [y, y + 3) units; false if it is 1 or more: then it is above the curve. */
static bool curve_point_height(const dpdm_point *point, size_t n, uint64_t *y)
{
    uint64_t carry = 0; /* R V, the limb below the last one left out */
    for (size_t i = 0; i < n; i++) {
        curve_u128 s = (curve_u128)DPDM_CURVE_ROW * point->v[n - 1 - i] + carry;
        if (i > 0)
            y[i - 1] = (uint64_t)s;
        carry = (uint64_t)(s >> 64);
    }
    curve_u128 top = (curve_u128)DPDM_CURVE_ROW * point->row + carry;
    if (top >> 64)
        return false;
    y[n - 1] = (uint64_t)top;
    dpdm_limbs_shift(y, n, point->shift);
    return true;
}

/* f = exp(-x^2 / 2) within 2^62 units. With 2^b > strip + U, b >= 6, and r = ((strip + U) / 2^b)^2 < 1 it is
 * exp(-r) squared 2b - 11 times, and exp(-r) = 1 - a_1, a_k = (r / k) (1 - a_{k+1}). scratch: 4n limbs. */
static void curve_height(const dpdm_point *point, size_t n, uint64_t *f, uint64_t *scratch)
{
    uint64_t *r = scratch, *part = r + n, *product = part + n;
    unsigned b = 6;
    while (point->strip >> b)
        b++;
    for (size_t i = 0; i < n; i++)
        r[i] = point->u[n - 1 - i];
    dpdm_limbs_shift(r, n, b);
    r[n - 1] |= point->strip << (64 - b);
    dpdm_limbs_multiply(r, r, r, n, product);

    memset(f, 0, n * sizeof *f);
    for (uint64_t k = 16 * n + 16; k >= 1; k--) {
        dpdm_limbs_divide(part, r, n, k);
        dpdm_limbs_multiply(f, part, f, n, product);
        dpdm_limbs_subtract(part, f, n);
        memcpy(f, part, n * sizeof *f);
    }
    for (size_t i = 0; i < n; i++)
        f[i] = ~f[i]; /* 1 - f, less one unit */
    for (unsigned i = 0; i < 2 * b - 11; i++)
        dpdm_limbs_multiply(f, f, f, n, product);
}

/* Draws digits of U and V, in turn, until there are n of each. */
static dpdm_status point_draw(dpdm_point *point, size_t n, dpdm_error *err)
{
    if (n > point->room) {
        uint64_t *u = malloc(2 * n * sizeof *u);
        if (!u)
            return point_no_memory(n, err);
        memcpy(u, point->u, point->drawn * sizeof *u);
        memcpy(u + n, point->v, point->drawn * sizeof *u);
        dpdm_point_free(point);
        point->u = u;
        point->v = u + n;
        point->room = n;
    }
    for (; point->drawn < n; point->drawn++) {
        point->u[point->drawn] = dpdm_stream_u64(point->stream);
        point->v[point->drawn] = dpdm_stream_u64(point->stream);
    }
    return DPDM_OK;
}

static dpdm_status point_no_memory(size_t n, dpdm_error *err)
{
    return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the %zu digits that decide a draw of the noise", n);
}
