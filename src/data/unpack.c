/* unpack.c - plain, gzip and xz bytes behind one reader. */
#include "data/unpack.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* input is only read */
#include <zlib.h>
#ifdef DPDM_HAVE_LZMA
#include <lzma.h>
#endif

enum { UNPACK_PLAIN, UNPACK_GZIP, UNPACK_XZ };

struct dpdm_unpacker {
    int kind;
    const char *name;
    const uint8_t *in;
    size_t left;
    int ended; /* the packed stream is over */
    z_stream gzip;
#ifdef DPDM_HAVE_LZMA
    lzma_stream xz;
#endif
};

#define UNPACK_DEFLATE_RATIO 1032 /* the most that deflate can expand (zlib's technical notes) */
/* LZMA spends at least 14 decisions of 0.022 bits on its longest match, 273 bytes: about 7,100 to 1. */
#define UNPACK_XZ_RATIO 8192
#define UNPACK_HELD 64
#define UNPACK_XZ_MEMORY ((uint64_t)256 << 20)

static int unpack_kind(const dpdm_blob *file);
static dpdm_status unpack_start(dpdm_unpacker *unpacker, dpdm_error *err);
static dpdm_status unpack_plain(dpdm_unpacker *unpacker, uint8_t *out, size_t n, size_t *got);
static dpdm_status unpack_gzip(dpdm_unpacker *unpacker, uint8_t *out, size_t n, size_t *got, dpdm_error *err);
static dpdm_status unpack_xz(dpdm_unpacker *unpacker, uint8_t *out, size_t n, size_t *got, dpdm_error *err);

dpdm_status dpdm_unpacker_open(const dpdm_blob *file, dpdm_unpacker **unpacker, dpdm_error *err)
{
    *unpacker = NULL;
    dpdm_unpacker *self = calloc(1, sizeof *self);
    if (!self)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to unpack it", file->name);
    self->kind = unpack_kind(file);
    self->name = file->name;
    self->in = file->bytes;
    self->left = file->size;
    dpdm_status status = unpack_start(self, err);
    if (status) {
        free(self);
        return status;
    }
    *unpacker = self;
    return DPDM_OK;
}

int dpdm_blob_is_packed(const dpdm_blob *file)
{
    return unpack_kind(file) != UNPACK_PLAIN;
}

void dpdm_unpacker_close(dpdm_unpacker *unpacker)
{
    if (!unpacker)
        return;
    if (unpacker->kind == UNPACK_GZIP)
        inflateEnd(&unpacker->gzip);
#ifdef DPDM_HAVE_LZMA
    if (unpacker->kind == UNPACK_XZ)
        lzma_end(&unpacker->xz);
#endif
    free(unpacker);
}

dpdm_status dpdm_unpacker_read(dpdm_unpacker *unpacker, void *out, size_t n, size_t *got, dpdm_error *err)
{
    *got = 0;
    if (unpacker->kind == UNPACK_PLAIN)
        return unpack_plain(unpacker, out, n, got);
    return unpacker->kind == UNPACK_GZIP ? unpack_gzip(unpacker, out, n, got, err)
                                         : unpack_xz(unpacker, out, n, got, err);
}

uint64_t dpdm_unpacker_most(const dpdm_unpacker *unpacker)
{
    static const uint64_t ratios[] = {[UNPACK_GZIP] = UNPACK_DEFLATE_RATIO, [UNPACK_XZ] = UNPACK_XZ_RATIO};
    if (unpacker->kind == UNPACK_PLAIN)
        return unpacker->left;
    /* A few bytes may have been taken in and not yet come out. */
    return ((uint64_t)unpacker->left + UNPACK_HELD) * ratios[unpacker->kind];
}

static int unpack_kind(const dpdm_blob *file)
{
    static const uint8_t gzip[] = {0x1f, 0x8b}, xz[] = {0xfd, '7', 'z', 'X', 'Z', 0};
    if (file->size >= sizeof gzip && !memcmp(file->bytes, gzip, sizeof gzip))
        return UNPACK_GZIP;
    return file->size >= sizeof xz && !memcmp(file->bytes, xz, sizeof xz) ? UNPACK_XZ : UNPACK_PLAIN;
}

