/* npz_text.c - arrays of texts in .npz, from and to UTF-8. */
#include "data/npz.h"

#include <stdlib.h>
#include <string.h>

/* Writes code point c as UTF-8 to out[0..4), returns its length; 0 for what is no character. */
static size_t text_encode(uint32_t c, char out[4])
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
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    size_t n = c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((n == 3 ? 0xe0 : 0xf0) | c);
    return n;
}

/* The code point at *at, which moves on; UINT32_MAX for bytes that are no UTF-8. */
static uint32_t text_decode(const char **at)
{
    const uint8_t *u = (const uint8_t *)*at;
    size_t n = u[0] < 0x80 ? 1 : (u[0] & 0xe0) == 0xc0 ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 : (u[0] & 0xf8) == 0xf0 ? 4 : 0;
    uint32_t c = n == 1 ? u[0] : n ? u[0] & (0x7fu >> n) : 0;
    char again[4];
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return UINT32_MAX;
        c = c << 6 | (u[i] & 0x3f);
    }
    if (!n || text_encode(c, again) != n) /* not the shortest way to write it */
        return UINT32_MAX;
    *at += n;
    return c;
}

/* One text to out, with a zero after it; returns bytes written, 0 if it is refused. */
static size_t text_convert(const dpdm_npy *npy, const uint8_t *value, char *out)
{
    size_t used = 0, length = npy->length;
    const size_t width = (size_t)npy->width;
    static const uint8_t zeros[4];
    while (length && !memcmp(value + (length - 1) * width, zeros, width))
        length--;
    for (size_t i = 0; i < length; i++) {
        uint32_t c = value[i];
        if (width == 4)
            memcpy(&c, value + 4 * i, 4);
        if (width == 1) {
            out[used++] = (char)c;
            if (!c)
                return 0;
            continue;
        }
        size_t n = c ? text_encode(c, out + used) : 0;
        if (!n)
            return 0;
        used += n;
    }
    out[used] = '\0';
    for (const char *at = out; *at;)
        if (text_decode(&at) == UINT32_MAX)
            return 0;
    return used + 1;
}

dpdm_status dpdm_npz_texts(const dpdm_npz *npz, const char *key, dpdm_npy *npy, char ***texts, dpdm_error *err)
{
    *texts = NULL;
    dpdm_status status = dpdm_npz_header(npz, key, npy, err);
    if (!status && npy->kind != 'U' && npy->kind != 'S')
        status = dpdm_error_set(err, DPDM_EFORMAT, "[%.64s]: holds numbers; texts are expected", key);
    if (status)
        return status;
    size_t n = (size_t)npy->values, room = npy->length * (npy->kind == 'U' ? 4 : 1) + 1;
    uint8_t *raw = malloc(dpdm_npy_bytes(npy) + 1);
    char **made = n <= SIZE_MAX / 4 / (room + sizeof *made) ? malloc(n * (room + sizeof *made) + 8) : NULL;
    status = raw && made ? dpdm_npz_values(npz, key, npy, raw, err)
                         : dpdm_error_set(err, DPDM_ENOMEM, "[%.64s]: no memory to read it", key);
    char *at = made ? (char *)(made + n) : NULL;
    for (size_t i = 0; !status && i < n; i++) {
        size_t used = text_convert(npy, raw + i * npy->length * (size_t)npy->width, at);
        if (!used)
            status = dpdm_error_set(err, DPDM_EFORMAT, "[%.64s]: text %zu holds what is no character", key, i);
        made[i] = at;
        at += used;
    }
    free(raw);
    if (status)
        free(made);
    else
        *texts = made;
    return status;
}

dpdm_status dpdm_npz_from_texts(const char *const *texts, size_t n, dpdm_npy *npy, void **values, dpdm_error *err)
{
    size_t longest = 1;
    uint64_t sizes[1] = {n};
    for (size_t i = 0; i < n; i++)
        longest = strlen(texts[i]) > longest ? strlen(texts[i]) : longest;
    *npy = dpdm_npy_make('U', 4, 1, sizes);
    npy->length = (uint32_t)longest;
    uint32_t *made = longest <= DPDM_NPY_TEXT ? calloc(n * longest + 1, sizeof *made) : NULL;
    *values = made;
    if (!made)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to write %zu texts", n);
    for (size_t i = 0; i < n; i++) {
        uint32_t *out = made + i * longest;
        for (const char *at = texts[i]; *at;) {
            uint32_t c = text_decode(&at);
            *out++ = c == UINT32_MAX ? (uint8_t)*at++ : c; /* a byte of another encoding: as Latin-1 */
        }
    }
    return DPDM_OK;
}
