/* npy.c - .npy headers. */
#include "data/npy.h"

#include <stdio.h>
#include <string.h>
#include "base/number.h"

static const char npy_magic[] = "\x93NUMPY";
enum { NPY_V1 = 10, NPY_V2 = 12 }; /* bytes before the dict, by version */

/* What is left to read of the dict. */
typedef struct {
    const char *name;
    const char *at, *end;
} npy_text;

static int npy_host_is_big(void);
static int npy_is_text(const dpdm_npy *npy);
static dpdm_status npy_dict(npy_text *text, dpdm_npy *npy, dpdm_error *err);
static dpdm_status npy_descr(npy_text *text, dpdm_npy *npy, dpdm_error *err);
static dpdm_status npy_order(npy_text *text, dpdm_error *err);
static dpdm_status npy_shape(npy_text *text, dpdm_npy *npy, dpdm_error *err);
static dpdm_status npy_number(npy_text *text, uint64_t *number, dpdm_error *err);
static dpdm_status npy_count(const npy_text *text, dpdm_npy *npy, dpdm_error *err);
static dpdm_status npy_damaged(const npy_text *text, dpdm_error *err);
static void npy_space(npy_text *text);
static int npy_take(npy_text *text, const char *word);
static int npy_string(npy_text *text, char *out, size_t size);

dpdm_npy dpdm_npy_make(char kind, int width, int dimensions, const uint64_t *sizes)
{
    dpdm_npy npy = {
        .kind = kind, .width = width, .length = 1, .big = npy_host_is_big(), .dimensions = dimensions, .values = 1};
    for (int i = 0; i < dimensions; i++) {
        npy.sizes[i] = sizes[i];
        npy.values *= sizes[i];
    }
    return npy;
}

size_t dpdm_npy_bytes(const dpdm_npy *npy)
{
    return (size_t)npy->values * npy->length * (size_t)npy->width;
}

size_t dpdm_npy_format(const dpdm_npy *npy, uint8_t *out, size_t size)
{
    char text[256], shape[96];
    int n = snprintf(text, sizeof text, "{'descr': '%c%c%u', 'fortran_order': False, 'shape': %s, }",
                     npy->width == 1 ? '|'
                     : npy->big      ? '>'
                                     : '<',
                     npy->kind, npy_is_text(npy) ? npy->length : (unsigned)npy->width, dpdm_npy_shape(npy, shape));
    size_t total = ((size_t)n + 1 + NPY_V1 + 63) / 64 * 64, length = total - NPY_V1;
    if (total > size)
        return 0;
    memcpy(out, npy_magic, 6);
    out[6] = 1;
    out[7] = 0;
    out[8] = (uint8_t)length;
    out[9] = (uint8_t)(length >> 8);
    memset(out + NPY_V1, ' ', length);
    memcpy(out + NPY_V1, text, (size_t)n);
    out[total - 1] = '\n';
    return total;
}

dpdm_status dpdm_npy_length(const char *name, const uint8_t prefix[DPDM_NPY_PREFIX], size_t *length, dpdm_error *err)
{
    *length = 0;
    if (memcmp(prefix, npy_magic, 6) != 0 || prefix[6] < 1 || prefix[6] > 3)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is not an .npy array of version 1 to 3", name);
    size_t dict = (size_t)prefix[8] | (size_t)prefix[9] << 8, start = NPY_V1;
    if (prefix[6] > 1) {
        dict |= (size_t)prefix[10] << 16 | (size_t)prefix[11] << 24;
        start = NPY_V2;
    }
    if (dict < 2 || dict > DPDM_NPY_HEADER_LIMIT - NPY_V2)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: its header announces %zu bytes, which no array here needs", name,
                              dict);
    *length = start + dict;
    return DPDM_OK;
}

dpdm_status dpdm_npy_parse(const char *name, const uint8_t *header, size_t length, dpdm_npy *npy, dpdm_error *err)
{
    size_t start = header[6] > 1 ? NPY_V2 : NPY_V1;
    npy_text text = {name, (const char *)header + start, (const char *)header + length};
    memset(npy, 0, sizeof *npy);
    dpdm_status status = npy_dict(&text, npy, err);
    return status ? status : npy_count(&text, npy, err);
}

const char *dpdm_npy_shape(const dpdm_npy *npy, char text[96])
{
    size_t used = (size_t)snprintf(text, 96, "(");
    for (int i = 0; i < npy->dimensions; i++)
        used += (size_t)snprintf(text + used, 96 - used, "%s%llu", i ? ", " : "", (unsigned long long)npy->sizes[i]);
    snprintf(text + used, 96 - used, npy->dimensions == 1 ? ",)" : ")");
    return text;
}

void dpdm_npy_to_host(const dpdm_npy *npy, void *values, size_t n)
{
    uint8_t *bytes = values;
    size_t width = (size_t)npy->width;
    if (width == 1 || npy->big == npy_host_is_big())
        return;
    for (size_t i = 0; i < n * npy->length; i++, bytes += width)
        for (size_t b = 0; b < width / 2; b++) {
            uint8_t kept = bytes[b];
            bytes[b] = bytes[width - 1 - b];
            bytes[width - 1 - b] = kept;
        }
}

static int npy_host_is_big(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 0;
}

