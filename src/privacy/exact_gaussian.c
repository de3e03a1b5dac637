/* exact_gaussian.c - the parts, the choice among them, and the rounding. */
#include "privacy/exact_gaussian.h"

#include <assert.h>
#include <math.h>
#include <sodium.h>

#include "rng/bytes.h"

__extension__ typedef unsigned __int128 exact_u128;

enum {
    EXACT_GROUP = 64,                /* draws whose first words are read together */
    EXACT_CHOICES = EXACT_GROUP * 8, /* where, behind the first digits, the choices of a group begin */
    EXACT_WORDS = EXACT_CHOICES + EXACT_GROUP * 2,
    EXACT_TAIL = DPDM_CURVE_STRIPS,
    EXACT_TAIL_LIMIT = 1 << 20, /* zero bits in a row that no sound stream gives (2^-1048576) */
    EXACT_LOWEST = -4,          /* S >= 2^-4 */
    EXACT_HIGHEST = 60          /* S < 2^60 */
};

/* How S x rounds, as far as the digits drawn tell. */
typedef struct {
    uint64_t z;    /* round(S x), or the lower of two candidates */
    uint64_t rest; /* 0: z is sure; else z + 1 is right if the digits to come are >= rest / scale */
} exact_rounding;

static void exact_build_parts(dpdm_exact_gaussian *gaussian);
static exact_rounding exact_round(const dpdm_exact_gaussian *gaussian, uint64_t strip, uint64_t u);
static uint64_t exact_settle(const dpdm_exact_gaussian *gaussian, exact_rounding rounding, const uint64_t *digits,
                             size_t n, dpdm_stream *stream);
static dpdm_status exact_point_init(const dpdm_exact_gaussian *gaussian, uint16_t choice, uint64_t u,
                                    dpdm_stream *stream, dpdm_point *point, dpdm_error *err);

dpdm_status dpdm_exact_gaussian_init(dpdm_exact_gaussian *gaussian, double sigma, int bits, dpdm_error *err)
{
    int exponent;
    double deviation = isfinite(sigma) ? ldexp(sigma, bits) : 0;
    if (!(deviation >= ldexp(1, EXACT_LOWEST)) || !(deviation < ldexp(1, EXACT_HIGHEST)))
        return dpdm_error_set(
            err, DPDM_ERANGE,
            "the noise multiplier %g on a grid of %d bits has a standard deviation outside the range 2^%d "
            "to 2^%d steps that the sampler is proven for; choose other grid bits",
            sigma, bits, EXACT_LOWEST, EXACT_HIGHEST);
    gaussian->scale = (uint64_t)ldexp(frexp(deviation, &exponent), 53);
    exponent -= 53 + 5; /* S / 32 = scale 2^exponent, scale < 2^53 */
    for (; exponent > -1; exponent--)
        gaussian->scale *= 2;
    gaussian->drop = (unsigned)-exponent;
    exact_build_parts(gaussian);
    return DPDM_OK;
}

dpdm_status dpdm_exact_gaussian_add(const dpdm_exact_gaussian *gaussian, dpdm_stream *stream, size_t n, int64_t *sum,
                                    dpdm_error *err)
{
    uint8_t words[EXACT_WORDS];
    dpdm_status status = DPDM_OK;
    for (size_t start = 0; start < n && !status; start += EXACT_GROUP) {
        size_t count = n - start < EXACT_GROUP ? n - start : EXACT_GROUP;
        dpdm_stream_bytes(stream, words, sizeof words);
        for (size_t i = 0; i < count && !status; i++) {
            uint64_t u = bytes_load64(words + 8 * i), z;
            uint16_t choice = bytes_load16(words + EXACT_CHOICES + 2 * i);
            uint16_t part = gaussian->part[choice % DPDM_EXACT_PARTS];
            exact_rounding rounding = exact_round(gaussian, part, u);
            z = choice & DPDM_EXACT_SIGN ? 0 - rounding.z : rounding.z;
            /* Not sure yet (or nonsense, in a part that the curve crosses): the whole story. */
            if (part & DPDM_EXACT_SPLIT || rounding.rest)
                status = dpdm_exact_gaussian_draw(gaussian, choice, u, stream, &z, err);
            sum[start + i] = (int64_t)((uint64_t)sum[start + i] + z);
        }
    }
    sodium_memzero(words, sizeof words);
    return status;
}

dpdm_status dpdm_exact_gaussian_draw(const dpdm_exact_gaussian *gaussian, uint16_t choice, uint64_t u,
                                     dpdm_stream *stream, uint64_t *z, dpdm_error *err)
{
    for (;;) {
        dpdm_point point;
        bool below = true;
        dpdm_status status = exact_point_init(gaussian, choice, u, stream, &point, err);
        if (status)
            return status;
        if (gaussian->part[choice % DPDM_EXACT_PARTS] & DPDM_EXACT_SPLIT)
            status = dpdm_point_below(&point, &below, err);
        if (!status && below) {
            exact_rounding rounding = exact_round(gaussian, point.strip, point.u[0]);
            *z = exact_settle(gaussian, rounding, point.u + 1, point.drawn - 1, stream);
            if (choice & DPDM_EXACT_SIGN)
                *z = 0 - *z;
        }
        dpdm_point_free(&point);
        if (status || below)
            return status;
        choice = (uint16_t)dpdm_stream_u64(stream);
        u = dpdm_stream_u64(stream);
    }
}

