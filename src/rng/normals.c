/* normals.c - floating-point uniforms and normals in bulk, for what privacy does not rest on.
 *
 * Normals by Box and Muller (1958) with own polynomials for the logarithm and the circle: additions,
 * multiplications and square roots only, each rounded to nearest, so that the same words give the same bits with
 * any instruction set; the loop has no branch, so that compilers vectorise it. The radius comes from 31 bits and
 * reaches 6.66 at most. The polynomials are minimax fits; radius and direction are right to about 2^-22. */
#include "dpdm/rng.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

#include "rng/bytes.h"

enum { NORMALS_CHUNK = 1024 }; /* words at a time: 4 KB, which stay in the first cache */

static void normals_transform(const uint8_t *words, size_t pairs, float *first, float *second);
static inline float normals_radius(uint32_t word);
static inline void normals_direction(uint32_t word, float *x, float *y);

void dpdm_stream_uniforms(dpdm_stream *stream, float *out, size_t n)
{
    uint8_t words[4 * NORMALS_CHUNK];
    size_t secret = 4 * (n < NORMALS_CHUNK ? n : NORMALS_CHUNK);
    while (n > 0) {
        size_t take = n < NORMALS_CHUNK ? n : NORMALS_CHUNK;
        dpdm_stream_bytes(stream, words, 4 * take);
        for (size_t i = 0; i < take; i++)
            out[i] = (float)(int32_t)(bytes_load32(words + 4 * i) >> 8) * 0x1p-24F;
        out += take;
        n -= take;
    }
    sodium_memzero(words, secret);
}

void dpdm_stream_normals(dpdm_stream *stream, float *out, size_t n)
{
    uint8_t words[4 * NORMALS_CHUNK];
    size_t secret = 4 * (n < NORMALS_CHUNK ? n + n % 2 : NORMALS_CHUNK);
    while (n > 1) {
        size_t pairs = (n < NORMALS_CHUNK ? n : NORMALS_CHUNK) / 2;
        dpdm_stream_bytes(stream, words, 8 * pairs);
        normals_transform(words, pairs, out, out + pairs);
        out += 2 * pairs;
        n -= 2 * pairs;
    }
    if (n == 1) {
        float unused;
        dpdm_stream_bytes(stream, words, 8);
        normals_transform(words, 1, out, &unused);
    }
    sodium_memzero(words, secret);
}

/* words: `pairs` words for the radii, then `pairs` for the directions. */
static void normals_transform(const uint8_t *restrict words, size_t pairs, float *restrict first,
                              float *restrict second)
{
    for (size_t i = 0; i < pairs; i++) {
        float x, y;
        float radius = normals_radius(bytes_load32(words + 4 * i));
        normals_direction(bytes_load32(words + 4 * (pairs + i)), &x, &y);
        first[i] = radius * x;
        second[i] = radius * y;
    }
}

/* sqrt(-2 ln u) for u = (k + 1/2) / 2^31, k the upper 31 bits of the word. */
static inline float normals_radius(uint32_t word)
{
    float v = (float)(int32_t)(word >> 1) + 0.5F; /* u 2^31, rounded; at most 2^31 */
    int32_t bits;
    memcpy(&bits, &v, sizeof bits);
    int32_t exponent = (bits - 0x3f2aaaab) >> 23; /* v = m 2^exponent, 2/3 <= m < 4/3 */
    bits -= exponent * 0x800000;
    float m;
    memcpy(&m, &bits, sizeof m);
    float f = m - 1.0F;
    float q = 0.139844671F + f * -0.128916010F;
    q = -0.121842779F + f * q;
    q = 0.140058622F + f * q;
    q = -0.166804865F + f * q;
    q = 0.200104058F + f * q;
    q = -0.249997973F + f * q;
    q = 0.333332151F + f * q;
    float log_m = f + f * f * (-0.5F + f * q);
    return sqrtf((float)(31 - exponent) * 1.38629436F - 2.0F * log_m);
}

/* A point of the unit circle: two bits of the word choose the sector (right, top, left, bottom), 24 others the
 * angle in it, (pi/2) t with t a multiple of 2^-25 in (-1/2, 1/2), no sign preferred. */
static inline void normals_direction(uint32_t word, float *x, float *y)
{
    float t = (float)((int32_t)(word >> 8) * 2 - 0xffffff) * 0x1p-25F;
    float u = t * t;
    float sine = t * (1.57079637F + u * (-0.645963490F + u * (0.0796802267F + u * -0.00460217707F)));
    float cosine = 1.0F + u * (-1.23370051F + u * (0.253669202F + u * (-0.0208600722F + u * 0.000903631677F)));
    uint32_t sign = (word & 2U) << 30, swap = 0U - (word & 1U), s, c;
    memcpy(&s, &sine, sizeof s);
    memcpy(&c, &cosine, sizeof c);
    uint32_t right = (c ^ ((c ^ s) & swap)) ^ sign, up = (s ^ ((c ^ s) & swap)) ^ sign;
    memcpy(x, &right, sizeof right);
    memcpy(y, &up, sizeof up);
}