static dpdm_status unpack_start(dpdm_unpacker *unpacker, dpdm_error *err)
{
    if (unpacker->kind == UNPACK_GZIP && inflateInit2(&unpacker->gzip, 16 + MAX_WBITS) != Z_OK)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: zlib could not be started", unpacker->name);
    if (unpacker->kind != UNPACK_XZ)
        return DPDM_OK;
#ifdef DPDM_HAVE_LZMA
    lzma_stream start = LZMA_STREAM_INIT;
    unpacker->xz = start;
    if (lzma_stream_decoder(&unpacker->xz, UNPACK_XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: liblzma could not be started", unpacker->name);
    return DPDM_OK;
#else
    return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                          "%s: is packed with xz, and this dpdm was built without liblzma: unpack it first (xz -dk)",
                          unpacker->name);
#endif
}

static dpdm_status unpack_plain(dpdm_unpacker *unpacker, uint8_t *out, size_t n, size_t *got)
{
    *got = n < unpacker->left ? n : unpacker->left;
    if (*got)
        memcpy(out, unpacker->in, *got);
    unpacker->in += *got;
    unpacker->left -= *got;
    return DPDM_OK;
}

static dpdm_status unpack_gzip(dpdm_unpacker *unpacker, uint8_t *out, size_t n, size_t *got, dpdm_error *err)
{
    z_stream *gzip = &unpacker->gzip;
    while (*got < n && !unpacker->ended) {
        uInt room = n - *got < UINT_MAX ? (uInt)(n - *got) : UINT_MAX;
        uInt have = unpacker->left < UINT_MAX ? (uInt)unpacker->left : UINT_MAX;
        gzip->next_in = unpacker->in;
        gzip->avail_in = have;
        gzip->next_out = out + *got;
        gzip->avail_out = room;
        int result = inflate(gzip, Z_NO_FLUSH);
        unpacker->in += have - gzip->avail_in;
        unpacker->left -= have - gzip->avail_in;
        *got += room - gzip->avail_out;
        if (result == Z_STREAM_END && unpacker->left) /* gzip files may be joined */
            result = inflateReset(gzip);
        else if (result == Z_STREAM_END)
            unpacker->ended = 1;
        if (result == Z_MEM_ERROR)
            return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to unpack it", unpacker->name);
        if (result != Z_OK && result != Z_STREAM_END)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: %s: get the file again", unpacker->name,
                                  result == Z_BUF_ERROR ? "the gzip file is cut short" : "the gzip file is damaged");
    }
    return DPDM_OK;
}

#ifdef DPDM_HAVE_LZMA
static dpdm_status unpack_xz(dpdm_unpacker *unpacker, uint8_t *out, size_t n, size_t *got, dpdm_error *err)
{
    lzma_stream *xz = &unpacker->xz;
    while (*got < n && !unpacker->ended) {
        xz->next_in = unpacker->in;
        xz->avail_in = unpacker->left;
        xz->next_out = out + *got;
        xz->avail_out = n - *got;
        lzma_ret result = lzma_code(xz, LZMA_FINISH);
        unpacker->in += unpacker->left - xz->avail_in;
        unpacker->left = xz->avail_in;
        *got = n - xz->avail_out;
        if (result == LZMA_STREAM_END)
            unpacker->ended = 1;
        else if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR)
            return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to unpack it", unpacker->name);
        else if (result != LZMA_OK)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: %s: get the file again", unpacker->name,
                                  result == LZMA_BUF_ERROR ? "the xz file is cut short" : "the xz file is damaged");
    }
    return DPDM_OK;
}
#else
static dpdm_status unpack_xz(dpdm_unpacker *unpacker, uint8_t *out, size_t n, size_t *got, dpdm_error *err)
{
    (void)out, (void)n, (void)got;
    return dpdm_error_set(err, DPDM_EUNSUPPORTED, "%s: xz is not built in", unpacker->name);
}
#endif
