/* unit_stream.c - the bytes of streams: known answers, addressing, and reading in pieces. */
#include "cmocka_all.h"

#include <string.h>

#include "dpdm/rng.h"

/* XChaCha20 written anew from RFC 8439 and draft-irtf-cfrg-xchacha-03, with ChaCha20's 64-bit counter. */
static uint32_t load32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store(uint8_t *p, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

static void quarter(uint32_t *s, int a, int b, int c, int d)
{
    static const int turns[4] = {16, 12, 8, 7};
    int *at[2][3] = {{&a, &b, &d}, {&c, &d, &b}};
    for (int i = 0; i < 4; i++) {
        int x = *at[i % 2][0], y = *at[i % 2][1], z = *at[i % 2][2];
        s[x] += s[y];
        s[z] ^= s[x];
        s[z] = s[z] << turns[i] | s[z] >> (32 - turns[i]);
    }
}

static void rounds(uint32_t s[16], const uint8_t key[32], const uint8_t last[16])
{
    memset(s, 0, 64);
    for (int i = 0; i < 4; i++)
        s[i] = load32((const uint8_t *)"expand 32-byte k" + 4 * i);
    for (int i = 0; i < 8; i++)
        s[4 + i] = load32(key + 4 * i);
    for (int i = 0; i < 4; i++)
        s[12 + i] = load32(last + 4 * i);
    for (int i = 0; i < 10; i++) {
        for (int k = 0; k < 4; k++)
            quarter(s, k, 4 + k, 8 + k, 12 + k);
        for (int k = 0; k < 4; k++)
            quarter(s, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4);
    }
}

static void hchacha20(uint8_t out[32], const uint8_t key[32], const uint8_t nonce[16])
{
    uint32_t s[16];
    rounds(s, key, nonce);
    for (int i = 0; i < 4; i++) {
        store(out + 4 * i, s[i], 4);
        store(out + 16 + 4 * i, s[12 + i], 4);
    }
}

static void xchacha20(uint8_t *out, size_t n, const uint8_t key[32], const uint8_t nonce[24])
{
    uint8_t subkey[32], last[16], block[64];
    hchacha20(subkey, key, nonce);
    memcpy(last + 8, nonce + 16, 8);
    for (size_t at = 0; at < n; at++) {
        if (at % 64 == 0) {
            uint32_t mixed[16];
            store(last, at / 64, 8);
            rounds(mixed, subkey, last);
            for (int i = 0; i < 16; i++) {
                uint32_t start = i < 4    ? load32((const uint8_t *)"expand 32-byte k" + 4 * i)
                                 : i < 12 ? load32(subkey + 4 * (i - 4))
                                          : load32(last + 4 * (i - 12));
                store(block + 4 * i, mixed[i] + start, 4);
            }
        }
        out[at] = block[at % 64];
    }
}

/* The reference itself, on the vectors of the draft (sections 2.2.1 and A.3.2). */
static void reference_matches_the_draft(void **state)
{
    (void)state;
    static const uint8_t want_subkey[8] = {0x82, 0x41, 0x3b, 0x42, 0x27, 0xb2, 0x7b, 0xfe};
    static const uint8_t nonce16[16] = {0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0, 0x31, 0x41, 0x59, 0x27};
    static const uint8_t want[16] = {0x45, 0x59, 0xab, 0xba, 0x4e, 0x48, 0xc1, 0x61,
                                     0x02, 0xe8, 0xbb, 0x2c, 0x05, 0xe6, 0x94, 0x7f};
    uint8_t key[32], nonce[24], out[32];
    for (uint8_t i = 0; i < 32; i++)
        key[i] = i;
    hchacha20(out, key, nonce16);
    assert_memory_equal(out, want_subkey, sizeof want_subkey);
    for (uint8_t i = 0; i < 32; i++)
        key[i] = (uint8_t)(0x80 + i);
    for (uint8_t i = 0; i < 24; i++)
        nonce[i] = (uint8_t)(0x40 + i);
    nonce[23] = 0x58;
    xchacha20(out, 16, key, nonce);
    for (int i = 0; i < 16; i++)
        assert_int_equal(out[i] ^ "The dhole (prono"[i], want[i]);
}

static void expected(uint8_t *out, size_t n, const dpdm_key *key, uint64_t purpose, uint64_t step, uint64_t index)
{
    uint8_t nonce[24];
    store(nonce, purpose, 8);
    store(nonce + 8, step, 8);
    store(nonce + 16, index, 8);
    xchacha20(out, n, key->bytes, nonce);
}

/* Catches an address of which a part is dropped, cut to 32 bits or put in another's place. */
static void stream_is_xchacha20_at_its_address(void **state)
{
    (void)state;
    static const uint64_t places[][2] = {
        {0, 0}, {1, 0}, {0, 1}, {UINT64_MAX, UINT64_MAX}, {1ULL << 32, 1ULL << 63}, {1ULL << 63, 1ULL << 32}};
    dpdm_key key;
    dpdm_key_from_seed(&key, 1);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (dpdm_purpose purpose = DPDM_PURPOSE_POISSON; purpose <= DPDM_PURPOSE_TEST; purpose++) {
            uint8_t got[3000], want[3000];
            dpdm_stream stream;
            dpdm_stream_init(&stream, &key, purpose, places[i][0], places[i][1]);
            dpdm_stream_bytes(&stream, got, sizeof got);
            expected(want, sizeof want, &key, (uint64_t)purpose, places[i][0], places[i][1]);
            assert_memory_equal(got, want, sizeof got);
        }
}

/* Reads n bytes of the stream by the call that `kind` names. */
static void read_piece(dpdm_stream *stream, uint64_t kind, uint8_t *to, size_t n)
{
    if (kind == 1 && n == 4)
        store(to, dpdm_stream_u32(stream), 4);
    else if (kind == 2 && n == 8)
        store(to, dpdm_stream_u64(stream), 8);
    else
        dpdm_stream_bytes(stream, to, n);
}

/* Any mixture of calls reads the same sequence: no byte is skipped and none is given twice. */
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
        for (size_t at = 0, n; at < SIZE; at += n) {
            uint64_t kind = dpdm_stream_below(&sizes, 5);
            n = kind == 1 ? 4 : kind == 2 ? 8 : dpdm_stream_below(&sizes, kind == 0 ? 3000 : 70);
            if (n > SIZE - at)
                n = SIZE - at;
            read_piece(&stream, kind, got + at, n);
        }
        assert_memory_equal(got, want, SIZE);
    }
}

