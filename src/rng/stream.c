/* stream.c - one XChaCha20 stream for each (key, purpose, step, index).
 *
 * The 24-byte nonce is purpose, step and index, each a little-endian 64-bit integer: different addresses are
 * different nonces. XChaCha20 is HChaCha20 on the first 16 bytes (purpose, step), which gives a subkey, then
 * ChaCha20 with the last 8 (index) and a 64-bit block counter; the subkey is made once, here, so that a refill
 * costs no more than its blocks. A stream holds 2^64 blocks of 64 bytes: no program can wrap it. */
#include "dpdm/rng.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "rng/bytes.h"
#include "rng/subkey.h"

__extension__ typedef unsigned __int128 stream_u128;

enum { STREAM_BUFFER = sizeof(((dpdm_stream *)0)->buffer), STREAM_BLOCK = 64 };

static void stream_generate(dpdm_stream *stream, uint8_t *out, size_t n);
static void stream_refill(dpdm_stream *stream);

void dpdm_subkey_init(uint8_t subkey[32], const dpdm_key *key, dpdm_purpose purpose, uint64_t step)
{
    uint8_t address[16];
    /* Lets libsodium choose the fast ChaCha20 of this processor; without it the same bytes come more slowly. */
    int ready = sodium_init();
    assert(ready >= 0);
    (void)ready;
    bytes_store64(address, (uint64_t)purpose);
    bytes_store64(address + 8, step);
    crypto_core_hchacha20(subkey, address, key->bytes, NULL);
}

void dpdm_stream_init(dpdm_stream *stream, const dpdm_key *key, dpdm_purpose purpose, uint64_t step, uint64_t index)
{
    dpdm_subkey_init(stream->subkey, key, purpose, step);
    bytes_store64(stream->nonce, index);
    stream->block = 0;
    stream->used = STREAM_BUFFER;
}

void dpdm_stream_wipe(dpdm_stream *stream)
{
    sodium_memzero(stream, sizeof *stream);
}

void dpdm_stream_bytes(dpdm_stream *stream, void *out, size_t n)
{
    uint8_t *to = out;
    while (n > 0) {
        if (stream->used == STREAM_BUFFER) {
            size_t whole = n - n % STREAM_BUFFER;
            stream_generate(stream, to, whole);
            to += whole;
            n -= whole;
            if (n == 0)
                return;
            stream_refill(stream);
        }
        size_t take = STREAM_BUFFER - stream->used;
        if (take > n)
            take = n;
        memcpy(to, stream->buffer + stream->used, take);
        stream->used += (uint32_t)take;
        to += take;
        n -= take;
    }
}

uint32_t dpdm_stream_u32(dpdm_stream *stream)
{
    uint8_t bytes[4];
    if (stream->used <= STREAM_BUFFER - sizeof bytes) {
        stream->used += sizeof bytes;
        return bytes_load32(stream->buffer + stream->used - sizeof bytes);
    }
    dpdm_stream_bytes(stream, bytes, sizeof bytes);
    return bytes_load32(bytes);
}

uint64_t dpdm_stream_u64(dpdm_stream *stream)
{
    uint8_t bytes[8];
    if (stream->used <= STREAM_BUFFER - sizeof bytes) {
        stream->used += sizeof bytes;
        return bytes_load64(stream->buffer + stream->used - sizeof bytes);
    }
    dpdm_stream_bytes(stream, bytes, sizeof bytes);
    return bytes_load64(bytes);
}

/* Lemire (2019), "Fast random integer generation in an interval": the high word of x * bound, where the
 * 2^64 mod bound products that would make some results likelier are drawn again. */
uint64_t dpdm_stream_below(dpdm_stream *stream, uint64_t bound)
{
    assert(bound > 0);
    stream_u128 product = (stream_u128)dpdm_stream_u64(stream) * bound;
    if ((uint64_t)product < bound) {
        uint64_t surplus = (0 - bound) % bound;
        while ((uint64_t)product < surplus)
            product = (stream_u128)dpdm_stream_u64(stream) * bound;
    }
    return (uint64_t)(product >> 64);
}

double dpdm_stream_uniform(dpdm_stream *stream)
{
    return (double)(dpdm_stream_u64(stream) >> 11) * 0x1p-53;
}

/* Writes the next n bytes (a multiple of 64) of the stream, past the buffer. */
static void stream_generate(dpdm_stream *stream, uint8_t *out, size_t n)
{
    assert(n % STREAM_BLOCK == 0 && n / STREAM_BLOCK <= UINT64_MAX - stream->block);
    if (n == 0)
        return;
    memset(out, 0, n);
    crypto_stream_chacha20_xor_ic(out, out, n, stream->nonce, stream->block, stream->subkey);
    stream->block += n / STREAM_BLOCK;
}

static void stream_refill(dpdm_stream *stream)
{
    stream_generate(stream, stream->buffer, STREAM_BUFFER);
    stream->used = 0;
}
