/* unit_stream.c - the bytes of streams: known answers, addressing, and reading in pieces. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "dpdm/rng.h"

static void store64(uint8_t *p, uint64_t x)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

/* The whole stream from libsodium's XChaCha20 with the 24-byte nonce. */
static void expected(uint8_t *out, size_t n, const dpdm_key *key, uint64_t purpose, uint64_t step, uint64_t index)
{
    uint8_t nonce[24];
    store64(nonce, purpose);
    store64(nonce + 8, step);
    store64(nonce + 16, index);
    crypto_stream_xchacha20(out, n, nonce, key->bytes);
}

static void stream_is_xchacha20(void **state)
{
    (void)state;
    static const uint64_t places[][2] = {{0, 0}, {1, 0}, {0, 1}, {UINT64_MAX, UINT64_MAX}, {1ULL << 32, 1ULL << 63}};
    dpdm_key key;
    dpdm_key_from_seed(&key, 1);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uint8_t got[5000], want[5000];
        dpdm_stream stream;
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, places[i][0], places[i][1]);
        dpdm_stream_bytes(&stream, got, sizeof got);
        expected(want, sizeof want, &key, DPDM_PURPOSE_TEST, places[i][0], places[i][1]);
        assert_memory_equal(got, want, sizeof got);
        dpdm_stream_wipe(&stream);
    }
}

/* Any mixture of calls reads the same sequence of bytes. */
static void pieces_make_the_whole(void **state)
{
    (void)state;
    enum { SIZE = 20000 };
    static uint8_t want[SIZE], got[SIZE];
    dpdm_key key;
    dpdm_key_from_seed(&key, 2);
    expected(want, SIZE, &key, DPDM_PURPOSE_DRAWS, 7, 9);
    for (uint64_t trial = 0; trial < 50; trial++) {
        dpdm_stream sizes, stream;
        dpdm_stream_init(&sizes, &key, DPDM_PURPOSE_TEST, trial, 0);
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_DRAWS, 7, 9);
        size_t at = 0;
        while (at < SIZE) {
            uint64_t kind = dpdm_stream_below(&sizes, 5);
            size_t n = dpdm_stream_below(&sizes, kind == 0 ? 3000 : 70);
            if (kind == 1)
                n = 4;
            if (kind == 2)
                n = 8;
            if (n > SIZE - at)
                n = SIZE - at;
            if (kind == 1 && n == 4) {
                uint32_t x = dpdm_stream_u32(&stream);
                for (int i = 0; i < 4; i++)
                    got[at + (size_t)i] = (uint8_t)(x >> 8 * i);
            } else if (kind == 2 && n == 8) {
                store64(got + at, dpdm_stream_u64(&stream));
            } else {
                dpdm_stream_bytes(&stream, got + at, n);
            }
            at += n;
        }
        assert_memory_equal(got, want, SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stream_is_xchacha20), cmocka_unit_test(pieces_make_the_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
