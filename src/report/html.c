/* html.c - escaping, templates and data URIs. */
#include "report/html.h"

#include <assert.h>
#include <stdarg.h>
#include <sodium.h>
#include <string.h>

enum { URI_CHUNK = 3 * 1024 }; /* a multiple of 3, so that base64 pads at the end only */

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Decodes the character at `text` (Unicode 15, table 3-7); returns its length in bytes, or 0 if it is none. */
static size_t character_decode(const unsigned char *text, uint32_t *character)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80 ? 1 : text[0] < 0xC2 ? 0 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
    if (length < 2 || text[0] > 0xF4) {
        *character = text[0];
        return length == 1;
    }
    uint32_t value = text[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3F);
    }
    *character = value;
    return value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000) ? 0 : length;
}

static int character_is_plain(uint32_t c)
{
    int control = (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0);
    int direction =
        c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    int none = c == 0xFEFF || (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
    return !control && !direction && !none;
}

static const char *character_escape(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void dpdm_html_text(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (at && *at) {
        uint32_t character;
        size_t length = character_decode(at, &character);
        const char *escape = length ? character_escape(character) : replacement;
        if (escape)
            fputs(escape, out);
        else if (character_is_plain(character))
            fwrite(at, 1, length, out);
        else
            fputs(replacement, out);
        at += length ? length : 1;
    }
}

void dpdm_html_put(FILE *out, const char *markup, ...)
{
    va_list values;
    va_start(values, markup);
    for (const char *sign; (sign = strchr(markup, '%')); markup = sign + 2) {
        fwrite(markup, 1, (size_t)(sign - markup), out);
        assert(sign[1] == 's' || sign[1] == 'd' || sign[1] == '%');
        if (sign[1] == 's')
            dpdm_html_text(out, va_arg(values, const char *));
        else if (sign[1] == 'd')
            fprintf(out, "%d", va_arg(values, int));
        else
            fputc('%', out);
    }
    fputs(markup, out);
    va_end(values);
}

void dpdm_html_data_uri(FILE *out, const char *type, const uint8_t *bytes, size_t size)
{
    char text[sodium_base64_ENCODED_LEN(URI_CHUNK, sodium_base64_VARIANT_ORIGINAL)];
    fprintf(out, "data:%s;base64,", type);
    for (size_t done = 0; done < size;) {
        size_t n = size - done < URI_CHUNK ? size - done : URI_CHUNK;
        sodium_bin2base64(text, sizeof text, bytes + done, n, sodium_base64_VARIANT_ORIGINAL);
        fputs(text, out);
        done += n;
    }
}
