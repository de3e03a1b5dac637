/* ledger_text.c - the texts that stand in every entry. */
#include "ledger/ledger_text.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static size_t text_character(const unsigned char *text);

dpdm_status dpdm_ledger_text_check(const char *what, const char *text, dpdm_error *err)
{
    if (!text[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "%s is empty", what);
    if (strlen(text) >= DPDM_LEDGER_TEXT)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s is too long: at most %d bytes", what, DPDM_LEDGER_TEXT - 1);
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t size = text_character(at);
        if (!size)
            return dpdm_error_set(err, DPDM_EUSAGE, "%s holds a control character, or is not UTF-8", what);
        at += size;
    }
    return DPDM_OK;
}

void dpdm_ledger_text_who(char who[DPDM_LEDGER_TEXT])
{
    char host[100] = "", buffer[2000];
    struct passwd entry, *found = NULL;
    if (gethostname(host, sizeof host - 1) != 0 || !host[0])
        snprintf(host, sizeof host, "unknown");
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found)
        snprintf(who, DPDM_LEDGER_TEXT, "%.100s@%s", entry.pw_name, host);
    else
        snprintf(who, DPDM_LEDGER_TEXT, "uid %lu@%s", (unsigned long)geteuid(), host);
    if (dpdm_ledger_text_check("who", who, NULL))
        snprintf(who, DPDM_LEDGER_TEXT, "uid %lu", (unsigned long)geteuid());
}

dpdm_status dpdm_ledger_text_time(char text[24], dpdm_error *err)
{
    time_t now = time(NULL);
    struct tm utc;
    if (now == (time_t)-1 || !gmtime_r(&now, &utc) || strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return dpdm_error_set(err, DPDM_EIO, "the machine's clock gives no time for the ledger");
    return DPDM_OK;
}

/* Bytes of the character at text, which ends with a zero byte; 0 for a control character, and for what is not UTF-8
 * (RFC 3629: shortest form, no surrogates, at most U+10FFFF). */
static size_t text_character(const unsigned char *text)
{
    unsigned char first = text[0];
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f;
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    unsigned long point = first & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text[i] & 0x3f);
    }
    static const unsigned long least[] = {0, 0, 0xa0, 0x800, 0x10000}; /* U+0080..9F are control characters */
    return point >= least[size] && point <= 0x10ffff && (point & ~0x7ffUL) != 0xd800 ? size : 0;
}
