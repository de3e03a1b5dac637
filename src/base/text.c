/* text.c - text from outside made safe to show. */
#include "base/text.h"

#include <stdint.h>

static size_t character_length(const unsigned char *text);

static void clean(char *text, int lines)
{
    unsigned char *at = (unsigned char *)text;
    while (*at) {
        size_t length = character_length(at);
        if (length && (lines || (*at != '\n' && *at != '\t')))
            at += length;
        else
            *at++ = '?';
    }
}

void dpdm_text_clean(char *text)
{
    clean(text, 1);
}

void dpdm_text_clean_line(char *text)
{
    clean(text, 0);
}

/* Bytes of the character that begins here (RFC 3629, table 3-7 of Unicode); 0: none that may be shown. */
static size_t character_length(const unsigned char *text)
{
    if (text[0] < 0x80)
        return (text[0] >= ' ' && text[0] != 0x7f) || text[0] == '\n' || text[0] == '\t';
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80) /* also where the text ends */
            return 0;
    uint32_t value = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        value = value << 6 | (text[i] & 0x3fu);
    static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
    int surrogate = value >= 0xd800 && value <= 0xdfff;
    return value >= least[length] && value <= 0x10ffff && !surrogate ? length : 0;
}