static void wiped_stream_holds_nothing(void **state)
{
    (void)state;
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 3);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 1, 2);
    dpdm_stream_u64(&stream);
    dpdm_stream_wipe(&stream);
    const uint8_t *bytes = (const uint8_t *)&stream;
    for (size_t i = 0; i < sizeof stream; i++)
        assert_int_equal(bytes[i], 0);
}

/* 0 .. bound - 1, each equally often (chi-square, 10 deviations), also where 2^64 mod bound is as large as can be. */
static void below_is_uniform(void **state)
{
    (void)state;
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 4);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (uint64_t bound = 1; bound < 20; bound++) {
        double counts[20] = {0}, chi = 0, n = 20000;
        for (int i = 0; i < n; i++) {
            uint64_t x = dpdm_stream_below(&stream, bound);
            assert_true(x < bound);
            counts[x]++;
        }
        for (uint64_t x = 0; x < bound; x++)
            chi += (counts[x] - n / (double)bound) * (counts[x] - n / (double)bound) / (n / (double)bound);
        assert_true(chi < 60);
    }
    uint64_t bound =
        (UINT64_MAX / 3) * 2 + 1; /* without the second draw, a third of the values would come twice as often */
    int lower = 0;
    for (int i = 0; i < 30000; i++)
        lower += dpdm_stream_below(&stream, bound) < bound / 2;
    assert_in_range(lower, 14600, 15400);
    int seen_low = 0;
    for (int i = 0; i < 3000; i++) {
        uint64_t x = dpdm_stream_below(&stream, UINT64_MAX);
        seen_low += x < (1ULL << 63);
    }
    assert_in_range(seen_low, 1350, 1650);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_matches_the_draft),
        cmocka_unit_test(stream_is_xchacha20_at_its_address),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(wiped_stream_holds_nothing),
        cmocka_unit_test(below_is_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