static dpdm_status npy_dict(npy_text *text, dpdm_npy *npy, dpdm_error *err)
{
    unsigned seen = 0; /* one bit a key */
    if (!npy_take(text, "{"))
        return npy_damaged(text, err);
    while (!npy_take(text, "}")) {
        char key[32];
        if (!npy_string(text, key, sizeof key) || !npy_take(text, ":"))
            return npy_damaged(text, err);
        unsigned bit = !strcmp(key, "descr") ? 1 : !strcmp(key, "fortran_order") ? 2 : !strcmp(key, "shape") ? 4 : 0;
        if (!bit || seen & bit)
            return npy_damaged(text, err);
        seen |= bit;
        dpdm_status status = bit == 1   ? npy_descr(text, npy, err)
                             : bit == 2 ? npy_order(text, err)
                                        : npy_shape(text, npy, err);
        if (status)
            return status;
        if (!npy_take(text, ",") && (npy_space(text), text->at == text->end || *text->at != '}'))
            return npy_damaged(text, err);
    }
    npy_space(text);
    return seen == 7 && text->at == text->end ? DPDM_OK : npy_damaged(text, err);
}

static int npy_is_text(const dpdm_npy *npy)
{
    return npy->kind == 'U' || npy->kind == 'S';
}

/* Texts: '<U9' or '|S9'. Takes nothing where the type is another one. */
static int npy_texts(npy_text *text, dpdm_npy *npy)
{
    char type[32] = "";
    uint64_t length;
    const char *at = text->at;
    if (npy_string(text, type, sizeof type) && strlen(type) > 2 && strchr("<>|=", type[0]) &&
        (type[1] == 'U' || type[1] == 'S') && dpdm_number_u64(type + 2, strlen(type + 2), &length) && length >= 1 &&
        length <= DPDM_NPY_TEXT) {
        npy->big = type[0] == '>' || (type[0] == '=' && npy_host_is_big());
        npy->kind = type[1];
        npy->width = type[1] == 'U' ? 4 : 1;
        npy->length = (uint32_t)length;
        return 1;
    }
    text->at = at;
    return 0;
}

static dpdm_status npy_descr(npy_text *text, dpdm_npy *npy, dpdm_error *err)
{
    char type[32] = "(records)";
    if (npy_texts(text, npy))
        return DPDM_OK;
    if (!npy_string(text, type, sizeof type) || strlen(type) != 3 || !strchr("<>|=", type[0]) ||
        !strchr("uifb", type[1]) || !strchr("1248", type[2]) || (type[1] == 'f' && type[2] == '1') ||
        (type[1] == 'b' && type[2] != '1'))
        return dpdm_error_set(
            err, DPDM_EFORMAT,
            "%s: holds values of type %s; dpdm reads plain numbers (u1, i8, f4, ...) and texts (U8, S8)", text->name,
            type);
    npy->big = type[0] == '>' || (type[0] == '=' && npy_host_is_big());
    npy->kind = type[1];
    npy->width = type[2] - '0';
    npy->length = 1;
    return DPDM_OK;
}

static dpdm_status npy_order(npy_text *text, dpdm_error *err)
{
    if (npy_take(text, "False"))
        return DPDM_OK;
    if (npy_take(text, "True"))
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: is in Fortran order: save it again from numpy.ascontiguousarray(x)", text->name);
    return npy_damaged(text, err);
}

static dpdm_status npy_shape(npy_text *text, dpdm_npy *npy, dpdm_error *err)
{
    if (!npy_take(text, "("))
        return npy_damaged(text, err);
    npy->dimensions = 0;
    while (!npy_take(text, ")")) {
        uint64_t size;
        if (npy->dimensions == DPDM_NPY_DIMENSIONS)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: has more than %d dimensions", text->name,
                                  DPDM_NPY_DIMENSIONS);
        dpdm_status status = npy_number(text, &size, err);
        if (status)
            return status;
        npy->sizes[npy->dimensions++] = size;
        npy_take(text, "L"); /* Python 2 wrote long numbers so */
        if (!npy_take(text, ",") && (npy_space(text), text->at == text->end || *text->at != ')'))
            return npy_damaged(text, err);
    }
    return DPDM_OK;
}

static dpdm_status npy_number(npy_text *text, uint64_t *number, dpdm_error *err)
{
    npy_space(text);
    const char *start = text->at;
    *number = 0;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9') {
        uint64_t digit = (uint64_t)(*text->at++ - '0');
        if (*number > (UINT64_MAX - digit) / 10)
            return npy_damaged(text, err);
        *number = *number * 10 + digit;
    }
    return text->at > start ? DPDM_OK : npy_damaged(text, err);
}

static dpdm_status npy_count(const npy_text *text, dpdm_npy *npy, dpdm_error *err)
{
    npy->values = 1;
    for (int i = 0; i < npy->dimensions; i++) {
        if (npy->sizes[i] && npy->values > ((uint64_t)1 << 62) / ((uint64_t)npy->width * npy->length) / npy->sizes[i])
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: its header announces more values than a file can hold",
                                  text->name);
        npy->values *= npy->sizes[i];
    }
    return DPDM_OK;
}

static dpdm_status npy_damaged(const npy_text *text, dpdm_error *err)
{
    return dpdm_error_set(err, DPDM_EFORMAT, "%s: its .npy header is damaged", text->name);
}

static void npy_space(npy_text *text)
{
    while (text->at < text->end && strchr(" \t\n", *text->at) && *text->at)
        text->at++;
}

static int npy_take(npy_text *text, const char *word)
{
    size_t length = strlen(word);
    npy_space(text);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, word, length) != 0)
        return 0;
    text->at += length;
    return 1;
}

/* A string in single or double quotes without escapes. */
static int npy_string(npy_text *text, char *out, size_t size)
{
    npy_space(text);
    if (text->at == text->end || (*text->at != '\'' && *text->at != '"'))
        return 0;
    char quote = *text->at++;
    size_t n = 0;
    while (text->at < text->end && *text->at != quote) {
        if (n + 1 >= size || *text->at < ' ' || *text->at > '~' || *text->at == '\\')
            return 0;
        out[n++] = *text->at++;
    }
    if (text->at == text->end)
        return 0;
    text->at++;
    out[n] = '\0';
    return 1;
}
