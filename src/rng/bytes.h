/* bytes.h - little-endian loads and stores, so that streams and nonces are the same on every machine. */
#ifndef DPDM_RNG_BYTES_H
#define DPDM_RNG_BYTES_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BYTES_LE32(x) __builtin_bswap32(x)
#define BYTES_LE64(x) __builtin_bswap64(x)
#else
#define BYTES_LE32(x) (x)
#define BYTES_LE64(x) (x)
#endif

static inline uint16_t bytes_load16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t bytes_load32(const uint8_t *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return BYTES_LE32(x);
}

static inline uint64_t bytes_load64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return BYTES_LE64(x);
}

static inline void bytes_store64(uint8_t *p, uint64_t x)
{
    uint64_t little = BYTES_LE64(x);
    memcpy(p, &little, sizeof little);
}

#endif
