/* exact_gaussian_oracle.c - lets golden_sampler.py put chosen random words into the exact sampler.
 *
 * Commands on standard input, numbers in hexadecimal but for counts; one line of answer for each:
 *   parts SIGMA BITS                          scale, drop, then the 8192 parts, then the first part of each strip
 *   draw SIGMA BITS CHOICE U COUNT WORD...    the draw (modulo 2^64) and how many words it took
 *   below quick|exact STRIP ROW SHIFT U COUNT WORD...   1 or 0, and how many digits of each coordinate were drawn;
 *                                             the first word is the first digit of V
 * "short" if the words given did not suffice. At most 64 words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "privacy/exact_gaussian.h"

enum { ORACLE_WORDS = 64 };

/* A stream whose next words are read from standard input. */
static int read_words(dpdm_stream *stream, unsigned *count)
{
    dpdm_key key;
    dpdm_key_from_seed(&key, 0);
    dpdm_stream_init(stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    if (scanf("%u", count) != 1 || *count > ORACLE_WORDS)
        return 0;
    stream->used = (uint32_t)(sizeof stream->buffer - 8 * *count);
    for (unsigned i = 0; i < *count; i++) {
        uint64_t word;
        if (scanf("%" SCNx64, &word) != 1)
            return 0;
        for (unsigned k = 0; k < 8; k++)
            stream->buffer[stream->used + 8 * i + k] = (uint8_t)(word >> 8 * k);
    }
    return 1;
}

static int read_sampler(dpdm_exact_gaussian *gaussian)
{
    double sigma;
    int bits;
    return scanf("%la %d", &sigma, &bits) == 2 && !dpdm_exact_gaussian_init(gaussian, sigma, bits, NULL);
}

static int answer_parts(void)
{
    static dpdm_exact_gaussian gaussian;
    if (!read_sampler(&gaussian))
        return 0;
    printf("%" PRIx64 " %x", gaussian.scale, gaussian.drop);
    for (int i = 0; i < DPDM_EXACT_PARTS; i++)
        printf(" %x", (unsigned)gaussian.part[i]);
    for (int i = 0; i <= DPDM_CURVE_STRIPS; i++)
        printf(" %x", (unsigned)gaussian.first[i]);
    printf("\n");
    return 1;
}

static int answer_draw(void)
{
    static dpdm_exact_gaussian gaussian;
    dpdm_stream stream;
    unsigned choice, count;
    uint64_t u, z;
    if (!read_sampler(&gaussian) || scanf("%x %" SCNx64, &choice, &u) != 2 || !read_words(&stream, &count))
        return 0;
    uint32_t start = stream.used;
    if (dpdm_exact_gaussian_draw(&gaussian, (uint16_t)choice, u, &stream, &z, NULL))
        printf("error\n");
    else if (stream.block != 0)
        printf("short\n");
    else
        printf("%" PRIx64 " %u\n", z, (stream.used - start) / 8);
    return 1;
}

static int answer_below(void)
{
    char mode[8];
    uint64_t strip, row, shift, u;
    unsigned count;
    bool below;
    dpdm_stream stream;
    dpdm_point point;
    if (scanf("%7s %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, mode, &strip, &row, &shift, &u) != 5 ||
        !read_words(&stream, &count) || count == 0)
        return 0;
    dpdm_point_init(&point, &stream, strip, row, shift, u, dpdm_stream_u64(&stream));
    dpdm_status status = strcmp(mode, "quick") == 0 ? dpdm_point_below(&point, &below, NULL)
                                                    : dpdm_point_below_exact(&point, &below, NULL);
    if (status)
        printf("error\n");
    else if (stream.block != 0)
        printf("short\n");
    else
        printf("%d %zu\n", below, point.drawn);
    dpdm_point_free(&point);
    return 1;
}

int main(void)
{
    char command[8];
    int good = 1;
    while (good && scanf("%7s", command) == 1) {
        if (strcmp(command, "parts") == 0)
            good = answer_parts();
        else if (strcmp(command, "draw") == 0)
            good = answer_draw();
        else
            good = answer_below();
    }
    return good ? 0 : 1;
}