/* A strip has the cells that begin below the curve at its left edge; those that end below it at the right edge are
 * whole. Cells are multiples of an integer, so floor(curve 2^64) tells both. */
static void exact_build_parts(dpdm_exact_gaussian *gaussian)
{
    uint16_t next = 0;
    for (uint16_t strip = 0; strip < DPDM_CURVE_STRIPS; strip++) {
        uint64_t whole = dpdm_curve_table[strip + 1] / DPDM_CURVE_ROW;
        uint64_t cells = dpdm_curve_table[strip] / DPDM_CURVE_ROW + 1;
        gaussian->first[strip] = next;
        for (uint64_t row = 0; row < cells; row++)
            gaussian->part[next++] = row < whole ? strip : strip | DPDM_EXACT_SPLIT;
    }
    assert(next == DPDM_EXACT_PARTS - 1);
    gaussian->first[EXACT_TAIL] = next;
    gaussian->part[next] = EXACT_TAIL | DPDM_EXACT_SPLIT;
}

/* Rounds S x, x = (strip + (u + v) / 2^64) / 32 with v in [0, 1) not drawn yet. With q + low / 2^64 = scale (strip +
 * u / 2^64), S x = (q + (low + scale v) / 2^64) / 2^drop: v matters only where it can carry into q and on to z. */
static inline exact_rounding exact_round(const dpdm_exact_gaussian *gaussian, uint64_t strip, uint64_t u)
{
    exact_u128 product = (exact_u128)gaussian->scale * u;
    uint64_t low = (uint64_t)product;
    exact_u128 q = (exact_u128)gaussian->scale * strip + (uint64_t)(product >> 64);
    q += 1ULL << (gaussian->drop - 1);
    exact_rounding rounding = {(uint64_t)(q >> gaussian->drop), 0};
    uint64_t ones = (1ULL << gaussian->drop) - 1;
    if (((uint64_t)q & ones) == ones && 0 - low < gaussian->scale && low != 0)
        rounding.rest = 0 - low;
    return rounding;
}

/* Decides v >= rest / scale, digit by digit of the quotient: first the n digits drawn already, then new ones. */
static uint64_t exact_settle(const dpdm_exact_gaussian *gaussian, exact_rounding rounding, const uint64_t *digits,
                             size_t n, dpdm_stream *stream)
{
    uint64_t rest = rounding.rest;
    for (size_t i = 0; rest != 0; i++) {
        exact_u128 numerator = (exact_u128)rest << 64;
        uint64_t quotient = (uint64_t)(numerator / gaussian->scale);
        uint64_t digit = i < n ? digits[i] : dpdm_stream_u64(stream);
        if (digit < quotient)
            return rounding.z;
        if (digit > quotient)
            break;
        rest = (uint64_t)(numerator % gaussian->scale);
    }
    return rounding.rest == 0 ? rounding.z : rounding.z + 1;
}

/* The point of a choice. In the tail: x >= 4.5 + g with probability 2^-g, then one of the 32 strips of that unit. */
static dpdm_status exact_point_init(const dpdm_exact_gaussian *gaussian, uint16_t choice, uint64_t u,
                                    dpdm_stream *stream, dpdm_point *point, dpdm_error *err)
{
    uint16_t index = choice % DPDM_EXACT_PARTS;
    uint16_t strip = gaussian->part[index] % DPDM_EXACT_SPLIT;
    if (strip != EXACT_TAIL) {
        uint64_t v = gaussian->part[index] & DPDM_EXACT_SPLIT ? dpdm_stream_u64(stream) : 0;
        dpdm_point_init(point, stream, strip, index - gaussian->first[strip], 0, u, v);
        return DPDM_OK;
    }
    uint64_t word = dpdm_stream_u64(stream), unit = 0, left = 59, bits = word >> 5;
    for (; bits == 0; bits = dpdm_stream_u64(stream), left = 64) {
        unit += left;
        if (unit > EXACT_TAIL_LIMIT)
            return dpdm_error_set(err, DPDM_EINTERNAL, "the random stream gave %d zero bits in a row: it is broken",
                                  EXACT_TAIL_LIMIT);
    }
    unit += (uint64_t)__builtin_ctzll(bits);
    dpdm_point_init(point, stream, EXACT_TAIL + 32 * unit + word % 32, 0, unit + 6, u, dpdm_stream_u64(stream));
    return DPDM_OK;
}
