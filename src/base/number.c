/* number.c - numbers from and to text. */
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/print.h"

#define LONGEST 100

static void blanks_trim(const char **text, size_t *length)
{
    while (*length && (**text == ' ' || **text == '\t')) {
        ++*text;
        --*length;
    }
    while (*length && ((*text)[*length - 1] == ' ' || (*text)[*length - 1] == '\t'))
        --*length;
}

static size_t digits_count(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

int dpdm_number_u64(const char *text, size_t length, uint64_t *value)
{
    blanks_trim(&text, &length);
    if (!length || digits_count(text, length) != length)
        return 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return 0;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return 1;
}

int dpdm_number_i64(const char *text, size_t length, int64_t *value)
{
    blanks_trim(&text, &length);
    int negative = length && *text == '-', sign = negative || (length && *text == '+');
    uint64_t size;
    if (length <= (size_t)sign || digits_count(text + sign, length - (size_t)sign) != length - (size_t)sign ||
        !dpdm_number_u64(text + sign, length - (size_t)sign, &size) || size > INT64_MAX)
        return 0;
    *value = negative ? -(int64_t)size : (int64_t)size;
    return 1;
}

/* Is text a decimal number? */
static int decimal_check(const char *text, size_t length)
{
    size_t at = length && (*text == '-' || *text == '+'), whole = digits_count(text + at, length - at), part = 0;
    at += whole;
    if (at < length && text[at] == '.') {
        at++;
        part = digits_count(text + at, length - at);
        at += part;
    }
    if (whole + part == 0)
        return 0;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < length && (text[at] == '-' || text[at] == '+');
        size_t exponent = digits_count(text + at, length - at);
        if (!exponent)
            return 0;
        at += exponent;
    }
    return at == length;
}

static int mantissa_is_zero(const char *text)
{
    for (; *text && *text != 'e' && *text != 'E'; text++)
        if (*text >= '1' && *text <= '9')
            return 0;
    return 1;
}

int dpdm_number_double(const char *text, size_t length, double *value)
{
    blanks_trim(&text, &length);
    if (!length || length > LONGEST || !decimal_check(text, length))
        return 0;
    char copy[LONGEST + 1], *end;
    memcpy(copy, text, length);
    copy[length] = '\0';
    double number = dpdm_print_read(copy, &end);
    if (*end || !isfinite(number) || (number == 0 && !mantissa_is_zero(copy)))
        return 0;
    *value = number;
    return 1;
}

void dpdm_number_format(double value, char *text, size_t size)
{
    char copy[64];
    for (int digits = 15; digits <= 17; digits++) {
        dpdm_print_text(copy, sizeof copy, "%.*g", digits, value);
        if (dpdm_print_read(copy, NULL) == value)
            break;
    }
    snprintf(text, size, "%s", copy);
}
