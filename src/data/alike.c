/* alike.c - see alike.h. */
#include "data/alike.h"

#include <stdint.h>
#include <string.h>

#define ALIKE_ROOM 4096

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The code point at text[0..length) and how many bytes it takes; a byte that starts no UTF-8 character is itself. */
static uint32_t alike_decode(const char *text, size_t length, size_t *bytes)
{
    const uint8_t *u = (const uint8_t *)text;
    *bytes = 1;
    if (u[0] >= 0xc2 && u[0] < 0xe0 && length > 1 && (u[1] & 0xc0) == 0x80) {
        *bytes = 2;
        return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
    }
    if (u[0] >= 0xe0 && u[0] < 0xf0 && length > 2 && (u[1] & 0xc0) == 0x80 && (u[2] & 0xc0) == 0x80) {
        *bytes = 3;
        return (uint32_t)(u[0] & 0x0f) << 12 | (uint32_t)(u[1] & 0x3f) << 6 | (u[2] & 0x3f);
    }
    return u[0] < 0x80 ? u[0] : UINT32_MAX;
}

/* Characters that show as nothing: soft hyphen, zero-width marks, directions, byte order mark. */
static int alike_is_invisible(uint32_t c)
{
    return c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2064) ||
           c == 0xfeff;
}

static int alike_is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
           c == 0x3000;
}

/* Lower case, plain width, no accents; every blank is '-'. Never needs more bytes than c itself. */
static uint32_t alike_plain(uint32_t c)
{
    /* Letters below U+0180 that are a plain letter with an accent, from U+00C0 on; '.': others. */
    static const char bare[] = "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y"
                               "aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll."
                               "...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.";
    if (alike_is_blank(c) || c == '_' || c == 0x2010 || c == 0x2011 || c == 0x2013)
        return '-';
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xfee0;
    if (c >= 0xc0 && c < 0x180 && bare[c - 0xc0] != '.')
        return (uint32_t)bare[c - 0xc0];
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14a && c <= 0x177))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    return c;
}

static size_t alike_encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

/* 65, 65. and 65.000 are the number 65: returns the length without the fraction. */
static size_t alike_whole(const char *text, size_t length)
{
    size_t digits = 0, end;
    while (digits < length && is_digit(text[digits]))
        digits++;
    if (!digits || digits == length || text[digits] != '.')
        return length;
    for (end = digits + 1; end < length && text[end] == '0'; end++)
        continue;
    return end == length ? digits : length;
}

size_t dpdm_alike_fold(const char *text, size_t length, char *out)
{
    size_t used = 0, bytes = 0;
    if (length && text[0] == '\'') { /* how spreadsheets mark text */
        text++;
        length--;
    }
    for (size_t at = 0; at < length; at += bytes) {
        uint32_t c = alike_decode(text + at, length - at, &bytes);
        if (c == UINT32_MAX) {
            out[used++] = text[at];
            continue;
        }
        if (alike_is_invisible(c) || (c >= 0x300 && c <= 0x36f) || (alike_is_blank(c) && !used))
            continue;
        c = alike_plain(c);
        if (c == '-' && used && out[used - 1] == '-')
            continue;
        if (c >= '0' && c <= '9' && used && out[used - 1] == '0' && (used == 1 || !is_digit(out[used - 2])))
            used--; /* the zero led the number; what stands before it is no digit */
        used += alike_encode(c, out + used);
    }
    while (used && out[used - 1] == '-' && used > 1)
        used--;
    if (used > 1 && out[0] == '+' && is_digit(out[1]))
        memmove(out, out + 1, --used);
    return alike_whole(out, used);
}

int dpdm_alike_compare(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    char folded_x[ALIKE_ROOM], folded_y[ALIKE_ROOM];
    size_t m = strlen(x), n = strlen(y);
    if (m > ALIKE_ROOM || n > ALIKE_ROOM)
        return strcmp(x, y);
    m = dpdm_alike_fold(x, m, folded_x);
    n = dpdm_alike_fold(y, n, folded_y);
    int order = memcmp(folded_x, folded_y, m < n ? m : n);
    return order ? order : (m > n) - (m < n);
}

const char *dpdm_alike_flaw(const char *text, size_t length)
{
    size_t bytes = 0, last = 0;
    if (!length)
        return "is empty";
    for (size_t at = 0; at < length; at += bytes) {
        uint32_t c = alike_decode(text + at, length - at, &bytes);
        if (c < ' ' || c == 0x7f || alike_is_invisible(c))
            return "holds a control or invisible character";
        last = at;
    }
    if (alike_is_blank(alike_decode(text, length, &bytes)) ||
        alike_is_blank(alike_decode(text + last, length - last, &bytes)))
        return "has blanks at its ends";
    return NULL;
}
